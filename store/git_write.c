/* Loose objects and packs; the only user of zlib. */
#include "config.h"

#include "store/git_write.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

enum {
	LOOSE_MAX = 200,                  /* more new objects make a pack */
	LOOSE_MAX_BYTES = 32 * 1024 * 1024,
	SYNC_SINGLY = 16,
	OUT_PIECE = 1024 * 1024,
	PACK_HEADER = 12,
};

/* An object added: waiting in memory for its fate, or written to the pack. */
struct added {
	struct blob_id id;
	enum git_type type;
	char *data; /* while waiting */
	size_t n;
	uint32_t crc;
	uint64_t offset; /* in the pack */
};

struct git_writer {
	int dirfd;
	struct added *items;
	size_t n, cap;
	size_t waiting_bytes;
	uint32_t *slots; /* open addressing: index + 1 of an item, by id */
	size_t n_slots;
	z_stream z;
	bool z_ready;
	char *temp; /* the pack being written, below the objects folder */
	int pack_fd;
	struct buf out; /* not yet written to it */
	uint64_t pack_size;
	bool *fans; /* loose: which of the 256 folders got a name */
};

static size_t slot_of(const struct git_writer *w, const struct blob_id *id)
{
	size_t at;

	/* An id is a hash already. */
	memcpy(&at, id->b, sizeof at);
	for (at &= w->n_slots - 1; w->slots[at]; at = (at + 1) & (w->n_slots - 1))
		if (memcmp(&w->items[w->slots[at] - 1].id, id, sizeof *id) == 0)
			break;
	return at;
}

static void grow_slots(struct git_writer *w)
{
	if (w->n * 2 < w->n_slots)
		return;
	w->n_slots = w->n_slots ? w->n_slots * 2 : 512;
	free(w->slots);
	w->slots = mem_calloc(w->n_slots, sizeof *w->slots);
	for (size_t i = 0; i < w->n; i++)
		w->slots[slot_of(w, &w->items[i].id)] = (uint32_t)i + 1;
}

bool git_writer_has(const struct git_writer *w, const struct blob_id *id)
{
	return w->n && w->slots[slot_of(w, id)];
}

int git_writer_open(const char *objects_dir, struct git_writer **out, struct error *err)
{
	CLEANUP(git_writer_close) struct git_writer *w = mem_zalloc(sizeof *w);

	w->pack_fd = -1;
	w->out.max = 2 * OUT_PIECE + 2 * SNAPSHOT_LARGE_BYTES + LIMIT_JSON;
	w->fans = mem_calloc(256, sizeof *w->fans);
	w->dirfd = fs_open_dir(AT_FDCWD, objects_dir, err);
	if (w->dirfd < 0)
		return -1;
	if (deflateInit(&w->z, Z_BEST_SPEED) != Z_OK)
		return error_set(err, ERR_INTERNAL, "zlib does not start");
	w->z_ready = true;
	*out = take_ptr(&w);
	return 0;
}

static void forget_items(struct git_writer *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->items[i].data);
	w->n = 0;
	w->waiting_bytes = 0;
	if (w->slots)
		memset(w->slots, 0, w->n_slots * sizeof *w->slots);
}

static void drop_pack(struct git_writer *w)
{
	if (w->pack_fd >= 0)
		close(w->pack_fd);
	w->pack_fd = -1;
	if (w->temp)
		unlinkat(w->dirfd, w->temp, 0);
	free(take_ptr(&w->temp));
	buf_clear(&w->out);
	w->pack_size = 0;
}

void git_writer_close(struct git_writer *w)
{
	if (!w)
		return;
	drop_pack(w);
	forget_items(w);
	free(w->items);
	free(w->slots);
	free(w->fans);
	buf_release(&w->out);
	if (w->z_ready)
		deflateEnd(&w->z);
	if (w->dirfd >= 0)
		close(w->dirfd);
	free(w);
}

/* Appends head and data, compressed as one stream. */
static int deflate_to(struct git_writer *w, const void *head, size_t n_head, const void *p, size_t n, struct buf *out,
		      struct error *err)
{
	size_t bound = deflateBound(&w->z, (uLong)(n_head + n)) + 64;
	char *room = buf_room(out, bound);

