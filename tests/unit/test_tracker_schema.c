/* tracker/schema.c: whose database it is, of which version, and bringing it up to date. */
#include "config.h"

#include "base/fs.h"
#include "base/mem.h"
#include "tests/support/wb_test.h"
#include "tracker/db.h"
#include "tracker/schema.h"

static int setup(void **state)
{
	CLEANUP(free) char *path = fs_join(wb_test_tmpdir(), "wb.db");
	struct error err = { 0 };
	struct db *db = NULL;

	if (db_open(path, DB_CREATE, &db, &err) != 0)
		return -1;
	*state = db;
	return 0;
}

static int teardown(void **state)
{
	db_close(*state);
	return 0;
}

static void an_empty_file__migrated__is_current_and_stays_so(void **state)
{
	struct db *db = *state;
	struct error err = { 0 };
	int64_t n;

	assert_int_equal(schema_is_current(db, &err), 0);
	assert_ok(schema_migrate(db, &err), &err);
	assert_int_equal(schema_is_current(db, &err), 1);
	assert_ok(db_exec(db, "INSERT INTO experiments(name, created_ns) VALUES('kept', 1)", &err), &err);
	assert_ok(schema_migrate(db, &err), &err);
	assert_ok(db_number(db, "SELECT count(*) FROM experiments WHERE name IN ('kept', 'Default')", &n, &err), &err);
	assert_int_equal(n, 2);
	assert_ok(db_number(db, "SELECT id FROM experiments WHERE name = 'Default'", &n, &err), &err);
	assert_int_equal(n, 0);
}

static void a_database__of_the_first_version__keeps_its_runs(void **state)
{
	struct db *db = *state;
	struct error err = { 0 };
	int64_t n;

	/* As version 1 left it. */
	assert_ok(schema_migrate(db, &err), &err);
	assert_ok(db_exec(db, "DROP TABLE network; DROP TABLE minus_zeros; PRAGMA user_version=1;"
			      "INSERT INTO runs(uuid, experiment, name, user, host, tree, state, detail, start_ns)"
			      " VALUES('u', 0, '', '', '', '', 0, '', 0)", &err), &err);
	assert_int_equal(schema_is_current(db, &err), 0);
	assert_ok(schema_migrate(db, &err), &err);
	assert_int_equal(schema_is_current(db, &err), 1);
	assert_ok(db_number(db, "SELECT count(*) FROM runs LEFT JOIN network ON run = id WHERE uuid = 'u'", &n, &err), &err);
	assert_int_equal(n, 1);
}

static void a_newer_version__is_refused_and_left_alone(void **state)
{
	struct db *db = *state;
	struct error err = { 0 };
	int64_t n;

	assert_ok(schema_migrate(db, &err), &err);
	assert_ok(db_exec(db, "PRAGMA user_version=99", &err), &err);
	assert_refused(schema_is_current(db, &err), &err, ERR_UNSUPPORTED, "version 99");
	assert_contains(err.hint, "newer");
	assert_refused(schema_migrate(db, &err), &err, ERR_UNSUPPORTED, "version 99");
	assert_ok(db_number(db, "PRAGMA user_version", &n, &err), &err);
	assert_int_equal(n, 99);
}

static void a_database__of_another_program__is_refused(void **state)
{
	struct db *db = *state;
	struct error err = { 0 };

	assert_ok(db_exec(db, "CREATE TABLE bookmarks(url TEXT)", &err), &err);
	assert_refused(schema_is_current(db, &err), &err, ERR_CORRUPT, "some other program");
	assert_refused(schema_migrate(db, &err), &err, ERR_CORRUPT, "some other program");
	assert_ok(db_exec(db, "DROP TABLE bookmarks; PRAGMA application_id=77", &err), &err);
	assert_refused(schema_migrate(db, &err), &err, ERR_CORRUPT, "some other program");
}

static void a_step__that_fails__leaves_the_version_before(void **state)
{
	struct db *db = *state;
	struct error err = { 0 };
	char mark[64];
	int64_t n;

	/* Ours by its mark, of version 0, with a table that the first step is to make. */
	snprintf(mark, sizeof mark, "PRAGMA application_id=%d; CREATE TABLE keys(x)", SCHEMA_APPLICATION_ID);
	assert_ok(db_exec(db, mark, &err), &err);
	assert_refused(schema_migrate(db, &err), &err, ERR_INTERNAL, "bringing the database to version 1");
	assert_ok(db_number(db, "SELECT count(*) FROM sqlite_schema", &n, &err), &err);
	assert_int_equal(n, 1);
	assert_ok(db_number(db, "PRAGMA user_version", &n, &err), &err);
	assert_int_equal(n, 0);
}

static void the_tables__refuse_what_does_not_belong(void **state)
{
	struct db *db = *state;
	struct error err = { 0 };

	assert_ok(schema_migrate(db, &err), &err);
	assert_refused(db_exec(db, "INSERT INTO runs(uuid, experiment, name, user, host, tree, state, detail, start_ns)"
				   " VALUES('u', 5, '', '', '', '', 0, '', 0)", &err), &err, ERR_CONFLICT, "FOREIGN KEY");
	assert_refused(db_exec(db, "INSERT INTO runs(uuid, experiment, name, user, host, tree, state, detail, start_ns)"
				   " VALUES('u', 0, '', '', '', '', 'text', '', 0)", &err), &err, ERR_CONFLICT, "INTEGER");
	assert_refused(db_exec(db, "INSERT INTO params(run, key, value) VALUES(1, 1, 'x')", &err), &err, ERR_CONFLICT, "FOREIGN");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(an_empty_file__migrated__is_current_and_stays_so),
	CASE(a_database__of_the_first_version__keeps_its_runs),
	CASE(a_newer_version__is_refused_and_left_alone),
	CASE(a_database__of_another_program__is_refused),
	CASE(a_step__that_fails__leaves_the_version_before),
	CASE(the_tables__refuse_what_does_not_belong),
};

WB_TEST_MAIN(tests)
