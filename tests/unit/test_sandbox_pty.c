/* sandbox/pty.c, and what a launch takes for a terminal. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "sandbox/apply.h"
#include "sandbox/pty.h"

static const struct pty_size usual = { .rows = 24, .cols = 80 };

static struct pty make(void)
{
	struct error err = { 0 };
	struct pty p = PTY_INIT;

	if (pty_open(&usual, &p, &err) < 0)
		wb_test_skip("no pseudo terminals here");
	return p;
}

static struct winsize size_of(int fd)
{
	struct winsize w = { 0 };

	assert_int_equal(ioctl(fd, TIOCGWINSZ, &w), 0);
	return w;
}

static void pty_open__both_ends__talk_and_have_the_size(void **state)
{
	struct pty p = make();
	char text[8] = "";

	(void)state;
	assert_true(isatty(p.slave));
	assert_int_equal(size_of(p.slave).ws_row, 24);
	assert_int_equal(size_of(p.slave).ws_col, 80);
	assert_int_equal(write(p.master, "hi\n", 3), 3);
	assert_int_equal(read(p.slave, text, sizeof text), 3);
	assert_memory_equal(text, "hi\n", 3);
	assert_true(fcntl(p.master, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(p.master, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(p.slave, F_GETFD) & FD_CLOEXEC);
	pty_close(&p);
	assert_int_equal(p.master, -1);
}

static void pty_resize__sizes__are_taken_where_they_are_reasonable(void **state)
{
	static const struct pty_size bad[] = { { 0, 80 }, { 24, 0 }, { -1, 80 }, { 24, 70000 }, { 65536 + 5, 80 } };
	struct pty p = make();

	(void)state;
	pty_resize(p.master, &(struct pty_size){ .rows = 50, .cols = 132 });
	assert_int_equal(size_of(p.slave).ws_row, 50);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		pty_resize(p.master, &bad[i]);
	assert_int_equal(size_of(p.slave).ws_row, 50);
	assert_int_equal(size_of(p.slave).ws_col, 132);
	pty_close(&p);
}

static void pty_is_slave_of__only_its_own_slave__is_one(void **state)
{
	struct pty a = make(), b = make();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(pty_is_slave_of(a.master, a.slave));
	assert_false(pty_is_slave_of(a.master, b.slave));
	assert_false(pty_is_slave_of(a.master, b.master));
	assert_false(pty_is_slave_of(a.master, a.master));
	assert_false(pty_is_slave_of(a.master, null));
	assert_false(pty_is_slave_of(null, a.slave));
	assert_false(pty_is_slave_of(-1, a.slave));
	close(null);
	pty_close(&a);
	pty_close(&b);
}

static struct sandbox_plan *plan_true(bool tty)
{
	struct sandbox_plan *p = plan_new(1);

	plan_set_exec(p, "/bin/true");
	plan_add_arg(p, "true");
	plan_set_cwd(p, "/");
	p->tty = tty;
	return p;
}

#define IO(in, out, err, pty) \
	(struct sandbox_io){ .stdin_fd = (in), .stdout_fd = (out), .stderr_fd = (err), .pty_master = (pty) }

static void sandbox_launch__terminals__only_the_one_made_for_the_run_is_taken(void **state)
{
	CLEANUP(plan_free) struct sandbox_plan *plain = plan_true(false);
	CLEANUP(plan_free) struct sandbox_plan *tty = plan_true(true);
	struct pty a = make(), b = make();
	struct sandbox_child c = SANDBOX_CHILD_INIT;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct error err = { 0 };

	(void)state;
	assert_refused(sandbox_launch(plain, &IO(null, a.slave, null, a.master), &c, &err), &err,
		       ERR_INVALID, "descriptor 1 is a terminal");
	assert_refused(sandbox_launch(tty, &IO(a.slave, a.slave, b.slave, a.master), &c, &err), &err,
		       ERR_INVALID, "descriptor 2 is not the terminal");
	assert_refused(sandbox_launch(tty, &IO(null, a.slave, a.slave, a.master), &c, &err), &err,
		       ERR_INVALID, "descriptor 0 is not the terminal");
	assert_refused(sandbox_launch(tty, &IO(a.slave, a.slave, a.slave, 0), &c, &err), &err, ERR_INVALID,
		       "descriptor 0 is not the terminal");
	close(null);
	pty_close(&a);
	pty_close(&b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(pty_open__both_ends__talk_and_have_the_size),
	cmocka_unit_test(pty_resize__sizes__are_taken_where_they_are_reasonable),
	cmocka_unit_test(pty_is_slave_of__only_its_own_slave__is_one),
	cmocka_unit_test(sandbox_launch__terminals__only_the_one_made_for_the_run_is_taken),
};

WB_TEST_MAIN(tests)
