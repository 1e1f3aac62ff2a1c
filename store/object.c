/* Content-addressed objects: finding, reading, checking. */
#include "config.h"

#include "store/object_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/part.h"
#include "base/sys.h"

struct object_name object_name_of(const struct digest *d)
{
	struct digest_hex hex = digest_hex(d);
	struct object_name name;

	snprintf(name.text, sizeof name.text, "objects/%.2s/%s", hex.text, hex.text + 2);
	return name;
}

int object_find(const struct store *s, const struct digest *d, uint64_t *out_bytes, struct error *err)
{
	struct object_name name = object_name_of(d);
	struct stat st;

	if (fstatat(store_dirfd(s), name.text, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_sys(err, "object %s", digest_hex(d).text);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_CORRUPT, "object %s is not a regular file", digest_hex(d).text);
	if (out_bytes)
		*out_bytes = (uint64_t)st.st_size;
	return 1;
}

char *object_path(const struct store *s, const struct digest *d)
{
	return fs_join(store_path(s), object_name_of(d).text);
}

int object_open(const struct store *s, const struct digest *d, uint64_t *out_bytes, struct error *err)
{
	struct object_name name = object_name_of(d);
	/* Neither a link to elsewhere nor a FIFO in an object's place is an object. */
	CLEANUP(close) int fd = fs_open_within(store_dirfd(s), name.text, O_RDONLY | O_NOFOLLOW, 0, err);
	struct stat st;

	if (fd < 0 && err->code == ERR_NOT_FOUND) {
		error_set(err, ERR_NOT_FOUND, "object %s is not in the store", digest_hex(d).text);
		return error_hint(err, "`wb verify --all` lists what is missing");
	}
	if (fd < 0)
		return error_wrap(err, "object %s", digest_hex(d).text);
	if (fstat(fd, &st) < 0)
		return error_sys(err, "object %s", digest_hex(d).text);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_CORRUPT, "object %s is not a regular file", digest_hex(d).text);
	if (out_bytes)
		*out_bytes = (uint64_t)st.st_size;
	return take_fd(&fd);
}

int object_remove(struct store *s, const struct digest *d, struct error *err)
{
	struct object_name name = object_name_of(d);

	if (sys_unlinkat(store_dirfd(s), name.text, 0) < 0 && errno != ENOENT)
		return error_sys(err, "removing object %s", digest_hex(d).text);
	return 0;
}

/* That what was seen of the object is what its name says. */
static int check_digest(const struct digest *found, const struct digest *d, struct error *err)
{
	if (digest_eq(found, d))
		return 0;
	error_set(err, ERR_CORRUPT, "object %s: its bytes hash to %s", digest_hex(d).text, digest_hex(found).text);
	return error_hint(err, "remove that object's file and store what it came from again; check the disk");
}

static int check_fd(int fd, const struct digest *d, struct error *err)
{
	struct digest found;

	if (digest_of_fd(fd, "object", &found, NULL, err) < 0)
		return error_wrap(err, "object %s", digest_hex(d).text);
	return check_digest(&found, d, err);
}

int object_verify(const struct store *s, const struct digest *d, struct error *err)
{
	CLEANUP(close) int fd = object_open(s, d, NULL, err);

	return fd < 0 ? -1 : check_fd(fd, d, err);
}

/* Into the empty out, which is then verified: while it is copied, or afterwards where its blocks are shared. */
static int copy_out(int in, int out, const struct digest *d, const struct object_watch *watch, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	const struct copy_seen seen = { .h = h, .watch = watch };
	off_t size, copied = 0;
	struct digest found;

	if (copy_size(in, OBJECT_MAX_BYTES, &size, err) < 0)
		return -1;
	if (ioctl(out, FICLONE, in) == 0) {
		if (digest_of_fd(out, "its copy", &found, NULL, err) < 0)
			return -1;
		copy_tell(watch, (uint64_t)size);
		return check_digest(&found, d, err);
	}
	if (copy_sparse(in, out, size, &seen, &copied, err) < 0)
		return -1;
	found = hasher_finish(h);
	return check_digest(&found, d, err);
}

