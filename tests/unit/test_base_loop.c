/* base/loop.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>
#include <unistd.h>

#include "base/loop.h"

struct scene {
	struct loop *loop;
	struct loop_watch first, second;
	int a[2], b[2];
	unsigned calls, events;
};

static struct scene scene;

static int setup(void **state)
{
	struct error err = { 0 };

	memset(&scene, 0, sizeof scene);
	*state = &scene;
	return pipe(scene.a) < 0 || pipe(scene.b) < 0 || loop_new(&scene.loop, &err) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(scene.loop);
	for (int i = 0; i < 2; i++) {
		close(scene.a[i]);
		close(scene.b[i]);
	}
	return 0;
}

static void count(struct loop *loop, void *data, unsigned events)
{
	(void)data;
	scene.calls++;
	scene.events = events;
	if (scene.calls == 3)
		loop_quit(loop);
}

static void stop_both(struct loop *loop, void *data, unsigned events)
{
	(void)data;
	(void)events;
	scene.calls++;
	loop_stop(loop, &scene.first);
	loop_stop(loop, &scene.second);
}

static void loop_watch_fd__bad_descriptor__is_refused_and_inactive(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(loop_watch_fd(scene.loop, &scene.first, -1, LOOP_READ, count, NULL, &err), -1);
	assert_false(scene.first.active);
	loop_stop(scene.loop, &scene.first);
}

static void loop_stop__by_another_handler_of_the_same_round__is_not_called(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_fd(scene.loop, &scene.first, scene.a[0], LOOP_READ, stop_both, NULL, &err), &err);
	assert_ok(loop_watch_fd(scene.loop, &scene.second, scene.b[0], LOOP_READ, stop_both, NULL, &err), &err);
	assert_int_equal(write(scene.a[1], "x", 1), 1);
	assert_int_equal(write(scene.b[1], "x", 1), 1);
	assert_ok(loop_step(scene.loop, 0, &err), &err);
	assert_int_equal(scene.calls, 1);
	assert_int_equal(loop_step(scene.loop, 0, &err), 0);
}

static void loop_step__other_end_closed__tells_hangup(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_fd(scene.loop, &scene.first, scene.a[0], LOOP_READ, count, NULL, &err), &err);
	assert_int_equal(write(scene.a[1], "x", 1), 1);
	close(scene.a[1]);
	scene.a[1] = -1;
	assert_int_equal(loop_step(scene.loop, -1, &err), 1);
	assert_int_equal(scene.events, LOOP_READ | LOOP_HANGUP);
}

static void loop_watch_change__to_write__reports_write(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_fd(scene.loop, &scene.first, scene.a[1], 0, count, NULL, &err), &err);
	assert_int_equal(loop_step(scene.loop, 0, &err), 0);
	assert_ok(loop_watch_change(scene.loop, &scene.first, LOOP_WRITE, &err), &err);
	assert_int_equal(loop_step(scene.loop, -1, &err), 1);
	assert_int_equal(scene.events, LOOP_WRITE);
}

static void loop_watch_timer__repeating__runs_until_quit(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_timer(scene.loop, &scene.first, 0, 100000, count, NULL, &err), &err);
	assert_ok(loop_run(scene.loop, &err), &err);
	assert_int_equal(scene.calls, 3);
	loop_stop(scene.loop, &scene.first);
	loop_stop(scene.loop, &scene.first);
	assert_int_equal(loop_step(scene.loop, 0, &err), 0);
}

static void loop_watch_timer__once__fires_once(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_timer(scene.loop, &scene.first, 1000, 0, count, NULL, &err), &err);
	assert_int_equal(loop_step(scene.loop, -1, &err), 1);
	assert_int_equal(loop_step(scene.loop, 5, &err), 0);
	assert_int_equal(scene.calls, 1);
	loop_stop(scene.loop, &scene.first);
}

static void loop_watch_direct__both_ready__neither_starves_the_other(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_direct(scene.loop, &scene.first, scene.a[0], count, NULL, &err), &err);
	assert_ok(loop_watch_fd(scene.loop, &scene.second, scene.b[0], LOOP_READ, count, NULL, &err), &err);
	assert_int_equal(loop_step(scene.loop, 0, &err), 0);
	assert_int_equal(write(scene.a[1], "x", 1), 1);
	assert_int_equal(loop_step(scene.loop, -1, &err), 1);
	assert_int_equal(scene.events, LOOP_READ);
	assert_int_equal(write(scene.b[1], "x", 1), 1);
	assert_int_equal(loop_step(scene.loop, -1, &err), 2);
	assert_int_equal(scene.calls, 3);
}

static void loop_watch_direct__other_end_closed__tells_hangup(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_direct(scene.loop, &scene.first, scene.a[0], count, NULL, &err), &err);
	assert_int_equal(close(scene.a[1]), 0);
	assert_int_equal(loop_step(scene.loop, -1, &err), 1);
	assert_int_equal(scene.events, LOOP_HANGUP);
	scene.a[1] = dup(scene.a[0]);
}

static void loop_watch_direct__second__is_refused_until_the_first_stops(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(loop_watch_direct(scene.loop, &scene.first, scene.a[0], stop_both, NULL, &err), &err);
	assert_refused(loop_watch_direct(scene.loop, &scene.second, scene.b[0], count, NULL, &err), &err, ERR_INTERNAL, "direct");
	assert_int_equal(write(scene.a[1], "x", 1), 1);
	assert_int_equal(loop_step(scene.loop, -1, &err), 1);
	assert_false(scene.first.active);
	assert_int_equal(loop_step(scene.loop, 0, &err), 0);
	assert_ok(loop_watch_direct(scene.loop, &scene.second, scene.b[0], count, NULL, &err), &err);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static const struct CMUnitTest tests[] = {
	CASE(loop_watch_fd__bad_descriptor__is_refused_and_inactive),
	CASE(loop_stop__by_another_handler_of_the_same_round__is_not_called),
	CASE(loop_step__other_end_closed__tells_hangup),
	CASE(loop_watch_change__to_write__reports_write),
	CASE(loop_watch_timer__repeating__runs_until_quit),
	CASE(loop_watch_timer__once__fires_once),
	CASE(loop_watch_direct__both_ready__neither_starves_the_other),
	CASE(loop_watch_direct__other_end_closed__tells_hangup),
	CASE(loop_watch_direct__second__is_refused_until_the_first_stops),
};

WB_TEST_MAIN(tests)
