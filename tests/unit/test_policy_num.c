/* policy/num.c: reading, order, arithmetic, printing. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/num.h"
#include "tests/support/policy_case.h"

static void num__arithmetic__is_exact_or_prints_few_digits(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "0.1 + 0.2", "0.3" },
		{ NULL, "15.3 / 3", "5.1" },
		{ NULL, "1 / 3", "0.33333333333333333334" },
		{ NULL, "-7 % 3", "-1" },
		{ NULL, "7 % -3", "1" },
		{ NULL, "10 / 4", "2.5" },
		{ NULL, "10 / 5", "2" },
		{ NULL, "9223372036854775807 + 1", "9223372036854775808" },
		{ NULL, "-9223372036854775808 - 1", "-9223372036854775809" },
		{ NULL, "99999999999999999999 * 99999999999999999999", "9999999999999999999800000000000000000001" },
		{ NULL, "1e20 + 1", "100000000000000000001" },
		{ NULL, "[1.50, 2.0, 1e21]", "[1.50,2.0,1e21]" },
		{ NULL, "1 == 1.0", "true" },
		{ NULL, "100 == 1e2", "true" },
		{ NULL, "9007199254740993 == 9007199254740992", "false" },
		{ NULL, "9007199254740993 > 9007199254740992.5", "true" },
		{ NULL, "-0.0 == 0", "true" },
		{ NULL, "{1, 1.0, 2}", "[1,2]" },
		{ NULL, "round(2.5)", "3" },
		{ NULL, "ceil(-1.5)", "-1" },
		{ NULL, "floor(-1.5)", "-2" },
		{ NULL, "bits.and(12, 10)", "8" },
		{ NULL, "bits.lsh(1, 70)", "1180591620717411303424" },
		{ NULL, "bits.rsh(-5, 1)", "-3" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void num__texts_that_are_no_numbers__are_refused(void **state)
{
	static const char *const texts[] = { "",   "-",  "01", "+1",   "1.",     ".5",        "1e",  "1e+",
					     "0x1", "1_0", "NaN", "1 ", "--1", "1e100001", "1e9999999999" };
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct value v;

	(void)state;
	pool_init(&pool, 1 << 20);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(num_parse(&pool, texts[i], strlen(texts[i]), &v));
}

static void num__division_by_zero__is_undefined_or_an_error(void **state)
{
	(void)state;
	assert_string_equal(policy_case_ask(NULL, POLICY_V1, "1 / 0", NULL), "undefined");
	assert_string_equal(policy_case_ask(NULL, POLICY_V1, "1 % 0", NULL), "undefined");
	assert_string_equal(policy_case_ask(NULL, POLICY_V1, "1.5 % 1", NULL), "undefined");
}

static void num__integers_of_too_many_digits__are_refused(void **state)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	char text[6000];
	struct value v;

	(void)state;
	pool_init(&pool, 1 << 20);
	memset(text, '9', sizeof text);
	assert_true(num_parse(&pool, text, 5000, &v));
	assert_false(num_parse(&pool, text, 5001, &v));
	num_parse(&pool, text, 5000, &v);
	assert_int_equal(num_mul(&pool, v, v).tag, V_UNDEF);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(num__arithmetic__is_exact_or_prints_few_digits),
	cmocka_unit_test(num__texts_that_are_no_numbers__are_refused),
	cmocka_unit_test(num__division_by_zero__is_undefined_or_an_error),
	cmocka_unit_test(num__integers_of_too_many_digits__are_refused),
};
WB_TEST_MAIN(tests)