int object_get_file_watched(const struct store *s, const struct digest *d, int dirfd, const char *path, mode_t mode,
			    const struct object_watch *watch, struct error *err)
{
	CLEANUP(close) int in = object_open(s, d, NULL, err);
	CLEANUP(part_release) struct part out = PART_INIT;

	if (in < 0)
		return -1;
	if (fs_exists(dirfd, path))
		return error_set(err, ERR_EXISTS, "%s exists already", path);
	if (part_open(dirfd, path, 0600, &out, err) < 0 || copy_out(in, out.fd, d, watch, err) < 0)
		return -1;
	return fchmod(out.fd, mode) < 0 ? error_sys(err, "%s", path) : part_name(&out, err);
}

int object_get_file(const struct store *s, const struct digest *d, int dirfd, const char *path, mode_t mode,
		    struct error *err)
{
	return object_get_file_watched(s, d, dirfd, path, mode, NULL, err);
}

/* Reads it through; out_fd -1: only to hash it. */
static int pass_through(int fd, int out_fd, const struct digest *d, const struct object_watch *watch, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	CLEANUP(free) char *piece = mem_alloc(COPY_PIECE);
	struct digest found;
	off_t at = 0;
	ssize_t n;

	while ((n = sys_pread(fd, piece, COPY_PIECE, at)) > 0) {
		hasher_update(h, piece, (size_t)n);
		if (out_fd >= 0 && fs_write_all(out_fd, "the output", piece, (size_t)n, err) < 0)
			return -1;
		copy_tell(watch, (uint64_t)n);
		at += n;
	}
	if (n < 0)
		return error_sys(err, "reading object %s", digest_hex(d).text);
	found = hasher_finish(h);
	return check_digest(&found, d, err);
}

int object_get_fd_watched(const struct store *s, const struct digest *d, int out_fd, const struct object_watch *watch,
			  struct error *err)
{
	CLEANUP(close) int fd = object_open(s, d, NULL, err);

	/* What went into a pipe cannot be taken back: the check comes first. */
	if (fd < 0 || pass_through(fd, -1, d, watch, err) < 0)
		return -1;
	return pass_through(fd, out_fd, d, watch, err);
}

int object_get_fd(const struct store *s, const struct digest *d, int out_fd, struct error *err)
{
	return object_get_fd_watched(s, d, out_fd, NULL, err);
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

/* The objects of one fan-out folder, sorted; heap array. Other names there are not ours and are passed over. */
static int list_fan(const struct store *s, unsigned fan, struct digest **out, size_t *n, struct error *err)
{
	char path[sizeof "objects/ab"];
	CLEANUP(closedir) DIR *dir = NULL;
	CLEANUP(free) struct digest *list = NULL;
	size_t cap = 0;
	struct dirent *e;
	int fd;

	*n = 0;
	*out = NULL;
	snprintf(path, sizeof path, "objects/%02x", fan);
	fd = sys_openat(store_dirfd(s), path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "%s", path);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_sys(err, "%s", path);
	}
	while ((e = readdir(dir))) {
		char hex[DIGEST_HEX + 1];
		struct digest d;

		if (strlen(e->d_name) != DIGEST_HEX - 2)
			continue;
		snprintf(hex, sizeof hex, "%02x%.62s", fan, e->d_name);
		if (!digest_parse(hex, &d))
			continue;
		mem_reserve(&list, &cap, *n + 1);
		list[(*n)++] = d;
	}
	if (*n)
		qsort(list, *n, sizeof *list, by_digest);
	*out = take_ptr(&list);
	return 0;
}

int object_each(const struct store *s, object_each_fn *fn, void *user, struct error *err)
{
	for (unsigned fan = 0; fan < 256; fan++) {
		CLEANUP(free) struct digest *list = NULL;
		size_t n;

		if (list_fan(s, fan, &list, &n, err) < 0)
			return -1;
		for (size_t i = 0; i < n; i++) {
			uint64_t bytes;
			int rc = object_find(s, &list[i], &bytes, err);

			if (rc > 0)
				rc = fn(user, &list[i], bytes, err);
			if (rc)
				return rc;
		}
	}
	return 0;
}
