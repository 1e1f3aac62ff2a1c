/* Commands resolved in made-up trees of pyenv, venv, conda and uv. */
#include "config.h"

#include "sandbox/interp.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "tests/support/wb_test.h"

/* A home and a project below the test's own folder. */
struct place {
	char *top;
	char *home;
	char *proj;
};

static char *at(const struct place *p, const char *name)
{
	return mem_printf("%s/%s", p->top, name);
}

static void put(const struct place *p, const char *name, const char *text, bool runs)
{
	CLEANUP(free) char *path = at(p, name);

	wb_test_put(p->top, name, text);
	assert_int_equal(chmod(path, runs ? 0755 : 0644), 0);
}

static void put_link(const struct place *p, const char *text, const char *name)
{
	CLEANUP(free) char *path = at(p, name);
	CLEANUP(free) char *dir = mem_strndup(path, strlen(path) - strlen(fs_basename(path)) - 1);
	struct error err = { 0 };

	assert_ok(fs_mkdir_p(-100, dir, 0755, &err), &err);
	assert_int_equal(symlink(text, path), 0);
}

static int setup(void **state)
{
	static int count;
	struct place *p = mem_zalloc(sizeof *p);
	CLEANUP(free) char *raw = mem_printf("%s/p%d", wb_test_tmpdir(), count++);
	struct error err = { 0 };

	assert_ok(fs_mkdir_p(-100, raw, 0755, &err), &err);
	assert_ok(fs_realpath(raw, &p->top, &err), &err);
	p->home = at(p, "home/u");
	p->proj = at(p, "home/u/proj");
	put(p, "home/u/proj/train.py", "#!/usr/bin/env python3\n", true);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	free(p->top);
	free(p->home);
	free(p->proj);
	free(p);
	return 0;
}

static void put_python(const struct place *p, const char *prefix, const char *version)
{
	CLEANUP(free) char *exe = mem_printf("%s/bin/python%s", prefix, version);
	CLEANUP(free) char *os = mem_printf("%s/lib/python%s/os.py", prefix, version);
	CLEANUP(free) char *site = mem_printf("%s/lib/python%s/site-packages/readme.txt", prefix, version);
	CLEANUP(free) char *name = mem_printf("python%s", version);
	CLEANUP(free) char *three = mem_printf("%s/bin/python3", prefix);

	put(p, exe, "\x7f" "ELF", true);
	put(p, os, "", false);
	put(p, site, "", false);
	put_link(p, name, three);
}

/* The environment of the query, set by a case. */
static const char *env_pairs[8];

static char *env_of(const char *name)
{
	for (size_t i = 0; i + 1 < sizeof env_pairs / sizeof *env_pairs && env_pairs[i]; i += 2)
		if (strcmp(env_pairs[i], name) == 0)
			return (char *)env_pairs[i + 1];
	return NULL;
}

static struct interp *resolve(const struct place *p, const char *command, const char *path, const char *version)
{
	struct interp_query q = { .command = command, .path = path, .cwd = p->proj, .home = p->home, .env = env_of };
	struct interp *in = NULL;
	struct error err = { 0 };

	if (version) {
		env_pairs[0] = "PYENV_VERSION";
		env_pairs[1] = version;
	}
	assert_ok(interp_resolve(&q, &in, &err), &err);
	memset(env_pairs, 0, sizeof env_pairs);
	return in;
}

static bool has_root(const struct place *p, const struct interp *in, const char *name)
{
	CLEANUP(free) char *path = at(p, name);

	for (size_t i = 0; i < in->root_count; i++) {
		if (strcmp(in->roots[i], path) == 0)
			return true;
	}
	return false;
}

static void assert_path(const struct place *p, const char *got, const char *name)
{
	CLEANUP(free) char *path = at(p, name);

	assert_string_equal(got, path);
}

static void put_pyenv(const struct place *p)
{
	put(p, "home/u/.pyenv/shims/python3", "#!/bin/sh\nexec pyenv exec python3 \"$@\"\n", true);
	put_python(p, "home/u/.pyenv/versions/3.11.7", "3.11");
	put_python(p, "home/u/.pyenv/versions/3.12.1", "3.12");
	put_python(p, "home/u/.pyenv/versions/3.12.10", "3.12");
	put(p, "home/u/.pyenv/version", "3.11.7\n", false);
}