	if (!room)
		return error_set(err, ERR_LIMIT, "an object of %zu bytes is too large to write", n);
	deflateReset(&w->z);
	w->z.next_out = (Bytef *)room;
	w->z.avail_out = (uInt)bound;
	w->z.next_in = (Bytef *)(uintptr_t)head;
	w->z.avail_in = (uInt)n_head;
	if (n_head && deflate(&w->z, Z_NO_FLUSH) != Z_OK)
		return error_set(err, ERR_INTERNAL, "zlib does not compress");
	w->z.next_in = (Bytef *)(uintptr_t)p;
	w->z.avail_in = (uInt)n;
	if (deflate(&w->z, Z_FINISH) != Z_STREAM_END)
		return error_set(err, ERR_INTERNAL, "zlib does not compress");
	out->len += bound - w->z.avail_out;
	return 0;
}

/* Packs. */

static char *temp_name(const char *dir)
{
	return mem_printf("%stmp_obj_%d_%llx", dir, getpid(), (unsigned long long)clock_mono(&clock_system));
}

static int flush_pack(struct git_writer *w, struct error *err)
{
	if (fs_write_all(w->pack_fd, "a pack of code", buf_text(&w->out), w->out.len, err) < 0)
		return -1;
	buf_clear(&w->out);
	return 0;
}

static int start_pack(struct git_writer *w, struct error *err)
{
	static const char no_header[PACK_HEADER];

	w->temp = temp_name("pack/");
	w->pack_fd = sys_openat(w->dirfd, w->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0444);
	if (w->pack_fd < 0) {
		free(take_ptr(&w->temp));
		return error_sys(err, "making a pack of code");
	}
	buf_append(&w->out, no_header, sizeof no_header);
	w->pack_size = sizeof no_header;
	return 0;
}

/* Type and size: 4 bits of size in the first byte, then 7 a byte, low ones first. */
static size_t pack_entry_head(enum git_type type, size_t n, unsigned char out[16])
{
	size_t used = 0;
	unsigned char byte = (unsigned char)((unsigned)type << 4 | (n & 15));

	for (n >>= 4; n; n >>= 7) {
		out[used++] = byte | 0x80;
		byte = n & 0x7f;
	}
	out[used++] = byte;
	return used;
}

static int pack_object(struct git_writer *w, struct added *a, const void *p, struct error *err)
{
	unsigned char head[16];
	size_t n_head = pack_entry_head(a->type, a->n, head), start = w->out.len;

	buf_append(&w->out, head, n_head);
	if (deflate_to(w, NULL, 0, p, a->n, &w->out, err) < 0)
		return -1;
	a->offset = w->pack_size;
	a->crc = (uint32_t)crc32(0, (const Bytef *)w->out.data + start, (uInt)(w->out.len - start));
	w->pack_size += w->out.len - start;
	return w->out.len >= OUT_PIECE ? flush_pack(w, err) : 0;
}

/* What waited for the decision goes into the pack. */
static int turn_to_pack(struct git_writer *w, struct error *err)
{
	if (start_pack(w, err) < 0)
		return -1;
	for (size_t i = 0; i < w->n; i++) {
		if (pack_object(w, &w->items[i], w->items[i].data, err) < 0)
			return -1;
		free(take_ptr(&w->items[i].data));
	}
	w->waiting_bytes = 0;
	return 0;
}

int git_writer_add(struct git_writer *w, enum git_type type, const void *p, size_t n, const struct blob_id *id,
		   struct error *err)
{
	struct added a = { .id = *id, .type = type, .n = n };

	if (git_writer_has(w, id))
		return 0;
	if (w->pack_fd < 0 && (w->n >= LOOSE_MAX || w->waiting_bytes + n > LOOSE_MAX_BYTES) &&
	    turn_to_pack(w, err) < 0)
		return -1;
	if (w->pack_fd >= 0) {
		if (pack_object(w, &a, p, err) < 0)
			return -1;
	} else {
		a.data = mem_dup(n ? p : "", n ? n : 1);
		w->waiting_bytes += n;
	}
	mem_reserve(&w->items, &w->cap, w->n + 1);
	w->items[w->n++] = a;
	grow_slots(w);
	w->slots[slot_of(w, id)] = (uint32_t)w->n;
	return 0;
}

