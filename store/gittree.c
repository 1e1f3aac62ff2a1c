/* Tree objects as bytes. */
#include "config.h"

#include "store/gittree.h"

#include <string.h>

#include "base/str.h"

void gittree_append(struct buf *out, uint32_t mode, const char *name, size_t n_name, const struct blob_id *id)
{
	buf_printf(out, "%o ", mode);
	buf_append(out, name, n_name);
	buf_append(out, "", 1);
	buf_append(out, id->b, BLOB_ID_BYTES);
}

static bool is_plain_name(const char *name)
{
	return *name && !strchr(name, '/') && !str_eq(name, ".") && !str_eq(name, "..") && !str_eq(name, ".git");
}

static bool is_known_mode(uint32_t mode)
{
	return mode == 0100644 || mode == 0100755 || mode == 0100664 || mode == GIT_MODE_TREE ||
	       mode == GIT_MODE_LINK || mode == GIT_MODE_REPOSITORY;
}

int gittree_next(const struct buf *tree, size_t *at, struct gittree_entry *out, struct error *err)
{
	const char *p = buf_text(tree) + *at, *end, *name;
	size_t left = tree->len - *at;
	uint32_t mode = 0;

	if (left == 0)
		return 0;
	end = memchr(p, '\0', left);
	if (!end || left - (size_t)(end - p) < 1 + BLOB_ID_BYTES)
		return error_set(err, ERR_CORRUPT, "a tree is cut off");
	for (name = p; *name >= '0' && *name <= '7' && name - p < 7; name++)
		mode = mode * 8 + (uint32_t)(*name - '0');
	if (*name != ' ' || name == p || !is_known_mode(mode) || !is_plain_name(name + 1))
		return error_set(err, ERR_CORRUPT, "a tree holds an entry that cannot be: '%.100s'", p);
	out->mode = mode;
	out->name = name + 1;
	memcpy(out->id.b, end + 1, BLOB_ID_BYTES);
	*at += (size_t)(end - p) + 1 + BLOB_ID_BYTES;
	return 1;
}
