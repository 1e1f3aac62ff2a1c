/* tracker/run.c: runs as values. */
#include "config.h"

#include "base/mem.h"
#include "tests/support/wb_test.h"
#include "tracker/run.h"

static void states__by_name__come_back(void **state)
{
	enum run_state got;

	(void)state;
	for (unsigned i = 0; i < RUN_STATE_COUNT_; i++) {
		assert_true(run_state_parse(run_state_name((enum run_state)i), &got));
		assert_int_equal(got, i);
	}
	assert_false(run_state_parse("finished", &got));
	assert_false(run_state_parse("", &got));
	assert_false(run_state_parse(NULL, &got));
	assert_string_equal(run_state_name((enum run_state)99), "UNKNOWN");
}

static void a_status__with_and_without_detail__is_one_word(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	(void)state;
	run_status_format(&b, RUN_FINISHED, NULL);
	buf_putc(&b, ' ');
	run_status_format(&b, RUN_FINISHED, "");
	buf_putc(&b, ' ');
	run_status_format(&b, RUN_LIMIT, "memory");
	assert_string_equal(buf_text(&b), "FINISHED FINISHED LIMIT(memory)");
}

static void a_run__empty_or_half_built__can_be_asked_and_released(void **state)
{
	struct run r;

	(void)state;
	run_init(&r);
	assert_null(run_param(&r, "x"));
	assert_null(run_tag(&r, "x"));
	assert_null(run_metric(&r, "x"));
	assert_string_equal(r.name, "");
	assert_int_equal(r.exit_code, -1);
	r.params = mem_calloc(1, sizeof *r.params);
	r.params[0] = (struct run_pair){ mem_strdup("k"), mem_strdup("v") };
	r.param_count = 1;
	assert_string_equal(run_param(&r, "k"), "v");
	assert_null(run_tag(&r, "k"));
	run_release(&r);
	r = (struct run){ .experiment = NULL };
	run_release(&r);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(states__by_name__come_back),
	cmocka_unit_test(a_status__with_and_without_detail__is_one_word),
	cmocka_unit_test(a_run__empty_or_half_built__can_be_asked_and_released),
};

WB_TEST_MAIN(tests)
