/* Messages between wb and wb-archive. */
#include "config.h"

#include "store/archive_wire.h"

#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "store/archive.h"

struct wire_head wire_head_make(enum wire_kind kind, size_t n)
{
	return (struct wire_head){ { (unsigned char)kind, (unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
				     (unsigned char)(n >> 24) } };
}

int wire_head_parse(const unsigned char bytes[WIRE_HEAD], enum wire_kind *kind, size_t *n, struct error *err)
{
	size_t size = bytes[1] | (size_t)bytes[2] << 8 | (size_t)bytes[3] << 16 | (size_t)bytes[4] << 24;
	size_t max;

	switch (bytes[0]) {
	case WIRE_ENTRY:
	case WIRE_ERROR:
		max = WIRE_TEXT_MAX;
		break;
	case WIRE_DATA:
		max = WIRE_PIECE;
		break;
	case WIRE_END:
		max = 0;
		break;
	default:
		return error_set(err, ERR_CORRUPT, "a message of an unknown kind");
	}
	if (size > max)
		return error_set(err, ERR_CORRUPT, "a message that is too long");
	*kind = (enum wire_kind)bytes[0];
	*n = size;
	return 0;
}

void wire_entry_format(struct buf *out, const char *path, uint64_t bytes)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_text(v, "path", path);
	jval_set_int(v, "bytes", (int64_t)bytes);
	jval_format(v, JVAL_COMPACT, out);
}

int wire_entry_parse(const char *text, size_t n, char **path, uint64_t *bytes, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	const char *name;
	int64_t size;

	if (jval_parse(text, n, &v, err) < 0)
		return -1;
	name = jval_get_text(v, "path");
	size = jval_get_int(v, "bytes", -1);
	if (!name || !*name || strlen(name) > ARCHIVE_PATH_MAX || size < 0)
		return error_set(err, ERR_CORRUPT, "a message that is none");
	*path = mem_strdup(name);
	*bytes = (uint64_t)size;
	return 0;
}
