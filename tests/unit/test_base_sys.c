/* base/sys.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"

static int dir_fd = -1;

static int setup(void **state)
{
	struct error err = { 0 };

	(void)state;
	dir_fd = fs_open_dir(AT_FDCWD, wb_test_tmpdir(), &err);
	return dir_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	close(dir_fd);
	return 0;
}

static void sys_openat__always__closes_on_exec(void **state)
{
	int fd = sys_openat(dir_fd, "f", O_RDWR | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void sys_renameat_new__existing_target__is_eexist(void **state)
{
	(void)state;
	close(sys_openat(dir_fd, "a", O_RDWR | O_CREAT, 0600));
	close(sys_openat(dir_fd, "b", O_RDWR | O_CREAT, 0600));
	assert_int_equal(sys_renameat_new(dir_fd, "a", dir_fd, "b"), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(sys_renameat_new(dir_fd, "a", dir_fd, "c"), 0);
	assert_int_equal(sys_renameat(dir_fd, "b", dir_fd, "c"), 0);
}

static void sys_fault_arm__nth_call__fails_once(void **state)
{
	int fd = sys_openat(dir_fd, "f", O_RDWR | O_CREAT, 0600);

	(void)state;
	if (!wb_test_has_faults()) {
		close(fd);
		wb_test_skip("built without --enable-faults");
	}
	sys_fault_arm(SYS_FAULT_WRITE, 2, ENOSPC);
	assert_int_equal(sys_write(fd, "a", 1), 1);
	assert_int_equal(sys_fsync(fd), 0);
	assert_int_equal(sys_write(fd, "b", 1), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(sys_write(fd, "b", 1), 1);
	assert_int_equal(sys_fault_seen(), 3);
	close(fd);
}

static void sys_fault_arm__kill__ends_the_process_there(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (!wb_test_has_faults())
		wb_test_skip("built without --enable-faults");
	pid = fork();
	if (pid == 0) {
		sys_fault_arm(SYS_FAULT_MKDIR, 1, -1);
		sys_mkdirat(dir_fd, "never", 0700);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_false(fs_exists(dir_fd, "never"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static const struct CMUnitTest tests[] = {
	CASE(sys_openat__always__closes_on_exec),
	CASE(sys_renameat_new__existing_target__is_eexist),
	CASE(sys_fault_arm__nth_call__fails_once),
	CASE(sys_fault_arm__kill__ends_the_process_there),
};

WB_TEST_MAIN(tests)
