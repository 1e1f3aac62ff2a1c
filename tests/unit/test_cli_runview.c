/* Runs for people: words, numbers and times that read well. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "cli/runview.h"

#define S INT64_C(1000000000)

static void expect_text(struct buf *b, const char *text)
{
	assert_string_equal(buf_text(b), text);
	buf_clear(b);
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
	cmocka_unit_test(runview_footer__lost_and_denied__have_no_time),
};

WB_TEST_MAIN(tests)
