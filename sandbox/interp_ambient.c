/*
 * What a program may start further. A shell script in an activated environment
 * says "python train.py", a Makefile ".venv/bin/python", a wrapper "$JAVA_HOME/bin/java":
 * the environments that the caller has at hand are theirs too. Programs that are
 * Pythons themselves have what they need already.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/interp_parts.h"

static const char *const python_names[] = { "python3", "python" };
/* Where tools and habit put a project's own environment. */
static const char *const project_envs[] = { ".venv", "venv", "env", ".env" };
/* Other languages that scripts start by name. */
static const char *const language_names[] = { "Rscript", "julia", "node", "java" };

/* Another Python than the one that the record names: seen, and no more. */
static void add_other_python(struct interp *in, const struct interp_query *q, const char *prefix)
{
	CLEANUP(interp_free) struct interp *other = NULL;

	for (size_t i = 0; i < sizeof python_names / sizeof *python_names; i++) {
		CLEANUP(free) char *path = mem_printf("%s/bin/%s", prefix, python_names[i]);

		if (prefix[0] != '/' || !fs_exists(AT_FDCWD, path))
			continue;
		other = mem_zalloc(sizeof *other);
		interp_add_python(other, q, path);
		for (size_t r = 0; r < other->root_count; r++)
			interp_add_root(in, q, other->roots[r]);
		return;
	}
}

/* The Python that "python3" or "python" would be; recorded as the run's, but for a system's own below a native program. */
static void add_python_of_path(struct interp *in, const struct interp_query *q, bool *via_shim)
{
	bool shim = false;
	CLEANUP(free) char *path = interp_find(q, python_names, sizeof python_names / sizeof *python_names, &shim);
	enum interp_kind kind = in->kind;

	if (!path)
		return;
	interp_add_python(in, q, path);
	if (kind == INTERP_NATIVE && in->kind == INTERP_SYSTEM) {
		free(in->python);
		in->python = NULL;
	} else {
		*via_shim = *via_shim || shim;
	}
	in->kind = kind;
}

static void add_project_envs(struct interp *in, const struct interp_query *q, const char *dir)
{
	for (size_t i = 0; i < sizeof project_envs / sizeof *project_envs; i++) {
		CLEANUP(free) char *prefix = fs_join(dir, project_envs[i]);
		CLEANUP(free) char *cfg = fs_join(prefix, "pyvenv.cfg");
		CLEANUP(free) char *conda = fs_join(prefix, "conda-meta");

		if (fs_exists(AT_FDCWD, cfg) || fs_is_dir(AT_FDCWD, conda))
			add_other_python(in, q, prefix);
	}
}

/* Packages that a project keeps beside its code. Such a folder is shown where it is one; a link could lead anywhere. */
static void add_project_packages(struct interp *in, const struct interp_query *q, const char *dir)
{
	static const char *const names[] = { "node_modules", "renv/library" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CLEANUP(free) char *path = fs_join(dir, names[i]);
		CLEANUP(free) char *real = NULL;
		struct error ignored;

		if (fs_is_dir(AT_FDCWD, path) && fs_realpath(path, &real, &ignored) == 0 && str_eq(real, path))
			interp_add_root(in, q, path);
	}
}

static void add_project(struct interp *in, const struct interp_query *q)
{
	const char *top = q->project && interp_is_within(q->cwd, q->project) ? q->project : q->cwd;
	CLEANUP(free) char *dir = mem_strdup(q->cwd);

	for (;;) {
		char *up;

		add_project_envs(in, q, dir);
		add_project_packages(in, q, dir);
		if (strlen(dir) <= strlen(top))
			return;
		up = interp_dir_of(dir);
		free(dir);
		dir = up;
	}
}

static void add_languages(struct interp *in, const struct interp_query *q)
{
	for (size_t i = 0; i < sizeof language_names / sizeof *language_names; i++) {
		CLEANUP(free) char *path = interp_find_outside(q, language_names[i]);

		if (path)
			interp_add_program(in, q, path);
	}
}

/* A list like PATH: every folder of it that there is. */
static void add_list(struct interp *in, const struct interp_query *q, const char *name)
{
	const char *value = interp_env(q, name);
	CLEANUP(free) char *list = value ? mem_strdup(value) : NULL;
	char *rest = list;
	char *dir;

	while (rest && (dir = strsep(&rest, ":")))
		if (fs_is_dir(AT_FDCWD, dir))
			interp_add_root(in, q, dir);
	if (value)
		interp_set_env(in, name, value);
}

