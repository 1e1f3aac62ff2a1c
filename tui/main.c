/* wb-tui: the full screen, started by `wb` and `wb ui`; and its workers. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jval.h"
#include "base/str.h"
#include "tui/action.h"
#include "tui/session.h"
#include "tui/worker.h"

struct arguments {
	const char *store;
	bool color;
	bool worker;
	bool keys;
	bool json; /* the keys, an object a line */
};

enum { LINE_MAX_ = 400, KEYS_WIDTH = 18, NAME_WIDTH = 20 };

static bool parse(struct arguments *a, int argc, char **argv)
{
	const char *no_color = getenv("NO_COLOR");

	*a = (struct arguments){ .color = !(no_color && *no_color) };
	for (int i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--worker"))
			a->worker = true;
		else if (str_eq(argv[i], "--keys"))
			a->keys = true;
		else if (str_eq(argv[i], "--keys=json"))
			a->keys = a->json = true;
		else if (str_eq(argv[i], "--color=always"))
			a->color = true;
		else if (str_eq(argv[i], "--color=never"))
			a->color = false;
		else if (str_eq(argv[i], "--store") && i + 1 < argc)
			a->store = argv[++i];
		else
			return false;
	}
	return true;
}

static void print_action(const struct action *a)
{
	CLEANUP(buf_release) struct buf keys = BUF_INIT(LINE_MAX_);
	CLEANUP(buf_release) struct buf name = BUF_INIT(LINE_MAX_);

	for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++) {
		buf_puts(&keys, k ? " " : "");
		key_format(&keys, a->keys[k]);
	}
	buf_printf(&name, ":%s%s%s", a->name, a->argument ? " " : "", a->argument ? a->argument : "");
	printf("  %-*s %-*s  %s\n", KEYS_WIDTH, buf_text(&keys), NAME_WIDTH, buf_text(&name), a->help);
}

static void print_action_json(const char *place, const struct action *a)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	CLEANUP(buf_release) struct buf line = BUF_INIT(LINE_MAX_ * 4);
	struct jval *keys;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "place", place);
	keys = jval_set(v, "keys", jval_array());
	for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++) {
		CLEANUP(buf_release) struct buf key = BUF_INIT(LINE_MAX_);

		key_format(&key, a->keys[k]);
		jval_push(keys, jval_new_text(buf_text(&key)));
	}
	jval_set_text(v, "command", a->name);
	jval_set_text(v, "operand", a->argument);
	jval_set_text(v, "help", a->help);
	jval_format(v, JVAL_COMPACT, &line);
	puts(buf_text(&line));
}

/* Under the widest heading that it belongs to; a key of several tabs under each. */
static bool stands_under(const struct action *a, unsigned place)
{
	const unsigned pages = PLACE_RUNS | PLACE_RUN;
	unsigned where = a->where & pages;

	return where == place || (where != pages && where != PLACE_RUN && (where & place) == place);
}

/* The table of actions, a section a place: for people, for scripts, and for the manual page. */
static void print_keys(bool json)
{
	static const struct { unsigned place; const char *name; } places[] = {
		{ PLACE_RUNS | PLACE_RUN, "Everywhere" }, { PLACE_RUNS, "Table of runs" }, { PLACE_RUN, "Page of a run" },
		{ PLACE_OVERVIEW, "Overview" }, { PLACE_CHARTS, "Charts" }, { PLACE_LOG, "Log" }, { PLACE_FILES, "Files" },
	};

	for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
		if (!json)
			printf("%s%s\n", p ? "\n" : "", places[p].name);
		for (size_t i = 0; i < action_count; i++) {
			if (!stands_under(&actions[i], places[p].place))
				continue;
			if (json)
				print_action_json(places[p].name, &actions[i]);
			else
				print_action(&actions[i]);
		}
	}
}

int main(int argc, char **argv)
{
	struct arguments a;
	struct error err = { 0 };
	int status;

	if (!parse(&a, argc, argv)) {
		fprintf(stderr, "wb-tui: the full screen of wb; start it as 'wb ui'\n");
		return 2;
	}
	if (a.keys) {
		print_keys(a.json);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (a.worker)
		return worker_main(a.store);
	status = session_run(a.store, a.color, &err);
	if (status < 0) {
		fprintf(stderr, "wb: %s\n", err.text);
		if (err.hint[0])
			fprintf(stderr, "hint: %s\n", err.hint);
		return 2;
	}
	/* Whoever waits for us learns what ended us. */
	if (status > 0) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_UNBLOCK, &all, NULL);
		signal(status, SIG_DFL);
		raise(status);
	}
	return status;
}
