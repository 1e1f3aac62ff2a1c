/* edits.json: what is taken, and what is not. */
#include "config.h"

#include "engine/bundle_edits.h"

#include <string.h>

#include "tests/support/wb_test.h"

static int parse(const char *text, struct jval **out, struct error *err)
{
	return bundle_edits_parse(text, strlen(text), out, err);
}

static void parse__sound__is_taken(void **state)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(parse("{\"v\":1,\"name\":\"a\",\"tags\":{\"k\":\"\"},\"notes\":[{\"author\":\"\",\"text\":\"t\",\"time_ms\":1}]}", &v, &err),
		  &err);
	assert_string_equal(jval_get_text(v, "name"), "a");
}

static void parse__anything_that_could_not_be_made_here__is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "{", "[]", "{}", "{\"name\":\"\",\"tags\":{},\"notes\":[]}", "{\"name\":\"@\",\"tags\":{},\"notes\":[]}",
		"{\"name\":\"a\",\"tags\":[],\"notes\":[]}", "{\"name\":\"a\",\"tags\":{\"\":\"x\"},\"notes\":[]}",
		"{\"name\":\"a\",\"tags\":{\"k\":1},\"notes\":[]}", "{\"name\":\"a\",\"tags\":{},\"notes\":{}}",
		"{\"name\":\"a\",\"tags\":{},\"notes\":[{\"author\":\"x\",\"text\":\"\",\"time_ms\":1}]}",
		"{\"name\":\"a\",\"tags\":{},\"notes\":[{\"author\":\"x\",\"text\":\"t\",\"time_ms\":\"1\"}]}",
		"{\"name\":\"a\",\"tags\":{},\"notes\":[{\"text\":\"t\",\"time_ms\":1}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct jval *v = NULL;
		struct error err = { 0 };

		assert_refused(parse(wrong[i], &v, &err), &err, ERR_CORRUPT, "");
		assert_null(v);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(parse__sound__is_taken),
	cmocka_unit_test(parse__anything_that_could_not_be_made_here__is_refused),
};
WB_TEST_MAIN(tests)