/* What the caller put before Python's own path; of the project's folders the run has the frozen ones. */
static void add_python_path(struct interp *in, const struct interp_query *q)
{
	const char *value = interp_env(q, "PYTHONPATH");
	const char *top = q->project ? q->project : q->cwd;
	CLEANUP(free) char *list = value ? mem_strdup(value) : NULL;
	char *rest = list;
	char *dir;

	while (rest && (dir = strsep(&rest, ":"))) {
		CLEANUP(free) char *path = fs_join(q->cwd, dir);

		if (*dir && !interp_is_within(path, top))
			interp_add_modules(in, q, path);
	}
	if (value)
		interp_set_env(in, "PYTHONPATH", value);
}

/* R keeps a user's packages in ~/R/PLATFORM-library/VERSION; tier 2 has another $HOME, and R fills in %p and %v itself. */
static void add_r_libraries(struct interp *in, const struct interp_query *q)
{
	CLEANUP(free) char *top = q->home ? fs_join(q->home, "R") : NULL;
	CLEANUP(closedir) DIR *dir = top ? opendir(top) : NULL;
	CLEANUP(free) char *cache = q->home ? fs_join(q->home, ".cache/R/renv/cache") : NULL;
	const struct dirent *e;
	bool found = false;

	add_list(in, q, "R_LIBS");
	add_list(in, q, "R_LIBS_SITE");
	if (cache && fs_is_dir(AT_FDCWD, cache))
		interp_add_root(in, q, cache);
	if (interp_env(q, "R_LIBS_USER")) {
		add_list(in, q, "R_LIBS_USER");
		return;
	}
	while (dir && (e = readdir(dir))) {
		CLEANUP(free) char *library = fs_join(top, e->d_name);

		if (!str_ends(e->d_name, "-library") || !fs_is_dir(AT_FDCWD, library))
			continue;
		interp_add_root(in, q, library);
		found = true;
	}
	if (found) {
		CLEANUP(free) char *value = mem_printf("%s/%%p-library/%%v", top);

		interp_set_env(in, "R_LIBS_USER", value);
	}
}

/* Julia's packages, without its history and its registries' credentials. */
static void add_julia_depot(struct interp *in, const struct interp_query *q)
{
	static const char *const parts[] = { "packages", "artifacts", "compiled", "environments", "registries", "juliaup" };
	CLEANUP(free) char *depot = interp_env(q, "JULIA_DEPOT_PATH") ? mem_strdup(interp_env(q, "JULIA_DEPOT_PATH")) :
				    q->home			       ? fs_join(q->home, ".julia") :
									 NULL;

	if (!depot || depot[0] != '/' || !fs_is_dir(AT_FDCWD, depot))
		return;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		CLEANUP(free) char *part = fs_join(depot, parts[i]);

		if (fs_is_dir(AT_FDCWD, part))
			interp_add_root(in, q, part);
	}
	interp_set_env(in, "JULIA_DEPOT_PATH", depot);
}

static void add_java(struct interp *in, const struct interp_query *q)
{
	const char *home = interp_env(q, "JAVA_HOME");
	CLEANUP(free) char *program = home && home[0] == '/' ? fs_join(home, "bin/java") : NULL;

	if (!program || !fs_exists(AT_FDCWD, program))
		return;
	interp_add_program(in, q, program);
	interp_set_env(in, "JAVA_HOME", home);
}

/* uv would renew the environment before each run; it is shown read-only, and as it is. */
static void add_uv(struct interp *in)
{
	if (str_eq(fs_basename(in->real), "uv"))
		interp_set_env(in, "UV_NO_SYNC", "1");
}

/* pyenv itself: its parts, and what it needs to choose. The version is what PATH's python was found to be. */
static void add_pyenv(struct interp *in, const struct interp_query *q)
{
	static const char *const parts[] = { "bin", "libexec", "plugins", "pyenv.d", "shims", "version" };
	CLEANUP(free) char *bin = interp_dir_of(in->real);
	CLEANUP(free) char *root = interp_dir_of(bin);
	CLEANUP(free) char *versions = fs_join(root, "versions");

	if (!str_eq(fs_basename(in->real), "pyenv") || !fs_is_dir(AT_FDCWD, versions))
		return;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		CLEANUP(free) char *part = fs_join(root, parts[i]);

		interp_add_root(in, q, part);
	}
	interp_set_env(in, "PYENV_ROOT", root);
}

void interp_ambient(struct interp *in, const struct interp_query *q, bool *via_shim)
{
	add_java(in, q);
	add_python_path(in, q);
	if (in->is_python)
		return;
	add_python_of_path(in, q, via_shim);
	if (interp_env(q, "VIRTUAL_ENV"))
		add_other_python(in, q, interp_env(q, "VIRTUAL_ENV"));
	if (interp_env(q, "CONDA_PREFIX"))
		add_other_python(in, q, interp_env(q, "CONDA_PREFIX"));
	add_project(in, q);
	add_languages(in, q);
	add_r_libraries(in, q);
	add_julia_depot(in, q);
	add_pyenv(in, q);
	add_uv(in);
}
