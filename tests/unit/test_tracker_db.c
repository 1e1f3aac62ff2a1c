/* tracker/db.c: what SQLite answers, in our words. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "tests/support/wb_test.h"
#include "tracker/db.h"

struct place {
	char *dir, *path;
	struct db *db, *other;
};

static int setup(void **state)
{
	struct place *p = mem_zalloc(sizeof *p);
	struct error err = { 0 };

	p->dir = mem_strdup(wb_test_tmpdir());
	p->path = fs_join(p->dir, "t.db");
	*state = p;
	return db_open(p->path, DB_CREATE, &p->db, &err) != 0 ||
	       db_exec(p->db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v REAL, s TEXT UNIQUE) STRICT", &err) != 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	db_close(p->db);
	db_close(p->other);
	free(p->dir);
	free(p->path);
	free(p);
	return 0;
}

static void values__bound_and_read__are_the_same(void **state)
{
	static const double reals[] = { 0, -1.5, 1e308, 5e-324 };
	struct place *p = *state;
	CLEANUP(db_stmt_free) struct db_stmt *put = NULL;
	CLEANUP(db_stmt_free) struct db_stmt *get = NULL;
	struct error err = { 0 };

	assert_ok(db_prepare(p->db, "INSERT INTO t(v, s) VALUES(?, ?)", &put, &err), &err);
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
		db_bind_real(put, 1, reals[i]);
		db_bind_null(put, 2);
		assert_ok(db_run(put, &err), &err);
		assert_int_equal(db_last_id(p->db), (int64_t)i + 1);
	}
	db_bind_real(put, 1, (double)NAN);
	db_bind_text_n(put, 2, "a\0b", 3);
	assert_ok(db_run(put, &err), &err);
	assert_int_equal(db_changes(p->db), 1);
	assert_ok(db_prepare(p->db, "SELECT v, s FROM t ORDER BY id", &get, &err), &err);
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
		assert_int_equal(db_step(get, &err), 1);
		assert_true(db_real(get, 0) == reals[i]);
		assert_true(db_is_null(get, 1));
		assert_string_equal(db_text(get, 1), "");
	}
	assert_int_equal(db_step(get, &err), 1);
	assert_true(isnan(db_real(get, 0)) && db_is_null(get, 0));
	assert_int_equal(db_text_len(get, 1), 3);
	assert_int_equal(db_step(get, &err), 0);
}

static void mistakes__of_each_kind__have_their_code(void **state)
{
	struct place *p = *state;
	struct db_stmt *s = NULL;
	struct error err = { 0 };

	assert_refused(db_exec(p->db, "nonsense", &err), &err, ERR_INTERNAL, "syntax error");
	assert_refused(db_prepare(p->db, "SELECT x FROM t", &s, &err), &err, ERR_INTERNAL, "no such column");
	assert_null(s);
	assert_ok(db_exec(p->db, "INSERT INTO t(s) VALUES('one')", &err), &err);
	assert_refused(db_exec(p->db, "INSERT INTO t(s) VALUES('one')", &err), &err, ERR_CONFLICT, "UNIQUE");
	assert_refused(db_exec(p->db, "SELECT load_extension('x')", &err), &err, ERR_INTERNAL, "not authorized");
	assert_ok(db_prepare(p->db, "SELECT ?", &s, &err), &err);
	db_bind_int(s, 2, 1);
	assert_refused(db_step(s, &err), &err, ERR_INTERNAL, "");
	db_bind_int(s, 1, 7);
	assert_int_equal(db_step(s, &err), 1);
	assert_int_equal(db_int(s, 0), 7);
	db_stmt_free(s);
}

static void an_error__inside_a_transaction__is_rolled_back(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };
	int64_t n;

	assert_ok(db_begin(p->db, &err), &err);
	assert_ok(db_exec(p->db, "INSERT INTO t(s) VALUES('one')", &err), &err);
	db_rollback(p->db);
	db_rollback(p->db);
	assert_ok(db_number(p->db, "SELECT count(*) FROM t", &n, &err), &err);
	assert_int_equal(n, 0);
	assert_ok(db_number(p->db, "SELECT id FROM t", &n, &err), &err);
	assert_int_equal(n, 0);
}

static void a_file__that_is_no_database__is_corrupt_with_a_hint(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *path = fs_join(p->dir, "junk.db");
	CLEANUP(buf_release) struct buf junk = BUF_INIT(1 << 16);
	struct error err = { 0 };

	for (int i = 0; i < 5000; i++)
		buf_puts(&junk, "not SQL ");
	wb_test_put(p->dir, "junk.db", buf_text(&junk));
	assert_refused(db_open(path, 0, &p->other, &err), &err, ERR_CORRUPT, "junk.db");
	assert_contains(err.hint, "aside");
}

static void a_missing_file_or_a_link__is_not_opened(void **state)
{
	struct place *p = *state;
	CLEANUP(free) char *absent = fs_join(p->dir, "absent.db");
	CLEANUP(free) char *link = fs_join(p->dir, "link.db");
	struct error err = { 0 };

	assert_int_equal(db_open(absent, 0, &p->other, &err), -1);
	assert_false(fs_exists(AT_FDCWD, absent));
	assert_int_equal(symlink(p->path, link), 0);
	assert_int_equal(db_open(link, DB_CREATE, &p->other, &err), -1);
	assert_null(p->other);
}

static void a_reader__beside_a_writer_with_a_log__sees_the_last_commit(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };
	int64_t n;

	assert_ok(db_use_wal(p->db, &err), &err);
	assert_ok(db_open(p->path, 0, &p->other, &err), &err);
	assert_ok(db_exec(p->db, "INSERT INTO t(s) VALUES('one')", &err), &err);
	assert_ok(db_begin(p->db, &err), &err);
	assert_ok(db_exec(p->db, "INSERT INTO t(s) VALUES('two')", &err), &err);
	assert_ok(db_number(p->other, "SELECT count(*) FROM t", &n, &err), &err);
	assert_int_equal(n, 1);
	assert_ok(db_commit(p->db, &err), &err);
	assert_ok(db_number(p->other, "SELECT count(*) FROM t", &n, &err), &err);
	assert_int_equal(n, 2);
}

static void a_checkpoint__with_a_reader_in_the_way__does_not_wait(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };
	struct stat before, after;
	CLEANUP(free) char *wal = mem_printf("%s-wal", p->path);
	int64_t n;

	assert_ok(db_use_wal(p->db, &err), &err);
	assert_ok(db_exec(p->db, "INSERT INTO t(s) VALUES('one')", &err), &err);
	assert_ok(db_open(p->path, 0, &p->other, &err), &err);
	assert_ok(db_exec(p->other, "BEGIN", &err), &err);
	assert_ok(db_number(p->other, "SELECT count(*) FROM t", &n, &err), &err);
	assert_ok(db_exec(p->db, "INSERT INTO t(s) VALUES('two')", &err), &err);
	assert_int_equal(stat(wal, &before), 0);
	assert_ok(db_checkpoint(p->db, &err), &err);
	assert_int_equal(stat(wal, &after), 0);
	assert_true(after.st_size == before.st_size && after.st_size > 0);
	db_rollback(p->other);
	assert_ok(db_checkpoint(p->db, &err), &err);
	assert_int_equal(stat(wal, &after), 0);
	assert_int_equal(after.st_size, 0);
}

static void a_set_of_bits__asked_by_a_statement__answers_for_its_numbers(void **state)
{
	struct place *p = *state;
	uint64_t words[] = { 0x5, 0x1 };
	struct db_bits set = { words, 65 };
	struct error err = { 0 };
	int64_t n;

	assert_ok(db_use_bits(p->db, &set, 1, &err), &err);
	assert_ok(db_number(p->db, "SELECT fits(0,0) + 10*fits(0,1) + 100*fits(0,2) + 1000*fits(0,64) + 10000*fits(0,65)"
				   " + 100000*fits(1,0) + 1000000*fits(-1,-1)", &n, &err), &err);
	assert_int_equal(n, 1101);
	assert_ok(db_use_bits(p->db, NULL, 0, &err), &err);
	assert_ok(db_number(p->db, "SELECT fits(0,0)", &n, &err), &err);
	assert_int_equal(n, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(values__bound_and_read__are_the_same),
	CASE(mistakes__of_each_kind__have_their_code),
	CASE(an_error__inside_a_transaction__is_rolled_back),
	CASE(a_file__that_is_no_database__is_corrupt_with_a_hint),
	CASE(a_missing_file_or_a_link__is_not_opened),
	CASE(a_reader__beside_a_writer_with_a_log__sees_the_last_commit),
	CASE(a_checkpoint__with_a_reader_in_the_way__does_not_wait),
	CASE(a_set_of_bits__asked_by_a_statement__answers_for_its_numbers),
};

WB_TEST_MAIN(tests)
