/* tracker/run.c: runs as values. */
#include "config.h"

#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "tests/support/wb_test.h"
#include "tracker/run.h"

#define S INT64_C(1000000000)
#define NOW (1700000000 * S)

static void expect_text(struct buf *b, const char *text)
{
	assert_string_equal(buf_text(b), text);
	buf_clear(b);
}

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

static void run_took_format__only_what_is_known__is_said(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);
	struct run r = { .state = RUN_RUNNING, .start_ns = NOW, .duration_ns = -1 };

	(void)state;
	run_took_format(&b, &r, NOW + 90 * S);
	expect_text(&b, "1m 30s");
	run_took_format(&b, &r, NOW - S);
	expect_text(&b, "0ms");
	r.state = RUN_FINISHED;
	r.duration_ns = 2 * S;
	run_took_format(&b, &r, NOW);
	expect_text(&b, "2.0s");
	r.state = RUN_LOST;
	run_took_format(&b, &r, NOW);
	expect_text(&b, "-");
	r.state = RUN_DENIED;
	run_took_format(&b, &r, NOW);
	expect_text(&b, "-");
}

static void run_command_format__any_words__can_be_typed_again(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64 * 1024);
	CLEANUP(jval_free) struct jval *words = jval_array();
	CLEANUP(free) char *large = mem_alloc(5001);

	(void)state;
	memset(large, 'x', 5000);
	large[5000] = '\0';
	jval_push(words, jval_new_text("sh"));
	jval_push(words, jval_new_text(""));
	jval_push(words, jval_new_text("a b"));
	jval_push(words, jval_new_text("it's"));
	jval_push(words, jval_new_text("$x"));
	jval_push(words, jval_new_text("--lr=0.1"));
	run_command_format(&b, words, 4096);
	expect_text(&b, "sh '' 'a b' 'it'\\''s' '$x' --lr=0.1");
	jval_push(words, jval_new_text(large));
	run_command_format(&b, words, 4096);
	expect_text(&b, "sh '' 'a b' 'it'\\''s' '$x' --lr=0.1 …");
	run_command_format(&b, NULL, 4096);
	expect_text(&b, "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(states__by_name__come_back),
	cmocka_unit_test(a_status__with_and_without_detail__is_one_word),
	cmocka_unit_test(a_run__empty_or_half_built__can_be_asked_and_released),
	cmocka_unit_test(run_took_format__only_what_is_known__is_said),
	cmocka_unit_test(run_command_format__any_words__can_be_typed_again),
};

WB_TEST_MAIN(tests)
