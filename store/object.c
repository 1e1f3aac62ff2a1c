/* Content-addressed objects. */
#include "config.h"

#include "store/object.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/part.h"
#include "base/str.h"
#include "base/sys.h"

/* Up to this many files are synced one by one; more by one syncfs, which also waits for other people's writes. */
enum { SYNC_SINGLY = 8, PIECE = 128 * 1024 };

/* Files up to this size are read and hashed first: what the store has already then costs no write. */
enum { SMALL = 64 * 1024 };

struct object_name {
	char text[sizeof "objects/ab/" + DIGEST_HEX];
};

static struct object_name name_of(const struct digest *d)
{
	struct digest_hex hex = digest_hex(d);
	struct object_name name;

	snprintf(name.text, sizeof name.text, "objects/%.2s/%s", hex.text, hex.text + 2);
	return name;
}

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

/* Who sees the bytes that are copied; both may be NULL. */
struct copy_seen {
	struct hasher *h;
	const struct object_watch *watch;
};

static void tell(const struct object_watch *watch, uint64_t n)
{
	if (watch)
		watch->fn(watch->data, n);
}

/* n zero bytes, as a hole reads. */
static void hash_zeros(struct hasher *h, uint64_t n)
{
	static const char zeros[PIECE];

	while (n) {
		size_t m = n < sizeof zeros ? (size_t)n : sizeof zeros;

		hasher_update(h, zeros, m);
		n -= m;
	}
}

static int pwrite_all(int fd, const char *p, size_t n, off_t at, struct error *err)
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
	CLEANUP(free) char *piece = mem_alloc(PIECE);

	while (*at < end) {
		size_t want = end - *at < PIECE ? (size_t)(end - *at) : PIECE;
		ssize_t n = sys_pread(in, piece, want, *at);

		if (n < 0)
			return error_sys(err, "reading");
		if (n == 0)
			return 1;
		if (pwrite_all(out, piece, (size_t)n, *at, err) < 0)
			return -1;
		if (seen->h)
			hasher_update(seen->h, piece, (size_t)n);
		tell(seen->watch, (uint64_t)n);
		*at += n;
	}
	return 0;
}

/* Copies with holes kept; *copied is what out_fd holds then, and that many bytes were seen. */
static int copy_sparse(int in, int out, off_t size, const struct copy_seen *seen, off_t *copied, struct error *err)
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
		tell(seen->watch, (uint64_t)(data - at));
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

static int size_of(int fd, uint64_t max, off_t *out, struct error *err)
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

	if (size_of(in_fd, max ? max : OBJECT_MAX_BYTES, &size, err) < 0)
		return -1;
	if (ioctl(out_fd, FICLONE, in_fd) == 0)
		return 0;
	return copy_sparse(in_fd, out_fd, size, &(struct copy_seen){ 0 }, &copied, err);
}

/* Copies in to the empty out and hashes what out then holds. */
static int copy_and_hash(int in, int out, uint64_t max, struct digest *digest, uint64_t *bytes, struct error *err)
{
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	off_t size, copied;

	if (size_of(in, max, &size, err) < 0)
		return -1;
	if (ioctl(out, FICLONE, in) == 0) {
		/* The source may have grown since; the clone no longer changes. */
		if (size_of(out, max, &size, err) < 0)
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
	struct object_name name = name_of(d);
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
		if (pwrite_all(fd, p, n, 0, err) < 0 || seal_temp(b, fd, err) < 0) {
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
	CLEANUP(free) char *piece = mem_alloc(PIECE);
	uint64_t at = 0;

	while (at < bytes) {
		ssize_t n = read(user, piece, bytes - at < PIECE ? (size_t)(bytes - at) : PIECE, err);

		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(err, ERR_CORRUPT, "it ends %" PRIu64 " bytes early", bytes - at);
		hasher_update(h, piece, (size_t)n);
		if (pwrite_all(out, piece, (size_t)n, (off_t)at, err) < 0)
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
	struct object_name name = name_of(&p->digest);
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

int object_find(const struct store *s, const struct digest *d, uint64_t *out_bytes, struct error *err)
{
	struct object_name name = name_of(d);
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
	return fs_join(store_path(s), name_of(d).text);
}

int object_open(const struct store *s, const struct digest *d, uint64_t *out_bytes, struct error *err)
{
	struct object_name name = name_of(d);
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
	struct object_name name = name_of(d);

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

	if (size_of(in, OBJECT_MAX_BYTES, &size, err) < 0)
		return -1;
	if (ioctl(out, FICLONE, in) == 0) {
		if (digest_of_fd(out, "its copy", &found, NULL, err) < 0)
			return -1;
		tell(watch, (uint64_t)size);
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
	CLEANUP(free) char *piece = mem_alloc(PIECE);
	struct digest found;
	off_t at = 0;
	ssize_t n;

	while ((n = sys_pread(fd, piece, PIECE, at)) > 0) {
		hasher_update(h, piece, (size_t)n);
		if (out_fd >= 0 && fs_write_all(out_fd, "the output", piece, (size_t)n, err) < 0)
			return -1;
		tell(watch, (uint64_t)n);
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
