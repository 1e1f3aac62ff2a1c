/* engine/dial_cage.c, base/confine.c: what a process can still do once it is caged. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "engine/dial_cage.h"

/* Exit statuses of a caged child. */
enum { PASSED = 100, NO_CAGE = 101 };

static int errno_of(long rc)
{
	return rc < 0 ? errno : PASSED;
}

static int open_write(void) { return errno_of(open("/tmp/wb-dial-cage", O_WRONLY | O_CREAT, 0600)); }
static int open_truncate(void) { return errno_of(open("/etc/hosts", O_RDONLY | O_TRUNC)); }
static int open_hosts(void) { return errno_of(open("/etc/hosts", O_RDONLY)); }
static int exec_true(void) { return errno_of(execl("/bin/true", "true", (char *)NULL)); }
static int kill_parent(void) { return errno_of(kill(getppid(), 0)); }
static int unshare_user(void) { return errno_of(unshare(CLONE_NEWUSER)); }
static int clone_user(void) { return errno_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static int socket_packet(void) { return errno_of(socket(AF_PACKET, SOCK_RAW, 0)); }
static int socket_alg(void) { return errno_of(socket(38, SOCK_SEQPACKET, 0)); }
static int socket_tcp(void) { return errno_of(socket(AF_INET, SOCK_STREAM, 0)); }
static int socket_udp6(void) { return errno_of(socket(AF_INET6, SOCK_DGRAM, 0)); }
static int ptrace_me(void) { return errno_of(syscall(SYS_ptrace, 0, 0, 0, 0)); }
static int remove_file(void) { return errno_of(unlink("/tmp/wb-dial-cage")); }

static int fork_child(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? PASSED : errno;
}

static int connect_loopback(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	/* Refused by nobody listening, not by the cage. */
	return errno_of(connect(fd, (struct sockaddr *)&in, sizeof in));
}

static int in_cage(int (*enter)(struct error *err), int (*act)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct error err = { 0 };

		_exit(enter(&err) < 0 ? NO_CAGE : act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void dial_cage__what_resolving_and_connecting_need__works(void **state)
{
	(void)state;
	assert_int_equal(in_cage(dial_cage, open_hosts), PASSED);
	assert_int_equal(in_cage(dial_cage, socket_tcp), PASSED);
	assert_int_equal(in_cage(dial_cage, socket_udp6), PASSED);
	assert_int_equal(in_cage(dial_cage, fork_child), PASSED);
	assert_int_equal(in_cage(dial_cage, connect_loopback), ECONNREFUSED);
}

static void dial_cage__everything_else__is_refused(void **state)
{
	(void)state;
	assert_int_equal(in_cage(dial_cage, open_write), EACCES);
	assert_int_equal(in_cage(dial_cage, open_truncate), EACCES);
	assert_int_equal(in_cage(dial_cage, exec_true), ENOSYS);
	assert_int_equal(in_cage(dial_cage, kill_parent), ENOSYS);
	assert_int_equal(in_cage(dial_cage, unshare_user), ENOSYS);
	assert_int_equal(in_cage(dial_cage, clone_user), EACCES);
	assert_int_equal(in_cage(dial_cage, socket_packet), EACCES);
	assert_int_equal(in_cage(dial_cage, socket_alg), EACCES);
	assert_int_equal(in_cage(dial_cage, ptrace_me), ENOSYS);
	assert_int_equal(in_cage(dial_cage, remove_file), ENOSYS);
}

static char private_file[4096];

static int open_private(void) { return errno_of(open(private_file, O_RDONLY)); }

static void dial_cage__files_of_the_user__cannot_be_read(void **state)
{
	int fd;

	(void)state;
	snprintf(private_file, sizeof private_file, "%s/private", wb_test_tmpdir());
	fd = open(private_file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		wb_test_skip("this kernel has no Landlock: files are only protected from writing");
	assert_int_equal(in_cage(dial_cage, open_private), EACCES);
}

static int parser_cage(struct error *err)
{
	return confine_parser_with(NULL, 0, "the test", err);
}

static void parser_cage__connecting_opening_forking__ends_the_process(void **state)
{
	static int (*const acts[])(void) = { socket_tcp, open_write, fork_child, exec_true, kill_parent };

	(void)state;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		int end = in_cage(parser_cage, acts[i]);

		/* A build with a sanitizer refuses instead, so that its reports come through. */
		if (end != -SIGSYS && end != EPERM && end != EACCES)
			fail_msg("act %zu ended with %d", i, end);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(dial_cage__what_resolving_and_connecting_need__works),
	cmocka_unit_test(dial_cage__everything_else__is_refused),
	cmocka_unit_test(dial_cage__files_of_the_user__cannot_be_read),
	cmocka_unit_test(parser_cage__connecting_opening_forking__ends_the_process),
};

WB_TEST_MAIN(tests)
