/* Commands, their answers, and what takes them back. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "store/store.h"
#include "tests/support/tui_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/tracker.h"
#include "tui/perform.h"

#define ID "000018bde8b670008000000000000001"

static int setup(void **state)
{
	CLEANUP(free) char *path = mem_printf("%s/store", wb_test_tmpdir());
	const struct engine_options where = { .store = path };
	CLEANUP(store_close) struct store *store = NULL;
	struct engine *e = NULL;
	struct error err = { 0 };

	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &store, &err), &err);
	assert_true(tui_fixture_fill(store_dirfd(store), "one"));
	assert_ok(engine_open(&where, &e, &err), &err);
	*state = e;
	return 0;
}

static int teardown(void **state)
{
	engine_close(*state);
	return 0;
}

/* The answer to a command written as JSON with single quotes. */
static struct jval *answer_to(struct engine *e, const char *text)
{
	CLEANUP(free) char *json = mem_strdup(text);
	CLEANUP(jval_free) struct jval *command = NULL;
	struct error err = { 0 };

	for (char *c = json; *c; c++)
		if (*c == '\'')
			*c = '"';
	assert_ok(jval_parse(json, strlen(json), &command, &err), &err);
	return perform(e, command);
}

static void check(struct engine *e, const char *command, bool ok, const char *text)
{
	CLEANUP(jval_free) struct jval *answer = answer_to(e, command);

	assert_int_equal(jval_get_bool(answer, "ok", !ok), ok);
	assert_contains(jval_get_text(answer, "text"), text);
}

static void load(struct engine *e, struct run *out)
{
	struct tracker *t;
	struct error err = { 0 };

	assert_ok(engine_tracker(e, &t, &err), &err);
	assert_ok(tracker_get(t, ID, out, &err), &err);
}

static void take_back(struct engine *e, const struct jval *answer)
{
	CLEANUP(jval_free) struct jval *again = NULL;

	assert_non_null(jval_get(answer, "undo"));
	again = perform(e, jval_get(answer, "undo"));
	assert_true(jval_get_bool(again, "ok", false));
	/* Taking back is not itself taken back. */
	assert_null(jval_get(again, "undo"));
}

static void tag__new_and_changed__is_taken_back_to_what_it_was(void **state)
{
	struct engine *e = *state;
	CLEANUP(jval_free) struct jval *added = answer_to(e, "{'do':'tag','runs':['" ID "'],'key':'new','value':'1'}");
	CLEANUP(jval_free) struct jval *changed = answer_to(e, "{'do':'tag','runs':['" ID "'],'key':'kind','value':'kept'}");
	CLEANUP(jval_free) struct jval *removed = answer_to(e, "{'do':'untag','runs':['" ID "'],'key':'kind'}");
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	load(e, &run);
	assert_string_equal(run_tag(&run, "new"), "1");
	assert_null(run_tag(&run, "kind"));
	take_back(e, removed);
	load(e, &run);
	assert_string_equal(run_tag(&run, "kind"), "kept");
	take_back(e, changed);
	take_back(e, added);
	load(e, &run);
	assert_string_equal(run_tag(&run, "kind"), "baseline");
	assert_null(run_tag(&run, "new"));
}

static void note__taken_back__leaves_the_run_s_own(void **state)
{
	struct engine *e = *state;
	CLEANUP(jval_free) struct jval *noted = answer_to(e, "{'do':'note','runs':['" ID "'],'text':'hm'}");
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	load(e, &run);
	assert_int_equal(run.note_count, 2);
	take_back(e, noted);
	load(e, &run);
	assert_int_equal(run.note_count, 1);
	assert_string_equal(run.notes[0].text, "looks good");
}

static void delete__taken_back__is_there_again(void **state)
{
	struct engine *e = *state;
	CLEANUP(jval_free) struct jval *gone = answer_to(e, "{'do':'delete','runs':['" ID "']}");
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	load(e, &run);
	assert_true(run.deleted_ns > 0);
	take_back(e, gone);
	load(e, &run);
	assert_int_equal(run.deleted_ns, 0);
}

static void about__a_delete_and_a_repeat__says_what_it_is_of(void **state)
{
	struct engine *e = *state;
	CLEANUP(jval_free) struct jval *size = answer_to(e, "{'do':'about','verb':'delete','runs':['" ID "']}");
	CLEANUP(jval_free) struct jval *line = answer_to(e, "{'do':'about','verb':'rerun','runs':['" ID "']}");

	assert_contains(jval_get_text(size, "about"), " of outputs");
	assert_contains(jval_get_text(line, "about"), "train.py");
	/* It is no message of its own, and changes nothing. */
	assert_null(jval_get_text(size, "text"));
	assert_null(jval_get(size, "undo"));
	check(e, "{'do':'about','runs':['" ID "']}", false, "about without verb");
}

static void command__that_makes_no_sense__is_answered_so(void **state)
{
	struct engine *e = *state;

	check(e, "{}", false, "no such command");
	check(e, "{'do':'fly'}", false, "no such command: fly");
	check(e, "{'do':7}", false, "no such command");
	check(e, "{'do':'tag','runs':['" ID "']}", false, "tag without key");
	check(e, "{'do':'note','runs':['" ID "']}", false, "note without text");
	check(e, "{'do':'tag','runs':['nobody'],'key':'k','value':'v'}", false, "nobody");
	check(e, "{'do':'all','commands':[{'do':'all','commands':[]}]}", false, "within a command");
	check(e, "{'do':'tensors','run':'" ID "','path':'out/weights.h5'}", false, "aaaa");
	check(e, "{'do':'tensors','run':'" ID "','path':'none'}", false, "none is not kept");
	check(e, "{'do':'tensors'}", false, "");
	check(e, "{'do':'stop','runs':['" ID "']}", true, "had ended already");
}

/* The second of two fails: what was done to the first can be taken back. */
static void change__that_fails_half_way__can_be_taken_back(void **state)
{
	struct engine *e = *state;
	CLEANUP(jval_free) struct jval *half = answer_to(e, "{'do':'delete','runs':['" ID "','nobody']}");
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	assert_false(jval_get_bool(half, "ok", true));
	load(e, &run);
	assert_true(run.deleted_ns > 0);
	take_back(e, half);
	load(e, &run);
	assert_int_equal(run.deleted_ns, 0);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static const struct CMUnitTest tests[] = {
	WITH_STORE(tag__new_and_changed__is_taken_back_to_what_it_was),
	WITH_STORE(note__taken_back__leaves_the_run_s_own),
	WITH_STORE(delete__taken_back__is_there_again),
	WITH_STORE(about__a_delete_and_a_repeat__says_what_it_is_of),
	WITH_STORE(command__that_makes_no_sense__is_answered_so),
	WITH_STORE(change__that_fails_half_way__can_be_taken_back),
};

WB_TEST_MAIN(tests)
