/* Trees and what they consist of. */
#include "config.h"

#include "engine/bundle_code.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/gittree.h"
#include "store/pointer.h"
#include "store/treewalk.h"

void bundle_codes_release(struct bundle_codes *c)
{
	for (size_t i = 0; i < c->cap; i++) {
		if (!c->slots[i])
			continue;
		buf_release(&c->slots[i]->tree);
		free(c->slots[i]);
	}
	free(c->slots);
	*c = (struct bundle_codes){ 0 };
}

/* Ids are hashes: their first bytes are as good as any. */
static struct bundle_code **slot_of(const struct bundle_codes *c, const struct blob_id *id)
{
	size_t at;

	memcpy(&at, id->b, sizeof at);
	for (at %= c->cap; c->slots[at]; at = (at + 1) % c->cap)
		if (memcmp(c->slots[at]->id.b, id->b, BLOB_ID_BYTES) == 0)
			break;
	return &c->slots[at];
}

struct bundle_code *bundle_codes_find(const struct bundle_codes *c, const struct blob_id *id)
{
	return c->cap ? *slot_of(c, id) : NULL;
}

static void grow(struct bundle_codes *c)
{
	struct bundle_codes wider = { .cap = c->cap ? c->cap * 2 : 1024, .n = c->n };

	wider.slots = mem_calloc(wider.cap, sizeof *wider.slots);
	for (size_t i = 0; i < c->cap; i++)
		if (c->slots[i])
			*slot_of(&wider, &c->slots[i]->id) = c->slots[i];
	free(c->slots);
	*c = wider;
}

int bundle_codes_add(struct bundle_codes *c, const struct blob_id *id, bool is_tree, const struct buf *bytes, struct error *err)
{
	struct bundle_code code = { .id = *id, .is_tree = is_tree, .tree = BUF_INIT(LIMIT_JSON) };
	uint64_t size;

	if (bundle_codes_find(c, id))
		return 0;
	if (is_tree) {
		buf_append(&code.tree, bytes->data, bytes->len);
		if (buf_check(&code.tree, "a folder of the code", err) < 0)
			return -1;
	} else if (pointer_is(bytes->data, bytes->len)) {
		code.is_pointer = true;
		if (pointer_parse(bytes->data, bytes->len, &code.large, &size, err) < 0)
			return -1;
	}
	if (c->n * 2 >= c->cap)
		grow(c);
	*slot_of(c, id) = mem_dup(&code, sizeof code);
	c->n++;
	return 0;
}

static struct bundle_code *get(const struct bundle_code_walk *w, const struct blob_id *id, bool is_tree, struct error *err)
{
	struct bundle_code *code = bundle_codes_find(w->codes, id);
	char hex[2 * BLOB_ID_BYTES + 1];

	if (!code && w->need && w->need(w->data, id, is_tree, err) < 0)
		return NULL;
	code = bundle_codes_find(w->codes, id);
	str_hex(id->b, BLOB_ID_BYTES, hex);
	if (!code || code->is_tree != is_tree) {
		error_set(err, ERR_CORRUPT, "the frozen code lacks %s %s", is_tree ? "folder" : "file", hex);
		return NULL;
	}
	return code;
}

static int check_tree(const struct bundle_code_walk *w, const struct blob_id *id, int depth, struct error *err);

static int check_entry(const struct bundle_code_walk *w, const struct gittree_entry *e, int depth, struct error *err)
{
	struct bundle_code *code;

	if (e->mode == GIT_MODE_TREE)
		return check_tree(w, &e->id, depth + 1, err);
	if (e->mode == GIT_MODE_REPOSITORY)
		return error_set(err, ERR_CORRUPT, "the frozen code has '%.100s', which is another repository", e->name);
	code = get(w, &e->id, false, err);
	if (!code)
		return -1;
	if (code->is_checked)
		return 0;
	if (code->is_pointer && w->large(w->data, &code->large, err) < 0)
		return -1;
	code->is_checked = true;
	return 0;
}

static int check_tree(const struct bundle_code_walk *w, const struct blob_id *id, int depth, struct error *err)
{
	struct bundle_code *code = get(w, id, true, err);
	struct gittree_entry e;
	size_t at = 0;
	int rc;

	if (!code)
		return -1;
	if (code->is_checked)
		return 0;
	if (depth > TREE_MAX_DEPTH)
		return error_set(err, ERR_LIMIT, "the frozen code is nested too deeply");
	while ((rc = gittree_next(&code->tree, &at, &e, err)) > 0)
		if (check_entry(w, &e, depth, err) < 0)
			return -1;
	code->is_checked = rc == 0;
	return rc;
}

int bundle_code_check(const struct bundle_code_walk *w, const struct blob_id *tree, struct error *err)
{
	return check_tree(w, tree, 0, err);
}
