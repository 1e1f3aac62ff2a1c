/* Storing objects: one, or many that become durable and named together. */
#include "config.h"

#include "store/object_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"

/* Up to this many files are synced one by one; more by one syncfs, which also waits for other people's writes. */
enum { SYNC_SINGLY = 8 };

/* Files up to this size are read and hashed first: what the store has already then costs no write. */
enum { SMALL = 64 * 1024 };

/* A finished temporary file: a batch has many of them. */
struct pending {
	struct digest digest;
	unsigned serial; /* the end of its name; 0: it has its final one */
};

struct object_batch {
	struct store *store;
	char *prefix; /* of the names of its temporary files */
	unsigned serial;
	struct pending *items;
	size_t n, cap;
	char *piece;  /* SMALL + 1 bytes */
	bool touched[256]; /* fan-out folders to sync: also those of objects that were there already */
	bool any_touched;
};

/* Copies in to the empty out and hashes what out then holds. */
static int copy_and_hash(int in, int out, uint64_t max, struct digest *digest, uint64_t *bytes, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	off_t size, copied;

	if (copy_size(in, max, &size, err) < 0)
		return -1;
	if (ioctl(out, FICLONE, in) == 0) {
		/* The source may have grown since; the clone no longer changes. */
		if (copy_size(out, max, &size, err) < 0)
			return -1;
		return digest_of_fd(out, "its copy", digest, bytes, err);
	}
	if (copy_sparse(in, out, size, &(struct copy_seen){ .h = h }, &copied, err) < 0)
		return -1;
	*digest = hasher_finish(h);
	*bytes = (uint64_t)copied;
	return 0;
}

int object_batch_open(struct store *s, struct object_batch **out, struct error *err)
{
	struct object_batch *b;

	if (!fs_is_dir(store_dirfd(s), "objects"))
		return error_set(err, ERR_CORRUPT, "%s: its objects folder is missing", store_path(s));
	b = mem_zalloc(sizeof *b);
	b->store = s;
	b->prefix = store_temp_name("object");
	*out = b;
	return 0;
}

struct temp_name {
	char text[128];
};

static struct temp_name temp_of(const struct object_batch *b, unsigned serial)
{
	struct temp_name name;

	snprintf(name.text, sizeof name.text, "%s.%x", b->prefix, serial);
	return name;
}

static void temp_drop(struct object_batch *b, unsigned serial)
{
	unlinkat(store_dirfd(b->store), temp_of(b, serial).text, 0);
}

void object_batch_close(struct object_batch *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].serial)
			temp_drop(b, b->items[i].serial);
	free(b->items);
	free(b->prefix);
	free(b->piece);
	free(b);
}

static int space_hint(const struct store *s, struct error *err)
{
	if (err->sys == ENOSPC || err->sys == EDQUOT)
		return error_hint(err, "make room where the store lies (%s)", store_path(s));
	return -1;
}

