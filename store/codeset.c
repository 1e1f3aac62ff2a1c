/* A hash table of object ids. */
#include "config.h"

#include "store/codeset.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

void code_set_release(struct code_set *s)
{
	free(s->items);
	free(s->slots);
	*s = (struct code_set){ 0 };
}

static size_t slot_of(const struct code_set *s, const struct blob_id *id)
{
	size_t at;

	/* An id is a hash already. */
	memcpy(&at, id->b, sizeof at);
	for (at &= s->n_slots - 1; s->slots[at]; at = (at + 1) & (s->n_slots - 1))
		if (memcmp(&s->items[s->slots[at] - 1].id, id, sizeof *id) == 0)
			break;
	return at;
}

static void grow_slots(struct code_set *s)
{
	if (s->n * 2 < s->n_slots)
		return;
	s->n_slots = s->n_slots ? s->n_slots * 2 : 1024;
	free(s->slots);
	s->slots = mem_calloc(s->n_slots, sizeof *s->slots);
	for (size_t i = 0; i < s->n; i++)
		s->slots[slot_of(s, &s->items[i].id)] = (uint32_t)i + 1;
}

bool code_set_add(struct code_set *s, const struct blob_id *id, enum git_type type)
{
	size_t at;

	grow_slots(s);
	at = slot_of(s, id);
	if (s->slots[at])
		return false;
	mem_reserve(&s->items, &s->cap, s->n + 1);
	s->items[s->n++] = (struct code_id){ .id = *id, .type = type };
	s->slots[at] = (uint32_t)s->n;
	return true;
}

const struct code_id *code_set_find(const struct code_set *s, const struct blob_id *id)
{
	size_t at = s->n ? slot_of(s, id) : 0;

	return s->n && s->slots[at] ? &s->items[s->slots[at] - 1] : NULL;
}

static int add_tree(struct code_set *s, struct tree_reader *r, const struct blob_id *id, int depth, struct error *err)
{
	CLEANUP(buf_release) struct buf tree = BUF_INIT(LIMIT_JSON);
	struct gittree_entry e;
	size_t at = 0;
	int rc;

	if (depth > TREE_MAX_DEPTH)
		return error_set(err, ERR_CORRUPT, "the tree's folders are nested too deeply");
	if (!code_set_add(s, id, GIT_TYPE_TREE))
		return 0;
	if (tree_read(r, id, &tree, err) < 0)
		return -1;
	while ((rc = gittree_next(&tree, &at, &e, err)) > 0) {
		if (e.mode != GIT_MODE_TREE)
			code_set_add(s, &e.id, GIT_TYPE_BLOB);
		else if (add_tree(s, r, &e.id, depth + 1, err) < 0)
			return -1;
	}
	return rc;
}

int code_set_add_tree(struct code_set *s, struct tree_reader *r, const struct blob_id *tree, struct error *err)
{
	return add_tree(s, r, tree, 0, err);
}
