/* From a command's first word to the program: PATH, version managers' shims, first lines of scripts. */
#include "config.h"

#include "sandbox/interp_parts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum { DEPTH_MAX = 5, HEAD = 2048 };

static const char *const kind_names[] = {
	[INTERP_NATIVE] = "native", [INTERP_SCRIPT] = "script", [INTERP_SYSTEM] = "system", [INTERP_VENV] = "venv",
	[INTERP_CONDA] = "conda",   [INTERP_PYENV] = "pyenv",   [INTERP_PREFIX] = "prefix",
};

const char *interp_kind_name(enum interp_kind kind)
{
	return kind_names[kind];
}

void interp_free(struct interp *in)
{
	if (!in)
		return;
	for (size_t i = 0; i < in->root_count; i++)
		free(in->roots[i]);
	free(in->roots);
	for (size_t i = 0; i < in->env_count; i++) {
		free(in->env[i].name);
		free(in->env[i].value);
	}
	free(in->env);
	free(in->exec);
	free(in->real);
	free(in->python);
	free(in->prefix);
	free(in->base_prefix);
	free(in->version);
	free(in->bin_dir);
	free(in);
}

const char *interp_env(const struct interp_query *q, const char *name)
{
	const char *value = q->env ? q->env(name) : NULL;

	return value && *value ? value : NULL;
}

void interp_set_env(struct interp *in, const char *name, const char *value)
{
	mem_reserve(&in->env, &in->env_cap, in->env_count + 1);
	in->env[in->env_count++] = (struct interp_env){ .name = mem_strdup(name), .value = mem_strdup(value) };
}

bool interp_is_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == 0 || path[n] == '/' || n == 1);
}

bool interp_is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *interp_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return mem_strdup("/");
	return mem_strndup(path, (size_t)(slash - path));
}

/* The folder above the folder of a program: "/x" for "/x/bin/tool". */
static char *prefix_of(const char *program)
{
	CLEANUP(free) char *bin = interp_dir_of(program);

	return interp_dir_of(bin);
}

/* The home folder under either of its names, or what is above it. */
static bool shows_home(const struct interp_query *q, const char *path)
{
	return (q->home && interp_is_within(q->home, path)) || (q->home_real && interp_is_within(q->home_real, path));
}

static bool is_root_for(const struct interp_query *q, const char *path)
{
	struct stat st;

	/* "/" or the home folder or what is above it would show everything the user has. */
	if (!path || path[0] != '/' || str_eq(path, "/") || stat(path, &st))
		return false;
	if (shows_home(q, path))
		return false;
	if (!S_ISDIR(st.st_mode) && interp_is_within(path, q->cwd))
		return false;
	return !interp_is_within(q->cwd, path) || str_eq(path, "/usr");
}

void interp_add_root(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *real = NULL;
	struct error ignored;

	if (!is_root_for(q, path))
		return;
	/* The name is shown with what it leads to, which must be fit to be shown by itself. */
	if (fs_realpath(path, &real, &ignored) || shows_home(q, real) || !interp_may_lead(q, path, real))
		return;
	for (size_t i = 0; i < in->root_count; i++) {
		if (interp_is_within(path, in->roots[i]))
			return;
	}
	for (size_t i = 0; i < in->root_count;) {
		if (interp_is_within(in->roots[i], path)) {
			free(in->roots[i]);
			in->roots[i] = in->roots[--in->root_count];
		} else {
			i++;
		}
	}
	mem_reserve(&in->roots, &in->root_cap, in->root_count + 1);
	in->roots[in->root_count++] = mem_strdup(path);
	if (!str_eq(real, path) && fs_is_dir(AT_FDCWD, path) && !interp_is_within(real, "/usr"))
		interp_add_root(in, q, real);
}

