/* From files to blobs and trees. */
#include "config.h"

#include "store/capture.h"

#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/sys.h"
#include "store/gittree.h"
#include "store/object.h"
#include "store/pointer.h"

enum { ATTEMPTS = 3 };

/* Kernel time stamps move in ticks of up to 10 ms; some file systems keep whole seconds only (or two). */
#define TICK_NS INT64_C(10000000)
#define COARSE_NS INT64_C(2000000000)

/* A larger file that grows is not copied again and again. */
#define RETRY_MAX_BYTES ((uint64_t)256 * 1024 * 1024)

struct capture {
	struct store *store;
	int root;
	struct scan *scan;
	const struct snapshot_ops *ops;
	struct git_db *db;
	struct object_batch *batch;
	struct buf content;
};

int capture_open(struct store *s, int root, struct scan *scan, struct capture **out, struct error *err)
{
	CLEANUP(capture_close) struct capture *c = mem_zalloc(sizeof *c);

	c->store = s;
	c->root = root;
	c->scan = scan;
	c->content.max = SNAPSHOT_LARGE_BYTES + 1;
	if (object_batch_open(s, &c->batch, err) < 0)
		return -1;
	*out = take_ptr(&c);
	return 0;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	if (c->db)
		c->ops->close(c->db);
	object_batch_close(c->batch);
	buf_release(&c->content);
	free(c);
}

int capture_db(struct capture *c, struct git_db **out, const struct snapshot_ops **ops, struct error *err)
{
	if (!c->db) {
		CLEANUP(free) char *path = mem_printf("%s/code.git", store_path(c->store));

		if (snapshot_ops_get(&c->ops, err) < 0 || c->ops->open(path, &c->db, err) < 0)
			return -1;
	}
	*out = c->db;
	if (ops)
		*ops = c->ops;
	return 0;
}

static void drop(struct capture *c, struct scan_file *f, enum snapshot_why why, const char *detail)
{
	f->flags = SCAN_GONE;
	scan_note(c->scan, scan_path(c->scan, f), why, detail);
}

static int drop_for(struct capture *c, struct scan_file *f, const struct error *why)
{
	switch (why->sys) {
	case ENOENT:
	case ENOTDIR:
		drop(c, f, SNAPSHOT_VANISHED, "gone before it was read");
		break;
	case EACCES:
	case EPERM:
		drop(c, f, SNAPSHOT_UNREADABLE, "no permission to read it");
		break;
	default:
		drop(c, f, why->code == ERR_DENIED ? SNAPSHOT_VANISHED : SNAPSHOT_UNREADABLE,
		     why->code == ERR_DENIED ? "became another kind of file meanwhile" : why->text);
	}
	return 0;
}

static void set_racy(const struct scan *s, struct scan_file *f)
{
	int64_t newest = f->mtime_ns > f->ctime_ns ? f->mtime_ns : f->ctime_ns;
	bool coarse = f->mtime_ns % 1000000000 == 0 && f->ctime_ns % 1000000000 == 0;

	if (newest >= s->start_ns - (coarse ? COARSE_NS : TICK_NS))
		f->flags |= SCAN_RACY;
}

static void id_of_blob(const void *p, size_t n, struct blob_id *out)
{
	CLEANUP(sha1_free) struct sha1 *h = sha1_new();
	char head[32];
	int n_head = snprintf(head, sizeof head, "blob %zu", n);

	sha1_update(h, head, (size_t)n_head + 1);
	sha1_update(h, p, n);
	sha1_finish(h, out->b);
}

/* The content buffer becomes the file's blob. */
static int store_blob(struct capture *c, struct scan_file *f, struct error *err)
{
	const char *p = buf_text(&c->content);
	size_t n = c->content.len;
	struct git_db *db;

	if (f->flags & SCAN_OLD_ID) {
		struct blob_id now;

		/* Touched but not changed is common, and needs no repository. */
		id_of_blob(p, n, &now);
		if (memcmp(&now, &f->id, sizeof now) == 0)
			return 0;
	}
	if (capture_db(c, &db, NULL, err) < 0)
		return -1;
	return c->ops->add(db, GIT_TYPE_BLOB, p, n, &f->id, err);
}