static void interp__pyenv_shim__is_followed_to_the_chosen_version(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/.pyenv/shims:/usr/bin", p->home);
	CLEANUP(interp_free) struct interp *global = NULL;
	CLEANUP(interp_free) struct interp *local = NULL;
	CLEANUP(interp_free) struct interp *by_env = NULL;
	CLEANUP(interp_free) struct interp *script = NULL;

	put_pyenv(p);
	global = resolve(p, "python3", path, NULL);
	assert_path(p, global->exec, "home/u/.pyenv/versions/3.11.7/bin/python3");
	assert_path(p, global->bin_dir, "home/u/.pyenv/versions/3.11.7/bin");
	assert_int_equal(global->kind, INTERP_PYENV);
	assert_string_equal(global->version, "3.11");
	assert_true(has_root(p, global, "home/u/.pyenv/versions/3.11.7"));
	assert_int_equal(global->root_count, 1);
	put(p, "home/u/proj/.python-version", "3.12 # newest\n", false);
	local = resolve(p, "python3", path, NULL);
	assert_path(p, local->exec, "home/u/.pyenv/versions/3.12.10/bin/python3");
	by_env = resolve(p, "python3", path, "9.9:3.12.1");
	assert_path(p, by_env->exec, "home/u/.pyenv/versions/3.12.1/bin/python3");
	script = resolve(p, "./train.py", path, NULL);
	assert_path(p, script->exec, "home/u/proj/train.py");
	assert_path(p, script->python, "home/u/.pyenv/versions/3.12.10/bin/python3");
	assert_path(p, script->bin_dir, "home/u/.pyenv/versions/3.12.10/bin");
}

static void interp__pyenv_system__goes_on_along_path(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/.pyenv/shims:%s/other/bin", p->home, p->top);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_pyenv(p);
	put_python(p, "other", "3.9");
	in = resolve(p, "python3", path, "system");
	assert_path(p, in->exec, "other/bin/python3");
	assert_int_equal(in->kind, INTERP_PREFIX);
	assert_true(has_root(p, in, "other"));
}

static void interp__venv__shows_itself_its_base_and_editable_sources(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *cfg = mem_printf("home = %s/home/u/.pyenv/versions/3.11.7/bin\nversion = 3.11.7\n", p->top);
	CLEANUP(free) char *base = mem_printf("%s/home/u/.pyenv/versions/3.11.7/bin/python3.11", p->top);
	CLEANUP(free) char *pth = mem_printf("# c\nimport sys; x\n%s/home/u/src/mylib\n%s\n/\n../../../../extra\n", p->top,
					     p->home);
	CLEANUP(free) char *finder = mem_printf("MAPPING: dict = {'tool': '%s/home/u/src/tool/pkg'}\n", p->top);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_pyenv(p);
	put(p, "home/u/proj/.venv/pyvenv.cfg", cfg, false);
	put_link(p, base, "home/u/proj/.venv/bin/python3");
	put(p, "home/u/proj/.venv/lib/python3.11/site-packages/e.pth", pth, false);
	put(p, "home/u/proj/.venv/lib/python3.11/site-packages/__editable__.t.pth",
	    "import __editable___t_0_1_finder; __editable___t_0_1_finder.install()\n", false);
	put(p, "home/u/proj/.venv/lib/python3.11/site-packages/__editable___t_0_1_finder.py", finder, false);
	put(p, "home/u/src/mylib/x.py", "", false);
	put(p, "home/u/src/tool/pkg/x.py", "", false);
	in = resolve(p, ".venv/bin/python3", "/usr/bin", NULL);
	assert_int_equal(in->kind, INTERP_VENV);
	assert_path(p, in->exec, "home/u/proj/.venv/bin/python3");
	assert_path(p, in->prefix, "home/u/proj/.venv");
	assert_path(p, in->base_prefix, "home/u/.pyenv/versions/3.11.7");
	assert_true(has_root(p, in, "home/u/proj/.venv"));
	assert_true(has_root(p, in, "home/u/.pyenv/versions/3.11.7"));
	assert_true(has_root(p, in, "home/u/src/mylib"));
	assert_true(has_root(p, in, "home/u/src/tool/pkg"));
	assert_false(has_root(p, in, "home/u"));
	for (size_t i = 0; i < in->root_count; i++)
		assert_string_not_equal(in->roots[i], "/");
	assert_null(in->bin_dir);
}

