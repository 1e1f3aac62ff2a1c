/* Regular files and whole indexes only: loose objects are read by store/git_write.c, which looks for itself. */
#include "config.h"

#include "store/git_guard.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bigend.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/gitrepo.h"

/* libgit2 follows alternates of alternates five deep (odb.c, GIT_ALTERNATES_MAX_DEPTH). */
enum { ALTERNATES_DEPTH = 5, DIRS_MAX = 64 };

struct git_guard {
	char *dirs[DIRS_MAX];
	size_t n;
};

void git_guard_close(struct git_guard *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->dirs[i]);
	free(g);
}

/* A path that is not there is fine: the library says so at once. */
static int check_file(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, ERR_DENIED, "%s is not a regular file", path);
	return 0;
}

static int check_packs(const char *objects_dir, struct error *err)
{
	CLEANUP(free) char *pack = fs_join(objects_dir, "pack");
	CLEANUP(closedir) DIR *dir = opendir(pack);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		CLEANUP(free) char *path = fs_join(pack, e->d_name);

		if (check_file(path, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A pack's index (gitformat-pack(5)). Version 2: a magic, 256 counts, then for each of n objects 20 bytes of name, 4 of
 * CRC and 4 of place, then 8 bytes for each place that does not fit, then two checksums. Version 1: 256 counts, then 4
 * bytes of place and 20 of name together, then two checksums. All numbers have their highest byte first.
 */
enum { INDEX_COUNTS = 256, NAME_BYTES = 20, PACK_HEADER = 12, BATCH = 1024 };

struct index {
	int fd;
	const char *path;
	uint64_t pack_size;
	uint64_t n;      /* objects */
	uint64_t at;     /* of the first place */
	size_t stride;   /* from one place to the next */
	uint64_t far_at; /* of the first 8-byte place */
	uint64_t far_n;
};

static int damaged(const struct index *x, const char *what, struct error *err)
{
	error_set(err, ERR_CORRUPT, "%s %s", x->path, what);
	return error_hint(err, "remove it and let `git index-pack` make it anew from the .pack beside it");
}

static int index_bytes(const struct index *x, uint64_t at, void *p, size_t n, struct error *err)
{
	ssize_t got = sys_pread(x->fd, p, n, (off_t)at);

	if (got < 0)
		return error_sys(err, "%s", x->path);
	return (size_t)got == n ? 0 : damaged(x, "is cut off", err);
}

/* The counts, which only rise; the last is that of all objects. */
static int index_counts(struct index *x, uint64_t at, struct error *err)
{
	unsigned char counts[4 * INDEX_COUNTS];

	if (index_bytes(x, at, counts, sizeof counts, err) < 0)
		return -1;
	for (size_t i = 0; i < INDEX_COUNTS; i++) {
		if (be32_load(counts + 4 * i) < x->n)
			return damaged(x, "has counts that fall", err);
		x->n = be32_load(counts + 4 * i);
	}
	return 0;
}

static int index_layout(struct index *x, uint64_t size, struct error *err)
{
	static const unsigned char magic[8] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };
	unsigned char head[sizeof magic];
	uint64_t fixed;

	if (index_bytes(x, 0, head, sizeof head, err) < 0)
		return -1;
	if (memcmp(head, magic, 4) != 0) {
		x->stride = 4 + NAME_BYTES;
		x->at = 4 * INDEX_COUNTS;
		if (index_counts(x, 0, err) < 0)
			return -1;
		return size == x->at + x->n * x->stride + 2 * NAME_BYTES ? 0 : damaged(x, "has a size that does not fit", err);
	}
	if (memcmp(head, magic, sizeof magic) != 0)
		return damaged(x, "is of an unknown version", err);
	if (index_counts(x, sizeof magic, err) < 0)
		return -1;
	x->stride = 4;
	x->at = sizeof magic + 4 * INDEX_COUNTS + x->n * (NAME_BYTES + 4);
	x->far_at = x->at + x->n * 4;
	fixed = x->far_at + 2 * NAME_BYTES;
	if (size < fixed || (size - fixed) % 8 != 0 || (size - fixed) / 8 > x->n)
		return damaged(x, "has a size that does not fit", err);
	x->far_n = (size - fixed) / 8;
	return 0;
}

static bool is_in_pack(const struct index *x, uint64_t place)
{
	return place >= PACK_HEADER && x->pack_size > NAME_BYTES && place < x->pack_size - NAME_BYTES;
}

static int index_places(const struct index *x, struct error *err)
{
	unsigned char bytes[BATCH * (4 + NAME_BYTES)];

	for (uint64_t i = 0; i < x->n; i += BATCH) {
		size_t batch = x->n - i < BATCH ? (size_t)(x->n - i) : BATCH;

		if (index_bytes(x, x->at + i * x->stride, bytes, batch * x->stride, err) < 0)
			return -1;
		for (size_t k = 0; k < batch; k++) {
			uint32_t place = be32_load(bytes + k * x->stride);
			bool far = x->stride == 4 && place & 0x80000000;

			if (far ? (place & 0x7fffffff) >= x->far_n : !is_in_pack(x, place))
				return damaged(x, "points outside its pack", err);
		}
	}
	for (uint64_t i = 0; i < x->far_n; i++) {
		if (index_bytes(x, x->far_at + 8 * i, bytes, 8, err) < 0)
			return -1;
		if (!is_in_pack(x, (uint64_t)be32_load(bytes) << 32 | be32_load(bytes + 4)))
			return damaged(x, "points outside its pack", err);
	}
	return 0;
}

/*
 * The index over several packs (gitformat-pack(5), multi-pack-index): 12 bytes of head, a table of chunks, each 4 bytes of
 * name and 8 of place, the chunks, a checksum. Of the chunks: PNAM has the packs' names, each with a zero behind it; OIDF
 * the 256 counts; OIDL the objects' names; OOFF for each object 4 bytes of pack and 4 of place in it; LOFF places of 8
 * bytes. libgit2 trusts OOFF and LOFF.
 */
enum { MULTI_HEAD = 12, MULTI_ENTRY = 12, MULTI_PACKS_MAX = 65536, MULTI_NAMES_MAX = 16 * 1024 * 1024 };

enum multi_chunk { NAMES, COUNTS, IDS, PLACES, FAR, MULTI_CHUNKS };

static const char *const chunk_names[MULTI_CHUNKS] = { "PNAM", "OIDF", "OIDL", "OOFF", "LOFF" };

struct chunk {
	uint64_t at, size;
};

struct multi {
	struct index x; /* fd, path, n; far_at and far_n of LOFF */
	struct chunk chunks[MULTI_CHUNKS];
	uint32_t n_packs;
	uint64_t *sizes; /* of the packs' files; UINT64_MAX where one is missing: the library says so itself */
};

static uint64_t far_number_at(const unsigned char *p)
{
	return (uint64_t)be32_load(p) << 32 | be32_load(p + 4);
}

static int multi_damaged(const struct multi *m, const char *what, struct error *err)
{
	error_set(err, ERR_CORRUPT, "%s %s", m->x.path, what);
	return error_hint(err, "remove it: `git multi-pack-index write` makes it anew");
}

static void multi_release(struct multi *m)
{
	free(m->sizes);
}
DEFINE_CLEANUP_VALUE(multi_release, struct multi);

static int multi_chunks(struct multi *m, uint64_t size, struct error *err)
{
	unsigned char head[MULTI_HEAD], entry[2 * MULTI_ENTRY];

	if (index_bytes(&m->x, 0, head, sizeof head, err) < 0)
		return -1;
	if (memcmp(head, "MIDX\1\1", 6) != 0 || head[7] != 0)
		return multi_damaged(m, "is of an unknown version", err);
	m->n_packs = be32_load(head + 8);
	for (unsigned i = 0; i < head[6]; i++) {
		struct chunk c;

		if (index_bytes(&m->x, MULTI_HEAD + (uint64_t)i * MULTI_ENTRY, entry, sizeof entry, err) < 0)
			return -1;
		c.at = far_number_at(entry + 4);
		if (c.at > size || far_number_at(entry + MULTI_ENTRY + 4) < c.at || far_number_at(entry + MULTI_ENTRY + 4) > size)
			return multi_damaged(m, "has parts outside itself", err);
		c.size = far_number_at(entry + MULTI_ENTRY + 4) - c.at;
		for (size_t k = 0; k < MULTI_CHUNKS; k++)
			if (memcmp(entry, chunk_names[k], 4) == 0)
				m->chunks[k] = c;
	}
	m->x.far_at = m->chunks[FAR].at;
	m->x.far_n = m->chunks[FAR].size / 8;
	return 0;
}

/* The sizes of the packs, whose names stand one behind the other. */
static int multi_packs(struct multi *m, struct error *err)
{
	CLEANUP(free) char *names = NULL;
	const char *at, *end;
	const char *dir_end = strrchr(m->x.path, '/');

	if (m->n_packs > MULTI_PACKS_MAX || m->chunks[NAMES].size > MULTI_NAMES_MAX)
		return multi_damaged(m, "names too many packs", err);
	names = mem_zalloc((size_t)m->chunks[NAMES].size + 1);
	if (index_bytes(&m->x, m->chunks[NAMES].at, names, (size_t)m->chunks[NAMES].size, err) < 0)
		return -1;
	m->sizes = mem_calloc(m->n_packs + 1, sizeof *m->sizes);
	end = names + m->chunks[NAMES].size;
	at = names;
	for (uint32_t i = 0; i < m->n_packs; i++) {
		const char *zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
		CLEANUP(free) char *pack = NULL;
		struct stat st;

		if (!zero || !str_ends(at, ".idx") || strchr(at, '/'))
			return multi_damaged(m, "names its packs wrongly", err);
		pack = mem_printf("%.*s/%.*s.pack", (int)(dir_end - m->x.path), m->x.path, (int)(zero - at - 4), at);
		m->sizes[i] = stat(pack, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
		at = zero + 1;
	}
	return 0;
}

static int multi_place(struct multi *m, const unsigned char *p, struct error *err)
{
	uint32_t pack = be32_load(p), near = be32_load(p + 4);
	unsigned char far[8];
	uint64_t place = near;

	if (pack >= m->n_packs)
		return multi_damaged(m, "points at a pack that it does not name", err);
	if (near & 0x80000000 && m->x.far_n > 0) {
		if ((near & 0x7fffffff) >= m->x.far_n)
			return multi_damaged(m, "points outside its pack", err);
		if (index_bytes(&m->x, m->x.far_at + 8 * (uint64_t)(near & 0x7fffffff), far, sizeof far, err) < 0)
			return -1;
		place = far_number_at(far);
	}
	m->x.pack_size = m->sizes[pack];
	return m->x.pack_size == UINT64_MAX || is_in_pack(&m->x, place) ? 0 : multi_damaged(m, "points outside its pack", err);
}

static int check_multi(const char *path, struct error *err)
{
	CLEANUP(multi_release) struct multi m = { .x = { .path = path, .fd = -1 } };
	CLEANUP(close) int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	unsigned char bytes[BATCH * 8];
	struct stat st;

	m.x.fd = fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", path);
	if (multi_chunks(&m, (uint64_t)st.st_size, err) < 0)
		return -1;
	if (m.chunks[COUNTS].size != 4 * INDEX_COUNTS)
		return multi_damaged(&m, "has a size that does not fit", err);
	if (index_counts(&m.x, m.chunks[COUNTS].at, err) < 0)
		return -1;
	if (m.chunks[IDS].size != m.x.n * NAME_BYTES || m.chunks[PLACES].size != m.x.n * 8)
		return multi_damaged(&m, "has a size that does not fit", err);
	if (multi_packs(&m, err) < 0)
		return -1;
	for (uint64_t i = 0; i < m.x.n; i++) {
		size_t in_batch = (size_t)(i % BATCH);
		size_t batch = m.x.n - i < BATCH ? (size_t)(m.x.n - i) : BATCH;

		if (in_batch == 0 && index_bytes(&m.x, m.chunks[PLACES].at + i * 8, bytes, batch * 8, err) < 0)
			return -1;
		if (multi_place(&m, bytes + 8 * in_batch, err) < 0)
			return -1;
	}
	return 0;
}

static int check_index(const char *path, struct error *err)
{
	CLEANUP(free) char *pack = mem_printf("%.*s.pack", (int)(strlen(path) - strlen(".idx")), path);
	CLEANUP(close) int fd = -1;
	struct index x = { .path = path };
	struct stat st;

	/* Without its pack the library does not look at it either. */
	if (stat(pack, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	x.pack_size = (uint64_t)st.st_size;
	x.fd = fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", path);
	return index_layout(&x, (uint64_t)st.st_size, err) < 0 || index_places(&x, err) < 0 ? -1 : 0;
}

int git_guard_indexes(const char *objects_dir, struct error *err)
{
	CLEANUP(free) char *pack = fs_join(objects_dir, "pack");
	CLEANUP(closedir) DIR *dir = opendir(pack);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		CLEANUP(free) char *path = fs_join(pack, e->d_name);

		if (str_ends(e->d_name, ".idx") && check_index(path, err) < 0)
			return -1;
		if (str_eq(e->d_name, "multi-pack-index") && check_multi(path, err) < 0)
			return -1;
	}
	return 0;
}

static int add_dir(struct git_guard *g, const char *objects_dir, int depth, struct error *err);

static int add_alternates(struct git_guard *g, const char *objects_dir, int depth, struct error *err)
{
	CLEANUP(free) char *path = fs_join(objects_dir, "info/alternates");
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_CONFIG);
	char *line, *next;

	if (check_file(path, err) < 0)
		return -1;
	if (!gitrepo_read_small(objects_dir, "info/alternates", &b))
		return fs_exists(AT_FDCWD, path) ? error_set(err, ERR_DENIED, "%s cannot be read", path) : 0;
	buf_putc(&b, '\0');
	for (line = b.data; *line; line = next) {
		size_t n = strcspn(line, "\n");
		CLEANUP(free) char *dir = NULL;

		next = line + n + (line[n] == '\n');
		line[n] = '\0';
		if (!*line || *line == '#')
			continue;
		dir = fs_join(objects_dir, line);
		if (add_dir(g, dir, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int add_dir(struct git_guard *g, const char *objects_dir, int depth, struct error *err)
{
	if (depth > ALTERNATES_DEPTH)
		return 0;
	if (g->n == DIRS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d object folders", DIRS_MAX);
	g->dirs[g->n++] = mem_strdup(objects_dir);
	if (check_packs(objects_dir, err) < 0 || git_guard_indexes(objects_dir, err) < 0)
		return -1;
	return add_alternates(g, objects_dir, depth, err);
}

int git_guard_open(const char *objects_dir, struct git_guard **out, struct error *err)
{
	CLEANUP(git_guard_close) struct git_guard *g = mem_zalloc(sizeof *g);

	if (add_dir(g, objects_dir, 0, err) < 0)
		return -1;
	*out = take_ptr(&g);
	return 0;
}

const char *const *git_guard_dirs(const struct git_guard *g, size_t *out_n)
{
	*out_n = g->n;
	return (const char *const *)g->dirs;
}
