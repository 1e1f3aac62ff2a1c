/* Runs for people: words, numbers and times that read well. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <math.h>
#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "cli/runview.h"

#define S INT64_C(1000000000)
#define NOW (1700000000 * S)

static void expect_text(struct buf *b, const char *text)
{
	assert_string_equal(buf_text(b), text);
	buf_clear(b);
}

static void runview_ago__each_scale__has_its_unit(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);
	static const struct {
		int64_t before;
		const char *text;
	} cases[] = {
		{ -5 * S, "now" },	    { S / 2, "now" },		{ 5 * S, "5s ago" },	{ 59 * S, "59s ago" },
		{ 60 * S, "1m ago" },	    { 3599 * S, "59m ago" },	{ 3600 * S, "1h ago" }, { 47 * 3600 * S, "47h ago" },
		{ 48 * 3600 * S, "2d ago" }, { 29 * 86400 * S, "29d ago" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		runview_ago(&b, NOW - cases[i].before, NOW);
		expect_text(&b, cases[i].text);
	}
	runview_ago(&b, NOW - 400 * 86400 * S, NOW);
	assert_contains(buf_text(&b), "2022-10-");
}

static void runview_number__any_value__is_short_and_true(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "0" },	      { 3, "3" },		{ -2, "-2" },	      { 0.5, "0.5" },
		{ 1.0 / 3, "0.333333" }, { 1e-5, "1.0000e-05" }, { 1e15, "1.0000e+15" }, { 123456789, "123456789" },
		{ 12345678.5, "1.2346e+07" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		runview_number(&b, cases[i].value);
		expect_text(&b, cases[i].text);
	}
	runview_number(&b, (double)NAN);
	expect_text(&b, "NaN");
	runview_number(&b, -(double)INFINITY);
	expect_text(&b, "-Infinity");
}

static void runview_took__only_what_is_known__is_said(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);
	struct run r = { .state = RUN_RUNNING, .start_ns = NOW, .duration_ns = -1 };

	(void)state;
	runview_took(&b, &r, NOW + 90 * S);
	expect_text(&b, "1m 30s");
	runview_took(&b, &r, NOW - S);
	expect_text(&b, "0ms");
	r.state = RUN_FINISHED;
	r.duration_ns = 2 * S;
	runview_took(&b, &r, NOW);
	expect_text(&b, "2.0s");
	r.state = RUN_LOST;
	runview_took(&b, &r, NOW);
	expect_text(&b, "-");
	r.state = RUN_DENIED;
	runview_took(&b, &r, NOW);
	expect_text(&b, "-");
}

static void runview_command__any_words__can_be_typed_again(void **state)
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
	runview_command(&b, words);
	expect_text(&b, "sh '' 'a b' 'it'\\''s' '$x' --lr=0.1");
	jval_push(words, jval_new_text(large));
	runview_command(&b, words);
	expect_text(&b, "sh '' 'a b' 'it'\\''s' '$x' --lr=0.1 …");
	runview_command(&b, NULL);
	expect_text(&b, "");
}

static void runview_footer__lost_and_denied__have_no_time(void **state)
{
	char name[] = "a\033[1m", empty[] = "";
	struct run r = { .id = "0192f3a1b2c30000000000000000000a", .name = name, .detail = empty, .duration_ns = 2 * S };
	struct output out;

	(void)state;
	output_init(&out, -1, COLOR_NEVER);
	r.state = RUN_FINISHED;
	runview_footer(&out, &r);
	expect_text(&out.pending, "run 0192f3a1b2c3 (a\\x1b[1m) FINISHED in 2.0s\n");
	r.state = RUN_LOST;
	runview_footer(&out, &r);
	expect_text(&out.pending, "run 0192f3a1b2c3 (a\\x1b[1m) LOST\n");
	r.state = RUN_DENIED;
	runview_footer(&out, &r);
	expect_text(&out.pending, "run 0192f3a1b2c3 (a\\x1b[1m) DENIED\n");
	output_release(&out);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(runview_ago__each_scale__has_its_unit),
	cmocka_unit_test(runview_number__any_value__is_short_and_true),
	cmocka_unit_test(runview_took__only_what_is_known__is_said),
	cmocka_unit_test(runview_command__any_words__can_be_typed_again),
	cmocka_unit_test(runview_footer__lost_and_denied__have_no_time),
};

WB_TEST_MAIN(tests)
