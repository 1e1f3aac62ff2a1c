/* tracker/edit.c: what people change, and what they may not. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

#define NOBODY "99999999999999999999999999999999"

static const char *one_run(struct fixture *f)
{
	const char *id = test_run_make(f, 1, "first", ",\"tags\":{\"t\":\"1\"}");

	fixture_open(f);
	fixture_sync(f);
	return id;
}

static char *word_of(size_t n)
{
	char *s = mem_alloc(n + 1);

	memset(s, 'x', n);
	s[n] = '\0';
	return s;
}

static void tags__set_and_removed__are_found_so(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	const char *id = one_run(f);
	struct error err = { 0 };

	assert_ok(tracker_set_tag(f->t, id, "t", "2", &err), &err);
	assert_ok(tracker_set_tag(f->t, id, "odd 'key'\n", "", &err), &err);
	assert_string_equal(fixture_find(f, "tags.t = '2'", NULL), "1");
	assert_string_equal(fixture_find(f, "tags.t = '1'", NULL), "");
	assert_ok(tracker_get(f->t, id, &run, &err), &err);
	assert_int_equal(run.tag_count, 2);
	assert_string_equal(run_tag(&run, "odd 'key'\n"), "");
	assert_int_equal(tracker_remove_tag(f->t, id, "t", &err), 1);
	assert_int_equal(tracker_remove_tag(f->t, id, "t", &err), 0);
	assert_int_equal(tracker_remove_tag(f->t, id, "never seen", &err), 0);
}

static void values__past_their_limits__are_refused(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *key = word_of(LIMIT_EVENT_KEY + 1);
	CLEANUP(free) char *value = word_of(LIMIT_TAG_VALUE + 1);
	CLEANUP(free) char *name = word_of(LIMIT_RUN_NAME + 1);
	CLEANUP(free) char *note = word_of(LIMIT_CONFIG + 1);
	const char *id = one_run(f);
	struct error err = { 0 };

	assert_refused(tracker_set_tag(f->t, id, key, "v", &err), &err, ERR_LIMIT, "key of the tag");
	assert_refused(tracker_set_tag(f->t, id, "", "v", &err), &err, ERR_INVALID, "empty");
	assert_refused(tracker_set_tag(f->t, id, "k", value, &err), &err, ERR_LIMIT, "value of the tag");
	assert_refused(tracker_rename(f->t, id, name, &err), &err, ERR_LIMIT, "name");
	assert_refused(tracker_rename(f->t, id, "", &err), &err, ERR_INVALID, "empty");
	assert_refused(tracker_rename(f->t, id, "@2", &err), &err, ERR_INVALID, "begin with @");
	assert_refused(tracker_add_note(f->t, id, "me", "", 1, &err), &err, ERR_INVALID, "empty");
	assert_refused(tracker_add_note(f->t, id, "me", note, 1, &err), &err, ERR_LIMIT, "note");
	assert_string_equal(fixture_find(f, "name = 'first'", NULL), "1");
}

static void a_run__that_is_not_there__is_named(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	one_run(f);
	assert_refused(tracker_set_tag(f->t, NOBODY, "k", "v", &err), &err, ERR_NOT_FOUND, NOBODY);
	assert_refused(tracker_remove_tag(f->t, NOBODY, "k", &err), &err, ERR_NOT_FOUND, NOBODY);
	assert_refused(tracker_rename(f->t, NOBODY, "k", &err), &err, ERR_NOT_FOUND, NOBODY);
	assert_refused(tracker_add_note(f->t, NOBODY, "a", "k", 0, &err), &err, ERR_NOT_FOUND, NOBODY);
	assert_refused(tracker_delete(f->t, NOBODY, 1, &err), &err, ERR_NOT_FOUND, NOBODY);
	/* The lock was let go each time: the next edit is made. */
	assert_ok(tracker_rename(f->t, "00000001000000000000000000000001", "second", &err), &err);
}

static void a_deleted_run__is_hidden_and_can_come_back(void **state)
{
	struct fixture *f = *state;
	const char *id = one_run(f);
	struct error err = { 0 };
	char found[33];

	assert_ok(tracker_delete(f->t, id, 77, &err), &err);
	assert_string_equal(fixture_find(f, "", NULL), "");
	assert_refused(tracker_resolve(f->t, "@", found, &err), &err, ERR_NOT_FOUND, "no runs");
	assert_ok(tracker_resolve(f->t, id, found, &err), &err);
	{
		CLEANUP(run_release) struct run run = { .experiment = NULL };

		assert_ok(tracker_get(f->t, id, &run, &err), &err);
		assert_true(run.deleted_ns == 77);
	}
	assert_ok(tracker_delete(f->t, id, 78, &err), &err);
	assert_ok(tracker_restore(f->t, id, &err), &err);
	assert_string_equal(fixture_find(f, "", NULL), "1");
	/* The clock may stand at zero: deleted is deleted. */
	assert_ok(tracker_delete(f->t, id, 0, &err), &err);
	assert_string_equal(fixture_find(f, "", NULL), "");
}

