/* engine/paramseen.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdio.h>

#include "base/jval.h"
#include "engine/paramseen.h"

static void paramseen_agrees__another_value__is_noticed(void **state)
{
	struct paramseen p;

	(void)state;
	paramseen_init(&p, NULL);
	assert_true(paramseen_agrees(&p, "lr", "0.1"));
	assert_true(paramseen_agrees(&p, "lr", "0.1"));
	assert_true(paramseen_agrees(&p, "momentum", "0.1"));
	assert_true(paramseen_agrees(&p, "", ""));
	assert_false(paramseen_agrees(&p, "lr", "0.2"));
	assert_false(paramseen_agrees(&p, "lr", ""));
	assert_true(paramseen_agrees(&p, "lr", "0.1"));
	paramseen_release(&p);
}

static void paramseen_agrees__what_the_run_started_with__is_known(void **state)
{
	struct jval *known = jval_object();
	struct paramseen p;

	(void)state;
	jval_set_text(known, "lr", "0.1");
	paramseen_init(&p, known);
	assert_true(paramseen_agrees(&p, "lr", "0.1"));
	assert_false(paramseen_agrees(&p, "lr", "0.10"));
	paramseen_release(&p);
	jval_free(known);
}

static void paramseen_agrees__more_keys_than_are_kept__stays_bounded(void **state)
{
	struct paramseen p;
	char key[32];

	(void)state;
	paramseen_init(&p, NULL);
	for (int i = 0; i < PARAMSEEN_MAX + 100; i++) {
		snprintf(key, sizeof key, "k%d", i);
		assert_true(paramseen_agrees(&p, key, "1"));
	}
	assert_int_equal(p.count, PARAMSEEN_MAX);
	assert_false(paramseen_agrees(&p, "k7", "2"));
	assert_true(paramseen_agrees(&p, key, "2"));
	paramseen_release(&p);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(paramseen_agrees__another_value__is_noticed),
	cmocka_unit_test(paramseen_agrees__what_the_run_started_with__is_known),
	cmocka_unit_test(paramseen_agrees__more_keys_than_are_kept__stays_bounded),
};

WB_TEST_MAIN(tests)
