/* wb shell */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/fail.h"
#include "cli/launch.h"
#include "cli/pick.h"
#include "cli/runspec.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/kept.h"
#include "engine/outcome.h"
#include "engine/resume.h"
#include "engine/spec.h"
#include "store/store.h"

struct shell_options {
	struct runspec spec;
};

static const struct option_spec shell_specs[] = {
	RUNSPEC_OPTIONS(struct shell_options, spec),
	RUNSPEC_TIER(struct shell_options, spec),
	OPTION_END,
};

/* One that is visible inside: a shell of the user's own making is not. */
static const char *find_shell(void)
{
	static const char *const places[] = { "/bin/", "/usr/bin/", "/usr/local/bin/" };
	const char *shell = getenv("SHELL");

	for (size_t i = 0; shell && i < sizeof places / sizeof *places; i++)
		if (str_starts(shell, places[i]) && !strchr(shell + strlen(places[i]), '/') && access(shell, X_OK) == 0)
			return shell;
	return access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
}

/* Unless --env says otherwise; what the shell's run had does not count, it may have been a shell too. */
static void set_default(struct run_spec *spec, const struct shell_options *o, const char *name, const char *value)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < o->spec.env.count; i++)
		if (strncmp(o->spec.env.items[i], name, n) == 0 && strchr("=", o->spec.env.items[i][n]))
			return;
	pairs_set(&spec->env, name, value);
}

/* The prompt says where one is; history is nobody's file. */
static void set_shell_env(struct run_spec *spec, const struct shell_options *o, const char *shell, const char *run_id)
{
	CLEANUP(free) char *where = run_id ? mem_printf("wb %.*s", RUNVIEW_ID, run_id) : mem_strdup("wb");
	bool is_bash = str_eq(fs_basename(shell), "bash");
	CLEANUP(free) char *prompt = mem_printf(is_bash ? "(%s) \\w \\$ " : "(%s) $ ", where);

	set_default(spec, o, "SHELL", shell);
	set_default(spec, o, "PS1", prompt);
	set_default(spec, o, "HISTFILE", "/tmp/.history");
}

static void say_missing(struct app *app, const char *run_id, const struct words *missing)
{
	for (size_t i = 0; i < missing->n; i++) {
		CLEANUP(free) char *text = mem_printf("input '%s' of run %.*s is neither at its place nor in the store: left out",
						      missing->items[i], RUNVIEW_ID, run_id);

		fail_warn(&app->err, text);
	}
}

/* What the shell stands on: an earlier run, or the project as it is now. */
static int fill_from_run(struct app *app, struct engine *e, const struct shell_options *o, const struct call *call,
			 struct run_spec *spec, struct error *err)
{
	CLEANUP(run_release) struct run r;
	CLEANUP(words_release) struct words missing = { 0 };

	run_init(&r);
	if (pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	if (r.state == RUN_RUNNING) {
		error_set(err, ERR_BUSY, "run %.*s is still running", RUNVIEW_ID, r.id);
		return error_hint(err, "'wb attach %.*s' joins it; a shell opens what it leaves", RUNVIEW_ID, r.id);
	}
	if (resume_spec(engine_store(e), &r, spec, &missing, err) < 0 || runspec_over(app, e, &o->spec, spec, err) < 0)
		return -1;
	say_missing(app, r.id, &missing);
	if (!app->globals.quiet && r.state != RUN_LOST && !kept_exists(engine_store(e), r.id))
		output_printf(&app->err, "wb: the files of run %.*s were not kept: its artifacts are laid out over its code\n",
			      RUNVIEW_ID, r.id);
	for (size_t i = 1; i < call->count; i++)
		words_add(&spec->argv, call->operands[i]);
	return 0;
}

static int fill_from_project(struct app *app, struct engine *e, const struct shell_options *o, const struct call *call,
			     const char *shell, struct run_spec *spec, struct error *err)
{
	const char *const only[] = { shell };
	const struct call run = {
		.command = call->command, .options = call->options, .dashed = true,
		.operands = call->count ? call->operands : only, .count = call->count ? call->count : 1,
	};

	return runspec_fill(app, e, &o->spec, &run, spec, err);
}

static int adopt_run(struct app *app, const char *word, struct error *err)
{
	(void)app;
	(void)word;
	(void)err;
	return 1;
}

static int shell_run(struct app *app, const struct call *call, struct error *err)
{
	const struct shell_options *o = call->options;
	const struct launch_options options = { .detach = false };
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	const char *shell = find_shell();
	bool has_command = call->count > (call->adopted ? 1 : 0);
	struct engine *e;

	if (!has_command && !launch_has_terminal(app)) {
		error_set(err, ERR_INVALID, "a shell needs a terminal");
		return error_hint(err, "name a command: wb shell%s%s -- COMMAND", call->count ? " " : "", call->count ? call->operands[0] : "");
	}
	if (app_engine_create(app, &e, err) < 0)
		return -1;
	if (call->adopted && fill_from_run(app, e, o, call, &spec, err) < 0)
		return -1;
	if (!call->adopted && fill_from_project(app, e, o, call, shell, &spec, err) < 0)
		return -1;
	if (!has_command) {
		words_release(&spec.argv);
		words_add(&spec.argv, shell);
		set_shell_env(&spec, o, shell, spec.shell_of);
	}
	spec.is_literal = true;
	spec.tty = launch_has_terminal(app);
	pairs_set(&spec.tags, "wb.kind", "shell");
	if (run_spec_check(&spec, err) < 0)
		return -1;
	return launch(app, e, &spec, &options, err);
}

const struct command cmd_shell = {
	.name = "shell",
	.summary = "open a confined shell on the project, or on what a run left",
	.group = GROUP_RUN,
	.flags = COMMAND_STOPS_AT_OPERAND,
	.error_status = EXIT_SETUP_FAILED,
	.operands = "[RUN] [COMMAND]…",
	.about = "Without RUN: the project as 'wb run' would freeze it. With RUN: its frozen\n"
		 "code, its params, variables and inputs, and its files: those that 'wb run\n"
		 "--keep-on-failure' kept, exactly as they were, else its artifacts, laid out in\n"
		 "its working directory and in $WB_OUTPUTS. Whatever is changed is the shell's\n"
		 "own: RUN stays as it is. GPUs, network and time limits are not taken over;\n"
		 "options ask for them.\n"
		 "\n"
		 "A shell is a run: the policy is asked (input.sandbox.tty), and it is recorded\n"
		 "with the tag wb.kind=shell, RUN as its parent, and what it writes. $SHELL is\n"
		 "started, or bash, or sh; or COMMAND, after '--', which needs no terminal. Ctrl-]\n"
		 "three times leaves it running for 'wb attach'. Exit status: the shell's,\n"
		 "otherwise as 'wb run'.",
	.examples = {
		{ "wb shell", "look round as a run would" },
		{ "wb shell @", "what the newest run left" },
		{ "wb shell -i digits.h5", "with an input" },
		{ "wb shell @ -- ls -l", "one command instead of a shell" },
	},
	.options = shell_specs,
	.options_size = sizeof(struct shell_options),
	.adopt = adopt_run,
	.run = shell_run,
};
