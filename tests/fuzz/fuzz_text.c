/* Escaping: whatever goes in, printable UTF-8 of the measured width comes out. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

static void check_printable(const struct buf *b)
{
	const char *text = buf_text(b);

	fuzz_check(str_is_utf8(text, b->len));
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)text[i];

		fuzz_check(c >= 0x20 && c != 0x7f);
		/* U+0080..U+009F would be C2 80 .. C2 9F. */
		fuzz_check(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf escaped = BUF_INIT(size * 12 + 1), fitted = BUF_INIT(size * 12 + 1000);
	CLEANUP(free) char *text = mem_strndup((const char *)data, size);
	size_t width = size ? data[0] % 100 : 0;

	text_escape(&escaped, (const char *)data, size);
	fuzz_check(!escaped.full);
	check_printable(&escaped);
	fuzz_check(text_width((const char *)data, size) == text_width(buf_text(&escaped), escaped.len));
	text_fit(&fitted, text, width, true);
	check_printable(&fitted);
	fuzz_check(text_width(buf_text(&fitted), fitted.len) == width);
	return 0;
}
