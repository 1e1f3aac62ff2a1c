/* wb policy explain */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/pick.h"
#include "cli/runspec.h"
#include "cli/runview.h"
#include "engine/decide.h"
#include "engine/engine.h"
#include "engine/run.h"

struct explain_options {
	struct runspec spec;
	bool trace;
};

static const struct option_spec explain_specs[] = {
	RUNSPEC_OPTIONS(struct explain_options, spec),
	RUNSPEC_TIER(struct explain_options, spec),
	OPTION_FLAG(0, "trace", struct explain_options, trace, "show everything that was evaluated"),
	OPTION_END,
};

/* A decision to show: made just now, and for a run what was decided then. */
struct shown {
	struct decided now;
	const struct run *run;     /* NULL: nothing was started */
	const struct jval *before; /* with run: the decision in its record */
	bool changed;              /* the policy is another than it was then */
	struct buf ways, trace;    /* of decide_look(), about now */
};

static void looked_release(struct shown *s)
{
	buf_release(&s->ways);
	buf_release(&s->trace);
}

/* --- showing --- */

static void print_texts(struct output *out, const struct jval *texts)
{
	for (size_t i = 0; i < jval_count(texts); i++) {
		output_puts(out, "  - ");
		output_untrusted(out, jval_text(jval_at(texts, i)));
		output_puts(out, "\n");
	}
}

static void print_before(struct output *out, const struct shown *s)
{
	bool allowed = str_eq(jval_get_text(s->before, "decision"), "allow");

	output_printf(out, "Run %.*s (", RUNVIEW_ID, s->run->id);
	output_untrusted(out, s->run->name);
	output_puts(out, ")");
	if (!s->changed) {
		output_puts(out, "\n");
		return;
	}
	output_puts(out, " was ");
	output_styled(out, allowed ? STYLE_GOOD : STYLE_BAD, allowed ? "allowed" : "denied");
	output_puts(out, " by a policy that has changed since.\n");
	print_texts(out, jval_get(s->before, "reasons"));
	print_texts(out, jval_get(s->before, "warnings"));
	output_puts(out, "\nNow it would be decided so:\n");
}

/* Lines of foreign text. */
static void print_lines(struct output *out, const struct buf *text)
{
	for (const char *s = buf_text(text); *s;) {
		size_t n = strcspn(s, "\n");

		output_untrusted_text(out, s, n);
		output_puts(out, "\n");
		s += n + (s[n] == '\n');
	}
}

static void set_lines(struct jval *v, const char *key, const struct buf *text)
{
	struct jval *array = text->len ? jval_set(v, key, jval_array()) : NULL;

	for (const char *s = buf_text(text); *s;) {
		size_t n = strcspn(s, "\n");

		jval_push(array, jval_new_text_n(s, n));
		s += n + (s[n] == '\n');
	}
}

static void print_json(struct output *out, const struct shown *s)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	if (s->run) {
		jval_set_text(v, "run_id", s->run->id);
		jval_set_text(v, "name", s->run->name);
		jval_set_bool(v, "policy_changed", s->changed);
		cmd_policy_copy_members(v, s->before);
		cmd_policy_copy_members(jval_set(v, "now", jval_object()), s->now.record);
	} else {
		cmd_policy_copy_members(v, s->now.record);
	}
	set_lines(v, "ways", &s->ways);
	set_lines(v, "trace", &s->trace);
	output_json(out, v);
}

static void print_looked(struct output *out, const struct shown *s)
{
	if (s->ways.len) {
		output_puts(out, "\nWhat would be allowed\n");
		print_lines(out, &s->ways);
	}
	if (s->trace.len) {
		output_puts(out, "\nAll that was evaluated\n");
		print_lines(out, &s->trace);
	}
}

static int look(struct app *app, bool trace, struct shown *s, struct error *err)
{
	const struct jval *input = jval_get(s->now.record, "input");
	CLEANUP(free) char *store = NULL;

	s->ways = (struct buf)BUF_INIT(LIMIT_MIB);
	s->trace = (struct buf)BUF_INIT(LIMIT_JSON);
	if (!trace && !s->now.denied)
		return 0;
	if (cmd_policy_store(app, &store, err) < 0)
		return -1;
	return decide_look(store, input, &s->ways, trace ? &s->trace : NULL, err);
}

/* Yes or no is what was decided, for a run: then. */
static int show(struct app *app, const struct call *call, struct shown *s, struct error *err)
{
	const struct explain_options *o = call->options;
	bool denied = s->run ? !str_eq(jval_get_text(s->before, "decision"), "allow") : s->now.denied;

	if (look(app, o->trace, s, err) < 0) {
		looked_release(s);
		return -1;
	}
	if (app->globals.json) {
		print_json(&app->out, s);
	} else {
		if (s->run)
			print_before(&app->out, s);
		output_puts(&app->out, s->now.text ? s->now.text : "");
		print_looked(&app->out, s);
	}
	looked_release(s);
	return denied ? STATUS_NO : STATUS_YES;
}

/* --- what is decided about --- */

