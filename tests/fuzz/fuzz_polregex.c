/* A pattern, a line end, a text: compiled within its limits or refused with a reason, and matched within its fuel. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "policy/regex.h"

enum { FUEL = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	const char *pattern = (const char *)data, *end = memchr(pattern, '\n', size), *text = end ? end + 1 : pattern + size;
	size_t n = end ? (size_t)(end - pattern) : size, len = size - (size_t)(text - pattern);
	uint64_t fuel = FUEL;
	const struct regex *re;
	int32_t *spots;
	char why[300] = "";
	int rc;

	pool_init(&pool, 64 * LIMIT_MIB);
	re = regex_compile(&pool, pattern, n, why, sizeof why);
	if (!re) {
		fuzz_check(why[0]);
		return 0;
	}
	spots = pool_alloc(&pool, 2 * ((size_t)re->groups + 1) * sizeof *spots);
	rc = regex_find(re, text, len, 0, spots, &fuel);
	fuzz_check(fuel <= FUEL);
	if (rc > 0)
		fuzz_check(spots[0] >= 0 && spots[0] <= spots[1] && (size_t)spots[1] <= len);
	/* Whether there is a match does not hang on being asked where. */
	fuel = FUEL;
	if (rc >= 0 && fuel)
		fuzz_check((regex_find(re, text, len, 0, NULL, &fuel) > 0) == (rc > 0) || !fuel);
	return 0;
}
