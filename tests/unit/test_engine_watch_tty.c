/* engine/watch_tty.c: the terminal is taken over and given back, and keys become frames. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>
#include <unistd.h>

#include "engine/ttyframe.h"
#include "engine/watch_tty.h"
#include "sandbox/pty.h"

static struct pty make(void)
{
	struct error err = { 0 };
	struct pty p = PTY_INIT;

	if (pty_open(&(struct pty_size){ .rows = 30, .cols = 90 }, &p, &err) < 0)
		wb_test_skip("no pseudo terminals here");
	return p;
}

static void finish(struct pty *p, struct watch_tty *t)
{
	watch_tty_stop(t);
	buf_release(&t->frames);
	pty_close(p);
}

static bool equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static void watch_tty_start__settings__change_and_come_back(void **state)
{
	struct pty p = make();
	struct termios before, during, after;
	struct watch_tty t;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(tcgetattr(p.slave, &before), 0);
	assert_ok(watch_tty_start(&t, p.slave, &err), &err);
	assert_int_equal(tcgetattr(p.slave, &during), 0);
	assert_false(during.c_lflag & (ECHO | ICANON | ISIG));
	assert_false(during.c_oflag & OPOST);
	watch_tty_stop(&t);
	assert_int_equal(tcgetattr(p.slave, &after), 0);
	assert_true(equal(&before, &after));
	/* A second time, and after a suspension, nothing else happens. */
	watch_tty_stop(&t);
	watch_tty_resume(&t);
	assert_true(t.is_raw);
	watch_tty_stop(&t);
	assert_int_equal(tcgetattr(p.slave, &after), 0);
	assert_true(equal(&before, &after));
	finish(&p, &t);
}

static void watch_tty_start__no_terminal__is_refused(void **state)
{
	struct watch_tty t;
	struct error err = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(watch_tty_start(&t, ends[0], &err), -1);
	assert_false(t.is_raw);
	assert_int_equal(watch_tty_size(ends[0]).rows, 0);
	close(ends[0]);
	close(ends[1]);
}

static void watch_tty_read__keys__become_a_frame(void **state)
{
	struct pty p = make();
	struct watch_tty t;
	struct error err = { 0 };
	bool hung_up = true;

	(void)state;
	assert_int_equal(watch_tty_size(p.slave).rows, 30);
	assert_int_equal(watch_tty_size(p.slave).cols, 90);
	assert_ok(watch_tty_start(&t, p.slave, &err), &err);
	assert_int_equal(write(p.master, "a\003\n", 3), 3);
	assert_true(watch_tty_read(&t, &hung_up));
	assert_false(hung_up);
	assert_int_equal(t.frames.len, TTYFRAME_HEAD + 3);
	assert_memory_equal(t.frames.data + TTYFRAME_HEAD, "a\003\n", 3);
	finish(&p, &t);
}

static void watch_tty_read__three_escapes_in_a_row__mean_leaving(void **state)
{
	struct pty p = make();
	struct watch_tty t;
	struct error err = { 0 };
	bool hung_up = true;

	(void)state;
	assert_ok(watch_tty_start(&t, p.slave, &err), &err);
	assert_int_equal(write(p.master, "\x1d\x1dx\x1d\x1d", 5), 5);
	assert_true(watch_tty_read(&t, &hung_up));
	assert_int_equal(write(p.master, "\x1d", 1), 1);
	assert_false(watch_tty_read(&t, &hung_up));
	assert_false(hung_up);
	finish(&p, &t);
}

static void watch_tty_read__a_terminal_that_is_gone__is_a_hang_up(void **state)
{
	struct pty p = make();
	struct watch_tty t;
	struct error err = { 0 };
	bool hung_up = false;

	(void)state;
	assert_ok(watch_tty_start(&t, p.slave, &err), &err);
	close(p.master);
	p.master = -1;
	assert_false(watch_tty_read(&t, &hung_up));
	assert_true(hung_up);
	finish(&p, &t);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(watch_tty_start__settings__change_and_come_back),
	cmocka_unit_test(watch_tty_start__no_terminal__is_refused),
	cmocka_unit_test(watch_tty_read__keys__become_a_frame),
	cmocka_unit_test(watch_tty_read__three_escapes_in_a_row__mean_leaving),
	cmocka_unit_test(watch_tty_read__a_terminal_that_is_gone__is_a_hang_up),
};

WB_TEST_MAIN(tests)
