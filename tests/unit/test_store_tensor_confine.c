/* store/tensor_confine.c: what a confined process still can, and cannot. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/tensor_confine.h"

enum { DID_IT = 0, REFUSED = 42, UNCONFINED = 43 };

/* Runs in a confined child whose descriptor 3 is a writable file with the text "data"; true when it got its way. */
typedef bool act_fn(void);

static _Noreturn void child_run(act_fn *act)
{
	struct error err = { 0 };
	int file = memfd_create("data", 0);
	bool ready = file >= 0 && write(file, "data", 4) == 4;

	if (ready && file != TENSOR_FD)
		ready = dup2(file, TENSOR_FD) >= 0;
	if (!ready || tensor_confine(0, &err) < 0)
		_exit(UNCONFINED);
	_exit(act() ? DID_IT : REFUSED);
}

/* True when the child did it; false when it was refused or stopped by the filter. */
static bool confined(act_fn *act)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		child_run(act);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return false;
	}
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), UNCONFINED);
	return WEXITSTATUS(status) == DID_IT;
}

static bool act_read(void)
{
	char got[4];

	return pread(TENSOR_FD, got, sizeof got, 0) == 4 && memcmp(got, "data", 4) == 0;
}

static bool act_allocate(void)
{
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && munmap(p, 1 << 20) == 0;
}

static bool act_write_out(void)
{
	return write(STDOUT_FILENO, "", 0) == 0;
}

static bool act_write_file(void)
{
	return write(TENSOR_FD, "x", 1) == 1;
}

static bool act_pwrite_file(void)
{
	return pwrite(TENSOR_FD, "x", 1, 0) == 1;
}

static bool act_open(void)
{
	return open("/dev/null", O_RDONLY) >= 0;
}

static bool act_open_old(void)
{
#ifdef SYS_open
	return syscall(SYS_open, "/dev/null", O_RDONLY) >= 0;
#else
	return false;
#endif
}

static bool act_openat2(void)
{
	unsigned long long how[3] = { 0 };

	return syscall(SYS_openat2, AT_FDCWD, "/dev/null", how, sizeof how) >= 0;
}

static bool act_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool act_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0;
}

static bool act_exec(void)
{
	char name[] = "/bin/true";
	char *argv[] = { name, NULL };

	execv(name, argv);
	return false;
}

static bool act_map_file(void)
{
	return mmap(NULL, 4, PROT_READ, MAP_PRIVATE, TENSOR_FD, 0) != MAP_FAILED;
}

static bool act_map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool act_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool act_signal_parent(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}

static bool act_kill_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool act_trace(void)
{
	return prctl(PR_GET_DUMPABLE) >= 0;
}

static bool act_other_descriptor(void)
{
	char c;

	/* Opened by the parent at 200 and inherited. */
	return pread(200, &c, 1, 0) == 1;
}

static bool act_grow_beyond_limit(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	return mmap(NULL, 1ull << 34, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
}

static void confine__needed_work__goes_on(void **state)
{
	(void)state;
	assert_true(confined(act_read));
	assert_true(confined(act_allocate));
	assert_true(confined(act_write_out));
}

static void confine__files__cannot_be_opened_or_written(void **state)
{
	(void)state;
	assert_false(confined(act_open));
	assert_false(confined(act_open_old));
	assert_false(confined(act_openat2));
	assert_false(confined(act_write_file));
	assert_false(confined(act_pwrite_file));
	assert_false(confined(act_map_file));
}

static void confine__processes__cannot_be_made_or_reached(void **state)
{
	(void)state;
	assert_false(confined(act_fork));
	assert_false(confined(act_exec));
	assert_false(confined(act_signal_parent));
	assert_false(confined(act_kill_parent));
	assert_false(confined(act_trace));
	assert_false(confined(act_socket));
}

static void confine__code__cannot_be_made(void **state)
{
	(void)state;
	assert_false(confined(act_map_code));
	assert_false(confined(act_make_code));
}

static void confine__inherited_descriptors__are_closed(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, 200), 200);
	assert_false(confined(act_other_descriptor));
	close(200);
	close(fd);
}

static void confine__memory__ends_at_the_limit(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	wb_test_skip("a sanitizer's own memory is beyond the limit");
#endif
	assert_false(confined(act_grow_beyond_limit));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(confine__needed_work__goes_on),
	cmocka_unit_test(confine__files__cannot_be_opened_or_written),
	cmocka_unit_test(confine__processes__cannot_be_made_or_reached),
	cmocka_unit_test(confine__code__cannot_be_made),
	cmocka_unit_test(confine__inherited_descriptors__are_closed),
	cmocka_unit_test(confine__memory__ends_at_the_limit),
};

WB_TEST_MAIN(tests)
