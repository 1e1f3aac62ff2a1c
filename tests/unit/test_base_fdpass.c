/* base/fdpass.c: what rides arrives, nothing else does, and nothing is left open. */
#include "config.h"

#include "base/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/wb_test.h"

struct pair {
	int here, there;
};

static int pair_open(void **state)
{
	static struct pair p;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	p = (struct pair){ fds[0], fds[1] };
	*state = &p;
	return 0;
}

static int pair_close(void **state)
{
	const struct pair *p = *state;

	close(p->here);
	close(p->there);
	return 0;
}

/* The lowest free number: more descriptors than before mean a higher one. */
static int next_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void assert_same_file(int a, int b)
{
	struct stat one, other;

	assert_int_equal(fstat(a, &one), 0);
	assert_int_equal(fstat(b, &other), 0);
	assert_true(one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

static void a_descriptor__arrives_with_the_bytes__closed_on_exec(void **state)
{
	const struct pair *p = *state;
	CLEANUP(close) int file = open(wb_test_tmpdir(), O_RDONLY | O_CLOEXEC);
	char bytes[8] = "";
	int got = -1;

	assert_true(file >= 0);
	assert_int_equal(fdpass_send(p->here, "four", 4, &file, 1, 0), 4);
	assert_int_equal(fdpass_receive(p->there, bytes, sizeof bytes, &got), 4);
	assert_memory_equal(bytes, "four", 4);
	assert_true(got >= 0 && got != file);
	assert_same_file(got, file);
	assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
	close(got);
}

static void bytes_alone__bring_no_descriptor(void **state)
{
	const struct pair *p = *state;
	const int absent[2] = { -1, -1 };
	char bytes[8];
	int got = 99;

	assert_int_equal(fdpass_send(p->here, "x", 1, NULL, 0, MSG_DONTWAIT), 1);
	assert_int_equal(fdpass_receive(p->there, bytes, sizeof bytes, &got), 1);
	assert_int_equal(got, -1);
	got = 99;
	assert_int_equal(fdpass_send(p->here, "y", 1, absent, 2, 0), 1);
	assert_int_equal(fdpass_receive(p->there, bytes, sizeof bytes, &got), 1);
	assert_int_equal(got, -1);
}

static void several__one_is_taken__and_none_is_left_open(void **state)
{
	const struct pair *p = *state;
	CLEANUP(close) int file = open(wb_test_tmpdir(), O_RDONLY | O_CLOEXEC);
	const int fds[4] = { -1, file, p->here, p->there };
	const int before = next_fd();
	char bytes[8];
	int got = -1;

	assert_int_equal(fdpass_send(p->here, "x", 1, fds, 4, 0), 1);
	assert_int_equal(fdpass_receive(p->there, bytes, sizeof bytes, &got), 1);
	assert_same_file(got, file);
	close(got);
	assert_int_equal(next_fd(), before);
}

static void nothing_there__is_told_at_once(void **state)
{
	const struct pair *p = *state;
	char bytes[8];
	int got = 99;

	errno = 0;
	assert_int_equal(fdpass_receive(p->there, bytes, sizeof bytes, &got), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(got, -1);
}

static void a_peer_that_is_gone__is_an_answer__no_signal(void **state)
{
	const struct pair *p = *state;
	char bytes[8];
	int got = 99;

	assert_int_equal(shutdown(p->there, SHUT_RDWR), 0);
	assert_int_equal(fdpass_send(p->here, "x", 1, &p->here, 1, 0), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(fdpass_receive(p->here, bytes, sizeof bytes, &got), 0);
	assert_int_equal(got, -1);
}

static void a_full_socket__is_not_waited_for(void **state)
{
	const struct pair *p = *state;
	const char block[1024] = { 0 };
	ssize_t sent;

	do
		sent = fdpass_send(p->here, block, sizeof block, NULL, 0, MSG_DONTWAIT);
	while (sent == (ssize_t)sizeof block);
	assert_int_equal(sent, -1);
	assert_int_equal(errno, EAGAIN);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(a_descriptor__arrives_with_the_bytes__closed_on_exec, pair_open, pair_close),
	cmocka_unit_test_setup_teardown(bytes_alone__bring_no_descriptor, pair_open, pair_close),
	cmocka_unit_test_setup_teardown(several__one_is_taken__and_none_is_left_open, pair_open, pair_close),
	cmocka_unit_test_setup_teardown(nothing_there__is_told_at_once, pair_open, pair_close),
	cmocka_unit_test_setup_teardown(a_peer_that_is_gone__is_an_answer__no_signal, pair_open, pair_close),
	cmocka_unit_test_setup_teardown(a_full_socket__is_not_waited_for, pair_open, pair_close),
};
WB_TEST_MAIN(tests)
