/* Selections as NumPy understands them. */
#include "config.h"

#include "store/tensor_select.h"

#include "tests/support/wb_test.h"

static const struct tensor_shape cube = { .rank = 3, .dims = { 10, 20, 30 } };

struct axis {
	uint64_t start, step, count;
};

static void check(const char *text, const struct axis want[3], unsigned rank)
{
	struct tensor_select s;
	struct error err = { 0 };

	assert_ok(tensor_select_parse(text, &cube, &s, &err), &err);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(s.box.start[i], want[i].start);
		assert_int_equal(s.box.step[i], want[i].step);
		assert_int_equal(s.box.count[i], want[i].count);
	}
	assert_int_equal(s.shape.rank, rank);
}

static void parse__forms__as_numpy_has_them(void **state)
{
	(void)state;
	check(NULL, (struct axis[]){ { 0, 1, 10 }, { 0, 1, 20 }, { 0, 1, 30 } }, 3);
	check("[0:3, :]", (struct axis[]){ { 0, 1, 3 }, { 0, 1, 20 }, { 0, 1, 30 } }, 3);
	check("[5]", (struct axis[]){ { 5, 1, 1 }, { 0, 1, 20 }, { 0, 1, 30 } }, 2);
	check("[-1,-3:,::7]", (struct axis[]){ { 9, 1, 1 }, { 17, 1, 3 }, { 0, 7, 5 } }, 2);
	check("[...,2]", (struct axis[]){ { 0, 1, 10 }, { 0, 1, 20 }, { 2, 1, 1 } }, 2);
	check("[1,...,2]", (struct axis[]){ { 1, 1, 1 }, { 0, 1, 20 }, { 2, 1, 1 } }, 1);
	check("[8:99,30:2,-99:2]", (struct axis[]){ { 8, 1, 2 }, { 20, 1, 0 }, { 0, 1, 2 } }, 3);
	check("[1,2,3]", (struct axis[]){ { 1, 1, 1 }, { 2, 1, 1 }, { 3, 1, 1 } }, 0);
}

static void parse__nonsense__is_refused(void **state)
{
	static const char *const wrong[] = {
		"[]", "[", "0:3", "[a]", "[1,]", "[,]", "[1:2:3:4]", "[::0]", "[::-1]", "[10]", "[-11]", "[1,2,3,4]", "[--1]",
		"[99999999999999999999]", "[1.5]", "[:,:,:,:]", "[...,...]", "[1 ,x]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct tensor_select s;
		struct error err = { 0 };

		assert_refused(tensor_select_parse(wrong[i], &cube, &s, &err), &err, ERR_INVALID, "");
	}
}

static void find__text_with_brackets__splits_there(void **state)
{
	(void)state;
	assert_int_equal(tensor_select_find("w.h5:/a[0:3]"), 7);
	assert_int_equal(tensor_select_find("w.h5"), 4);
	assert_int_equal(tensor_select_find("odd]"), 4);
	assert_int_equal(tensor_select_find("a[1]b[2]"), 5);
}

static void count__shapes__and_those_too_large(void **state)
{
	const struct tensor_shape none = { .is_null = true }, one = { .rank = 0 };
	const struct tensor_shape huge = { .rank = 2, .dims = { UINT64_MAX, 2 } };

	(void)state;
	assert_int_equal(tensor_shape_count(&none), 0);
	assert_int_equal(tensor_shape_count(&one), 1);
	assert_int_equal(tensor_shape_count(&cube), 6000);
	assert_true(tensor_shape_count(&huge) == UINT64_MAX);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(parse__forms__as_numpy_has_them),
	cmocka_unit_test(parse__nonsense__is_refused),
	cmocka_unit_test(find__text_with_brackets__splits_there),
	cmocka_unit_test(count__shapes__and_those_too_large),
};
WB_TEST_MAIN(tests)
