/* policy/bigint.c: laws that must hold for any numbers. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/bigint.h"

static struct pool pool;

static int setup(void **state)
{
	(void)state;
	pool_init(&pool, (size_t)64 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_release(&pool);
	return 0;
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 24;
}

/* Up to 40 digits, with runs of the digits that make carries. */
static const struct big *some(uint64_t *seed)
{
	static const char digits[] = "0001234567899999";
	char text[40];
	size_t n = 1 + next(seed) % sizeof text;

	for (size_t i = 0; i < n; i++)
		text[i] = digits[next(seed) % 16];
	return big_from_digits(&pool, text, n, next(seed) % 2);
}

static bool same(const struct big *a, const struct big *b)
{
	return big_cmp_magnitude(a, b) == 0 && (a->n == 0 || a->neg == b->neg);
}

static void big__laws_of_arithmetic__hold(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		const struct big *a = some(&seed), *b = some(&seed), *c = some(&seed), *q, *r;

		assert_true(same(big_add(&pool, a, b), big_add(&pool, b, a)));
		assert_true(same(big_mul(&pool, a, big_add(&pool, b, c)),
				 big_add(&pool, big_mul(&pool, a, b), big_mul(&pool, a, c))));
		assert_int_equal(big_add(&pool, a, big_negate(&pool, a))->n, 0);
		if (b->n == 0)
			continue;
		q = big_divmod(&pool, a, b, &r);
		assert_true(same(a, big_add(&pool, big_mul(&pool, q, b), r)));
		assert_true(big_cmp_magnitude(r, b) < 0);
		assert_true(r->n == 0 || r->neg == a->neg);
	}
}

static void big__text__reads_back(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < 500; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
		const struct big *a = some(&seed);

		big_format(&pool, a, 10, &text);
		assert_true(same(a, big_from_digits(&pool, text.data + a->neg, text.len - a->neg, a->neg)));
	}
}

static void big__shifts__are_products_of_two(void **state)
{
	uint64_t seed = 13;
	const struct big *two = big_from_i64(&pool, 2), *power = big_from_i64(&pool, 1);

	(void)state;
	for (uint32_t bits = 0; bits < 100; bits++, power = big_mul(&pool, power, two)) {
		const struct big *a = some(&seed);

		assert_true(same(big_shift_left(&pool, a, bits), big_mul(&pool, a, power)));
		assert_true(same(big_shift_right(&pool, big_shift_left(&pool, a, bits), bits), a));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(big__laws_of_arithmetic__hold, setup, teardown),
	cmocka_unit_test_setup_teardown(big__text__reads_back, setup, teardown),
	cmocka_unit_test_setup_teardown(big__shifts__are_products_of_two, setup, teardown),
};
WB_TEST_MAIN(tests)