static void put_be32(struct buf *b, uint32_t v)
{
	unsigned char p[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8),
			       (unsigned char)v };

	buf_append(b, p, sizeof p);
}

/* The count is known only now, and the trailer covers it: so the whole file is hashed once more. */
static int seal_pack(struct git_writer *w, unsigned char sum[SHA1_BYTES], struct error *err)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT(PACK_HEADER);
	CLEANUP(sha1_free) struct sha1 *h = sha1_new();
	CLEANUP(free) char *piece = mem_alloc(OUT_PIECE);

	buf_puts(&head, "PACK");
	put_be32(&head, 2);
	put_be32(&head, (uint32_t)w->n);
	if (flush_pack(w, err) < 0)
		return -1;
	if (sys_pwrite(w->pack_fd, head.data, head.len, 0) != (ssize_t)head.len)
		return error_sys(err, "writing a pack of code");
	for (uint64_t at = 0; at < w->pack_size;) {
		ssize_t n = sys_pread(w->pack_fd, piece, OUT_PIECE, (off_t)at);

		if (n <= 0)
			return error_sys(err, "reading a pack of code back");
		sha1_update(h, piece, (size_t)n);
		at += (uint64_t)n;
	}
	sha1_finish(h, sum);
	if (fs_write_all(w->pack_fd, "a pack of code", sum, SHA1_BYTES, err) < 0)
		return -1;
	return sys_fsync(w->pack_fd) < 0 ? error_sys(err, "syncing a pack of code") : 0;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(&((const struct added *)a)->id, &((const struct added *)b)->id, sizeof(struct blob_id));
}

/* Index version 2. Sorts the items: the slots no longer fit afterwards. */
static void format_index(struct git_writer *w, const unsigned char pack_sum[SHA1_BYTES], struct buf *b)
{
	CLEANUP(sha1_free) struct sha1 *h = sha1_new();
	unsigned char sum[SHA1_BYTES];
	uint32_t wide = 0;

	qsort(w->items, w->n, sizeof *w->items, by_id);
	buf_append(b, "\377tOc", 4);
	put_be32(b, 2);
	for (size_t fan = 0, i = 0; fan < 256; fan++) {
		while (i < w->n && w->items[i].id.b[0] <= fan)
			i++;
		put_be32(b, (uint32_t)i);
	}
	for (size_t i = 0; i < w->n; i++)
		buf_append(b, w->items[i].id.b, BLOB_ID_BYTES);
	for (size_t i = 0; i < w->n; i++)
		put_be32(b, w->items[i].crc);
	for (size_t i = 0; i < w->n; i++)
		put_be32(b, w->items[i].offset < 0x80000000u ? (uint32_t)w->items[i].offset : 0x80000000u | wide++);
	for (size_t i = 0; i < w->n; i++)
		if (w->items[i].offset >= 0x80000000u) {
			put_be32(b, (uint32_t)(w->items[i].offset >> 32));
			put_be32(b, (uint32_t)w->items[i].offset);
		}
	buf_append(b, pack_sum, SHA1_BYTES);
	sha1_update(h, b->data, b->len);
	sha1_finish(h, sum);
	buf_append(b, sum, SHA1_BYTES);
}

/* A reader looks for .idx files: the pack gets its name first. */
static int commit_pack(struct git_writer *w, struct error *err)
{
	CLEANUP(buf_release) struct buf index = BUF_INIT(2048 * LIMIT_MIB);
	CLEANUP(free) char *pack_name = NULL, *index_name = NULL;
	unsigned char sum[SHA1_BYTES];
	char hex[2 * SHA1_BYTES + 1];

	if (seal_pack(w, sum, err) < 0)
		return -1;
	format_index(w, sum, &index);
	if (buf_check(&index, "the index of a pack of code", err) < 0)
		return -1;
	str_hex(sum, SHA1_BYTES, hex);
	pack_name = mem_printf("pack/pack-%s.pack", hex);
	index_name = mem_printf("pack/pack-%s.idx", hex);
	if (sys_renameat(w->dirfd, w->temp, w->dirfd, pack_name) < 0)
		return error_sys(err, "naming a pack of code");
	free(take_ptr(&w->temp));
	if (fs_write_atomic(w->dirfd, index_name, index.data, index.len, 0444, err) < 0) {
		/* Without its index nobody sees it. */
		unlinkat(w->dirfd, pack_name, 0);
		return -1;
	}
	return 0;
}