/* The same files with the same bytes, wherever they lie. */
static bool same_policies(const struct jval *a, const struct jval *b)
{
	const struct jval *x = jval_get(jval_get(a, "detail"), "policies"), *y = jval_get(jval_get(b, "detail"), "policies");

	if (!x || !y || jval_count(x) != jval_count(y))
		return false;
	for (size_t i = 0; i < jval_count(x); i++)
		if (!str_eq(jval_get_text(jval_at(x, i), "sha256"), jval_get_text(jval_at(y, i), "sha256")))
			return false;
	/* Data decides too: what was answered must be the same as well. */
	return str_eq(jval_get_text(a, "decision"), jval_get_text(b, "decision"));
}

static int explain_run(struct app *app, const struct call *call, const char *ref, struct error *err)
{
	CLEANUP(run_release) struct run r;
	CLEANUP(decided_release) struct decided now = { 0 };
	CLEANUP(free) char *store = NULL;
	const struct jval *before;
	struct shown s;

	run_init(&r);
	if (pick_run(app, ref, &r, err) < 0) {
		if (err->code == ERR_NOT_FOUND && *ref != '@')
			error_hint(err, "to explain a command that was not run yet: wb policy explain -- %s", ref);
		return -1;
	}
	before = jval_get(r.start, "policy");
	if (!jval_get(before, "input"))
		return error_set(err, ERR_NOT_FOUND, "run %.*s has no decision in its record", RUNVIEW_ID, r.id);
	if (cmd_policy_store(app, &store, err) < 0 || decide_about(store, jval_get(before, "input"), &now, err) < 0)
		return -1;
	s = (struct shown){ .now = now, .run = &r, .before = before, .changed = !same_policies(before, now.record) };
	return show(app, call, &s, err);
}

static int explain_input(struct app *app, const struct call *call, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *input = NULL;
	CLEANUP(decided_release) struct decided now = { 0 };
	CLEANUP(free) char *store = NULL;
	struct shown s = { 0 };

	if (cmd_policy_read(path, &text, err) < 0)
		return -1;
	if (jval_parse(buf_text(&text), text.len, &input, err) < 0)
		return error_wrap(err, "%s", path);
	if (cmd_policy_store(app, &store, err) < 0)
		return -1;
	if (decide_about(store, input, &now, err) < 0) {
		if (!err->hint[0])
			error_hint(err, "'wb policy explain --json -- true | jq .input' prints a complete one to start from");
		return -1;
	}
	s.now = now;
	return show(app, call, &s, err);
}

static int explain_command(struct app *app, const struct explain_options *o, const struct call *call, struct error *err)
{
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	CLEANUP(run_started_release) struct run_started started = { 0 };
	struct shown s = { 0 };
	struct engine *e;

	if (app_engine_create(app, &e, err) < 0 || runspec_fill(app, e, &o->spec, call, &spec, err) < 0 ||
	    run_start(e, &spec, RUN_START_DECIDE, &started, err) < 0)
		return -1;
	s.now = (struct decided){ .denied = started.would_deny, .record = started.policy, .text = started.decision };
	return show(app, call, &s, err);
}

static int choose(struct app *app, const struct explain_options *o, const struct call *call, struct error *err)
{
	if (call->dashed && call->count)
		return explain_command(app, o, call, err);
	if (call->count > 1) {
		error_set(err, ERR_INVALID, "'%s' is one word too many after a RUN", call->operands[1]);
		return error_hint(err, "a command stands behind '--': wb policy explain -- %s %s …", call->operands[0], call->operands[1]);
	}
	if (call->count)
		return explain_run(app, call, call->operands[0], err);
	if (o->spec.inputs.count == 1)
		return explain_input(app, call, o->spec.inputs.items[0], err);
	error_set(err, ERR_INVALID, "nothing to explain was named");
	return error_hint(err, "a RUN (@ is the newest), --input FILE, or the options of wb run and '-- COMMAND'");
}

static int explain_main(struct app *app, const struct call *call, struct error *err)
{
	int status = choose(app, call->options, call, err);

	return status < 0 ? error_wrap(err, "policy explain") : status;
}

/* Options may follow a RUN; a word that is none is told as such later. */
static int adopt_run(struct app *app, const char *word, struct error *err)
{
	struct error ignored = { 0 };
	char id[33];

	(void)err;
	return pick_run_id(app, word, id, &ignored) == 0;
}

const struct command policy_explain_command = {
	.name = "explain",
	.summary = "say what is decided about a run, and why",
	.flags = COMMAND_STOPS_AT_OPERAND,
	.operands = "[RUN|COMMAND [ARG]…]",
	.about = "RUN: why it was allowed or denied, and whether the policy has changed since.\n"
		 "Options of 'wb run' and '-- COMMAND': what would be decided; nothing is started.\n"
		 "--input FILE alone: the decision about an input in JSON (-: standard input).\n"
		 "Where an allow did not come true: every way to be allowed with its conditions, the\n"
		 "nearest first: ok holds, x fails, ? asks about something that is missing.\n"
		 "\n"
		 "Exit status: 0 allowed, 1 denied, 2 it could not be decided.",
	.examples = {
		{ "wb policy explain @", "why was the newest run denied?" },
		{ "wb policy explain --gpus 8 -i digits.h5 -- python3 train.py", "would this run be allowed?" },
		{ "wb policy explain --json -- true | jq .input", "everything that a rule can look at" },
		{ "wb policy explain --input input.json", "a case written by hand" },
	},
	.options = explain_specs,
	.options_size = sizeof(struct explain_options),
	.adopt = adopt_run,
	.run = explain_main,
};
