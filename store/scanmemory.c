/* What is kept between two scans of a project: a stat cache, rebuilt whenever it does not fit. */
#include "config.h"

#include "store/scan.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/sys.h"

/* Only this machine reads it: native byte order, checked by the magic number. */
struct header {
	uint64_t magic;
	uint64_t n, n_paths;
	uint64_t sum;              /* of all, this being 0 */
	uint64_t odb_dev, odb_ino; /* the object folder that the ids were written to */
	int64_t odb_born_ns;       /* inode numbers are used again; 0 where the file system does not tell */
	uint32_t record_size;
	uint32_t dirty, untracked;
	struct blob_id tree;
	char commit[68];
};

#define MAGIC UINT64_C(0x0157425343414e02)

_Static_assert(sizeof(struct scan_file) == 80, "records are written to disk without padding");

void scan_memory_release(struct scan_memory *m)
{
	scan_release(&m->files);
	*m = (struct scan_memory){ 0 };
}

/* FNV-1a over words: it guards against a cut-off file, not against an attacker, who could change the store itself. */
static uint64_t sum_of(uint64_t h, const void *p, size_t n)
{
	const unsigned char *at = p;
	uint64_t word;

	for (; n >= sizeof word; at += sizeof word, n -= sizeof word) {
		memcpy(&word, at, sizeof word);
		h = (h ^ word) * UINT64_C(0x100000001b3);
		h ^= h >> 29;
	}
	for (; n; at++, n--)
		h = (h ^ *at) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t sum_all(const struct header *h, const struct scan_file *files, const char *paths)
{
	struct header head = *h;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	head.sum = 0;
	/* Without the padding behind its last member. */
	sum = sum_of(sum, &head, offsetof(struct header, commit) + sizeof head.commit);
	return sum_of(sum_of(sum, files, h->n * sizeof *files), paths, h->n_paths);
}

static char *file_name(const char *key)
{
	return mem_printf("scan/%s", key);
}

static bool odb_identity(struct store *s, struct header *h)
{
	struct statx st;

	if (statx(store_dirfd(s), "code.git/objects", AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st) < 0)
		return false;
	h->odb_dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	h->odb_ino = st.stx_ino;
	h->odb_born_ns = st.stx_mask & STATX_BTIME ? st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec : 0;
	return true;
}

static bool read_exactly(int fd, void *p, size_t n)
{
	char *at = p;

	while (n) {
		ssize_t m = sys_read(fd, at, n);

		if (m <= 0)
			return false;
		at += m;
		n -= (size_t)m;
	}
	return true;
}

static bool header_fits(struct store *s, const struct header *h, const struct stat *st)
{
	struct header here = { 0 };

	return h->magic == MAGIC && h->record_size == sizeof(struct scan_file) && h->n <= SNAPSHOT_MAX_FILES &&
	       h->n_paths <= 1024 * LIMIT_MIB && odb_identity(s, &here) && h->odb_dev == here.odb_dev &&
	       h->odb_ino == here.odb_ino && h->odb_born_ns == here.odb_born_ns && memchr(h->commit, '\0', sizeof h->commit) &&
	       (uint64_t)st->st_size == sizeof *h + h->n * sizeof(struct scan_file) + h->n_paths;
}

/* Every path lies inside the text and ends there. */
static bool records_fit(const struct scan *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct scan_file *f = &s->files[i];

		if (!(f->flags & SCAN_HAS_ID) || f->path >= s->paths.len || f->n_path >= s->paths.len - f->path ||
		    s->paths.data[f->path + f->n_path] != '\0')
			return false;
	}
	return true;
}

