/* Pointer blobs. */
#include "config.h"

#include "store/pointer.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char first_line[] = "wb-object-v1\n";

enum { MAX_POINTER = 256 };

void pointer_format(struct buf *out, const struct digest *d, uint64_t bytes)
{
	buf_printf(out, "%ssha256 %s\nbytes %" PRIu64 "\n", first_line, digest_hex(d).text, bytes);
}

bool pointer_is(const void *p, size_t n)
{
	return n >= sizeof first_line - 1 && memcmp(p, first_line, sizeof first_line - 1) == 0;
}

int pointer_parse(const void *p, size_t n, struct digest *out, uint64_t *out_bytes, struct error *err)
{
	CLEANUP(buf_release) struct buf again = BUF_INIT(MAX_POINTER);
	CLEANUP(free) char *text = mem_strndup(p, n < MAX_POINTER ? n : MAX_POINTER);
	struct error ignored = { 0 };
	struct digest d;
	uint64_t bytes = 0;
	char hex[DIGEST_HEX + 1], number[32];

	/* Written anew it must give the same bytes: there is one way to write each pointer. */
	if (sscanf(text, "wb-object-v1\nsha256 %64[0-9a-f]\nbytes %31[0-9]", hex, number) == 2 &&
	    digest_parse(hex, &d) && str_parse_u64(number, &bytes, &ignored) == 0)
		pointer_format(&again, &d, bytes);
	if (again.len != n || memcmp(again.data, p, n) != 0)
		return error_set(err, ERR_CORRUPT, "a pointer to a large file is damaged");
	*out = d;
	*out_bytes = bytes;
	return 0;
}