static void interp__conda__is_its_prefix(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/home/u/miniconda3/envs/ml/bin", p->top);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "home/u/miniconda3/envs/ml", "3.10");
	put(p, "home/u/miniconda3/envs/ml/conda-meta/history", "", false);
	in = resolve(p, "python3", path, NULL);
	assert_int_equal(in->kind, INTERP_CONDA);
	assert_path(p, in->prefix, "home/u/miniconda3/envs/ml");
	assert_true(has_root(p, in, "home/u/miniconda3/envs/ml"));
}

static void interp__uv__follows_links_of_folders(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *cfg = mem_printf("home = %s/.local/share/uv/python/cpython-3.12-linux/bin\nuv = 0.5\n", p->home);
	CLEANUP(free) char *link = mem_printf("%s/.local/share/uv/python/cpython-3.12-linux/bin/python3.12", p->home);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "home/u/.local/share/uv/python/cpython-3.12.4-linux", "3.12");
	put_link(p, "cpython-3.12.4-linux", "home/u/.local/share/uv/python/cpython-3.12-linux");
	put(p, "home/u/proj/.venv/pyvenv.cfg", cfg, false);
	put_link(p, link, "home/u/proj/.venv/bin/python");
	in = resolve(p, ".venv/bin/python", "/usr/bin", NULL);
	assert_int_equal(in->kind, INTERP_VENV);
	assert_true(has_root(p, in, "home/u/.local/share/uv/python/cpython-3.12.4-linux"));
	assert_true(has_root(p, in, "home/u/.local/share/uv/python/cpython-3.12-linux"));
	assert_true(has_root(p, in, "home/u/proj/.venv"));
}

static void interp__program_below_home__shows_no_more_than_itself(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/bin:%s/tools/bin", p->home, p->top);
	CLEANUP(interp_free) struct interp *own = NULL;
	CLEANUP(interp_free) struct interp *tool = NULL;

	put(p, "home/u/bin/mine", "\x7f" "ELF", true);
	put(p, "tools/bin/tool", "\x7f" "ELF", true);
	own = resolve(p, "mine", path, NULL);
	assert_int_equal(own->kind, INTERP_NATIVE);
	assert_int_equal(own->root_count, 1);
	assert_true(has_root(p, own, "home/u/bin/mine"));
	tool = resolve(p, "tool", path, NULL);
	assert_true(has_root(p, tool, "tools/bin"));
	assert_false(has_root(p, tool, "tools"));
}

static void interp__program_in_a_shared_folder__shows_its_libraries_alone(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/.local/bin:%s/julia/bin", p->home, p->home);
	CLEANUP(interp_free) struct interp *tool = NULL;
	CLEANUP(interp_free) struct interp *julia = NULL;

	put(p, "home/u/.local/bin/tool", "\x7f" "ELF", true);
	put(p, "home/u/.local/lib/libtool.so", "", false);
	put(p, "home/u/.local/share/keyrings/login", "", false);
	tool = resolve(p, "tool", path, NULL);
	assert_true(has_root(p, tool, "home/u/.local/bin/tool"));
	assert_true(has_root(p, tool, "home/u/.local/lib"));
	assert_int_equal(tool->root_count, 2);
	put(p, "home/u/julia/bin/julia", "\x7f" "ELF", true);
	put(p, "home/u/julia/share/base.jl", "", false);
	put(p, "home/u/julia/notes/diary", "", false);
	julia = resolve(p, "julia", path, NULL);
	assert_true(has_root(p, julia, "home/u/julia/bin"));
	assert_true(has_root(p, julia, "home/u/julia/share"));
	assert_int_equal(julia->root_count, 2);
}

