/* The terminal's filter: chunks do not matter, what passed passes again, and nothing forbidden is in it. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/vtfilter.h"

static void check_harmless(const struct buf *b)
{
	static const char *const never[] = { "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1bk", "\x1b]52", "\x1b]1337", "\x05", "\x1b%" };

	fuzz_check(str_is_utf8(b->data, b->len));
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		fuzz_check(!b->len || !memmem(b->data, b->len, never[i], strlen(never[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf whole = BUF_INIT(size * 4 + 64), bytes = BUF_INIT(size * 4 + 64);
	CLEANUP(buf_release) struct buf again = BUF_INIT(size * 4 + 64), end = BUF_INIT(LIMIT_KIB * 4);
	struct vtfilter a = { 0 }, b = { 0 }, c = { 0 };

	vtfilter_pass(&a, (const char *)data, size, &whole);
	for (size_t i = 0; i < size; i++)
		vtfilter_pass(&b, (const char *)data + i, 1, &bytes);
	fuzz_check(!whole.full && whole.len == bytes.len);
	fuzz_check(!whole.len || memcmp(whole.data, bytes.data, whole.len) == 0);
	check_harmless(&whole);
	vtfilter_pass(&c, whole.data, whole.len, &again);
	fuzz_check(again.len == whole.len && (!again.len || memcmp(again.data, whole.data, again.len) == 0));
	vtfilter_end(&a, &end);
	fuzz_check(!end.full);
	check_harmless(&end);
	return 0;
}
