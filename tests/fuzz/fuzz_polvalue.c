/* JSON as policies read it: what is taken is written so that it reads back as the same value, in order and by hash too. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "policy/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON * 8), again = BUF_INIT(LIMIT_JSON * 8);
	struct value v, back;
	struct error err = { 0 };

	pool_init(&pool, 64 * LIMIT_MIB);
	if (value_from_json(&pool, (const char *)data, size, JSON_STRICT, &v, &err) < 0) {
		fuzz_check(err.text[0]);
		return 0;
	}
	value_format(v, TEXT_JSON, &text);
	value_format(v, TEXT_REGO, &again);
	buf_clear(&again);
	if (text.full)
		return 0;
	fuzz_check(value_from_json(&pool, buf_text(&text), text.len, JSON_STRICT, &back, &err) == 0);
	fuzz_check(value_eq(v, back) && value_cmp(back, v) == 0 && value_hash(v) == value_hash(back));
	value_format(back, TEXT_JSON, &again);
	fuzz_check(again.len == text.len && memcmp(buf_text(&again), buf_text(&text), text.len) == 0);
	return 0;
}
