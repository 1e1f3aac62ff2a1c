/* wb sandbox profiles, show, learn */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/part.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/fail.h"
#include "cli/launch.h"
#include "cli/runspec.h"
#include "engine/engine.h"
#include "engine/learn.h"
#include "engine/outcome.h"
#include "engine/run.h"
#include "engine/watch.h"
#include "sandbox/filter.h"
#include "tracker/tracker.h"

enum { SYNC_WAIT_MS = 2000 };

/* --- profiles --- */

static struct jval *optional_to_jval(const struct profile *p)
{
	struct jval *array = jval_array();

	for (int nr = 0; nr < PROFILE_CALLS; nr++)
		if (p->optional[nr] && filter_call_name(nr))
			jval_push(array, jval_new_text(filter_call_name(nr)));
	return array;
}

static int print_profile(struct app *app, const char *name, struct error *err)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };
	const char *text = filter_profile_text(name);
	struct digest d = digest_of(text, strlen(text));

	if (filter_profile_load(name, NULL, &p, err) < 0)
		return -1;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "name", name);
		jval_set_text(v, "includes", *p.base ? p.base : NULL);
		jval_set_text(v, "sha256", digest_hex(&d).text);
		jval_set(v, "optional", optional_to_jval(&p));
		output_json(&app->out, v);
	} else {
		output_printf(&app->out, "%-10s %.16s  %zu rules%s%s\n", name, digest_hex(&d).text, p.count,
			      *p.base ? ", includes " : "", p.base);
	}
	return 0;
}

static int profiles_run(struct app *app, const struct call *call, struct error *err)
{
	const char *name = call->count ? call->operands[0] : NULL;

	if (name && filter_profile_check(name, NULL, err) < 0)
		return -1;
	if (name && !app->globals.json) {
		output_puts(&app->out, filter_profile_text(name));
		return STATUS_YES;
	}
	for (unsigned i = 0; filter_profile_name(i); i++)
		if ((!name || str_eq(name, filter_profile_name(i))) && print_profile(app, filter_profile_name(i), err) < 0)
			return -1;
	return STATUS_YES;
}

static const struct command sandbox_profiles = {
	.name = "profiles",
	.summary = "list the call filters, or print one",
	.operands = "[NAME]",
	.about = "The shipped profiles of system calls, with their digests as records have them, or\n"
		 "the text of one: its first lines say how a profile is written, its last ones what a\n"
		 "profile of your own may add (wb run --sandbox-profile ./FILE).",
	.examples = { { "wb sandbox profiles", "what there is" }, { "wb sandbox profiles ml | less", "what a run may call" } },
	.run = profiles_run,
};

/* --- show, learn --- */

struct learn_options {
	struct runspec spec;
	const char *file;
};

static const struct option_spec show_specs[] = {
	RUNSPEC_OPTIONS(struct learn_options, spec),
	RUNSPEC_TIER(struct learn_options, spec),
	OPTION_END,
};

static int show_run(struct app *app, const struct call *call, struct error *err)
{
	const struct learn_options *o = call->options;
	const struct launch_options options = { .dry_run = true };
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	struct engine *e;

	if (app_engine_create(app, &e, err) < 0 || runspec_fill(app, e, &o->spec, call, &spec, err) < 0)
		return -1;
	return launch(app, e, &spec, &options, err);
}

static const struct command sandbox_show = {
	.name = "show",
	.summary = "print the sandbox that a run would have",
	.flags = COMMAND_STOPS_AT_OPERAND,
	.error_status = EXIT_SETUP_FAILED,
	.operands = "COMMAND [ARG]…",
	.about = "Layers, limits, and everything that COMMAND would see: what 'wb run --dry-run'\n"
		 "prints. Exit status 0, or 120 where the policy would refuse the run.",
	.examples = { { "wb sandbox show -- python3 train.py", "what it would see" } },
	.options = show_specs,
	.options_size = sizeof(struct learn_options),
	.run = show_run,
};

static const struct option_spec learn_specs[] = {
	OPTION_STRING('o', "output", struct learn_options, file, "FILE", "write the profile there too"),
	RUNSPEC_OPTIONS(struct learn_options, spec),
	RUNSPEC_TIER(struct learn_options, spec),
	OPTION_END,
};

/* Runs it to its end; what it prints goes to standard error. 0, or the status of a run that was not started. */
static int learn_launch(struct app *app, struct engine *e, const struct run_spec *spec, struct run *r, struct error *err)
{
	CLEANUP(run_started_release) struct run_started s = { 0 };
	const struct watch_options watch = { .out_fd = STDERR_FILENO, .err_fd = STDERR_FILENO, .from_start = true, .follow = true,
					     .interrupt_stops = true };
	struct tracker *t;

	if (run_start(e, spec, RUN_START_HOLD, &s, err) < 0)
		return -1;
	if (s.denied) {
		output_puts(&app->err, s.decision ? s.decision : "");
		error_set(err, ERR_DENIED, "denied by policy");
		return -1;
	}
	if (s.setup_status) {
		*err = s.why;
		return -1;
	}
	if (output_flush(&app->err, err) < 0 || run_watch(e, s.id.text, &watch, err) < 0)
		return -1;
	if (engine_tracker(e, &t, err) < 0 || tracker_sync(t, SYNC_WAIT_MS, NULL, err) < 0)
		return -1;
	return tracker_get(t, s.id.text, r, err);
}

static struct jval *calls_to_jval(const struct learned *l, enum learn_kind kind)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < l->n; i++) {
		struct jval *v;

		if (l->calls[i].kind != kind)
			continue;
		v = jval_push(array, jval_object());
		jval_set_text(v, "call", l->calls[i].name);
		jval_set_int(v, "count", (int64_t)l->calls[i].count);
	}
	return array;
}

