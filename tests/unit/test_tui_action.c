/* The table of actions holds together. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "tests/support/wb_test.h"
#include "tui/action.h"

static void keys__in_one_place__mean_one_thing(void **state)
{
	(void)state;
	for (unsigned place = 1; place & PLACE_ANY; place <<= 1)
		for (size_t i = 0; i < action_count; i++)
			for (size_t k = 0; k < ACTION_KEYS && actions[i].keys[k]; k++)
				if (actions[i].where & place)
					assert_ptr_equal(action_by_key(actions[i].keys[k], place), &actions[i]);
}

static void names__in_one_place__are_found_whole_and_begun(void **state)
{
	(void)state;
	for (unsigned place = 1; place & PLACE_ANY; place <<= 1)
		for (size_t i = 0; i < action_count; i++)
			if (actions[i].where & place)
				assert_ptr_equal(action_by_name(actions[i].name, place), &actions[i]);
	assert_int_equal(action_by_name("colum", PLACE_RUNS)->id, ACT_COLUMNS);
	assert_null(action_by_name("co", PLACE_RUNS));
	assert_null(action_by_name("", PLACE_RUNS));
	assert_null(action_by_name("smooth", PLACE_RUNS));
}

/* What moves in vim, less and htop never changes a run. */
static void keys__that_move_elsewhere__change_nothing(void **state)
{
	static const char moving[] = "hjklgGnN/?:q";
	static const enum action_id changing[] = { ACT_STOP, ACT_KILL, ACT_RERUN, ACT_DELETE, ACT_TAG, ACT_NOTE };

	(void)state;
	for (const char *key = moving; *key; key++)
		for (unsigned place = 1; place & PLACE_ANY; place <<= 1) {
			const struct action *a = action_by_key((unsigned char)*key, place);

			for (size_t i = 0; a && i < sizeof changing / sizeof *changing; i++)
				assert_int_not_equal(a->id, changing[i]);
		}
}

static void table__every_row__can_be_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < action_count; i++) {
		const struct action *a = &actions[i];

		assert_true(a->where && a->keys[0] && *a->name && *a->help);
		assert_true(strlen(a->help) < 80 && !strchr(a->name, ' '));
		for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++) {
			CLEANUP(buf_release) struct buf b = BUF_INIT(64);
			tui_key back = TK_NONE;

			key_format(&b, a->keys[k]);
			assert_true(b.len > 0);
			assert_true(key_parse(buf_text(&b), &back));
			assert_int_equal(back, a->keys[k]);
		}
	}
}

static void refusal__needs__are_told(void **state)
{
	(void)state;
	assert_non_null(strstr(action_refusal(action_of(ACT_STOP, PLACE_RUNS), NEED_RUN), "ended"));
	assert_non_null(strstr(action_refusal(action_of(ACT_STOP, PLACE_RUNS), 0), "no run"));
	assert_non_null(strstr(action_refusal(action_of(ACT_DELETE, PLACE_RUN), NEED_RUN | NEED_RUNNING), "running"));
	assert_non_null(strstr(action_refusal(action_of(ACT_UNDO, PLACE_RUNS), NEED_RUN), "undo"));
	assert_null(action_refusal(action_of(ACT_STOP, PLACE_RUNS), NEED_RUN | NEED_RUNNING));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(keys__in_one_place__mean_one_thing),
	cmocka_unit_test(names__in_one_place__are_found_whole_and_begun),
	cmocka_unit_test(keys__that_move_elsewhere__change_nothing),
	cmocka_unit_test(table__every_row__can_be_shown),
	cmocka_unit_test(refusal__needs__are_told),
};

WB_TEST_MAIN(tests)
