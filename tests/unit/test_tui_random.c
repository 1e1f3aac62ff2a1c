/*
 * Keys at random, on screens of any size, over every kind of store: whatever
 * comes, the program goes on and every cell lies in its screen. The seed is
 * printed; WB_TEST_SEED repeats a run, WB_TEST_STEPS changes its length.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "store/store.h"
#include "tests/support/tui_fixture.h"
#include "tests/support/wb_test.h"
#include "tui/app.h"

enum { STEPS = 100000, STEPS_PER_APP = 5000 };

struct world {
	struct engine *engine;
	struct app *app;
	struct screen *screen;
	uint64_t random;
	unsigned ticket;
	unsigned commands;
};

/* Marsaglia's xorshift. */
static uint64_t next_random(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

/* Commands are taken, and answered later: a worker may be slow, and a view may be gone by then. */
static void submit(void *data, const struct jval *command, unsigned ticket)
{
	struct world *w = data;

	assert_non_null(jval_get_text(command, "do"));
	w->ticket = ticket;
	w->commands++;
}

static void answer(struct world *w)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *undo;

	if (!w->ticket)
		return;
	jval_set_bool(v, "ok", next_random(w) % 4 != 0);
	jval_set_text(v, "text", "an answer");
	jval_set_text(v, "about", "what there is to know?");
	jval_set_text(v, "path", "out/weights.h5");
	jval_push(jval_set(v, "tensors", jval_array()), jval_new_text("/w  float32 (3)"));
	if (next_random(w) % 2) {
		undo = jval_set(v, "undo", jval_object());
		jval_set_text(undo, "do", "all");
	}
	app_answer(w->app, w->ticket, v);
	w->ticket = 0;
}

static tui_key random_key(struct world *w)
{
	static const char likely[] = "jkhlgGsSLaxXtedruyqQ?:/nN1234 []fwovU\r\r\r\x1b\x1b\t";
	uint64_t r = next_random(w);

	if (r % 8 == 0)
		return TK_FIRST_ + (tui_key)(r >> 8) % (TK_LAST_ - TK_FIRST_);
	if (r % 8 == 1)
		return (tui_key)(r >> 8) % 128;
	if (r % 64 == 2)
		return (tui_key)(r >> 8) % 0x3000;
	return (unsigned char)likely[(r >> 8) % (sizeof likely - 1)];
}

static void new_screen(struct world *w)
{
	screen_free(w->screen);
	w->screen = screen_new((int)(next_random(w) % 200), (int)(next_random(w) % 70));
}

static void start(struct world *w)
{
	struct app_options options = { .engine = w->engine, .submit = submit, .data = w, .ascii = next_random(w) % 4 == 0 };
	struct error err = { 0 };
	CLEANUP(free) char *prefs = mem_printf("%s/prefs/ui.json", wb_test_tmpdir());

	options.prefs_path = prefs;
	w->ticket = 0;
	assert_ok(app_new(&options, &w->app, &err), &err);
}

static void step(struct world *w)
{
	uint64_t r = next_random(w);

	if (r % 200 == 0)
		new_screen(w);
	if (r % 16 == 1)
		answer(w);
	if (r % 50 == 2)
		app_tick(w->app);
	app_key(w->app, random_key(w));
	app_draw(w->app, w->screen);
	for (unsigned i = 0; i < r % 3; i++)
		app_step(w->app);
	if (app_wish(w->app) == APP_QUITS) {
		app_free(w->app);
		start(w);
	}
}

static void fill(const char *path, const char *kind)
{
	struct error err = { 0 };
	CLEANUP(store_close) struct store *store = NULL;

	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &store, &err), &err);
	assert_int_equal(tui_fixture_fill(store_dirfd(store), kind), !str_eq(kind, "empty"));
}

static void run_on(const char *kind, unsigned steps, uint64_t seed)
{
	CLEANUP(free) char *path = mem_printf("%s/%s", wb_test_tmpdir(), kind);
	const struct engine_options where = { .store = path };
	struct world w = { .random = seed };
	struct tracker *t;
	struct error err = { 0 };

	fill(path, kind);
	assert_ok(engine_open(&where, &w.engine, &err), &err);
	assert_ok(engine_tracker(w.engine, &t, &err), &err);
	new_screen(&w);
	start(&w);
	for (unsigned i = 0; i < steps; i++) {
		step(&w);
		if (i % STEPS_PER_APP == STEPS_PER_APP - 1) {
			app_free(w.app);
			start(&w);
		}
	}
	assert_true(w.commands > 0 || str_eq(kind, "empty") || steps < STEPS_PER_APP);
	app_free(w.app);
	screen_free(w.screen);
	engine_close(w.engine);
}

static void keys__at_random__never_break_the_screen(void **state)
{
	static const char *const kinds[] = { "empty", "one", "many", "rich", "wide", "hostile" };
	const char *seed_text = getenv("WB_TEST_SEED"), *steps_text = getenv("WB_TEST_STEPS");
	struct error err = { 0 };
	uint64_t seed = 20240917, steps = STEPS;

	(void)state;
	if (seed_text)
		assert_ok(str_parse_u64(seed_text, &seed, &err), &err);
	if (steps_text)
		assert_ok(str_parse_u64(steps_text, &steps, &err), &err);
	print_message("# seed %llu, %llu steps\n", (unsigned long long)seed, (unsigned long long)steps);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		run_on(kinds[i], (unsigned)(steps / (sizeof kinds / sizeof *kinds)), seed + i);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(keys__at_random__never_break_the_screen),
};

WB_TEST_MAIN(tests)