/* The file goes to the object store, a pointer into the content buffer. Returns 1 when it could not be read. */
static int store_object(struct capture *c, struct scan_file *f, int fd, struct error *err)
{
	struct digest d;
	uint64_t bytes;

	if (object_batch_add(c->batch, fd, scan_path(c->scan, f), 0, &d, &bytes, err) < 0) {
		if (err->sys != EIO && err->sys != ESTALE)
			return -1;
		drop(c, f, SNAPSHOT_UNREADABLE, err->text);
		error_clear(err);
		return 1;
	}
	buf_clear(&c->content);
	pointer_format(&c->content, &d, bytes);
	f->flags |= SCAN_LARGE;
	f->size = bytes;
	return 0;
}

/* Reads up to one byte more than fits: 1 when there is more than a blob may hold. */
static int read_content(struct capture *c, int fd, struct error *err)
{
	buf_clear(&c->content);
	while (c->content.len <= SNAPSHOT_LARGE_BYTES) {
		size_t want = 65536;
		char *room;
		ssize_t n;

		if (want > c->content.max - c->content.len)
			want = c->content.max - c->content.len;
		room = buf_room(&c->content, want);
		if (!room)
			return error_set(err, ERR_INTERNAL, "the buffer for files is too small");
		n = sys_pread(fd, room, want, (off_t)c->content.len);
		if (n < 0)
			return error_sys(err, "reading");
		if (n == 0)
			return 0;
		c->content.len += (size_t)n;
	}
	return 1;
}

enum outcome { STEADY, CHANGED, DROPPED };

/* Reads an open file once. */
static int read_once(struct capture *c, struct scan_file *f, int fd, enum outcome *out, struct error *err)
{
	struct scan_file after = *f;
	struct error why = { 0 };
	struct stat st;
	bool large;
	int rc;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		drop(c, f, SNAPSHOT_VANISHED, "became another kind of file meanwhile");
		*out = DROPPED;
		return 0;
	}
	scan_set_stat(f, &st);
	f->flags &= ~(unsigned)SCAN_LARGE;
	large = f->size > SNAPSHOT_LARGE_BYTES;
	rc = large ? 0 : read_content(c, fd, &why);
	if (rc < 0) {
		*out = DROPPED;
		return drop_for(c, f, &why);
	}
	if (large || rc == 1 || pointer_is(buf_text(&c->content), c->content.len)) {
		rc = store_object(c, f, fd, err);
		*out = DROPPED;
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	if (fstat(fd, &st) < 0)
		return error_sys(err, "%s", scan_path(c->scan, f));
	scan_set_stat(&after, &st);
	*out = scan_same_stat(&after, f) && ((f->flags & SCAN_LARGE) || c->content.len == f->size) ? STEADY : CHANGED;
	return 0;
}

static int read_link(struct capture *c, struct scan_file *f, struct error *err)
{
	const char *path = scan_path(c->scan, f);
	struct error why = { 0 };
	CLEANUP(close) int fd = fs_open_within(c->root, path, O_PATH | O_NOFOLLOW, 0, &why);
	char target[LIMIT_PATH];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return drop_for(c, f, &why);
	n = readlinkat(fd, "", target, sizeof target);
	if (n < 0 || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode)) {
		drop(c, f, SNAPSHOT_VANISHED, "became another kind of file meanwhile");
		return 0;
	}
	scan_set_stat(f, &st);
	buf_clear(&c->content);
	buf_append(&c->content, target, (size_t)n);
	return store_blob(c, f, err);
}

/* A blob whose SHA-1 shows a collision attack is kept under its SHA-256. */
static int store_content(struct capture *c, struct scan_file *f, int fd, struct error *err)
{
	int rc = store_blob(c, f, err);

	if (rc == 0 || err->code != ERR_CONFLICT)
		return rc;
	rc = store_object(c, f, fd, err);
	return rc ? rc : store_blob(c, f, err);
}

static int read_file(struct capture *c, struct scan_file *f, struct error *err)
{
	struct error why = { 0 };
	CLEANUP(close) int fd = fs_open_within(c->root, scan_path(c->scan, f), O_RDONLY | O_NOFOLLOW, 0, &why);
	enum outcome outcome = CHANGED;

	if (fd < 0)
		return drop_for(c, f, &why);
	for (int i = 0; i < ATTEMPTS && outcome == CHANGED; i++) {
		if (read_once(c, f, fd, &outcome, err) < 0)
			return -1;
		if (f->size > RETRY_MAX_BYTES)
			break;
	}
	if (outcome == DROPPED)
		return 0;
	if (outcome == CHANGED) {
		scan_note(c->scan, scan_path(c->scan, f), SNAPSHOT_TORN, "it changed each time it was read");
		f->flags |= SCAN_RACY;
		if (!(f->flags & SCAN_LARGE))
			f->size = c->content.len;
	}
	return store_content(c, f, fd, err);
}