static void interp__python_through_a_link__shows_the_link_and_its_own_prefix(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/.local/bin", p->home);
	CLEANUP(free) char *link = mem_printf("%s/.local/share/uv/python/cpython-3.12/bin/python3.12", p->home);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "home/u/.local/share/uv/python/cpython-3.12", "3.12");
	put_link(p, link, "home/u/.local/bin/python3");
	put(p, "home/u/.local/lib/python3.12/site-packages/user.py", "", false);
	put(p, "home/u/.local/share/keyrings/login", "", false);
	in = resolve(p, "python3", path, NULL);
	assert_path(p, in->exec, "home/u/.local/bin/python3");
	assert_true(has_root(p, in, "home/u/.local/bin/python3"));
	assert_true(has_root(p, in, "home/u/.local/share/uv/python/cpython-3.12"));
	assert_false(has_root(p, in, "home/u/.local"));
	assert_false(has_root(p, in, "home/u/.local/share"));
}

static bool has_env(const struct interp *in, const char *name, const char *value)
{
	for (size_t i = 0; i < in->env_count; i++)
		if (strcmp(in->env[i].name, name) == 0)
			return strcmp(in->env[i].value, value) == 0;
	return false;
}

static void put_venv(const struct place *p, const char *name)
{
	CLEANUP(free) char *cfg = mem_printf("%s/pyvenv.cfg", name);
	CLEANUP(free) char *link = mem_printf("%s/bin/python3", name);

	put(p, cfg, "home = /usr/bin\n", false);
	put_link(p, "/usr/bin/env", link);
}

static void interp__shell__sees_the_environments_at_hand(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/home/u/on/bin:/usr/bin", p->top);
	CLEANUP(free) char *active = at(p, "home/u/active");
	CLEANUP(free) char *java = at(p, "jdk");
	CLEANUP(interp_free) struct interp *in = NULL;

	put_venv(p, "home/u/on");
	put_venv(p, "home/u/active");
	put_venv(p, "home/u/proj/.venv");
	put(p, "home/u/proj/node_modules/left/index.js", "", false);
	put(p, "home/u/R/x86_64-library/4.2/a/DESCRIPTION", "", false);
	put(p, "jdk/release", "", false);
	put(p, "jdk/lib/modules", "", false);
	put(p, "jdk/bin/java", "", true);
	env_pairs[0] = "VIRTUAL_ENV", env_pairs[1] = active, env_pairs[2] = "JAVA_HOME", env_pairs[3] = java;
	in = resolve(p, "/bin/sh", path, NULL);
	assert_int_equal(in->kind, INTERP_NATIVE);
	assert_false(in->is_python);
	assert_path(p, in->python, "home/u/on/bin/python3");
	assert_true(has_root(p, in, "home/u/on"));
	assert_true(has_root(p, in, "home/u/active"));
	assert_true(has_root(p, in, "home/u/proj/.venv"));
	assert_true(has_root(p, in, "home/u/proj/node_modules"));
	assert_true(has_root(p, in, "home/u/R/x86_64-library"));
	assert_true(has_root(p, in, "jdk"));
	assert_true(has_env(in, "JAVA_HOME", java));
}

static void interp__names_in_an_environment__show_only_what_has_modules(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *pth = mem_printf("%s/.ssh\n%s/.gnupg\n%s/data\n%s/code\n", p->home, p->home, p->home, p->home);
	CLEANUP(free) char *cfg = mem_printf("home = %s/data/bin\n", p->home);
	CLEANUP(free) char *key = mem_printf("%s/.ssh/id_rsa", p->home);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "base", "3.11");
	put(p, "home/u/.ssh/id_rsa", "key", false);
	put(p, "home/u/.gnupg/private/key", "key", false);
	put(p, "home/u/data/people.csv", "", false);
	put(p, "home/u/data/bin/python3", "", true);
	put(p, "home/u/code/pkg/__init__.py", "", false);
	put(p, "home/u/proj/.venv/pyvenv.cfg", cfg, false);
	put_link(p, "../../../../../base/bin/python3.11", "home/u/proj/.venv/bin/python3");
	put(p, "home/u/proj/.venv/lib/python3.11/site-packages/x.pth", pth, false);
	put_link(p, key, "home/u/proj/.venv/lib/python3.11/site-packages/key.py");
	in = resolve(p, ".venv/bin/python3", "/usr/bin", NULL);
	assert_true(has_root(p, in, "home/u/code"));
	assert_true(has_root(p, in, "base"));
	assert_true(has_root(p, in, "home/u/proj/.venv"));
	assert_int_equal(in->root_count, 3);
}

