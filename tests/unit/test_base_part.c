/* base/part.c: no name before the end, nothing replaced, nothing left. */
#include "config.h"

#include "base/part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"
#include "tests/support/wb_test.h"

static unsigned entries(const char *dir)
{
	CLEANUP(closedir) DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	return n - 2;
}

/* With and without files that have no name: the call that makes one fails once. */
static void write_one(const char *dir, bool named, unsigned *out_meanwhile)
{
	CLEANUP(part_release) struct part p = PART_INIT;
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };

	fd = fs_open_dir(AT_FDCWD, dir, &err);
	assert_true(fd >= 0);
	sys_fault_arm(named ? SYS_FAULT_OPEN : SYS_FAULT_NONE, 1, EOPNOTSUPP);
	assert_ok(part_open(fd, "file", 0640, &p, &err), &err);
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	assert_ok(fs_write_all(p.fd, "file", "whole", 5, &err), &err);
	assert_false(fs_exists(fd, "file"));
	*out_meanwhile = entries(dir);
	assert_ok(part_name(&p, &err), &err);
	assert_string_equal(wb_test_slurp(dir, "file"), "whole");
	assert_int_equal(entries(dir), 1);
}

static void a_file__gets_its_name_when_it_is_whole(void **state)
{
	unsigned meanwhile;

	(void)state;
	write_one(wb_test_tmpdir(), false, &meanwhile);
	assert_true(meanwhile <= 1); /* 0 where the file system has files without a name */
}

static void a_file__where_all_have_names__is_written_beside(void **state)
{
	unsigned meanwhile;

	(void)state;
	write_one(wb_test_tmpdir(), true, &meanwhile);
#ifdef WB_FAULTS
	assert_int_equal(meanwhile, 1);
#endif
}

static void a_name__that_is_taken__stays_what_it_was(void **state)
{
	const char *dir = wb_test_tmpdir();

	(void)state;
	for (int named = 0; named < 2; named++) {
		CLEANUP(part_release) struct part p = PART_INIT;
		CLEANUP(close) int fd = -1;
		struct error err = { 0 };

		fd = fs_open_dir(AT_FDCWD, dir, &err);
		assert_refused(part_open(fd, "no/taken", 0600, &p, &err), &err, ERR_NOT_FOUND, "no/taken");
		wb_test_put(dir, "taken", "before");
		sys_fault_arm(named ? SYS_FAULT_OPEN : SYS_FAULT_NONE, 1, EOPNOTSUPP);
		assert_ok(part_open(fd, "taken", 0600, &p, &err), &err);
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		assert_refused(part_name(&p, &err), &err, ERR_EXISTS, "taken");
		part_release(&p);
		assert_string_equal(wb_test_slurp(dir, "taken"), "before");
		assert_int_equal(entries(dir), 1);
	}
}

static void part_write__anew_and_over__leaves_one_file(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };
	struct stat st;

	(void)state;
	fd = fs_open_dir(AT_FDCWD, dir, &err);
	for (int named = 0; named < 2; named++)
		for (int again = 0; again < 2; again++) {
			sys_fault_arm(named ? SYS_FAULT_OPEN : SYS_FAULT_NONE, 1, EOPNOTSUPP);
			assert_ok(part_write(fd, "written", again ? "second" : "first", again ? 6 : 5, 0600, &err), &err);
			sys_fault_arm(SYS_FAULT_NONE, 0, 0);
			assert_string_equal(wb_test_slurp(dir, "written"), again ? "second" : "first");
			assert_int_equal(fstatat(fd, "written", &st, 0), 0);
			assert_int_equal(st.st_nlink, 1);
			assert_int_equal(entries(dir), 1);
		}
	assert_refused(part_write(fd, "no/written", "", 0, 0600, &err), &err, ERR_NOT_FOUND, "no/written");
	assert_int_equal(unlinkat(fd, "written", 0), 0);
}

static void part_write__beside_what_others_left__removes_the_dead_ones(void **state)
{
	static const char *const names[] = { ".file.1.wb-part", ".file.2.wb-part", ".file.3.wb-part", ".other.1.wb-part" };
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	const char *dir = wb_test_tmpdir();
	CLEANUP(close) int fd = -1;
	CLEANUP(close) int held = -1;
	struct error err = { 0 };

	(void)state;
	fd = fs_open_dir(AT_FDCWD, dir, &err);
	wb_test_put(dir, "file", "before");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		wb_test_put(dir, names[i], "part");
		/* The third was made just now. */
		if (i != 2)
			assert_int_equal(utimensat(fd, names[i], old, 0), 0);
	}
	held = openat(fd, names[1], O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(held, LOCK_EX), 0);
	assert_ok(part_write(fd, "file", "after", 5, 0600, &err), &err);
	assert_false(fs_exists(fd, names[0]));
	for (size_t i = 1; i < sizeof names / sizeof *names; i++) {
		assert_true(fs_exists(fd, names[i]));
		assert_int_equal(unlinkat(fd, names[i], 0), 0);
	}
	assert_string_equal(wb_test_slurp(dir, "file"), "after");
	assert_int_equal(unlinkat(fd, "file", 0), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_file__gets_its_name_when_it_is_whole),
	cmocka_unit_test(a_file__where_all_have_names__is_written_beside),
	cmocka_unit_test(a_name__that_is_taken__stays_what_it_was),
	cmocka_unit_test(part_write__anew_and_over__leaves_one_file),
	cmocka_unit_test(part_write__beside_what_others_left__removes_the_dead_ones),
};
WB_TEST_MAIN(tests)