static int roots_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "/p/./x" and "/p/a/../x" as "/p/x", by resolving the folder; the last component keeps its link (a venv's python). */
static char *simplest(const char *path)
{
	CLEANUP(free) char *dir = NULL;
	CLEANUP(free) char *real = NULL;

	if (!strstr(path, "/./") && !strstr(path, "/../") && !strstr(path, "//"))
		return mem_strdup(path);
	dir = interp_dir_of(path);
	real = realpath(dir, NULL);
	return real ? fs_join(real, fs_basename(path)) : mem_strdup(path);
}

/* One candidate of PATH: NULL to go on with the next. Sets *via_shim. */
static char *candidate(const struct interp_query *q, const char *dir, const char *name, bool *via_shim)
{
	CLEANUP(free) char *base = fs_join(q->cwd, *dir ? dir : ".");
	CLEANUP(free) char *joined = fs_join(base, name);
	CLEANUP(free) char *path = simplest(joined);
	CLEANUP(free) char *root = NULL;

	if (!interp_is_program(path))
		return NULL;
	if (!interp_is_pyenv_shim(path, &root))
		return take_ptr(&path);
	*via_shim = true;
	return interp_pyenv_target(q, root, name);
}

char *interp_find(const struct interp_query *q, const char *const *names, size_t n, bool *via_shim)
{
	CLEANUP(free) char *list = mem_strdup(q->path);
	char *rest = list;
	char *dir;

	while ((dir = strsep(&rest, ":"))) {
		for (size_t i = 0; i < n; i++) {
			char *found = candidate(q, dir, names[i], via_shim);

			if (found)
				return found;
		}
	}
	return NULL;
}

static bool is_system_dir(const char *dir)
{
	return interp_is_within(dir, "/usr") || str_eq(dir, "/bin") || str_eq(dir, "/sbin");
}

/* True when a system's folder comes before dir on PATH and has a program of that name. */
static bool system_has_before(const struct interp_query *q, const char *before, const char *name)
{
	CLEANUP(free) char *list = mem_strdup(q->path);
	char *rest = list;
	char *dir;

	while ((dir = strsep(&rest, ":")) && !str_eq(dir, before)) {
		CLEANUP(free) char *path = fs_join(dir, name);

		if (is_system_dir(dir) && interp_is_program(path))
			return true;
	}
	return false;
}

char *interp_find_outside(const struct interp_query *q, const char *name)
{
	CLEANUP(free) char *list = mem_strdup(q->path);
	char *rest = list;
	char *dir;
	bool shim;

	while ((dir = strsep(&rest, ":"))) {
		CLEANUP(free) char *found = is_system_dir(dir) ? NULL : candidate(q, dir, name, &shim);

		if (found)
			return system_has_before(q, dir, name) ? NULL : take_ptr(&found);
	}
	return NULL;
}

static int hint_absent(const struct interp_query *q, const char *name, struct error *err)
{
	static const char *const python3[] = { "python3" };
	CLEANUP(free) char *here = fs_join(q->cwd, name);
	CLEANUP(free) char *other = NULL;
	bool via_shim = false;

	if (str_ends(name, ".py") && fs_exists(AT_FDCWD, here))
		return error_hint(err, "put its interpreter in front: python3 %s", name);
	if (str_eq(name, "python") && (other = interp_find(q, python3, 1, &via_shim)))
		return error_hint(err, "this machine has it as python3");
	return error_hint(err, "no folder of PATH has it; a program of this folder is written ./%s", name);
}

static int find_on_path(const struct interp_query *q, const char *name, char **out, bool *via_shim, struct error *err)
{
	char *found = interp_find(q, &name, 1, via_shim);

	if (found) {
		*out = found;
		return 0;
	}
	error_set(err, ERR_NOT_FOUND, "%s: command not found", name);
	if (*via_shim)
		return interp_pyenv_hint(q, err);
	return hint_absent(q, name, err);
}

static int find_command(const struct interp_query *q, const char *name, char **out, bool *via_shim, struct error *err)
{
	CLEANUP(free) char *joined = NULL;
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *root = NULL;
	struct stat st;

	if (!*name)
		return error_set(err, ERR_INVALID, "the command is empty");
	if (!strchr(name, '/'))
		return find_on_path(q, name, out, via_shim, err);
	joined = fs_join(q->cwd, name);
	path = simplest(joined);
	if (stat(path, &st))
		return error_sys(err, "%s", name);
	if (!interp_is_program(path)) {
		error_set(err, ERR_DENIED, "%s: %s", name, S_ISDIR(st.st_mode) ? "is a folder" : "is not executable");
		if (S_ISDIR(st.st_mode))
			return error_hint(err, "name a program in it");
		return error_hint(err, "put its interpreter in front (python3 %s), or chmod +x it", name);
	}
	if (interp_is_pyenv_shim(path, &root)) {
		*via_shim = true;
		*out = interp_pyenv_target(q, root, fs_basename(path));
		if (*out)
			return 0;
		error_set(err, ERR_NOT_FOUND, "%s: no version of pyenv has it", name);
		return interp_pyenv_hint(q, err);
	}
	*out = take_ptr(&path);
	return 0;
}

/* What the first lines of a script say; the texts point into head. */
struct shebang {
	char head[HEAD];
	char *program;
	char *arg;    /* the rest of the line is one argument, as the kernel splits it */
	char *second; /* the line below */
};

static bool read_shebang(const char *path, struct shebang *b)
{
	CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, b->head, HEAD - 1);
	char *s;

	if (n < 3 || b->head[0] != '#' || b->head[1] != '!')
		return false;
	b->head[n] = 0;
	b->second = b->head + strcspn(b->head, "\n");
	if (*b->second)
		*b->second++ = 0;
	b->second[strcspn(b->second, "\n")] = 0;
	s = b->head + 2 + strspn(b->head + 2, " \t");
	b->program = s;
	s += strcspn(s, " \t");
	if (*s)
		*s++ = 0;
	b->arg = s + strspn(s, " \t");
	return *b->program != 0;
}

