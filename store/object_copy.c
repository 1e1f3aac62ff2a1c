/* The bytes of objects on their way: holes stay holes, and who must see them does. */
#include "config.h"

#include "store/object_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sys.h"

void copy_tell(const struct object_watch *watch, uint64_t n)
{
	if (watch)
		watch->fn(watch->data, n);
}

/* n zero bytes, as a hole reads. */
static void hash_zeros(struct hasher *h, uint64_t n)
{
	static const char zeros[COPY_PIECE];

	while (n) {
		size_t m = n < sizeof zeros ? (size_t)n : sizeof zeros;

		hasher_update(h, zeros, m);
		n -= m;
	}
}

int copy_write(int fd, const char *p, size_t n, off_t at, struct error *err)
{
	while (n) {
		ssize_t done = sys_pwrite(fd, p, n, at);

		if (done < 0)
			return error_sys(err, "writing to the store");
		p += done;
		n -= (size_t)done;
		at += done;
	}
	return 0;
}

/* Copies [*at, end) or until the file's end; *at moves along; seen sees exactly what was written. */
static int copy_data(int in, int out, off_t *at, off_t end, const struct copy_seen *seen, struct error *err)
{
	CLEANUP(free) char *piece = mem_alloc(COPY_PIECE);

	while (*at < end) {
		size_t want = end - *at < COPY_PIECE ? (size_t)(end - *at) : COPY_PIECE;
		ssize_t n = sys_pread(in, piece, want, *at);

		if (n < 0)
			return error_sys(err, "reading");
		if (n == 0)
			return 1;
		if (copy_write(out, piece, (size_t)n, *at, err) < 0)
			return -1;
		if (seen->h)
			hasher_update(seen->h, piece, (size_t)n);
		copy_tell(seen->watch, (uint64_t)n);
		*at += n;
	}
	return 0;
}

int copy_sparse(int in, int out, off_t size, const struct copy_seen *seen, off_t *copied, struct error *err)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(in, at, SEEK_DATA), hole;
		int ended;

		if (data < 0)
			data = errno == ENXIO ? size : at;
		if (data > size)
			data = size;
		if (seen->h)
			hash_zeros(seen->h, (uint64_t)(data - at));
		copy_tell(seen->watch, (uint64_t)(data - at));
		at = data;
		hole = lseek(in, at, SEEK_HOLE);
		if (hole <= at || hole > size)
			hole = size;
		ended = copy_data(in, out, &at, hole, seen, err);
		if (ended < 0)
			return -1;
		if (ended)
			break;
	}
	if (sys_ftruncate(out, at) < 0)
		return error_sys(err, "writing to the store");
	*copied = at;
	return 0;
}

int copy_size(int fd, uint64_t max, off_t *out, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "reading its size");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "not a regular file");
	if ((uint64_t)st.st_size > max)
		return error_set(err, ERR_LIMIT, "%" PRIu64 " bytes: larger than the limit of %" PRIu64,
				 (uint64_t)st.st_size, max);
	*out = st.st_size;
	return 0;
}

int object_clone(int in_fd, int out_fd, uint64_t max, struct error *err)
{
	off_t size, copied;

	if (copy_size(in_fd, max ? max : OBJECT_MAX_BYTES, &size, err) < 0)
		return -1;
	if (ioctl(out_fd, FICLONE, in_fd) == 0)
		return 0;
	return copy_sparse(in_fd, out_fd, size, &(struct copy_seen){ 0 }, &copied, err);
}