static void forget_gone(struct scan *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!(s->files[i].flags & SCAN_GONE))
			s->files[kept++] = s->files[i];
	s->n = kept;
}

int capture_files(struct capture *c, struct error *err)
{
	for (size_t i = 0; i < c->scan->n; i++) {
		struct scan_file *f = &c->scan->files[i];
		int rc;

		if (f->flags & SCAN_HAS_ID)
			continue;
		rc = f->mode == GIT_MODE_LINK ? read_link(c, f, err) : read_file(c, f, err);
		if (rc < 0)
			return error_wrap(err, "freezing %s", scan_path(c->scan, f));
		if (f->flags & SCAN_GONE)
			continue;
		f->flags = (f->flags & ~(unsigned)SCAN_OLD_ID) | SCAN_HAS_ID;
		set_racy(c->scan, f);
	}
	forget_gone(c->scan);
	return 0;
}

/* Trees. */

/* A folder whose entries are being collected. */
struct level {
	struct buf tree;
	size_t n_path; /* of its path with the slash; 0 for the top */
};

struct levels {
	struct level *items;
	size_t n, cap, made; /* buffers are kept for the next folder of that depth */
};

static void levels_release(struct levels *l)
{
	for (size_t i = 0; i < l->made; i++)
		buf_release(&l->items[i].tree);
	free(l->items);
}
DEFINE_CLEANUP_VALUE(levels_release, struct levels);

static void push_level(struct levels *l, size_t n_path)
{
	mem_reserve(&l->items, &l->cap, l->n + 1);
	if (l->n == l->made)
		l->items[l->made++] = (struct level){ .tree = BUF_INIT(LIMIT_JSON) };
	buf_clear(&l->items[l->n].tree);
	l->items[l->n++].n_path = n_path;
}

/* Writes the deepest folder's tree; path is of any file in it. */
static int pop_level(struct capture *c, struct levels *l, const char *path, struct blob_id *out, struct error *err)
{
	struct level *top = &l->items[l->n - 1];

	if (buf_check(&top->tree, "a folder's list of files", err) < 0 ||
	    c->ops->add(c->db, GIT_TYPE_TREE, buf_text(&top->tree), top->tree.len, out, err) < 0)
		return -1;
	if (l->n > 1) {
		size_t from = l->items[l->n - 2].n_path;

		gittree_append(&l->items[l->n - 2].tree, GIT_MODE_TREE, path + from, top->n_path - from - 1, out);
	}
	l->n--;
	return 0;
}

static int write_trees(struct capture *c, struct blob_id *out, struct error *err)
{
	CLEANUP(levels_release) struct levels l = { 0 };
	const char *last = "";

	push_level(&l, 0);
	for (size_t i = 0; i < c->scan->n; i++) {
		const struct scan_file *f = &c->scan->files[i];
		const char *path = scan_path(c->scan, f), *slash;
		size_t from;

		while (l.n > 1 && strncmp(path, last, l.items[l.n - 1].n_path) != 0)
			if (pop_level(c, &l, last, out, err) < 0)
				return -1;
		while (from = l.items[l.n - 1].n_path, (slash = strchr(path + from, '/')))
			push_level(&l, (size_t)(slash - path) + 1);
		gittree_append(&l.items[l.n - 1].tree, f->mode, path + from, f->n_path - from, &f->id);
		last = path;
	}
	while (l.n)
		if (pop_level(c, &l, last, out, err) < 0)
			return -1;
	return 0;
}

int capture_commit(struct capture *c, struct blob_id *out_tree, struct error *err)
{
	struct blob_id tree;
	struct git_db *db;

	/* Large files first: a tree that is there names only what is there. */
	if (object_batch_commit(c->batch, err) < 0 || capture_db(c, &db, NULL, err) < 0 ||
	    write_trees(c, &tree, err) < 0 || c->ops->commit(db, err) < 0)
		return -1;
	*out_tree = tree;
	return 0;
}