/*
 * Installers of Python packages write a path that is too long for a first line, or has blanks, below one for sh, as
 * (three quotes)exec(quote) "/a long/path/python" "$0" "$@". Heap text or NULL.
 */
static char *trampoline_of(const struct shebang *b)
{
	static const char word[] = "'''exec' ";
	const char *s = b->second + sizeof word - 1;

	CLEANUP(free) char *path = NULL;

	if (!str_eq(fs_basename(b->program), "sh") || !str_starts(b->second, word))
		return NULL;
	path = *s == '"' ? mem_strndup(s + 1, strcspn(s + 1, "\"")) : mem_strndup(s, strcspn(s, " \t"));
	/* The kernel starts what the first line says, so what this one says is taken for a Python's or for nothing. */
	return interp_is_python_name(path) ? take_ptr(&path) : NULL;
}

/* "python3" of "env -S FOO=1 python3 -u". */
static char *env_word(const char *arg)
{
	while (*arg) {
		size_t n = strcspn(arg, " \t");

		bool takes_next = n == 2 && (strncmp(arg, "-u", 2) == 0 || strncmp(arg, "-C", 2) == 0);

		if (arg[0] != '-' && !memchr(arg, '=', n))
			return mem_strndup(arg, n);
		arg += n + strspn(arg + n, " \t");
		if (takes_next) {
			arg += strcspn(arg, " \t");
			arg += strspn(arg, " \t");
		}
	}
	return NULL;
}

/* Nothing but one installation is in such a folder: conda's, or a Java's. */
static bool is_whole(const char *prefix)
{
	CLEANUP(free) char *conda = fs_join(prefix, "conda-meta");
	CLEANUP(free) char *release = fs_join(prefix, "release");
	CLEANUP(free) char *modules = fs_join(prefix, "lib/modules");

	if (interp_is_within(prefix, "/opt") && !str_eq(prefix, "/opt"))
		return true;
	return fs_is_dir(AT_FDCWD, conda) || (fs_exists(AT_FDCWD, release) && fs_exists(AT_FDCWD, modules));
}