/* Loose objects. */

static int write_loose(struct git_writer *w, struct added *a, char **out_temp, struct error *err)
{
	static const char *const names[] = { [GIT_TYPE_COMMIT] = "commit", [GIT_TYPE_TREE] = "tree",
					     [GIT_TYPE_BLOB] = "blob" };
	CLEANUP(buf_release) struct buf b = BUF_INIT(w->out.max);
	CLEANUP(free) char *head = mem_printf("%s %zu", names[a->type], a->n), *temp = temp_name("");
	CLEANUP(close) int fd = -1;

	if (deflate_to(w, head, strlen(head) + 1, a->data, a->n, &b, err) < 0)
		return -1;
	fd = sys_openat(w->dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0444);
	if (fd < 0)
		return error_sys(err, "making a file for code");
	*out_temp = temp;
	temp = NULL;
	if (fs_write_all(fd, "a code object", b.data, b.len, err) < 0)
		return -1;
	if (w->n <= SYNC_SINGLY && sys_fsync(fd) < 0)
		return error_sys(err, "syncing code");
	return 0;
}

static int name_loose(struct git_writer *w, const struct added *a, const char *temp, struct error *err)
{
	char hex[2 * BLOB_ID_BYTES + 1], name[2 * BLOB_ID_BYTES + 2], fan[3];

	str_hex(a->id.b, BLOB_ID_BYTES, hex);
	snprintf(fan, sizeof fan, "%.2s", hex);
	snprintf(name, sizeof name, "%.2s/%s", hex, hex + 2);
	if (sys_mkdirat(w->dirfd, fan, 0777) < 0 && errno != EEXIST)
		return error_sys(err, "making a folder for code");
	if (sys_renameat(w->dirfd, temp, w->dirfd, name) < 0)
		return error_sys(err, "naming a code object");
	w->fans[a->id.b[0]] = true;
	return 0;
}

static int sync_loose_names(struct git_writer *w, struct error *err)
{
	if (w->n > SYNC_SINGLY)
		return sys_syncfs(w->dirfd) < 0 ? error_sys(err, "syncing code") : 0;
	for (unsigned i = 0; i < 256; i++) {
		char fan[3];

		if (!w->fans[i])
			continue;
		snprintf(fan, sizeof fan, "%02x", i);
		if (fs_sync_dir(w->dirfd, fan, err) < 0)
			return -1;
	}
	return fs_sync_dir(w->dirfd, ".", err);
}

static int write_all_loose(struct git_writer *w, char **temps, struct error *err)
{
	for (size_t i = 0; i < w->n; i++)
		if (write_loose(w, &w->items[i], &temps[i], err) < 0)
			return -1;
	if (w->n > SYNC_SINGLY && sys_syncfs(w->dirfd) < 0)
		return error_sys(err, "syncing code");
	memset(w->fans, 0, 256 * sizeof *w->fans);
	/* Blobs were added before the trees that name them: a crash in between leaves no tree without its files. */
	for (size_t i = 0; i < w->n; i++) {
		if (name_loose(w, &w->items[i], temps[i], err) < 0)
			return -1;
		free(take_ptr(&temps[i]));
	}
	return sync_loose_names(w, err);
}

static int commit_loose(struct git_writer *w, struct error *err)
{
	CLEANUP(free) char **temps = mem_calloc(w->n + 1, sizeof *temps);
	int rc = write_all_loose(w, temps, err);

	for (size_t i = 0; i < w->n; i++) {
		if (temps[i])
			unlinkat(w->dirfd, temps[i], 0);
		free(temps[i]);
	}
	return rc;
}

int git_writer_commit(struct git_writer *w, struct error *err)
{
	int rc = 0;

	if (w->pack_fd >= 0)
		rc = commit_pack(w, err);
	else if (w->n)
		rc = commit_loose(w, err);
	drop_pack(w);
	forget_items(w);
	return rc;
}

