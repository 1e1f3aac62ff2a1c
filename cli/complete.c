/* Completion: walks the words as the parser would, then lists what fits. */
#include "config.h"

#include "cli/complete.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "engine/engine.h"
#include "engine/mlproject.h"
#include "engine/project.h"
#include "engine/settings.h"
#include "tracker/tracker.h"

enum { RUNS_MAX = 100, ID_SHOWN = 12, NAME_MAX_BYTES = 250 };

struct completion {
	struct app *app;
	const struct command *command;           /* NULL: not named yet */
	const struct command *const *list;       /* commands one of which comes next, or NULL */
	const struct option_spec *pending;       /* an option whose value comes next */
	struct arg_list operands;
	bool dashed;                             /* "--" was there: no options any more */
	bool foreign;                            /* the words of a command that is not wb's */
	const char *lead;                        /* what of the word stands before the part completed: "--color=" */
	size_t lead_len;
	const char *word;                        /* that part */
};

/* --- printing --- */

/* Names come from runs and files: what a terminal or a shell could stumble over is left to be typed. */
static bool is_plain(const char *s)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4 * NAME_MAX_BYTES);

	if (!*s || *s == ':' || strlen(s) > NAME_MAX_BYTES)
		return false;
	text_escape_str(&b, s);
	return str_eq(buf_text(&b), s) && !strpbrk(s, "\\\t");
}

static void offer_json(struct completion *c, const char *word, const char *about)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "word", word);
	jval_set_text(v, "about", about);
	output_json(&c->app->out, v);
}

static void offer(struct completion *c, const char *value, const char *about)
{
	struct output *out = &c->app->out;

	if (!str_starts(value, c->word) || !is_plain(value))
		return;
	if (c->app->globals.json) {
		CLEANUP(free) char *word = mem_printf("%.*s%s", (int)c->lead_len, c->lead, value);

		offer_json(c, word, about && *about ? about : NULL);
		return;
	}
	output_write(out, c->lead, c->lead_len);
	output_puts(out, value);
	if (about && *about) {
		output_puts(out, "\t");
		output_untrusted(out, about);
	}
	output_puts(out, "\n");
}

static void offer_words(struct completion *c, const char *words, const char *separator)
{
	CLEANUP(free) char *copy = mem_strdup(words);
	char *rest = copy;

	for (char *word = strsep(&rest, separator); word; word = strsep(&rest, separator))
		offer(c, word, NULL);
}

static void offer_commands(struct completion *c, const struct command *const *list)
{
	for (; *list; list++)
		offer(c, (*list)->name, (*list)->summary);
}

static void offer_option_table(struct completion *c, const struct option_spec *specs)
{
	for (const struct option_spec *s = specs; s && s->name; s++) {
		CLEANUP(free) char *name = mem_printf("--%s", s->name);

		if (s->help)
			offer(c, name, s->help);
	}
}

static void offer_options(struct completion *c)
{
	if (c->command)
		offer_option_table(c, c->command->options);
	else
		offer_option_table(c, app_specs_before);
	offer_option_table(c, app_specs_anywhere);
}

/* --- what the store and the project know --- */

static void offer_runs(struct completion *c)
{
	const struct tracker_filter newest = { .limit = RUNS_MAX, .bare = true };
	CLEANUP(run_list_release) struct run_list list = { 0 };
	struct error ignored = { 0 };
	struct tracker *t;

	offer(c, "@", "the newest run");
	if (pick_tracker(c->app, &t, &ignored) < 0 || tracker_list(t, &newest, &list, NULL, &ignored) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		const struct run *r = &list.items[i];
		CLEANUP(free) char *about = mem_printf("%s, %s", run_state_name(r->state), r->experiment);
		CLEANUP(free) char *id = mem_strndup(r->id, strnlen(r->id, ID_SHOWN));

		if (r->name)
			offer(c, r->name, about);
		/* Ids only where one was begun: nobody picks from a list of them. */
		if (*c->word)
			offer(c, id, r->name);
	}
}

static void offer_experiments(struct completion *c)
{
	const struct tracker_filter newest = { .limit = RUNS_MAX, .bare = true };
	CLEANUP(run_list_release) struct run_list list = { 0 };
	struct error ignored = { 0 };
	struct tracker *t;

	if (pick_tracker(c->app, &t, &ignored) < 0 || tracker_list(t, &newest, &list, NULL, &ignored) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = str_eq(list.items[k].experiment, list.items[i].experiment);
		if (!seen && list.items[i].experiment)
			offer(c, list.items[i].experiment, NULL);
	}
}

/* The metrics of the run named first. */
static void offer_metrics(struct completion *c)
{
	CLEANUP(run_release) struct run r;
	struct error ignored = { 0 };

	run_init(&r);
	if (!c->operands.count || pick_run(c->app, c->operands.items[0], &r, &ignored) < 0)
		return;
	for (size_t i = 0; i < r.metric_count; i++)
		offer(c, r.metrics[i].key, NULL);
}

