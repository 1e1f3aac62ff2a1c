/* Snapshots read back: list, read, verify, diff. */
#include "config.h"

#include "store/treewalk.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/object.h"
#include "store/pointer.h"

int tree_reader_open(struct store *s, struct tree_reader *out, struct error *err)
{
	CLEANUP(free) char *path = mem_printf("%s/code.git", store_path(s));
	struct tree_reader r = { .store = s };

	if (snapshot_ops_get(&r.ops, err) < 0 || r.ops->open(path, &r.db, err) < 0)
		return -1;
	*out = r;
	return 0;
}

void tree_reader_close(struct tree_reader *r)
{
	if (r->db)
		r->ops->close(r->db);
	r->db = NULL;
}

int tree_parse_id(const char *tree, struct blob_id *out, struct error *err)
{
	if (!tree_id_is_valid(tree) || !str_unhex(tree, out->b, BLOB_ID_BYTES))
		return error_set(err, ERR_INVALID, "'%.64s' is not the id of a code tree", tree ? tree : "");
	return 0;
}

int tree_read(struct tree_reader *r, const struct blob_id *id, struct buf *out, struct error *err)
{
	return r->ops->read(r->db, id, GIT_TYPE_TREE, out, err);
}

int tree_read_blob(struct tree_reader *r, const struct blob_id *id, struct buf *out, struct error *err)
{
	return r->ops->read(r->db, id, GIT_TYPE_BLOB, out, err);
}

struct walk {
	struct tree_reader *reader;
	tree_file_fn *fn;
	void *user;
	struct buf path;
};

static int walk_tree(struct walk *w, const struct blob_id *id, int depth, struct error *err);

static int walk_entry(struct walk *w, const struct gittree_entry *e, int depth, struct error *err)
{
	size_t n = w->path.len;
	int rc;

	if (e->mode == GIT_MODE_REPOSITORY)
		return error_set(err, ERR_CORRUPT, "the tree names another repository's commit at %s", e->name);
	if (n)
		buf_putc(&w->path, '/');
	buf_puts(&w->path, e->name);
	if (buf_check(&w->path, "a path in the tree", err) < 0)
		return -1;
	if (e->mode == GIT_MODE_TREE) {
		rc = walk_tree(w, &e->id, depth + 1, err);
	} else {
		struct tree_file file = { .path = buf_text(&w->path), .mode = e->mode, .id = e->id };

		rc = w->fn(w->user, &file, err);
	}
	buf_truncate(&w->path, n);
	return rc;
}

static int walk_tree(struct walk *w, const struct blob_id *id, int depth, struct error *err)
{
	CLEANUP(buf_release) struct buf tree = BUF_INIT(LIMIT_JSON);
	struct gittree_entry e;
	size_t at = 0;
	int rc;

	if (depth > TREE_MAX_DEPTH)
		return error_set(err, ERR_CORRUPT, "the tree's folders are nested too deeply");
	if (tree_read(w->reader, id, &tree, err) < 0)
		return -1;
	while ((rc = gittree_next(&tree, &at, &e, err)) > 0) {
		rc = walk_entry(w, &e, depth, err);
		if (rc)
			return rc;
	}
	return rc;
}

int tree_walk(struct tree_reader *r, const struct blob_id *tree, tree_file_fn *fn, void *user, struct error *err)
{
	struct walk w = { .reader = r, .fn = fn, .user = user, .path = BUF_INIT(16 * LIMIT_PATH) };
	int rc = walk_tree(&w, tree, 0, err);

	buf_release(&w.path);
	return rc;
}

/* Opens the reader and walks. */
static int with_tree(struct store *s, const char *tree, struct tree_reader *r, tree_file_fn *fn, void *user,
		     struct error *err)
{
	struct blob_id id;
	int rc;

	if (tree_parse_id(tree, &id, err) < 0 || tree_reader_open(s, r, err) < 0)
		return -1;
	rc = tree_walk(r, &id, fn, user, err);
	return rc < 0 ? error_wrap(err, "code tree %.12s", tree) : rc;
}

/* List. */

struct list {
	struct tree_reader reader;
	snapshot_entry_fn *fn;
	void *user;
};

static int list_file(void *user, const struct tree_file *file, struct error *err)
{
	struct list *l = user;
	CLEANUP(buf_release) struct buf b = BUF_INIT(2 * SNAPSHOT_LARGE_BYTES);
	struct snapshot_entry e = { .path = file->path, .mode = file->mode };
	struct digest d;

	if (tree_read_blob(&l->reader, &file->id, &b, err) < 0)
		return error_wrap(err, "%s", file->path);
	e.bytes = b.len;
	str_hex(file->id.b, BLOB_ID_BYTES, e.id);
	if (file->mode != GIT_MODE_LINK && pointer_is(b.data, b.len)) {
		if (pointer_parse(b.data, b.len, &d, &e.bytes, err) < 0)
			return error_wrap(err, "%s", file->path);
		e.large = true;
		memcpy(e.id, digest_hex(&d).text, sizeof e.id);
	}
	return l->fn(l->user, &e, err);
}

