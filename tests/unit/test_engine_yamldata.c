/* engine/yamldata.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "engine/yamldata.h"

static void assert_json(const char *yaml, const char *json)
{
	struct jval *v = NULL;
	struct buf text = BUF_INIT(4096);
	struct error err = { 0 };

	assert_ok(yamldata_parse("x.yaml", yaml, strlen(yaml), &v, &err), &err);
	jval_format(v, JVAL_COMPACT, &text);
	assert_string_equal(buf_text(&text), json);
	buf_release(&text);
	jval_free(v);
}

static void assert_not_read(const char *yaml, const char *why)
{
	struct jval *v = NULL;
	struct error err = { 0 };

	assert_refused(yamldata_parse("x.yaml", yaml, strlen(yaml), &v, &err), &err, ERR_INVALID, why);
}

static void parse__scalars__are_what_json_calls_so(void **state)
{
	(void)state;
	assert_json("{a: 1, b: -2, c: +3, d: 0.5, e: .5, f: 1e3, g: true, h: false, i: ~, j: null}",
		    "{\"a\":1,\"b\":-2,\"c\":3,\"d\":0.5,\"e\":0.5,\"f\":1000.0,\"g\":true,\"h\":false,\"i\":null,\"j\":null}");
	assert_json("[\"1\", 'yes', \"010\", a b, 2026-11-21, 1.2.3, -, e5, True, FALSE, Null, tRue]",
		    "[\"1\",\"yes\",\"010\",\"a b\",\"2026-11-21\",\"1.2.3\",\"-\",\"e5\",true,false,null,\"tRue\"]");
}

static void parse__nesting__is_kept(void **state)
{
	(void)state;
	assert_json("limits:\n  gpus: [1, {most: 4}]\nempty: {}\nnone: []\n",
		    "{\"limits\":{\"gpus\":[1,{\"most\":4}]},\"empty\":{},\"none\":[]}");
	assert_json("", "{}");
}

static void parse__words_with_two_meanings__are_refused_with_their_place(void **state)
{
	(void)state;
	assert_not_read("a: 1\nb: yes\n", "x.yaml:2:1");
	assert_not_read("a: Off", "'Off' means");
	assert_not_read("a: 010", "'010' means");
	assert_not_read("a: 0x1f", "'0x1f' means");
	assert_not_read("a: 0b1", "'0b1' means");
	assert_not_read("a: .NaN", "'.NaN' means");
	assert_not_read("a: 99999999999999999999", "range");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(parse__scalars__are_what_json_calls_so),
	cmocka_unit_test(parse__nesting__is_kept),
	cmocka_unit_test(parse__words_with_two_meanings__are_refused_with_their_place),
};

WB_TEST_MAIN(tests)
