/*
 * What a project's own links may show. A project comes from strangers, who can
 * write .venv/bin/python3 as a link to anything: what such a link leads to
 * outside of it is shown only where it is a Python, an environment, or modules.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/interp_parts.h"

bool interp_is_python_name(const char *path)
{
	const char *name = fs_basename(path);

	if (str_starts(name, "pypy"))
		return true;
	return str_starts(name, "python") && strspn(name + 6, "0123456789.tdmu") == strlen(name + 6);
}

bool interp_is_python_program(const char *real)
{
	CLEANUP(close) int fd = interp_is_program(real) ? open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	char head[4];

	if (fd < 0 || read(fd, head, sizeof head) != (ssize_t)sizeof head)
		return false;
	return memcmp(head, "\x7f" "ELF", 4) == 0 || (head[0] == '#' && head[1] == '!' && interp_is_python_name(real));
}

bool interp_read_file(const char *path, struct buf *out)
{
	CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct error ignored;
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fs_read_fd(fd, path, out, &ignored) == 0;
}

static bool is_environment(const char *dir)
{
	CLEANUP(free) char *cfg = fs_join(dir, "pyvenv.cfg");
	CLEANUP(free) char *conda = fs_join(dir, "conda-meta");

	return fs_exists(AT_FDCWD, cfg) || fs_is_dir(AT_FDCWD, conda);
}

/* Settings and keys of one program or another, some of them written in Python: ~/.config, ~/.jupyter. */
static bool is_hidden_in_home(const struct interp_query *q, const char *path)
{
	CLEANUP(free) char *dir = interp_dir_of(path);

	return fs_basename(path)[0] == '.' &&
	       ((q->home && str_eq(dir, q->home)) || (q->home_real && str_eq(dir, q->home_real)));
}

bool interp_is_module_place(const struct interp_query *q, const char *real)
{
	return !is_hidden_in_home(q, real) && interp_holds_python(real);
}

bool interp_leads_out(const struct interp_query *q, const char *path, const char *real)
{
	CLEANUP(free) char *part = mem_strdup(path);
	struct error ignored;
	char *slash;

	if (!q->project_real || str_eq(path, real) || interp_is_within(real, q->project_real))
		return false;
	/* However it is spelled: a part of the way that ends in the project was led on from there. */
	while ((slash = strrchr(part, '/')) && slash != part) {
		CLEANUP(free) char *at = NULL;

		*slash = 0;
		if (fs_realpath(part, &at, &ignored) == 0 && interp_is_within(at, q->project_real))
			return true;
	}
	return false;
}

bool interp_may_lead(const struct interp_query *q, const char *path, const char *real)
{
	if (!interp_leads_out(q, path, real))
		return true;
	if (!fs_is_dir(AT_FDCWD, real))
		return interp_is_python_program(real);
	return is_environment(real) || interp_is_module_place(q, real);
}
