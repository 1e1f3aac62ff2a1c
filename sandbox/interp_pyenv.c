/* pyenv's shims: which of its versions is meant here, without asking it. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/interp_parts.h"

enum { VERSION_FILE = 4096 };

/* The first line of a small file without its blanks; NULL where there is none. */
static char *first_line(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(VERSION_FILE);
	const char *s;
	size_t n;

	if (!interp_read_file(path, &text))
		return NULL;
	s = buf_text(&text) + strspn(buf_text(&text), " \t\r\n");
	n = strcspn(s, " \t\r\n#");
	return n ? mem_strndup(s, n) : NULL;
}

/* pyenv: .python-version from cwd upwards, else ROOT/version, else "system". */
static char *pyenv_version(const struct interp_query *q, const char *root)
{
	CLEANUP(free) char *dir = mem_strdup(q->cwd);
	CLEANUP(free) char *global = fs_join(root, "version");
	char *found;

	if (interp_env(q, "PYENV_VERSION"))
		return mem_strdup(interp_env(q, "PYENV_VERSION"));
	for (;;) {
		CLEANUP(free) char *file = fs_join(dir, ".python-version");
		char *up;

		found = first_line(file);
		if (found)
			return found;
		if (str_eq(dir, "/"))
			break;
		up = interp_dir_of(dir);
		free(dir);
		dir = up;
	}
	found = first_line(global);
	return found ? found : mem_strdup("system");
}

/* "3.11" stands for the newest "3.11.*" there is. *out is NULL where nothing matches. */
static void pyenv_pick(const char *versions, const char *wanted, char **out)
{
	CLEANUP(free) char *exact = fs_join(versions, wanted);
	CLEANUP(closedir) DIR *dir = NULL;
	CLEANUP(free) char *best = NULL;
	size_t n = strlen(wanted);
	const struct dirent *e;

	*out = NULL;
	if (fs_is_dir(AT_FDCWD, exact)) {
		*out = take_ptr(&exact);
		return;
	}
	dir = opendir(versions);
	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, wanted, n) || e->d_name[n] != '.')
			continue;
		if (!best || strverscmp(e->d_name, best) > 0) {
			free(best);
			best = mem_strdup(e->d_name);
		}
	}
	if (best)
		*out = fs_join(versions, best);
}

/* Where pyenv's shim would go: a heap path, or NULL when it would go on along PATH ("system"). */
char *interp_pyenv_target(const struct interp_query *q, const char *root, const char *name)
{
	CLEANUP(free) char *versions = fs_join(root, "versions");
	CLEANUP(free) char *list = pyenv_version(q, root);
	char *rest = list;
	char *one;

	while ((one = strsep(&rest, ":"))) {
		CLEANUP(free) char *prefix = NULL;
		CLEANUP(free) char *program = NULL;

		/* A project's .python-version names no place of its own: pyenv would not go there either. */
		if (str_eq(one, "system") || !*one || *one == '/' || strstr(one, ".."))
			continue;
		pyenv_pick(versions, one, &prefix);
		program = prefix ? mem_printf("%s/bin/%s", prefix, name) : NULL;
		if (program && interp_is_program(program))
			return take_ptr(&program);
	}
	return NULL;
}

/* A pyenv shim is a script in ROOT/shims beside ROOT/versions. *out_root is heap text. */
bool interp_is_pyenv_shim(const char *path, char **out_root)
{
	CLEANUP(free) char *dir = interp_dir_of(path);
	CLEANUP(free) char *root = interp_dir_of(dir);
	CLEANUP(free) char *versions = fs_join(root, "versions");

	if (!str_eq(fs_basename(dir), "shims") || !fs_is_dir(AT_FDCWD, versions))
		return false;
	*out_root = take_ptr(&root);
	return true;
}

int interp_pyenv_hint(const struct interp_query *q, struct error *err)
{
	const char *home = q->home ? q->home : "/";
	CLEANUP(free) char *root = interp_env(q, "PYENV_ROOT") ? mem_strdup(interp_env(q, "PYENV_ROOT")) : fs_join(home, ".pyenv");
	CLEANUP(free) char *version = pyenv_version(q, root);

	return error_hint(err, "pyenv chose version '%s', which is not installed or lacks it: pyenv install %s, or PYENV_VERSION=...",
			  version, version);
}