/* True when an object of this name and size is there: a wrong size is replaced, which repairs it. */
static bool is_present(const struct store *s, const struct digest *d, uint64_t bytes)
{
	struct object_name name = object_name_of(d);
	struct stat st;

	return fstatat(store_dirfd(s), name.text, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == bytes;
}

/* True when its bytes need not be stored. */
static bool batch_has(struct object_batch *b, const struct digest *d, uint64_t bytes)
{
	b->touched[d->bytes[0]] = b->any_touched = true;
	return is_present(b->store, d, bytes);
}

/* The finished temporary file joins the batch, unless its bytes are stored already. */
static void batch_keep(struct object_batch *b, unsigned serial, const struct digest *d, uint64_t bytes)
{
	if (batch_has(b, d, bytes)) {
		temp_drop(b, serial);
		return;
	}
	mem_reserve(&b->items, &b->cap, b->n + 1);
	b->items[b->n++] = (struct pending){ *d, serial };
}

/* A descriptor of the batch's newest temporary file. */
static int make_temp(struct object_batch *b, struct error *err)
{
	int fd;

	if (b->serial == UINT_MAX)
		return error_set(err, ERR_LIMIT, "too many files at once");
	fd = sys_openat(store_dirfd(b->store), temp_of(b, b->serial + 1).text, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_sys(err, "making a file in the store");
	b->serial++;
	return fd;
}

static int seal_temp(const struct object_batch *b, int fd, struct error *err)
{
	return fchmod(fd, store_object_mode(b->store)) < 0 ? error_sys(err, "sealing its copy") : 0;
}

/* Bytes at hand join the batch. */
static int add_bytes(struct object_batch *b, const void *p, size_t n, struct digest *out, struct error *err)
{
	struct digest digest = digest_of(p, n);
	CLEANUP(close) int fd = -1;

	if (!batch_has(b, &digest, n)) {
		fd = make_temp(b, err);
		if (fd < 0)
			return -1;
		if (copy_write(fd, p, n, 0, err) < 0 || seal_temp(b, fd, err) < 0) {
			temp_drop(b, b->serial);
			return -1;
		}
		mem_reserve(&b->items, &b->cap, b->n + 1);
		b->items[b->n++] = (struct pending){ digest, b->serial };
	}
	*out = digest;
	return 0;
}

/* All of a small file into b->piece: 1, its length in *n; 0 when it is none, or no longer; -1. */
static int read_small(struct object_batch *b, int fd, size_t *n, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "reading its size");
	if (!S_ISREG(st.st_mode) || st.st_size > SMALL)
		return 0;
	if (!b->piece)
		b->piece = mem_alloc(SMALL + 1);
	*n = 0;
	while (*n <= SMALL) {
		ssize_t got = sys_pread(fd, b->piece + *n, SMALL + 1 - *n, (off_t)*n);

		if (got < 0)
			return error_sys(err, "reading");
		*n += (size_t)got;
		if (got == 0 || *n == (size_t)st.st_size)
			break;
	}
	return *n <= SMALL;
}

/* A file of any size, by a copy of it. */
static int add_copy(struct object_batch *b, int fd, uint64_t max, struct digest *out, uint64_t *bytes, struct error *err)
{
	CLEANUP(close) int temp_fd = make_temp(b, err);
	unsigned serial = b->serial;

	if (temp_fd < 0)
		return -1;
	if (copy_and_hash(fd, temp_fd, max, out, bytes, err) < 0 || seal_temp(b, temp_fd, err) < 0) {
		temp_drop(b, serial);
		return -1;
	}
	batch_keep(b, serial, out, *bytes);
	return 0;
}

int object_batch_add(struct object_batch *b, int fd, const char *name, uint64_t max, struct digest *out,
		     uint64_t *out_bytes, struct error *err)
{
	struct digest digest;
	uint64_t bytes;
	size_t n = 0;
	int rc = read_small(b, fd, &n, err);

	max = max ? max : OBJECT_MAX_BYTES;
	if (rc > 0 && n <= max) {
		bytes = n;
		rc = add_bytes(b, b->piece, n, &digest, err);
	} else if (rc >= 0) {
		rc = add_copy(b, fd, max, &digest, &bytes, err);
	}
	if (rc < 0) {
		error_wrap(err, "%s", name);
		return space_hint(b->store, err);
	}
	*out = digest;
	if (out_bytes)
		*out_bytes = bytes;
	return 0;
}

/* What read gives, into out and the hasher. */
static int copy_stream(object_read_fn *read, void *user, uint64_t bytes, int out, struct hasher *h, struct error *err)
{
	CLEANUP(free) char *piece = mem_alloc(COPY_PIECE);
	uint64_t at = 0;

	while (at < bytes) {
		ssize_t n = read(user, piece, bytes - at < COPY_PIECE ? (size_t)(bytes - at) : COPY_PIECE, err);

		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(err, ERR_CORRUPT, "it ends %" PRIu64 " bytes early", bytes - at);
		hasher_update(h, piece, (size_t)n);
		if (copy_write(out, piece, (size_t)n, (off_t)at, err) < 0)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

int object_batch_add_stream(struct object_batch *b, object_read_fn *read, void *user, uint64_t bytes,
			    const struct digest *want, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	CLEANUP(close) int fd = make_temp(b, err);
	unsigned serial = b->serial;
	struct digest got;
	int rc;

	if (fd < 0)
		return space_hint(b->store, err);
	rc = copy_stream(read, user, bytes, fd, h, err);
	got = hasher_finish(h);
	if (rc == 0 && !digest_eq(&got, want))
		rc = error_set(err, ERR_CORRUPT, "its bytes hash to %s", digest_hex(&got).text);
	if (rc == 0)
		rc = seal_temp(b, fd, err);
	if (rc < 0) {
		temp_drop(b, serial);
		return space_hint(b->store, err);
	}
	batch_keep(b, serial, want, bytes);
	return 0;
}

static int sync_data(struct object_batch *b, struct error *err)
{
	int dirfd = store_dirfd(b->store);

	if (b->n > SYNC_SINGLY)
		return sys_syncfs(dirfd) < 0 ? error_sys(err, "syncing the store") : 0;
	for (size_t i = 0; i < b->n; i++) {
		CLEANUP(close) int fd = sys_openat(dirfd, temp_of(b, b->items[i].serial).text, O_RDONLY | O_NOFOLLOW, 0);

		if (fd < 0 || sys_fdatasync(fd) < 0)
			return error_sys(err, "syncing an object");
	}
	return 0;
}

/* Renames one into place, making its fan-out folder; *made is set when that was new. */
static int name_one(struct object_batch *b, struct pending *p, bool *made, struct error *err)
{
	int dirfd = store_dirfd(b->store);
	struct object_name name = object_name_of(&p->digest);
	char fan[sizeof "objects/ab"];
	struct stat st;

	snprintf(fan, sizeof fan, "%.10s", name.text);
	if (sys_mkdirat(dirfd, fan, store_dir_mode(b->store)) == 0)
		*made = true;
	else if (errno != EEXIST)
		return error_sys(err, "making a folder for objects");
	else if (fstatat(dirfd, fan, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ERR_CORRUPT, "%s/%s is not a folder", store_path(b->store), fan);
	if (sys_renameat(dirfd, temp_of(b, p->serial).text, dirfd, name.text) < 0)
		return error_sys(err, "naming an object");
	p->serial = 0;
	return 0;
}

static int sync_names(struct object_batch *b, bool made, struct error *err)
{
	for (unsigned i = 0; i < 256; i++) {
		char fan[sizeof "objects/ab"];

		if (!b->touched[i])
			continue;
		snprintf(fan, sizeof fan, "objects/%02x", i);
		if (fs_sync_dir(store_dirfd(b->store), fan, err) < 0)
			return -1;
	}
	return made ? fs_sync_dir(store_dirfd(b->store), "objects", err) : 0;
}

int object_batch_commit(struct object_batch *b, struct error *err)
{
	bool made = false;

	if (!b->any_touched)
		return 0;
	if (sync_data(b, err) < 0)
		return space_hint(b->store, err);
	for (size_t i = 0; i < b->n; i++)
		if (name_one(b, &b->items[i], &made, err) < 0)
			return space_hint(b->store, err);
	if (sync_names(b, made, err) < 0)
		return space_hint(b->store, err);
	b->n = 0;
	memset(b->touched, 0, sizeof b->touched);
	b->any_touched = false;
	return 0;
}

int object_put_fd(struct store *s, int fd, const char *name, uint64_t max, struct digest *out, uint64_t *out_bytes,
		  struct error *err)
{
	CLEANUP(object_batch_close) struct object_batch *b = NULL;
	struct digest digest;
	uint64_t bytes;

	if (object_batch_open(s, &b, err) < 0 || object_batch_add(b, fd, name, max, &digest, &bytes, err) < 0)
		return -1;
	if (object_batch_commit(b, err) < 0)
		return error_wrap(err, "%s", name);
	*out = digest;
	if (out_bytes)
		*out_bytes = bytes;
	return 0;
}

int object_put_bytes(struct store *s, const void *p, size_t n, struct digest *out, struct error *err)
{
	CLEANUP(object_batch_close) struct object_batch *b = NULL;
	struct digest digest;

	if (object_batch_open(s, &b, err) < 0)
		return -1;
	if (add_bytes(b, p, n, &digest, err) < 0)
		return space_hint(s, err);
	if (object_batch_commit(b, err) < 0)
		return -1;
	*out = digest;
	return 0;
}
