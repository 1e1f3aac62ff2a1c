/* tracker/ingest.c: records that are odd, repeated or unreadable. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/ingest.h"

#define ID "0123456789abcdef0123456789abcdef"

/* A run fed record by record, in one transaction. */
struct feed {
	struct fixture *f;
	struct ingest *g;
	struct ingest_place place;
	uint64_t at;
};

static int setup(void **state)
{
	struct feed *d = mem_zalloc(sizeof *d);
	struct error err = { 0 };
	void *fixture;

	if (fixture_setup(&fixture) != 0)
		return -1;
	d->f = fixture;
	fixture_open(d->f);
	*state = d;
	return edit_begin(d->f->t, &err) != 0 || ingest_new(d->f->t, &d->g, &err) != 0 ||
	       ingest_turn(d->g, ID, &d->place, &err) != 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct feed *d = *state;
	void *fixture = d->f;

	ingest_free(d->g);
	free(d);
	return fixture_teardown(&fixture);
}

static void give(struct feed *d, enum spool_type type, const char *key, const char *text)
{
	struct spool_record rec = { .type = type, .seq = d->at, .next = d->at + 10, .key = key, .key_len = strlen(key),
				    .text = text, .text_len = strlen(text), .number = 3, .value = 1, .step = 1, .time_ms = 1 };
	struct error err = { 0 };

	d->at += 10;
	assert_ok(ingest_record(d->g, &d->place, &rec, &err), &err);
}

static void finish(struct feed *d, struct run *out)
{
	struct error err = { 0 };

	assert_ok(ingest_settle(d->g, &d->place, 0, &err), &err);
	assert_ok(edit_end(d->f->t, true, &err), &err);
	assert_ok(tracker_get(d->f->t, ID, out, &err), &err);
}

static void connections__until_there_is_an_end__are_as_they_were_last_written(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "", "{\"experiment\":\"e\",\"start_ns\":5}");
	give(d, SPOOL_NETWORK, "", "{\"host\":\"a\"}");
	give(d, SPOOL_NETWORK, "", "{\"host\":\"b\"}");
	finish(d, &run);
	assert_int_equal(jval_count(run_network(&run)), 1);
	assert_string_equal(jval_get_text(jval_at(run_network(&run), 0), "host"), "b");
}

static void connections__given_up_or_sealed__are_not_told_twice(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "", "{\"experiment\":\"e\",\"start_ns\":5}");
	give(d, SPOOL_NETWORK, "", "{}");
	give(d, SPOOL_END, "", "{\"state\":\"FINISHED\",\"network\":[{\"host\":\"c\"},{\"host\":\"d\"}]}");
	finish(d, &run);
	assert_int_equal(jval_count(run.network), 0);
	assert_int_equal(jval_count(run_network(&run)), 2);
}

static void events__before_start__are_passed_over(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_METRIC, "early", "");
	give(d, SPOOL_END, "", "{\"state\":\"FINISHED\"}");
	assert_false(d->place.sealed);
	assert_int_equal(d->place.ingested_to, 20);
	give(d, SPOOL_START, "", "{\"experiment\":\"e\",\"start_ns\":5}");
	give(d, SPOOL_METRIC, "late", "");
	finish(d, &run);
	assert_int_equal(run.metric_count, 1);
	assert_int_equal(run.state, RUN_RUNNING);
}

static void a_start__that_is_no_json__still_makes_a_run(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "", "{\"experiment\":");
	give(d, SPOOL_PARAM, "p", "v");
	finish(d, &run);
	assert_string_equal(run.experiment, "Default");
	assert_int_equal(run.warning_count, 1);
	assert_string_equal(run_param(&run, "p"), "v");
}

static void a_start__with_wrong_types__takes_what_fits(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "",
	     "{\"experiment\":7,\"name\":[],\"start_ns\":\"x\",\"params\":[1],\"tags\":{\"n\":null,\"b\":true,\"o\":{\"x\":[1.5]},"
	     "\"s\":\"t\"},\"inputs\":{\"name\":1},\"policy\":3,\"snapshot\":\"none\"}");
	finish(d, &run);
	assert_string_equal(run.experiment, "Default");
	assert_string_equal(run.name, "");
	assert_int_equal(run.param_count, 0);
	assert_string_equal(run_tag(&run, "n"), "null");
	assert_string_equal(run_tag(&run, "b"), "true");
	assert_string_equal(run_tag(&run, "o"), "{\"x\":[1.5]}");
	assert_string_equal(run_tag(&run, "s"), "t");
	assert_int_equal(run.input_count, 0);
	assert_string_equal(run.tree, "");
}

static void a_second_start_or_end__changes_nothing_or_corrects(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "", "{\"name\":\"first\"}");
	give(d, SPOOL_START, "", "{\"name\":\"second\"}");
	give(d, SPOOL_END, "", "{\"state\":\"KILLED\",\"signal\":9,\"end_ns\":7}");
	assert_true(d->place.sealed);
	finish(d, &run);
	assert_string_equal(run.name, "first");
	assert_int_equal(run.state, RUN_KILLED);
	assert_int_equal(run.signal, 9);
	assert_int_equal(run.exit_code, -1);
}

static void an_end__of_an_unknown_state__is_a_failure_that_says_so(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "", "{\"start_ns\":50}");
	give(d, SPOOL_END, "", "{\"state\":\"EXPLODED\"}");
	finish(d, &run);
	assert_int_equal(run.state, RUN_FAILED);
	assert_contains(run.detail, "unreadable END");
	assert_true(run.duration_ns == 0);
}

static void records__of_a_later_version__are_passed_over(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	give(d, SPOOL_START, "", "{}");
	give(d, (enum spool_type)99, "k", "t");
	finish(d, &run);
	assert_int_equal(run.metric_count + run.param_count + run.tag_count, 0);
	assert_int_equal(d->place.ingested_to, 20);
}

static void the_same_records__again__add_nothing(void **state)
{
	struct feed *d = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };

	for (int i = 0; i < 2; i++) {
		d->at = 0;
		give(d, SPOOL_START, "", "{\"params\":{\"p\":\"1\"},\"inputs\":[{\"name\":\"d\"}],\"policy\":{\"decision\":\"allow\"}}");
		give(d, SPOOL_PARAM, "p", "2");
		give(d, SPOOL_NOTE, "me", "hello");
		give(d, SPOOL_WARNING, "", "careful");
		give(d, SPOOL_OUTPUT, "a", "ff");
	}
	finish(d, &run);
	assert_string_equal(run_param(&run, "p"), "1");
	assert_int_equal(run.note_count, 1);
	assert_int_equal(run.warning_count, 1);
	assert_int_equal(run.output_count, 1);
	assert_int_equal(run.input_count, 1);
	assert_int_equal(run.outputs[0].bytes, 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(events__before_start__are_passed_over),
	CASE(connections__until_there_is_an_end__are_as_they_were_last_written),
	CASE(connections__given_up_or_sealed__are_not_told_twice),
	CASE(a_start__that_is_no_json__still_makes_a_run),
	CASE(a_start__with_wrong_types__takes_what_fits),
	CASE(a_second_start_or_end__changes_nothing_or_corrects),
	CASE(an_end__of_an_unknown_state__is_a_failure_that_says_so),
	CASE(records__of_a_later_version__are_passed_over),
	CASE(the_same_records__again__add_nothing),
};

WB_TEST_MAIN(tests)
