/* tracker/check.c: each kind of damage is found and named, and sound records are not. */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/core.h"

#define ID "00000001000000000000000000000001"

static int setup(void **state)
{
	struct test_run r;
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	test_run_begin(f, &r, 1, "n", ",\"params\":{\"a\":\"1\"}");
	for (int i = 0; i < 10; i++)
		test_run_metric(&r, i % 2 ? "odd" : "even", i == 4 ? (double)NAN : i, i / 2);
	test_run_end(&r, "FINISHED", "");
	test_run_make(f, 2, "other", "");
	fixture_open(f);
	fixture_sync(f);
	return 0;
}

static void collect(void *data, const char *run_id, const char *what)
{
	buf_printf(data, "[%.8s] %s\n", run_id, what);
}

/* The findings must contain part; "" expects none. */
static void expect(struct fixture *f, const char *run_id, const char *part)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);
	struct error err = { 0 };
	int n = tracker_check(f->t, run_id, collect, &b, &err);

	assert_ok(n, &err);
	assert_true((n == 0) == (*part == '\0'));
	assert_contains(buf_text(&b), part);
}

static void spoil(struct fixture *f, const char *sql)
{
	struct error err = { 0 };

	assert_ok(db_exec(f->t->db, "PRAGMA foreign_keys=OFF", &err), &err);
	assert_ok(db_exec(f->t->db, sql, &err), &err);
}

static void sound_records__have_no_findings(void **state)
{
	expect(*state, NULL, "");
	expect(*state, ID, "");
}

static void a_run__that_is_not_there__is_an_error(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_refused(tracker_check(f->t, "ffffffffffffffffffffffffffffffff", collect, NULL, &err), &err, ERR_NOT_FOUND, "ffff");
}

static void tables__changed_behind_our_back__are_named(void **state)
{
	static const char *const cases[][2] = {
		{ "UPDATE metrics SET value = value + 1 WHERE seq = (SELECT max(seq) FROM metrics)", "differs from the database" },
		{ "UPDATE metrics SET step = step + 100 WHERE seq = (SELECT min(seq) FROM metrics)", "differs from the database" },
		{ "DELETE FROM metrics WHERE seq = (SELECT max(seq) FROM metrics)", "is not in the database" },
		{ "INSERT INTO metrics SELECT run, key, 77, 99999999, 1, 1 FROM metrics LIMIT 1", "points that the spool does not have" },
		{ "UPDATE latest SET value = 77 WHERE key = (SELECT id FROM keys WHERE name = 'odd')", "summary of metric 'odd'" },
		{ "UPDATE latest SET count = 1", "summary of metric 'even'" },
		{ "INSERT INTO latest SELECT 99, key, step, time_ms, value, min, max, count FROM latest LIMIT 1", "does not exist" },
		{ "DELETE FROM keys WHERE name = 'odd'", "name that does not exist" },
		{ "DELETE FROM runs WHERE name = 'other'", "broken reference" },
		{ "UPDATE runs SET ingested_to = ingested_to + 4096", "were read from it before" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture *f = *state;

		spoil(f, cases[i][0]);
		expect(f, NULL, cases[i][1]);
		fixture_teardown(state);
		assert_int_equal(setup(state), 0);
	}
}

static void change_spool(struct fixture *f, off_t at, const char *bytes, off_t cut)
{
	int fd = openat(f->fd, "runs/" ID "/spool", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	if (bytes)
		assert_int_equal(pwrite(fd, bytes, strlen(bytes), at), (long)strlen(bytes));
	if (cut)
		assert_int_equal(ftruncate(fd, cut), 0);
	close(fd);
}

static void a_spool__damaged_since__is_named(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	int64_t last;

	assert_ok(db_number(f->t->db, "SELECT max(seq) FROM metrics", &last, &err), &err);
	change_spool(f, last + 20, "XX", 0);
	expect(f, ID, "[00000001]");
	change_spool(f, 0, NULL, last);
	expect(f, ID, "has no END record");
	change_spool(f, 0, "XXXXXXXX", 0);
	expect(f, ID, "not a spool");
	assert_int_equal(unlinkat(f->fd, "runs/" ID "/spool", 0), 0);
	expect(f, ID, "cannot be opened");
	assert_int_equal(symlinkat("/etc/passwd", f->fd, "runs/" ID "/spool"), 0);
	expect(f, ID, "cannot be opened");
	expect(f, "00000002000000000000000000000002", "");
}

static void a_record__that_the_database_lacks__is_named(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_ok(tracker_lock(f->t, 0, &err), &err);
	assert_ok(db_exec(f->t->db, "UPDATE runs SET uuid = replace(uuid, '0', 'f') WHERE uuid LIKE '00000002%'", &err), &err);
	tracker_unlock(f->t);
	expect(f, NULL, "does not know it");
	expect(f, ID, "");
}

static void a_deleted_run__without_a_folder__is_no_finding(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_ok(tracker_delete(f->t, ID, 5, &err), &err);
	assert_ok(fs_remove_tree(f->fd, "runs/" ID, &err), &err);
	expect(f, NULL, "");
	assert_refused(tracker_restore(f->t, ID, &err), &err, ERR_NOT_FOUND, "begun to remove it");
	assert_int_equal(tracker_purge(f->t, ID, "aside", &err), 1);
	expect(f, NULL, "");
}

static void pages__with_damage__are_found(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);
	struct error err = { 0 };
	int fd, n;

	assert_ok(tracker_lock(f->t, 0, &err), &err);
	assert_ok(db_checkpoint(f->t->db, &err), &err);
	tracker_unlock(f->t);
	tracker_close(take_ptr(&f->t));
	fd = openat(f->fd, "wb.db", O_RDWR | O_CLOEXEC);
	/* The fifth page and on: tables and indexes, not the schema. */
	for (off_t at = 4 * 4096 + 8; at < 20 * 4096; at += 4096)
		assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, at), 8);
	close(fd);
	fixture_open(f);
	n = tracker_check(f->t, NULL, collect, &b, &err);
	if (n < 0)
		assert_int_equal(err.code, ERR_CORRUPT);
	else
		assert_contains(buf_text(&b), "database: ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(sound_records__have_no_findings),
	CASE(a_run__that_is_not_there__is_an_error),
	CASE(tables__changed_behind_our_back__are_named),
	CASE(a_spool__damaged_since__is_named),
	CASE(a_record__that_the_database_lacks__is_named),
	CASE(a_deleted_run__without_a_folder__is_no_finding),
	CASE(pages__with_damage__are_found),
};

WB_TEST_MAIN(tests)