static void offer_settings(struct completion *c)
{
	for (const struct setting_key *k = setting_keys; k->name; k++)
		offer(c, k->name, k->help);
}

static struct project *load_project(struct completion *c)
{
	struct project *p = NULL;
	struct error ignored = { 0 };
	struct engine *e;
	const char *root;

	if (app_engine(c->app, &e, &ignored) < 0 || engine_project_dir(e, &root, &ignored) < 0 ||
	    project_load(root, &p, &ignored) < 0)
		return NULL;
	return p;
}

static void offer_tasks(struct completion *c)
{
	CLEANUP(project_free) struct project *p = load_project(c);

	for (size_t i = 0; p && project_task(p, i); i++)
		offer(c, project_task(p, i), *project_task_about(p, i) ? project_task_about(p, i) : "task of " PROJECT_FILE);
}

static void offer_profiles(struct completion *c)
{
	CLEANUP(project_free) struct project *p = load_project(c);

	for (size_t i = 0; p && project_profile(p, i); i++)
		offer(c, project_profile(p, i), NULL);
}

static void offer_entries(struct completion *c)
{
	CLEANUP(mlproject_free) struct mlproject *p = NULL;
	struct error ignored = { 0 };

	if (mlproject_load(c->operands.count ? c->operands.items[0] : ".", &p, &ignored) <= 0)
		return;
	for (size_t i = 0; mlproject_entry(p, i); i++)
		offer(c, mlproject_entry(p, i), NULL);
}

static void offer_params(struct completion *c)
{
	CLEANUP(project_free) struct project *p = load_project(c);
	CLEANUP(project_values_release) struct project_values values = { 0 };
	struct error ignored = { 0 };

	if (!p || project_merge(p, NULL, NULL, &values, &ignored) < 0)
		return;
	for (size_t i = 0; i < values.n; i++)
		if (values.items[i]->kind == PROJECT_PARAM) {
			CLEANUP(free) char *start = mem_printf("%s=", values.items[i]->key);

			offer(c, start, values.items[i]->text);
		}
}

/* --- values and operands by what the tables call them --- */

static void offer_shell(struct completion *c, const char *what)
{
	if (c->app->globals.json)
		offer_json(c, what, NULL);
	else
		output_printf(&c->app->out, "%s\n", what);
}

static void offer_value(struct completion *c, const struct option_spec *s)
{
	if (s->kind == OPTION_KIND_CHOICE)
		offer_words(c, s->operand, "|");
	else if (str_eq(s->name, "profile"))
		offer_profiles(c);
	else if (str_eq(s->name, "task"))
		offer_tasks(c);
	else if (str_eq(s->name, "entry"))
		offer_entries(c);
	else if (str_eq(s->name, "experiment"))
		offer_experiments(c);
	else if (str_eq(s->name, "param"))
		offer_params(c);
	else if (str_eq(s->operand, "RUN"))
		offer_runs(c);
	else if (str_eq(s->operand, "DIR"))
		offer_shell(c, ":folders");
	else if (strstr(s->operand, "FILE") || strstr(s->operand, "PATH"))
		offer_shell(c, ":files");
}

/* One alternative of an operand, without brackets: "RUN", "FILE[:TENSOR", "metric". */
static void offer_operand(struct completion *c, const char *name)
{
	bool runs_programs = c->command->flags & COMMAND_STOPS_AT_OPERAND;

	if (islower((unsigned char)*name))
		offer(c, name, NULL);
	else if (str_eq(name, "RUN"))
		offer_runs(c);
	else if (str_eq(name, "KEY") || str_eq(name, "METRIC"))
		c->operands.count ? offer_metrics(c) : offer_settings(c);
	else if (str_eq(name, "TASK") && !c->dashed)
		offer_tasks(c);
	else if (str_eq(name, "COMMAND") && !runs_programs)
		offer_commands(c, commands);
	else if (str_eq(name, "COMMAND") && *c->word) /* all programs of a machine are no help */
		offer_shell(c, ":programs");
	else if (str_eq(name, "DIR"))
		offer_shell(c, ":folders");
	else if (str_starts(name, "FILE") || str_eq(name, "PATH") || str_eq(name, "ARG"))
		offer_shell(c, ":files");
}

static void offer_alternatives(struct completion *c, const char *word, size_t n)
{
	CLEANUP(free) char *copy = mem_strndup(word + (*word == '['), n - (*word == '['));
	char *rest = copy;

	for (char *name = strsep(&rest, "|"); name; name = strsep(&rest, "|")) {
		char *end = strstr(name, "…");

		if (end)
			*end = '\0';
		name[strcspn(name, "]")] = '\0';
		offer_operand(c, name);
	}
}