/*
 * What a program brings along from the prefix above its bin/. A folder like ~/.local or /srv holds much that is nobody's
 * library, so it is never shown whole: of a hidden folder only the libraries, of another one what packages install.
 */
void interp_add_prefix(struct interp *in, const struct interp_query *q, const char *prefix)
{
	static const char *const parts[] = { "lib", "lib64", "libexec", "bin", "share", "etc", "include" };
	size_t n = fs_basename(prefix)[0] == '.' ? 3 : sizeof parts / sizeof *parts;

	if (is_whole(prefix)) {
		interp_add_root(in, q, prefix);
		return;
	}
	if (str_eq(prefix, "/") || (q->home && interp_is_within(q->home, prefix)))
		return;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(free) char *part = fs_join(prefix, parts[i]);

		if (fs_is_dir(AT_FDCWD, part))
			interp_add_root(in, q, part);
	}
}

/* Programs outside /usr often bring their libraries in the folder beside bin/. */
static void add_program_roots(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *dir = interp_dir_of(path);
	CLEANUP(free) char *prefix = prefix_of(path);
	CLEANUP(free) char *real_dir = NULL;
	struct error ignored;

	/* /bin is /usr/bin on most systems. */
	if (fs_realpath(dir, &real_dir, &ignored) || interp_is_within(real_dir, "/usr"))
		return;
	if (str_eq(fs_basename(dir), "bin"))
		interp_add_prefix(in, q, prefix);
	interp_add_root(in, q, path);
}

/* A Python or a link to one: what belongs to it is known already, so nothing beside it is shown. */
static void add_one(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *dir = interp_dir_of(path);
	CLEANUP(free) char *real_dir = NULL;
	struct error ignored;

	if (!fs_realpath(dir, &real_dir, &ignored) && !interp_is_within(real_dir, "/usr"))
		interp_add_root(in, q, path);
}

/* Every hop of a chain of links must exist inside, not only its end. */
static void add_links(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *at = mem_strdup(path);

	for (int i = 0; i < DEPTH_MAX * 2; i++) {
		char text[LIMIT_PATH];
		ssize_t n = readlink(at, text, sizeof text - 1);
		CLEANUP(free) char *dir = interp_dir_of(at);
		char *next;

		if (n <= 0)
			return;
		text[n] = 0;
		next = fs_join(dir, text);
		free(at);
		at = next;
		add_one(in, q, at);
	}
}

void interp_add_program(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *real = NULL;
	struct error ignored;

	add_program_roots(in, q, path);
	if (fs_realpath(path, &real, &ignored) == 0)
		add_program_roots(in, q, real);
}

void interp_add_python(struct interp *in, const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *real = NULL;
	struct error ignored;

	/* A link called python that leads to a key is no Python. */
	if (fs_realpath(path, &real, &ignored) || !interp_is_python_program(real))
		return;
	free(in->python);
	in->python = mem_strdup(path);
	interp_python(in, q);
	add_one(in, q, path);
	add_links(in, q, path);
}

static int add_program(struct interp *in, const struct interp_query *q, const char *path, int depth, bool *via_shim,
		       struct error *err);

static int add_script(struct interp *in, const struct interp_query *q, const struct shebang *b, int depth, bool *via_shim,
		      struct error *err)
{
	CLEANUP(free) char *trampoline = trampoline_of(b);
	CLEANUP(free) char *word = NULL;
	CLEANUP(free) char *found = NULL;

	in->kind = INTERP_SCRIPT;
	if (!str_eq(fs_basename(b->program), "env")) {
		if (add_program(in, q, trampoline ? trampoline : b->program, depth + 1, via_shim, err) == 0)
			return 0;
		return error_hint((error_wrap(err, "the script's first line"), err), "correct the line that begins with #!");
	}
	word = env_word(b->arg);
	if (!word)
		return 0;
	if (find_command(q, word, &found, via_shim, err))
		return error_wrap(err, "the script's first line");
	return add_program(in, q, found, depth + 1, via_shim, err);
}