/* No root that leads to the key, or to the folder that it is in, however the project's files name them. */
static void assert_key_hidden(const struct place *p, const char *command)
{
	CLEANUP(interp_free) struct interp *in = resolve(p, command, "/usr/bin", NULL);
	CLEANUP(free) char *secrets = at(p, "home/u/.ssh");

	for (size_t i = 0; i < in->root_count; i++) {
		CLEANUP(free) char *real = NULL;
		struct error err = { 0 };

		assert_ok(fs_realpath(in->roots[i], &real, &err), &err);
		assert_int_not_equal(strncmp(real, secrets, strlen(secrets)), 0);
		assert_string_not_equal(real, p->home);
	}
}

static void put_hostile_project(const struct place *p)
{
	put(p, "home/u/.ssh/id_rsa", "key", false);
	put(p, "home/u/proj/.venv/pyvenv.cfg", "home = /usr/bin\n", false);
	put(p, "home/u/proj/run", "#!/bin/sh\n", true);
}

static void interp__link_called_python__shows_no_key(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *key = at(p, "home/u/.ssh/id_rsa");

	put_hostile_project(p);
	put_link(p, key, "home/u/proj/.venv/bin/python3");
	assert_key_hidden(p, "./run");
}

static void interp__link_called_python__shows_no_folder(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *secrets = at(p, "home/u/.ssh");

	put_hostile_project(p);
	put_link(p, secrets, "home/u/proj/.venv/bin/python3");
	assert_key_hidden(p, "./run");
}

static void interp__prefix_in_the_project__leads_nowhere_else(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *secrets = at(p, "home/u/.ssh");
	CLEANUP(free) char *cfg = mem_printf("home = %s/../proj/.x/bin\n", p->proj);

	put_hostile_project(p);
	put(p, "home/u/proj/.venv/pyvenv.cfg", cfg, false);
	put(p, "home/u/proj/.x/lib/python3/os.py", "", false);
	put(p, "home/u/proj/.x/bin/python3", "\x7f" "ELF", true);
	put_link(p, "../../.x/bin/python3", "home/u/proj/.venv/bin/python3");
	put_link(p, secrets, "home/u/proj/.x/lib64");
	assert_key_hidden(p, "./run");
}

static void interp__environment_that_is_a_link__shows_no_home(void **state)
{
	struct place *p = *state;

	put(p, "home/u/.ssh/id_rsa", "key", false);
	put(p, "home/u/pyvenv.cfg", "home = /usr/bin\n", false);
	put_link(p, "/usr/bin/env", "home/u/bin/python3");
	put_link(p, p->home, "home/u/proj/.venv");
	put(p, "home/u/proj/run", "#!/bin/sh\n", true);
	assert_key_hidden(p, "./run");
}

static void interp__environment_elsewhere__is_shown_by_a_link(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *real = at(p, "home/u/envs/ml");
	CLEANUP(interp_free) struct interp *in = NULL;

	put_venv(p, "home/u/envs/ml");
	put_link(p, real, "home/u/proj/.venv");
	put(p, "home/u/proj/run", "#!/bin/sh\n", true);
	in = resolve(p, "./run", "/usr/bin", NULL);
	assert_true(has_root(p, in, "home/u/envs/ml"));
	assert_true(has_root(p, in, "home/u/proj/.venv"));
}

/* The kernel starts ./sh, which is the project's own, whatever the second line says. */
static void interp__second_line__shows_no_key(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *key = at(p, "home/u/.ssh/id_rsa");
	CLEANUP(free) char *link = mem_printf("#!%s/sh\n'''exec' \"%s/python3\"\n", p->proj, p->proj);
	CLEANUP(free) char *name = mem_printf("#!%s/sh\n'''exec' \"%s\"\n", p->proj, key);
	CLEANUP(free) char *env = mem_printf("#!/usr/bin/env -S -u %s sh\n", key);

	put_hostile_project(p);
	put(p, "home/u/proj/sh", "\x7f" "ELF", true);
	put_link(p, key, "home/u/proj/python3");
	put(p, "home/u/proj/run", link, true);
	assert_key_hidden(p, "./run");
	put(p, "home/u/proj/run", name, true);
	assert_key_hidden(p, "./run");
	put(p, "home/u/proj/run", env, true);
	assert_key_hidden(p, "./run");
}

