/* Is what HEAD has still what the project has? */
#include "config.h"

#include "store/git_head.h"

#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/gittree.h"
#include "store/pointer.h"

enum { MAX_DEPTH = 300 };

#define MAX_BLOB (256 * LIMIT_MIB)

struct compare {
	const struct head_source *theirs, *ours;
	const struct head_question *q;
	struct head_answer *answer;
	struct buf path;
};

struct entries {
	struct buf bytes;
	struct gittree_entry *items;
	size_t n, cap;
};

static void entries_release(struct entries *e)
{
	buf_release(&e->bytes);
	free(e->items);
}
DEFINE_CLEANUP_VALUE(entries_release, struct entries);

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct gittree_entry *)a)->name, ((const struct gittree_entry *)b)->name);
}

/* id NULL: as an empty tree. Sorted by name alone: git's own order puts a file and a folder of one name apart. */
static int load(const struct head_source *from, const struct blob_id *id, struct entries *out, struct error *err)
{
	struct gittree_entry e;
	size_t at = 0;
	int rc;

	out->bytes.max = LIMIT_JSON;
	if (id && from->read(from->user, id, GIT_TYPE_TREE, &out->bytes, err) < 0)
		return -1;
	while ((rc = gittree_next(&out->bytes, &at, &e, err)) > 0) {
		mem_reserve(&out->items, &out->cap, out->n + 1);
		out->items[out->n++] = e;
	}
	if (out->n)
		qsort(out->items, out->n, sizeof *out->items, by_name);
	return rc;
}

/* Git may have committed what lies here in another form: with LF line ends, or as a git-lfs pointer. */
static bool is_same_text(const struct buf *theirs, const struct buf *ours)
{
	size_t j = 0;

	for (size_t i = 0; i < ours->len; i++) {
		if (ours->data[i] == '\r' && i + 1 < ours->len && ours->data[i + 1] == '\n')
			continue;
		if (j == theirs->len || theirs->data[j++] != ours->data[i])
			return false;
	}
	return j == theirs->len;
}

static bool is_lfs_pointer_to(const struct buf *theirs, const struct digest *d)
{
	const char *oid = NULL;

	if (theirs->len < 1024 && str_starts(buf_text(theirs), "version https://git-lfs"))
		oid = strstr(buf_text(theirs), "oid sha256:");
	return oid && strncmp(oid + strlen("oid sha256:"), digest_hex(d).text, DIGEST_HEX) == 0;
}

static int is_same_content(struct compare *c, const struct blob_id *theirs, const struct blob_id *ours,
			   struct error *err)
{
	CLEANUP(buf_release) struct buf a = BUF_INIT(MAX_BLOB), b = BUF_INIT(MAX_BLOB);
	struct digest d, whole;
	uint64_t bytes;

	if (c->theirs->read(c->theirs->user, theirs, GIT_TYPE_BLOB, &a, err) < 0 ||
	    c->ours->read(c->ours->user, ours, GIT_TYPE_BLOB, &b, err) < 0)
		return -1;
	if (!pointer_is(b.data, b.len)) {
		d = digest_of(buf_text(&b), b.len);
		return is_same_text(&a, &b) || is_lfs_pointer_to(&a, &d);
	}
	if (pointer_parse(b.data, b.len, &d, &bytes, err) < 0)
		return -1;
	whole = digest_of(buf_text(&a), a.len);
	return digest_eq(&whole, &d) || is_lfs_pointer_to(&a, &d);
}

static int compare_trees(struct compare *c, const struct blob_id *theirs, const struct blob_id *ours, int depth,
			 struct error *err);

/* HEAD has it, the snapshot has not. */
static int compare_missing(struct compare *c, const struct gittree_entry *theirs, int depth, struct error *err)
{
	if (theirs->mode == GIT_MODE_REPOSITORY)
		return 0;
	if (theirs->mode == GIT_MODE_TREE)
		return compare_trees(c, &theirs->id, NULL, depth + 1, err);
	if (!c->q->is_present(c->q->user, buf_text(&c->path)))
		c->answer->dirty = true;
	return 0;
}