int snapshot_list(struct store *s, const char *tree, snapshot_entry_fn *fn, void *user, struct error *err)
{
	struct list l = { .fn = fn, .user = user };
	int rc = with_tree(s, tree, &l.reader, list_file, &l, err);

	tree_reader_close(&l.reader);
	return rc;
}

/* Read one. */

/* Finds path below the tree id, component by component. */
static int find_file(struct tree_reader *r, struct blob_id id, const char *path, struct gittree_entry *out,
		     struct error *err)
{
	for (const char *p = path;;) {
		CLEANUP(buf_release) struct buf tree = BUF_INIT(LIMIT_JSON);
		struct gittree_entry e;
		size_t n = strcspn(p, "/"), at = 0;
		int rc;

		if (tree_read(r, &id, &tree, err) < 0)
			return -1;
		while ((rc = gittree_next(&tree, &at, &e, err)) > 0)
			if (strlen(e.name) == n && memcmp(e.name, p, n) == 0)
				break;
		if (rc < 0)
			return -1;
		if (rc == 0 || (p[n] == '/') != (e.mode == GIT_MODE_TREE))
			return error_set(err, ERR_NOT_FOUND, "the snapshot has no file %s", path);
		if (p[n] == '\0') {
			*out = (struct gittree_entry){ .mode = e.mode, .id = e.id };
			return 0;
		}
		id = e.id;
		p += n + 1;
	}
}

static int read_object(struct store *s, const struct buf *pointer, struct buf *out, struct error *err)
{
	CLEANUP(close) int fd = -1;
	size_t start = out->len;
	struct digest want, got;
	uint64_t bytes;

	if (pointer_parse(pointer->data, pointer->len, &want, &bytes, err) < 0)
		return -1;
	fd = object_open(s, &want, NULL, err);
	if (fd < 0 || fs_read_fd(fd, "the file", out, err) < 0)
		return -1;
	got = digest_of(buf_text(out) + start, out->len - start);
	if (!digest_eq(&got, &want))
		return error_set(err, ERR_CORRUPT, "object %s is damaged", digest_hex(&want).text);
	return 0;
}

int snapshot_read(struct store *s, const char *tree, const char *path, struct buf *out, struct error *err)
{
	CLEANUP(tree_reader_close) struct tree_reader r = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(2 * SNAPSHOT_LARGE_BYTES);
	struct gittree_entry e;
	struct blob_id id;

	if (tree_parse_id(tree, &id, err) < 0 || tree_reader_open(s, &r, err) < 0 ||
	    find_file(&r, id, path, &e, err) < 0 || tree_read_blob(&r, &e.id, &b, err) < 0)
		return -1;
	if (e.mode != GIT_MODE_LINK && pointer_is(b.data, b.len))
		return read_object(s, &b, out, err);
	buf_append(out, buf_text(&b), b.len);
	return buf_check(out, "the file", err);
}

/* Verify. */

static int verify_file(void *user, const struct tree_file *file, struct error *err)
{
	struct tree_reader *r = user;
	CLEANUP(buf_release) struct buf b = BUF_INIT(2 * SNAPSHOT_LARGE_BYTES);
	struct digest d;
	uint64_t bytes, found;

	if (tree_read_blob(r, &file->id, &b, err) < 0)
		return error_wrap(err, "%s", file->path);
	if (file->mode == GIT_MODE_LINK || !pointer_is(b.data, b.len))
		return 0;
	if (pointer_parse(b.data, b.len, &d, &bytes, err) < 0 || object_verify(r->store, &d, err) < 0)
		return error_wrap(err, "%s", file->path);
	if (object_find(r->store, &d, &found, err) < 0)
		return -1;
	return found == bytes ? 0 : error_set(err, ERR_CORRUPT, "%s: its pointer tells another size", file->path);
}

int snapshot_verify(struct store *s, const char *tree, struct error *err)
{
	struct tree_reader r = { 0 };
	int rc = with_tree(s, tree, &r, verify_file, &r, err);

	tree_reader_close(&r);
	/* A missing object is damage here: the tree promised it. */
	if (rc < 0 && err->code == ERR_NOT_FOUND)
		err->code = ERR_CORRUPT;
	return rc;
}

/* Compare. */

int snapshot_diff(struct store *s, const char *tree_a, const char *tree_b, struct buf *names, struct buf *patch,
		  struct error *err)
{
	CLEANUP(tree_reader_close) struct tree_reader r = { 0 };
	struct blob_id a, b;

	if (tree_parse_id(tree_a, &a, err) < 0 || tree_parse_id(tree_b, &b, err) < 0 ||
	    tree_reader_open(s, &r, err) < 0)
		return -1;
	return r.ops->diff(r.db, &a, &b, names, patch, err);
}
