/*
 * tui_drive STORE: the full screen without a terminal. A script comes in, a
 * line a step; what the screen shows goes out:
 *
 *     size 60x20      ascii           type some text
 *     key j Enter     snap            snap pens
 *     break           (damages the database)
 *
 * Each step runs until nothing is left to load; commands are carried out at
 * once, here. The clock stands still.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "tui/app.h"
#include "tui/perform.h"

#define NOW_NS INT64_C(1700018000000000000)

enum { STEPS_MAX = 1000 };

struct drive {
	struct engine *engine;
	struct app *app;
	struct screen *screen;
	const char *store;
};

static _Noreturn void die(const struct error *err)
{
	fprintf(stderr, "tui_drive: %s\n", err->text);
	exit(1);
}

static void submit(void *data, const struct jval *command, unsigned ticket)
{
	struct drive *d = data;
	CLEANUP(jval_free) struct jval *answer = perform(d->engine, command);

	app_answer(d->app, ticket, answer);
}

static void settle(struct drive *d)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		app_draw(d->app, d->screen);
		if (!app_step(d->app))
			return;
	}
	fprintf(stderr, "tui_drive: loading does not come to an end\n");
	exit(1);
}

static void press(struct drive *d, const char *names)
{
	CLEANUP(free) char *copy = mem_strdup(names);

	for (char *name = copy; *name;) {
		size_t n = strcspn(name, " ");
		bool last = !name[n];
		tui_key key;

		name[n] = '\0';
		if (!key_parse(name, &key)) {
			fprintf(stderr, "tui_drive: no key '%s'\n", name);
			exit(1);
		}
		app_key(d->app, key);
		settle(d);
		if (last)
			break;
		name += n + 1;
	}
}

static void type_text(struct drive *d, const char *text)
{
	for (size_t i = 0, n = strlen(text); i < n;) {
		uint32_t c;
		size_t taken = str_utf8_decode(text + i, n - i, &c);

		app_key(d->app, c);
		i += taken ? taken : 1;
	}
	settle(d);
}

static void snap(struct drive *d, bool pens)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);

	settle(d);
	screen_dump(d->screen, pens, &b);
	printf("%s", buf_text(&b));
	printf("== %s\n", app_wish(d->app) == APP_QUITS ? "left" : "");
}

/* Noise over all pages but the first, in one file of the database. */
static void spoil(const char *store, const char *name, off_t from)
{
	CLEANUP(free) char *path = fs_join(store, name);
	CLEANUP(close) int fd = open(path, O_WRONLY | O_CLOEXEC);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	for (off_t at = from; at < end; at++)
		if (pwrite(fd, "\xa5", 1, at) != 1)
			exit(1);
}

static void break_database(struct drive *d)
{
	spoil(d->store, "wb.db", 4096);
	spoil(d->store, "wb.db-wal", 32);
}

static void resize(struct drive *d, const char *size)
{
	int width, height;

	if (sscanf(size, "%dx%d", &width, &height) != 2)
		exit(1);
	screen_free(d->screen);
	d->screen = screen_new(width, height);
	settle(d);
}

static void do_line(struct drive *d, const char *line)
{
	size_t n = strcspn(line, " ");
	const char *rest = line[n] ? line + n + 1 : "";

	if (!*line || *line == '#')
		return;
	if (str_starts(line, "key "))
		press(d, rest);
	else if (str_starts(line, "type "))
		type_text(d, rest);
	else if (str_starts(line, "size "))
		resize(d, rest);
	else if (str_starts(line, "snap"))
		snap(d, str_eq(rest, "pens"));
	else if (str_eq(line, "break"))
		break_database(d);
	else
		exit(1);
}

int main(int argc, char **argv)
{
	struct clock clock = clock_fixed(NOW_NS);
	struct drive d = { .store = argc > 1 ? argv[1] : "", .screen = screen_new(80, 24) };
	const struct engine_options where = { .store = d.store, .clock = &clock };
	CLEANUP(jval_free) struct jval *sync = jval_object(), *answer = NULL;
	struct app_options options = { .submit = submit, .data = &d, .ascii = argc > 2 && str_eq(argv[2], "ascii") };
	struct error err = { 0 };
	char line[4096];

	if (argc < 2) {
		fprintf(stderr, "usage: tui_drive STORE [ascii] <SCRIPT\n");
		return 2;
	}
	if (engine_open(&where, &d.engine, &err) < 0)
		die(&err);
	jval_set_text(sync, "do", "sync");
	answer = perform(d.engine, sync);
	engine_close(d.engine);
	if (engine_open(&where, &d.engine, &err) < 0)
		die(&err);
	options.engine = d.engine;
	if (app_new(&options, &d.app, &err) < 0)
		die(&err);
	settle(&d);
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		do_line(&d, line);
	}
	app_free(d.app);
	screen_free(d.screen);
	engine_close(d.engine);
	return 0;
}