/* Lists what path needs, following first lines down to a program. */
static int add_program(struct interp *in, const struct interp_query *q, const char *path, int depth, bool *via_shim,
		       struct error *err)
{
	CLEANUP(free) char *real = NULL;
	struct shebang b;

	if (depth > DEPTH_MAX)
		return error_set(err, ERR_LIMIT, "%s: first lines name each other", path);
	if (fs_realpath(path, &real, err))
		return -1;
	if (interp_is_python_name(path) || interp_is_python_name(real)) {
		interp_add_python(in, q, path);
		in->is_python = true;
		return 0;
	}
	interp_add_program(in, q, path);
	if (read_shebang(path, &b))
		return add_script(in, q, &b, depth, via_shim, err);
	return 0;
}

/* "/home//ada/" as "/home/ada": the paths made from it are compared, and shown. */
static char *without_doubled(const char *path)
{
	char *out = mem_strdup(path);
	char *w = out;

	for (const char *r = path; *r; r++)
		if (*r != '/' || w == out || w[-1] != '/')
			*w++ = *r;
	if (w > out + 1 && w[-1] == '/')
		w--;
	*w = 0;
	return out;
}

/* PATH without folders that are not there or were named before: every name is looked for along it. */
static char *path_that_is(const struct interp_query *q)
{
	CLEANUP(free) char *list = mem_strdup(q->path ? q->path : "/usr/local/bin:/usr/bin:/bin");
	CLEANUP(buf_release) struct buf out = BUF_INIT(strlen(list) + 2);
	CLEANUP(free) char **seen = NULL;
	size_t count = 0, cap = 0;
	char *rest = list;
	char *dir;

	while ((dir = strsep(&rest, ":"))) {
		bool again = false;

		for (size_t i = 0; i < count && !again; i++)
			again = str_eq(seen[i], dir);
		if (again || (dir[0] == '/' && !fs_is_dir(AT_FDCWD, dir)))
			continue;
		mem_reserve(&seen, &cap, count + 1);
		seen[count++] = dir;
		buf_printf(&out, "%s%s", count > 1 ? ":" : "", dir);
	}
	/* An empty list would mean the working folder. */
	return mem_strdup(count ? buf_text(&out) : "/");
}

int interp_resolve(const struct interp_query *given, struct interp **out, struct error *err)
{
	CLEANUP(interp_free) struct interp *in = mem_zalloc(sizeof *in);
	CLEANUP(free) char *home = given->home && given->home[0] == '/' ? without_doubled(given->home) : NULL;
	CLEANUP(free) char *home_real = NULL;
	CLEANUP(free) char *project_real = NULL;
	CLEANUP(free) char *path = NULL;
	struct interp_query cleaned = *given;
	const struct interp_query *q = &cleaned;
	bool via_shim = false;

	if (home && fs_realpath(home, &home_real, err))
		error_clear(err);
	if (q->cwd && fs_realpath(q->project ? q->project : q->cwd, &project_real, err))
		error_clear(err);
	cleaned.home = home;
	cleaned.home_real = home_real;
	cleaned.project_real = project_real;
	in->kind = INTERP_NATIVE;
	if (!q->cwd || q->cwd[0] != '/')
		return error_set(err, ERR_INVALID, "the folder to start from is not absolute");
	path = path_that_is(q);
	cleaned.path = path;
	if (find_command(q, q->command, &in->exec, &via_shim, err))
		return -1;
	if (fs_realpath(in->exec, &in->real, err))
		return -1;
	if (add_program(in, q, in->exec, 0, &via_shim, err))
		return -1;
	interp_ambient(in, q, &via_shim);
	if (via_shim)
		in->bin_dir = interp_dir_of(in->python ? in->python : in->exec);
	if (in->root_count)
		qsort(in->roots, in->root_count, sizeof *in->roots, roots_compare);
	*out = take_ptr(&in);
	return 0;
}