static void purging__takes_deleted_runs_only(void **state)
{
	struct fixture *f = *state;
	const char *id = test_run_make(f, 7, "purged", "");
	struct error err = { 0 };
	char kept[33];

	memcpy(kept, id, sizeof kept);
	fixture_open(f);
	fixture_sync(f);
	assert_int_equal(tracker_purge(f->t, kept, "aside", &err), 0);
	assert_false(fs_exists(f->fd, "aside"));
	assert_ok(tracker_delete(f->t, kept, 5, &err), &err);
	assert_int_equal(tracker_purge(f->t, kept, "aside", &err), 1);
	assert_true(fs_exists(f->fd, "aside/spool"));
	assert_refused(tracker_restore(f->t, kept, &err), &err, ERR_NOT_FOUND, "");
}

static void deleting__leaves_the_records_of_every_run(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;

	one_run(f);
	test_run_begin(f, &r, 2, "other", "");
	test_run_metric(&r, "m", 1, 1);
	test_run_end(&r, "FINISHED", "");
	fixture_sync(f);
	assert_ok(tracker_delete(f->t, "00000001000000000000000000000001", 5, &err), &err);
	assert_string_equal(fixture_find(f, "metrics.m = 1", NULL), "2");
	assert_int_equal(tracker_check(f->t, NULL, NULL, NULL, &err), 0);
	assert_non_null(wb_test_slurp(f->path, "runs/00000001000000000000000000000001/spool"));
	/* Its spool read again must not bring it back. */
	fixture_open(f);
	assert_int_equal(fixture_sync(f).records, 0);
	assert_string_equal(fixture_find(f, "", NULL), "2");
}

static void a_running_run__is_not_deleted(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;

	test_run_begin(f, &r, 1, "running", "");
	fixture_open(f);
	fixture_sync(f);
	assert_refused(tracker_delete(f->t, r.id, 5, &err), &err, ERR_CONFLICT, "still running");
	assert_contains(err.hint, "wb stop");
	test_run_vanish(&r);
}

static void an_edit__while_another_process_writes__waits_for_it(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct tracker_synced synced;
	int fd;

	one_run(f);
	fd = openat(f->fd, "db.lock", O_RDWR | O_CLOEXEC);
	/* Held by another open file, as another process would. A move passes by at once. */
	assert_int_equal(flock(fd, LOCK_EX), 0);
	test_run_make(f, 3, "third", "");
	assert_ok(tracker_sync(f->t, 0, &synced, &err), &err);
	assert_true(synced.busy);
	assert_int_equal(synced.records, 0);
	close(fd);
	assert_ok(tracker_set_tag(f->t, "00000001000000000000000000000001", "k", "v", &err), &err);
	assert_int_equal(fixture_sync(f).runs, 1);
}

static void experiments__made_and_listed__are_counted_without_deleted_runs(void **state)
{
	struct fixture *f = *state;
	CLEANUP(experiment_list_release) struct experiment_list list = { .items = NULL };
	CLEANUP(free) char *first = NULL, *again = NULL;
	CLEANUP(free) char *name = word_of(LIMIT_RUN_NAME + 1);
	const char *id = one_run(f);
	struct error err = { 0 };

	assert_ok(tracker_experiment_ensure(f->t, "nlp", &first, &err), &err);
	assert_ok(tracker_experiment_ensure(f->t, "nlp", &again, &err), &err);
	assert_string_equal(first, again);
	assert_refused(tracker_experiment_ensure(f->t, "", &again, &err), &err, ERR_INVALID, "empty");
	assert_refused(tracker_experiment_ensure(f->t, name, &again, &err), &err, ERR_LIMIT, "longer");
	assert_ok(tracker_delete(f->t, id, 5, &err), &err);
	assert_ok(tracker_experiments(f->t, &list, &err), &err);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].name, "Default");
	assert_string_equal(list.items[0].id, "0");
	assert_string_equal(list.items[1].name, "exp1");
	assert_int_equal(list.items[1].run_count, 0);
	assert_string_equal(list.items[2].name, "nlp");
}

static void a_note__taken_back__is_gone_and_the_others_stay(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	const char *id = one_run(f);
	struct error err = { 0 };

	for (int i = 0; i < 3; i++)
		assert_ok(tracker_add_note(f->t, id, "ana", i < 2 ? "twice" : "once", 7, &err), &err);
	assert_int_equal(tracker_remove_note(f->t, id, "ana", "twice", 7, &err), 1);
	assert_int_equal(tracker_remove_note(f->t, id, "ana", "once", 8, &err), 0);
	assert_int_equal(tracker_remove_note(f->t, id, "bea", "once", 7, &err), 0);
	assert_ok(tracker_get(f->t, id, &run, &err), &err);
	assert_int_equal(run.note_count, 2);
	assert_string_equal(run.notes[0].text, "twice");
	assert_string_equal(run.notes[1].text, "once");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(tags__set_and_removed__are_found_so),
	CASE(values__past_their_limits__are_refused),
	CASE(a_run__that_is_not_there__is_named),
	CASE(a_deleted_run__is_hidden_and_can_come_back),
	CASE(purging__takes_deleted_runs_only),
	CASE(deleting__leaves_the_records_of_every_run),
	CASE(a_running_run__is_not_deleted),
	CASE(an_edit__while_another_process_writes__waits_for_it),
	CASE(a_note__taken_back__is_gone_and_the_others_stay),
	CASE(experiments__made_and_listed__are_counted_without_deleted_runs),
};

WB_TEST_MAIN(tests)
