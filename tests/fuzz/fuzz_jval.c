/* JSON: what was read is written so that it reads back as the same value. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/jval.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum jval_style styles[] = { JVAL_COMPACT, JVAL_PRETTY, JVAL_CANONICAL };
	CLEANUP(buf_release) struct buf canonical = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };

	if (jval_parse((const char *)data, size, &v, &err) < 0) {
		fuzz_check(err.code != ERR_NONE && err.text[0]);
		return 0;
	}
	jval_format(v, JVAL_CANONICAL, &canonical);
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON), again = BUF_INIT(LIMIT_JSON);
		CLEANUP(jval_free) struct jval *back = NULL;

		jval_format(v, styles[i], &text);
		fuzz_check(jval_parse(buf_text(&text), text.len, &back, &err) == 0);
		jval_format(back, JVAL_CANONICAL, &again);
		fuzz_check(again.len == canonical.len && memcmp(buf_text(&again), buf_text(&canonical), again.len) == 0);
	}
	return 0;
}