static void warn_dangerous(struct app *app, const struct learned *l)
{
	if (!learn_count(l, LEARN_DANGEROUS))
		return;
	output_styled(&app->err, STYLE_BAD, "NOT PROPOSED, AND NO PROFILE CAN ALLOW THEM: calls that take sandboxes apart");
	output_puts(&app->err, "\n");
	for (size_t i = 0; i < l->n; i++)
		if (l->calls[i].kind == LEARN_DANGEROUS)
			output_printf(&app->err, "  %-24s %8" PRIu64 " time%s\n", l->calls[i].name, l->calls[i].count,
				      l->calls[i].count == 1 ? "" : "s");
}

/* A comment of a profile may hold anything. */
static void print_lines(struct output *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		output_untrusted_text(out, text, len);
		output_puts(out, "\n");
		text += len + (text[len] == '\n');
	}
}

static int learn_print(struct app *app, const struct run *r, const struct learned *l, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf diff = BUF_INIT(LIMIT_MIB);

	learn_diff(l, path, &diff);
	if (buf_check(&diff, "the profile's diff", err) < 0)
		return -1;
	warn_dangerous(app, l);
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", r->id);
		jval_set(v, "proposed", calls_to_jval(l, LEARN_PROPOSED));
		jval_set(v, "dangerous", calls_to_jval(l, LEARN_DANGEROUS));
		jval_set(v, "answered", calls_to_jval(l, LEARN_ANSWERED));
		jval_set_text(v, "diff", buf_text(&diff));
		output_json(&app->out, v);
		return 0;
	}
	print_lines(&app->out, buf_text(&diff));
	if (!diff.len && !app->globals.quiet)
		output_puts(&app->err, "nothing to add: the profile has all that it asked for and may be given\n");
	return 0;
}

/* "./x" and "x" are the same file. */
static const char *plain(const char *path)
{
	return path && str_starts(path, "./") ? path + 2 : path;
}

/* A file that is there is added to when it is the profile that was learned from; another is not ours to change. */
static int learn_write(const struct learn_options *o, const struct learned *l, struct error *err)
{
	CLEANUP(free) char *as_it_is = mem_printf("include %s\n", o->spec.call_profile ? o->spec.call_profile : "ml");
	bool same = str_eq(l->before, l->after);
	/* Where there is nothing to add, what it ran with is what it needs. */
	const char *text = *l->after ? l->after : as_it_is;

	if (!o->file || (same && fs_exists(AT_FDCWD, o->file)))
		return 0;
	if (fs_exists(AT_FDCWD, o->file) && !str_eq(plain(o->file), plain(o->spec.call_profile))) {
		error_set(err, ERR_EXISTS, "%s is there already", o->file);
		return error_hint(err, "to add to it: --sandbox-profile %s%s -o %s", strchr(o->file, '/') ? "" : "./", o->file, o->file);
	}
	return part_write(AT_FDCWD, o->file, text, strlen(text), 0644, err);
}

static int learn_run(struct app *app, const struct call *call, struct error *err)
{
	const struct learn_options *o = call->options;
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	CLEANUP(learned_release) struct learned l = { 0 };
	CLEANUP(run_release) struct run r;
	const char *path = o->file ? o->file : o->spec.call_profile && strchr(o->spec.call_profile, '/') ? o->spec.call_profile :
			   "own.profile";
	struct engine *e;

	run_init(&r);
	if (app_engine_create(app, &e, err) < 0 || runspec_fill(app, e, &o->spec, call, &spec, err) < 0)
		return -1;
	spec.box.learn = true;
	if (learn_launch(app, e, &spec, &r, err) < 0 || learn_read(&r, &spec.box, &l, err) < 0 ||
	    learn_print(app, &r, &l, plain(path), err) < 0 || learn_write(o, &l, err) < 0)
		return -1;
	return learn_count(&l, LEARN_DANGEROUS) ? STATUS_NO : STATUS_YES;
}

static const struct command sandbox_learn = {
	.name = "learn",
	.summary = "propose the call filter that a command needs, as a diff",
	.flags = COMMAND_STOPS_AT_OPERAND,
	.error_status = EXIT_SETUP_FAILED,
	.operands = "COMMAND [ARG]…",
	.about = "Runs COMMAND as a recorded run in which each system call that the profile does not\n"
		 "let through is noted, and those that a profile of your own may allow go through. What\n"
		 "it asked for comes as a unified diff of a profile, to be read before it is used;\n"
		 "calls that take sandboxes apart are never proposed, and named loudly. What COMMAND\n"
		 "prints goes to standard error.\n"
		 "\n"
		 "Exit status: 0, 1 when it made calls that no profile can allow, 125 when it could\n"
		 "not be run.",
	.examples = {
		{ "wb sandbox learn -- python3 train.py", "what does it need?" },
		{ "wb sandbox learn -o train.profile -- python3 train.py", "and write it down" },
		{ "wb run --sandbox-profile ./train.profile -- python3 train.py", "run with it" },
	},
	.options = learn_specs,
	.options_size = sizeof(struct learn_options),
	.run = learn_run,
};

static const struct command *const sandbox_commands[] = { &sandbox_learn, &sandbox_show, &sandbox_profiles, NULL };

const struct command cmd_sandbox = {
	.name = "sandbox",
	.summary = "look at what confines a run, and learn what it needs",
	.group = GROUP_OPERATE,
	.subcommands = sandbox_commands,
	.about = "What a run sees and may call, before it is run. 'wb doctor' tries whether it holds,\n"
		 "'wb explain' says what a run was refused.",
	.examples = { { "wb sandbox show -- python3 train.py", "what would it see?" } },
};