/* "RUN… FILE": once a word may be repeated, the one behind it may come as well. */
static void offer_operands(struct completion *c)
{
	const char *at = c->command->operands ? c->command->operands : "";
	size_t left = c->operands.count;

	for (size_t n; *at; at += n) {
		bool repeated;

		at += strspn(at, " ");
		n = strcspn(at, " ");
		repeated = memmem(at, n, "…", strlen("…"));
		if (!left || repeated)
			offer_alternatives(c, at, n);
		if (!left && !repeated)
			return;
		left -= left > 0;
	}
}

/* --- the words before --- */

static const struct option_spec *find_in(const struct option_spec *specs, const char *name, size_t n, char letter)
{
	for (const struct option_spec *s = specs; s && s->name; s++)
		if (name ? strlen(s->name) == n && memcmp(s->name, name, n) == 0 : s->letter == letter)
			return s;
	return NULL;
}

static const struct option_spec *find_option(const struct completion *c, const char *name, size_t n, char letter)
{
	const struct option_spec *s = find_in(c->command ? c->command->options : app_specs_before, name, n, letter);

	return s ? s : find_in(app_specs_anywhere, name, n, letter);
}

/* Values that decide what there is to offer. */
static void note_value(struct completion *c, const struct option_spec *s, const char *value)
{
	if (s == find_in(app_specs_anywhere, "store", strlen("store"), 0))
		c->app->globals.store = value;
	else if (s == find_in(app_specs_before, NULL, 0, 'C') && chdir(value) < 0)
		c->foreign = true; /* nothing can be known of a folder that is not there */
}

static void step_option(struct completion *c, const char *word)
{
	size_t n = strcspn(word + 2, "=");
	const struct option_spec *s;

	if (word[1] == '-') {
		s = find_option(c, word + 2, n, 0);
		if (s && s->kind != OPTION_KIND_FLAG && !word[2 + n])
			c->pending = s;
		else if (s && s->kind != OPTION_KIND_FLAG)
			note_value(c, s, word + 3 + n);
		return;
	}
	for (const char *letter = word + 1; *letter; letter++) {
		s = find_option(c, NULL, 0, *letter);
		if (!s || s->kind == OPTION_KIND_FLAG)
			continue;
		if (letter[1])
			note_value(c, s, letter + 1);
		else
			c->pending = s;
		return;
	}
}

/* The first word of a command that is not wb's own ends what is known. */
static bool is_adopted(struct completion *c, const char *word)
{
	CLEANUP(project_free) struct project *p = NULL;

	if (!c->command->adopt)
		return false;
	if (str_eq(word, ".") || str_eq(word, "..") || strchr(word, '/'))
		return fs_is_dir(AT_FDCWD, word);
	p = load_project(c);
	return p && project_has_task(p, word);
}

static void step_operand(struct completion *c, const char *word)
{
	if (c->list) {
		c->command = command_find(c->list, word);
		c->list = c->command ? c->command->subcommands : NULL;
		c->foreign = !c->command;
		return;
	}
	if ((c->command->flags & COMMAND_STOPS_AT_OPERAND) && !c->operands.count && (c->dashed || !is_adopted(c, word)))
		c->foreign = true;
	arg_list_push(&c->operands, word);
}

static void step(struct completion *c, const char *word)
{
	if (c->pending) {
		const struct option_spec *s = c->pending;

		c->pending = NULL;
		note_value(c, s, word);
	} else if (!c->dashed && str_eq(word, "--")) {
		c->dashed = true;
	} else if (!c->dashed && word[0] == '-' && word[1]) {
		step_option(c, word);
	} else {
		step_operand(c, word);
	}
}

/* --- the word itself --- */

static void complete_word(struct completion *c)
{
	const char *equals = strchr(c->word, '=');

	if (c->foreign) {
		if (c->command)
			offer_shell(c, ":files");
	} else if (c->pending) {
		offer_value(c, c->pending);
	} else if (!c->dashed && str_starts(c->word, "--") && equals) {
		const struct option_spec *s = find_option(c, c->word + 2, (size_t)(equals - c->word) - 2, 0);

		c->lead = c->word;
		c->lead_len = (size_t)(equals - c->word) + 1;
		c->word = equals + 1;
		if (s && s->kind != OPTION_KIND_FLAG)
			offer_value(c, s);
	} else if (!c->dashed && c->word[0] == '-') {
		offer_options(c);
	} else if (c->list) {
		offer_commands(c, c->list);
	} else {
		offer_operands(c);
	}
}

void complete_print(struct app *app, const char *const *words, size_t n)
{
	struct completion c = { .app = app, .list = commands, .lead = "", .word = n ? words[n - 1] : "" };

	for (size_t i = 0; i + 1 < n && !c.foreign; i++)
		step(&c, words[i]);
	complete_word(&c);
	arg_list_release(&c.operands);
}