static int compare_entries(struct compare *c, const struct gittree_entry *theirs, const struct gittree_entry *ours,
			   int depth, struct error *err)
{
	bool their_tree = theirs->mode == GIT_MODE_TREE, our_tree = ours->mode == GIT_MODE_TREE;
	int same;

	if (memcmp(&theirs->id, &ours->id, sizeof theirs->id) == 0 && theirs->mode == ours->mode)
		return 0;
	if (theirs->mode == GIT_MODE_REPOSITORY)
		return 0; /* a submodule: its content is the snapshot's alone */
	if (their_tree && our_tree)
		return compare_trees(c, &theirs->id, &ours->id, depth + 1, err);
	if (their_tree || our_tree || theirs->mode != ours->mode || theirs->mode == GIT_MODE_LINK) {
		c->answer->dirty = true;
		return 0;
	}
	same = is_same_content(c, &theirs->id, &ours->id, err);
	if (same == 0)
		c->answer->dirty = true;
	return same < 0 ? -1 : 0;
}

/* One step of the merge of two lists: x or y may be NULL. */
static int compare_pair(struct compare *c, const struct gittree_entry *x, const struct gittree_entry *y, int depth,
			struct error *err)
{
	size_t n = c->path.len;
	int rc = 0;

	if (!x) {
		c->answer->untracked = true;
		return 0;
	}
	if (n)
		buf_putc(&c->path, '/');
	buf_puts(&c->path, x->name);
	if (buf_check(&c->path, "a path", err) < 0)
		return -1;
	rc = y ? compare_entries(c, x, y, depth, err) : compare_missing(c, x, depth, err);
	buf_truncate(&c->path, n);
	return rc;
}

static int compare_trees(struct compare *c, const struct blob_id *theirs, const struct blob_id *ours, int depth,
			 struct error *err)
{
	CLEANUP(entries_release) struct entries a = { 0 }, b = { 0 };
	size_t i = 0, j = 0;

	if (depth > MAX_DEPTH)
		return error_set(err, ERR_LIMIT, "folders are nested too deeply");
	if (load(c->theirs, theirs, &a, err) < 0 || load(c->ours, ours, &b, err) < 0)
		return -1;
	while ((i < a.n || j < b.n) && !(c->answer->dirty && c->answer->untracked)) {
		int order = i == a.n ? 1 : j == b.n ? -1 : strcmp(a.items[i].name, b.items[j].name);

		if (compare_pair(c, order <= 0 ? &a.items[i] : NULL, order >= 0 ? &b.items[j] : NULL, depth, err) < 0)
			return -1;
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

/* The tree of HEAD's commit. */
static int root_of(const struct head_source *theirs, const char *commit, struct blob_id *out, struct error *err)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);
	struct blob_id id;
	char hex[2 * BLOB_ID_BYTES + 1];

	if (!str_unhex(commit, id.b, BLOB_ID_BYTES))
		return error_set(err, ERR_UNSUPPORTED, "its ids are not SHA-1");
	if (theirs->read(theirs->user, &id, GIT_TYPE_COMMIT, &b, err) < 0)
		return -1;
	if (sscanf(buf_text(&b), "tree %40[0-9a-f]", hex) != 1 || !str_unhex(hex, out->b, BLOB_ID_BYTES))
		return error_set(err, ERR_CORRUPT, "its HEAD commit is damaged");
	return 0;
}

/* Follows prefix down from *id: 1, or 0 when HEAD has no such folder. */
static int descend(const struct head_source *theirs, const char *prefix, struct blob_id *id, struct error *err)
{
	for (const char *p = prefix; *p;) {
		CLEANUP(entries_release) struct entries e = { 0 };
		size_t n = strcspn(p, "/"), i;

		if (load(theirs, id, &e, err) < 0)
			return -1;
		for (i = 0; i < e.n; i++)
			if (e.items[i].mode == GIT_MODE_TREE && strlen(e.items[i].name) == n &&
			    memcmp(e.items[i].name, p, n) == 0)
				break;
		if (i == e.n)
			return 0;
		*id = e.items[i].id;
		p += n + (p[n] == '/');
	}
	return 1;
}

int head_compare(const struct head_source *theirs, const struct head_source *ours, const struct head_question *q,
		 struct head_answer *out, struct error *err)
{
	struct head_answer answer = { 0 };
	struct compare c = { .theirs = theirs, .ours = ours, .q = q, .answer = &answer,
			     .path = BUF_INIT(16 * LIMIT_PATH) };
	struct blob_id root;
	int rc;

	if (root_of(theirs, q->commit, &root, err) < 0)
		return -1;
	rc = descend(theirs, q->prefix, &root, err);
	if (rc >= 0)
		rc = compare_trees(&c, rc ? &root : NULL, &q->tree, 0, err);
	buf_release(&c.path);
	if (rc < 0)
		return -1;
	*out = answer;
	return 0;
}
