/* SVG documents. */
#include "config.h"

#include <string.h>

#include "chart/chart.h"
#include "tests/support/wb_test.h"

static void svg__hostile_names__are_text(void **state)
{
	const struct chart_point points[] = { { 0, 1 }, { 1, 2 } };
	struct chart_series series = { "</text><script>\"&\033", points, 2 };
	struct chart_spec spec = { .series = &series, .count = 1, .width = 400, .height = 200 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(100000);

	(void)state;
	chart_svg(&spec, "a <b> & \033]0;x\007", &b);
	assert_contains(buf_text(&b), "&lt;/text&gt;&lt;script&gt;&quot;&amp;\\x1b");
	assert_null(strstr(buf_text(&b), "<script>"));
	assert_null(strchr(buf_text(&b), '\033'));
}

static void svg__equal_input__gives_equal_bytes(void **state)
{
	const struct chart_point points[] = { { 0, 1 }, { 1, 2 }, { 2, 0.5 } };
	struct chart_series series = { "s", points, 3 };
	struct chart_spec spec = { .series = &series, .count = 1, .width = 400, .height = 200 };
	CLEANUP(buf_release) struct buf a = BUF_INIT(100000);
	CLEANUP(buf_release) struct buf b = BUF_INIT(100000);

	(void)state;
	chart_svg(&spec, "t", &a);
	chart_svg(&spec, "t", &b);
	assert_string_equal(buf_text(&a), buf_text(&b));
	assert_contains(buf_text(&a), "<path");
}

static void svg__no_points__is_still_a_document(void **state)
{
	struct chart_spec spec = { .count = 0, .width = 0, .height = 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(100000);

	(void)state;
	chart_svg(&spec, "", &b);
	assert_contains(buf_text(&b), "</svg>\n");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(svg__hostile_names__are_text),
	cmocka_unit_test(svg__equal_input__gives_equal_bytes),
	cmocka_unit_test(svg__no_points__is_still_a_document),
};

WB_TEST_MAIN(tests)
