/* Files without a name, and what stands in for them. */
#include "config.h"

#include "base/part.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"

/* The name by which the kernel finds a descriptor. */
struct fd_path {
	char text[32];
};

static struct fd_path path_of_fd(int fd)
{
	struct fd_path p;

	snprintf(p.text, sizeof p.text, "/proc/self/fd/%d", fd);
	return p;
}

/* -1 without a message where there are no such files. */
static int open_nameless(int dirfd, const char *folder, mode_t mode)
{
	int fd = sys_openat(dirfd, *folder ? folder : ".", O_RDWR | O_TMPFILE, mode);

	if (fd >= 0 && !fs_exists(AT_FDCWD, path_of_fd(fd).text)) {
		close(fd);
		return -1;
	}
	return fd;
}

int part_open(int dirfd, const char *path, mode_t mode, struct part *out, struct error *err)
{
	const char *base = fs_basename(path);
	CLEANUP(free) char *folder = mem_strndup(path, (size_t)(base - path));
	CLEANUP(part_release) struct part p = PART_INIT;

	p.dirfd = dirfd;
	p.path = mem_strdup(path);
	p.fd = open_nameless(dirfd, folder, mode);
	if (p.fd < 0) {
		char *temp = mem_printf("%s.%.200s.%d.wb-part", folder, base, getpid());

		p.fd = sys_openat(dirfd, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
		if (p.fd < 0) {
			error_sys(err, "%s", path);
			free(temp);
			return -1;
		}
		p.temp = temp;
	}
	*out = p;
	p = (struct part)PART_INIT;
	return 0;
}

/* renameat2 with NOREPLACE is not there on every file system; a link never replaces either. */
static int name_temp(struct part *p)
{
	if (sys_renameat_new(p->dirfd, p->temp, p->dirfd, p->path) == 0)
		return 0;
	if (errno != EINVAL || sys_linkat(p->dirfd, p->temp, p->dirfd, p->path, 0) < 0)
		return -1;
	sys_unlinkat(p->dirfd, p->temp, 0);
	return 0;
}

int part_name(struct part *p, struct error *err)
{
	int rc = p->temp ? name_temp(p) : sys_linkat(AT_FDCWD, path_of_fd(p->fd).text, p->dirfd, p->path, AT_SYMLINK_FOLLOW);

	if (rc < 0)
		return error_sys(err, "%s", p->path);
	free(take_ptr(&p->temp));
	return 0;
}

void part_release(struct part *p)
{
	if (p->temp)
		unlinkat(p->dirfd, p->temp, 0);
	cleanup_close(&p->fd);
	free(p->temp);
	free(p->path);
	*p = (struct part)PART_INIT;
}