static void interp__path_line__shows_no_folder_of_settings(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *pth = mem_printf("%s/.config\n%s/.jupyter\n", p->home, p->home);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "base", "3.11");
	put(p, "home/u/.config/browser/config.py", "", false);
	put(p, "home/u/.jupyter/jupyter_config.py", "", false);
	put(p, "home/u/proj/.venv/pyvenv.cfg", "home = /usr/bin\n", false);
	put_link(p, "../../../../../base/bin/python3.11", "home/u/proj/.venv/bin/python3");
	put(p, "home/u/proj/.venv/lib/python3.11/site-packages/x.pth", pth, false);
	in = resolve(p, ".venv/bin/python3", "/usr/bin", NULL);
	assert_false(has_root(p, in, "home/u/.config"));
	assert_false(has_root(p, in, "home/u/.jupyter"));
}

static void put_fifo(const struct place *p, const char *name)
{
	CLEANUP(free) char *path = at(p, name);

	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0644), 0);
}

/* Nobody ever writes into them. */
static void interp__fifos_in_an_environment__hold_nobody_up(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/.pyenv/shims:%s/base/bin", p->home, p->top);
	CLEANUP(interp_free) struct interp *venv = NULL;
	CLEANUP(interp_free) struct interp *shim = NULL;

	put_pyenv(p);
	put_python(p, "base", "3.11");
	put(p, "home/u/proj/.venv/pyvenv.cfg", "", false);
	put_link(p, "../../../../../base/bin/python3.11", "home/u/proj/.venv/bin/python3");
	put(p, "home/u/proj/.venv/lib/python3.11/site-packages/x.pth", "import __editable___t_finder; x()\n", false);
	put_fifo(p, "home/u/proj/.venv/lib/python3.11/site-packages/__editable___t_finder.py");
	put_fifo(p, "home/u/proj/.venv/lib/python3.11/site-packages/y.pth");
	put_fifo(p, "home/u/proj/.venv/pyvenv.cfg");
	put_fifo(p, "home/u/proj/.python-version");
	venv = resolve(p, ".venv/bin/python3", "/usr/bin", NULL);
	assert_true(has_root(p, venv, "home/u/proj/.venv"));
	shim = resolve(p, "python3", path, NULL);
	assert_path(p, shim->exec, "home/u/.pyenv/versions/3.11.7/bin/python3");
}

/* .python-version chooses among pyenv's versions, and no other place. */
static void interp__pyenv_version__is_no_path(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = mem_printf("%s/.pyenv/shims:%s/base/bin", p->home, p->top);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_pyenv(p);
	put_python(p, "base", "3.9");
	put_python(p, "home/u/proj/x", "3.8");
	put(p, "home/u/proj/.python-version", "../../proj/x\n", false);
	in = resolve(p, "python3", path, NULL);
	assert_path(p, in->exec, "base/bin/python3");
}

static void interp__first_line_too_long__is_read_from_the_second(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *tool = mem_printf("#!/bin/sh\n'''exec' \"%s/base/bin/python3\" \"$0\" \"$@\"\n", p->top);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "base", "3.11");
	put(p, "home/u/proj/tool", tool, true);
	in = resolve(p, "./tool", "/usr/bin", NULL);
	assert_true(in->is_python);
	assert_path(p, in->python, "base/bin/python3");
	assert_true(has_root(p, in, "base"));
}

static void interp__python_path__shows_its_folders_but_not_the_project(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *value = mem_printf("%s/lib::src:%s:%s/none", p->top, p->home, p->top);
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "base", "3.11");
	put(p, "lib/beside.py", "", false);
	put(p, "home/u/proj/src/mine.py", "", false);
	put(p, "home/u/home.py", "", false);
	env_pairs[0] = "PYTHONPATH", env_pairs[1] = value;
	in = resolve(p, "../../../base/bin/python3", "/usr/bin", NULL);
	assert_true(has_root(p, in, "lib"));
	assert_true(has_root(p, in, "base"));
	assert_int_equal(in->root_count, 2);
	assert_true(has_env(in, "PYTHONPATH", value));
}