void scan_memory_load(struct store *s, const char *key, struct scan_memory *out)
{
	CLEANUP(free) char *name = file_name(key);
	CLEANUP(close) int fd = sys_openat(store_dirfd(s), name, O_RDONLY | O_NOFOLLOW, 0);
	struct scan_memory m = { 0 };
	struct header h;
	struct stat st;

	*out = m;
	if (fd < 0 || fstat(fd, &st) < 0 || !read_exactly(fd, &h, sizeof h) || !header_fits(s, &h, &st))
		return;
	m.files.n = h.n;
	m.files.files = mem_calloc(h.n + 1, sizeof *m.files.files);
	m.files.paths = (struct buf){ .data = mem_alloc(h.n_paths + 1), .len = h.n_paths, .cap = h.n_paths + 1,
				      .max = 1024 * LIMIT_MIB };
	m.files.paths.data[h.n_paths] = '\0';
	if (!read_exactly(fd, m.files.files, h.n * sizeof *m.files.files) ||
	    !read_exactly(fd, m.files.paths.data, h.n_paths) ||
	    sum_all(&h, m.files.files, m.files.paths.data) != h.sum || !records_fit(&m.files)) {
		scan_memory_release(&m);
		return;
	}
	m.tree = h.tree;
	memcpy(m.commit, h.commit, sizeof m.commit);
	m.dirty = h.dirty;
	m.untracked = h.untracked;
	m.usable = true;
	*out = m;
}

bool scan_memory_tree(struct store *s, const char *key, struct blob_id *out)
{
	CLEANUP(free) char *name = file_name(key);
	CLEANUP(close) int fd = sys_openat(store_dirfd(s), name, O_RDONLY | O_NOFOLLOW, 0);
	struct header h;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !read_exactly(fd, &h, sizeof h) || !header_fits(s, &h, &st))
		return false;
	*out = h.tree;
	return true;
}

int scan_memory_save(struct store *s, const char *key, const struct scan *files, const struct scan_memory *facts,
		     struct error *err)
{
	CLEANUP(free) char *name = file_name(key);
	CLEANUP(buf_release) struct buf b = BUF_INIT(2048 * LIMIT_MIB);
	const char *paths = buf_text(&files->paths);
	struct header h = { .magic = MAGIC, .n = files->n, .n_paths = files->paths.len,
			    .record_size = sizeof(struct scan_file), .dirty = facts->dirty,
			    .untracked = facts->untracked, .tree = facts->tree };

	if (!odb_identity(s, &h))
		return error_sys(err, "%s/code.git/objects", store_path(s));
	memcpy(h.commit, facts->commit, sizeof h.commit);
	h.sum = sum_all(&h, files->files, paths);
	buf_append(&b, &h, sizeof h);
	buf_append(&b, files->files, files->n * sizeof *files->files);
	buf_append(&b, paths, files->paths.len);
	if (buf_check(&b, "the list of the project's files", err) < 0)
		return -1;
	return fs_write_atomic(store_dirfd(s), name, b.data, b.len, 0600, err);
}

size_t scan_recall(struct scan *now, const struct scan_memory *m)
{
	size_t missing = 0, j = 0;

	for (size_t i = 0; i < now->n; i++) {
		struct scan_file *f = &now->files[i];
		int c = 1;

		/* Both lists are in bytewise order. */
		while (m->usable && j < m->files.n) {
			c = strcmp(scan_path(&m->files, &m->files.files[j]), scan_path(now, f));
			if (c >= 0)
				break;
			j++;
		}
		if (c == 0) {
			const struct scan_file *old = &m->files.files[j++];

			f->id = old->id;
			f->flags = SCAN_OLD_ID;
			if (!(old->flags & SCAN_RACY) && scan_same_stat(old, f))
				f->flags = old->flags;
		}
		missing += !(f->flags & SCAN_HAS_ID);
	}
	return missing;
}

bool scan_same_tree(const struct scan *a, const struct scan *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct scan_file *x = &a->files[i], *y = &b->files[i];

		if (x->mode != y->mode || x->n_path != y->n_path || memcmp(&x->id, &y->id, sizeof x->id) != 0 ||
		    memcmp(scan_path(a, x), scan_path(b, y), x->n_path) != 0)
			return false;
	}
	return true;
}