/* Reading a loose object. */

/* The longest head: a type of 6 letters, a blank, 20 digits, NUL. */
enum { HEAD_MAX = 32 };

static int loose_file(const char *objects_dir, const struct blob_id *id, size_t max, struct buf *out, struct error *err)
{
	char hex[2 * BLOB_ID_BYTES + 1];
	CLEANUP(free) char *path = NULL;
	CLEANUP(close) int fd = -1;
	struct stat st;

	str_hex(id->b, BLOB_ID_BYTES, hex);
	path = mem_printf("%s/%.2s/%s", objects_dir, hex, hex + 2);
	fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "object %s", hex);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_DENIED, "object %s is not a regular file", hex);
	/* What cannot be compressed grows by less than this. */
	out->max = max + max / 100 + 4096;
	return fs_read_fd(fd, hex, out, err) < 0 ? -1 : 1;
}

/* "blob 123" and a NUL. */
static bool parse_head(const char *head, size_t n, enum git_type *type, uint64_t *size, size_t *used)
{
	static const char *const names[] = { [GIT_TYPE_COMMIT] = "commit ", [GIT_TYPE_TREE] = "tree ", [GIT_TYPE_BLOB] = "blob " };
	const char *end = memchr(head, '\0', n);
	struct error ignored = { 0 };

	for (unsigned i = GIT_TYPE_COMMIT; end && i <= GIT_TYPE_BLOB; i++)
		if (str_starts(head, names[i])) {
			*type = (enum git_type)i;
			*used = (size_t)(end - head) + 1;
			return str_parse_u64(head + strlen(names[i]), size, &ignored) == 0;
		}
	return false;
}

static int inflate_loose(z_stream *z, size_t max, struct git_loose *out, struct error *err)
{
	unsigned char head[HEAD_MAX];
	CLEANUP(free) char *p = NULL;
	enum git_type type;
	uint64_t size;
	size_t used, have;
	int rc;

	z->next_out = head;
	z->avail_out = sizeof head;
	rc = inflate(z, Z_SYNC_FLUSH);
	have = sizeof head - z->avail_out;
	if ((rc != Z_OK && rc != Z_STREAM_END) || !parse_head((const char *)head, have, &type, &size, &used))
		return error_set(err, ERR_CORRUPT, "its beginning is damaged");
	if (size > max)
		return error_set(err, ERR_LIMIT, "%" PRIu64 " bytes are more than %zu", size, max);
	if (have - used > size)
		return error_set(err, ERR_CORRUPT, "it is longer than it says");
	p = mem_alloc(size + 1);
	memcpy(p, head + used, have - used);
	z->next_out = (Bytef *)p + (have - used);
	/* One byte more than there should be: then what is too long shows. */
	z->avail_out = (uInt)(size + 1 - (have - used));
	if (rc != Z_STREAM_END)
		rc = inflate(z, Z_FINISH);
	if (rc != Z_STREAM_END || z->avail_out != 1 || z->avail_in)
		return error_set(err, ERR_CORRUPT, "it is cut off or damaged");
	p[size] = '\0';
	*out = (struct git_loose){ type, take_ptr(&p), size };
	return 1;
}

int git_loose_read(const char *objects_dir, const struct blob_id *id, size_t max, struct git_loose *out, struct error *err)
{
	CLEANUP(buf_release) struct buf file = BUF_INIT(0);
	char hex[2 * BLOB_ID_BYTES + 1];
	z_stream z = { .zalloc = Z_NULL };
	int rc = loose_file(objects_dir, id, max, &file, err);

	if (rc <= 0)
		return rc;
	if (inflateInit(&z) != Z_OK)
		return error_set(err, ERR_INTERNAL, "zlib does not start");
	z.next_in = (Bytef *)file.data;
	z.avail_in = (uInt)file.len;
	rc = inflate_loose(&z, max, out, err);
	inflateEnd(&z);
	str_hex(id->b, BLOB_ID_BYTES, hex);
	return rc < 0 ? error_wrap(err, "object %s", hex) : rc;
}