static void assert_no(const struct place *p, const char *command, enum error_code code, const char *part)
{
	struct interp_query q = { .command = command, .path = "/nowhere", .cwd = p->proj, .home = p->home };
	struct interp *in = NULL;
	struct error err = { 0 };

	assert_refused(interp_resolve(&q, &in, &err), &err, code, part);
	assert_true(err.hint[0] != 0 || code == ERR_NOT_FOUND || code == ERR_INVALID);
}

static void interp__what_cannot_run__is_named(void **state)
{
	struct place *p = *state;

	put(p, "home/u/proj/data.txt", "x", false);
	put(p, "home/u/proj/bad.sh", "#!/no/such/interpreter\n", true);
	put(p, "home/u/proj/env.sh", "#!/usr/bin/env -S nothing-like-this -u\n", true);
	put(p, "home/u/proj/self.sh", "", true);
	assert_no(p, "nothing", ERR_NOT_FOUND, "command not found");
	assert_no(p, "", ERR_INVALID, "empty");
	assert_no(p, "./data.txt", ERR_DENIED, "not executable");
	assert_no(p, "./gone", ERR_NOT_FOUND, "gone");
	assert_no(p, "../proj", ERR_DENIED, "a folder");
	assert_no(p, "./bad.sh", ERR_NOT_FOUND, "first line");
	assert_no(p, "./env.sh", ERR_NOT_FOUND, "nothing-like-this");
	/* A PATH without one folder that is there does not mean the working folder. */
	put(p, "home/u/proj/here", "#!/bin/sh\n", true);
	assert_no(p, "here", ERR_NOT_FOUND, "command not found");
}

/* Hundreds are not all asked for links, so it is enough that one of those asked, or a cache, speaks for it. */
static void interp__many_distributions__links_of_all_are_followed(void **state)
{
	struct place *p = *state;
	CLEANUP(interp_free) struct interp *in = NULL;

	put_python(p, "base", "3.11");
	put(p, "base/lib/python3.11/site-packages/mine.py", "", false);
	for (int i = 0; i < 30; i++) {
		CLEANUP(free) char *from = mem_printf("packages/p%d/p%d-1.dist-info/METADATA", i, i);
		CLEANUP(free) char *module = mem_printf("packages/p%d/p%d.py", i, i);
		CLEANUP(free) char *to = mem_printf("base/lib/python3.11/site-packages/p%d-1.dist-info/METADATA", i);
		CLEANUP(free) char *text = at(p, from);

		put(p, from, "", false);
		put(p, module, "", false);
		put_link(p, text, to);
	}
	in = resolve(p, "../../../base/bin/python3", "/usr/bin", NULL);
	for (int i = 0; i < 30; i++) {
		CLEANUP(free) char *root = mem_printf("packages/p%d", i);

		assert_true(has_root(p, in, root));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(interp__pyenv_shim__is_followed_to_the_chosen_version, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__pyenv_system__goes_on_along_path, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__venv__shows_itself_its_base_and_editable_sources, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__conda__is_its_prefix, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__uv__follows_links_of_folders, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__program_below_home__shows_no_more_than_itself, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__program_in_a_shared_folder__shows_its_libraries_alone, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__python_through_a_link__shows_the_link_and_its_own_prefix, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__shell__sees_the_environments_at_hand, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__names_in_an_environment__show_only_what_has_modules, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__link_called_python__shows_no_key, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__link_called_python__shows_no_folder, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__prefix_in_the_project__leads_nowhere_else, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__environment_that_is_a_link__shows_no_home, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__environment_elsewhere__is_shown_by_a_link, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__second_line__shows_no_key, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__path_line__shows_no_folder_of_settings, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__fifos_in_an_environment__hold_nobody_up, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__pyenv_version__is_no_path, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__first_line_too_long__is_read_from_the_second, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__python_path__shows_its_folders_but_not_the_project, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__what_cannot_run__is_named, setup, teardown),
	cmocka_unit_test_setup_teardown(interp__many_distributions__links_of_all_are_followed, setup, teardown),
};

WB_TEST_MAIN(tests)
