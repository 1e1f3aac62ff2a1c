/* policy/zone.c: the files of time zones, whole and broken. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/zone.h"

/* A file of version 2: nothing in its first block, then transitions, types, names and a footer. */
struct tzif {
	char bytes[512];
	size_t n;
};

static void put(struct tzif *f, const void *p, size_t n)
{
	memcpy(f->bytes + f->n, p, n);
	f->n += n;
}

static void put32(struct tzif *f, uint32_t v)
{
	unsigned char b[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v };

	put(f, b, 4);
}

static void put64(struct tzif *f, int64_t v)
{
	put32(f, (uint32_t)((uint64_t)v >> 32));
	put32(f, (uint32_t)v);
}

static void put_header(struct tzif *f, uint32_t times, uint32_t types, uint32_t names)
{
	static const char zeros[15];

	put(f, "TZif2", 5);
	put(f, zeros, 15);
	put32(f, 0);
	put32(f, 0);
	put32(f, 0);
	put32(f, times);
	put32(f, types);
	put32(f, names);
}

/* Until 1000 "AAA" at +1 h, then "BBB" at +2 h until 2000, then what the footer says. */
static struct tzif sample(const char *footer)
{
	struct tzif f = { .n = 0 };

	put_header(&f, 0, 0, 0);
	put_header(&f, 2, 2, 8);
	put64(&f, 1000);
	put64(&f, 2000);
	put(&f, "\1\0", 2);
	put32(&f, 3600);
	put(&f, "\0\0", 2);
	put32(&f, 7200);
	put(&f, "\0\4", 2);
	put(&f, "AAA\0BBB", 8);
	put(&f, footer, strlen(footer));
	return f;
}

static void says(const struct tzif *f, int64_t utc, int64_t offset, const char *name)
{
	struct zone_rule rule = { 0 };

	assert_true(zone_at(f->bytes, f->n, utc, &rule));
	assert_int_equal(rule.offset, offset);
	assert_string_equal(rule.name, name);
}

static void zone_at__between_transitions__the_one_before_holds(void **state)
{
	struct tzif f = sample("\nCET-1CEST,M3.5.0,M10.5.0/3\n");

	(void)state;
	says(&f, 0, 3600, "AAA");
	says(&f, 999, 3600, "AAA");
	says(&f, 1000, 7200, "BBB");
	says(&f, 1999, 7200, "BBB");
}

static void zone_at__behind_the_last__the_footer_holds(void **state)
{
	struct tzif berlin = sample("\nCET-1CEST,M3.5.0,M10.5.0/3\n"), sydney = sample("\nAEST-10AEDT,M10.1.0,M4.1.0/3\n"),
		    fixed = sample("\n<+0530>-5:30\n"), days = sample("\nAST3ADT,J60/0,300/24\n");

	(void)state;
	says(&berlin, 1711846799, 3600, "CET"); /* 2024-03-31T00:59:59Z */
	says(&berlin, 1711846800, 7200, "CEST");
	says(&berlin, 1729990799, 7200, "CEST"); /* 2024-10-27T00:59:59Z */
	says(&berlin, 1729990800, 3600, "CET");
	says(&sydney, 1704067200, 39600, "AEDT"); /* January */
	says(&sydney, 1720000000, 36000, "AEST");
	says(&fixed, 1720000000, 19800, "+0530");
	says(&days, 1720000000, -7200, "ADT");
	says(&days, 1735000000, -10800, "AST");
}

static void zone_at__a_footer_that_is_none__the_last_transition_holds(void **state)
{
	static const char *const footers[] = { "", "\n", "x", "\nCET", "\nCET-1CEST", "\nCET-1CEST,M13.1.0,M1.1.0", "\nC<" };

	(void)state;
	for (size_t i = 0; i < sizeof footers / sizeof *footers; i++) {
		struct tzif f = sample(footers[i]);
		struct zone_rule rule;

		assert_true(zone_at(f.bytes, f.n, 5000, &rule));
	}
}

static void zone_at__cut_anywhere__is_refused_or_read_within_its_bytes(void **state)
{
	struct tzif f = sample("\nCET-1CEST,M3.5.0,M10.5.0/3\n");
	struct zone_rule rule;

	(void)state;
	for (size_t n = 0; n < f.n; n++) {
		char *exact = mem_alloc(n + 1);

		memcpy(exact, f.bytes, n);
		(void)zone_at(exact, n, 1500, &rule);
		(void)zone_at(exact, n, 1711846800, &rule);
		free(exact);
	}
	assert_false(zone_at(f.bytes, 100, 0, &rule));
	assert_false(zone_at("TZif", 4, 0, &rule));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(zone_at__between_transitions__the_one_before_holds),
	cmocka_unit_test(zone_at__behind_the_last__the_footer_holds),
	cmocka_unit_test(zone_at__a_footer_that_is_none__the_last_transition_holds),
	cmocka_unit_test(zone_at__cut_anywhere__is_refused_or_read_within_its_bytes),
};
WB_TEST_MAIN(tests)
