/* wb run */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/launch.h"
#include "cli/runspec.h"
#include "engine/outcome.h"
#include "engine/spec.h"

struct run_options {
	struct runspec spec;
	bool detach;
	bool tty;
	bool dry_run;
	bool trace;
	bool keep;
};

static const struct option_spec run_specs[] = {
	RUNSPEC_OPTIONS(struct run_options, spec),
	OPTION_STRING(0, "entry", struct run_options, spec.entry, "NAME", "with DIR: the entry point of its MLproject (main)"),
	OPTION_FLAG('d', "detach", struct run_options, detach, "do not wait: print the run's id"),
	OPTION_FLAG(0, "tty", struct run_options, tty, "give it a terminal, joined to yours"),
	OPTION_FLAG(0, "trace-files", struct run_options, trace, "note each file that it looks for in vain, for 'wb explain'"),
	OPTION_FLAG(0, "dry-run", struct run_options, dry_run, "decide and plan, but start nothing"),
	OPTION_FLAG(0, "keep-on-failure", struct run_options, keep, "if it fails, keep its files for 'wb shell'"),
	RUNSPEC_TIER(struct run_options, spec),
	OPTION_END,
};

/* What is asked for and cannot be given is refused, never left out in silence. */
static int refuse_missing(const struct run_options *o, struct error *err)
{
	if (o->spec.secrets.count) {
		error_set(err, ERR_UNSUPPORTED, "--secret %s: this store has no vault", o->spec.secrets.items[0]);
		return error_hint(err, "declare a file that holds the value: -i NAME=PATH");
	}
	if (o->dry_run && o->detach) {
		error_set(err, ERR_INVALID, "--dry-run and --detach do not go together");
		return error_hint(err, "leave one of them out: a dry run starts nothing");
	}
	return 0;
}

static int run_run(struct app *app, const struct call *call, struct error *err)
{
	const struct run_options *o = call->options;
	const struct launch_options options = { .detach = o->detach, .dry_run = o->dry_run };
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	struct engine *e;

	if (refuse_missing(o, err) < 0 || app_engine_create(app, &e, err) < 0 ||
	    runspec_fill(app, e, &o->spec, call, &spec, err) < 0)
		return -1;
	spec.tty = o->tty;
	spec.trace_files = o->trace;
	spec.keep = o->keep;
	if (run_spec_check(&spec, err) < 0)
		return -1;
	return launch(app, e, &spec, &options, err);
}

const struct command cmd_run = {
	.name = "run",
	.summary = "run a command in the sandbox and record it",
	.group = GROUP_RUN,
	.flags = COMMAND_STOPS_AT_OPERAND,
	.error_status = EXIT_SETUP_FAILED,
	.operands = "[COMMAND|TASK|DIR] [ARG]…",
	.about = "Freezes the project as it stands, asks the policy, and runs COMMAND on the frozen\n"
		 "copy. It sees system libraries, its interpreter, that code and the declared inputs,\n"
		 "each at its own path and under $WB_INPUTS/NAME. What it writes into its working\n"
		 "directory or $WB_OUTPUTS is kept. Metrics: 'wb log' or the Python module wb.\n"
		 "-v says at the start what was frozen, decided and confined.\n"
		 "\n"
		 "TASK is one of the project's wb.yaml (wb.yaml(5)), which also gives values to every\n"
		 "run of the project and the command where none is named. DIR, such as '.', runs the\n"
		 "MLproject in it with this machine's own packages. Options may follow either, and\n"
		 "after '--' words for the command. A COMMAND called like a task goes after '--'.\n"
		 "\n"
		 "With --tty the command gets a terminal of its own that is joined to yours: keys\n"
		 "go to it (Ctrl-C too), and what it draws is shown, but for sequences that reach\n"
		 "beyond the screen, such as the clipboard's. Ctrl-] three times leaves it running.\n"
		 "\n"
		 "With --diode only metrics leave the run, for data that may be trained on but not\n"
		 "leave: no files, no network, no terminal, no output (SECURITY.md adds it up).\n"
		 "\n"
		 "With --keep-on-failure, a command that fails, is killed or reaches a limit\n"
		 "leaves its whole writable layer behind: 'wb shell RUN' opens it as it was, 'wb\n"
		 "gc' or 'wb rm' frees it. What was in /tmp and in memory is gone.\n"
		 "\n"
		 "Ctrl-C (or SIGTERM) asks the run to stop, a second one kills it; closing the\n"
		 "terminal leaves it running. Exit status: the command's own; 120 denied by policy,\n"
		 "121 a limit was reached, 124 out of time, 125 not set up, 126 not executable,\n"
		 "127 not found.",
	.examples = {
		{ "wb run -p lr=0.1 -i digits.h5 -- python3 train.py", "a training run with a param and an input" },
		{ "wb run -p lr=0.1 -- python3 train.py --lr '{lr}'", "the param replaces {lr}" },
		{ "wb run --time 2h --memory 8G -d -- ./train.sh", "with limits, in the background" },
		{ "wb run --dry-run -- python3 train.py", "what would be done" },
		{ "wb run train -p lr=0.1 --profile big", "a task of wb.yaml" },
		{ "wb run --json -- python3 train.py | jq .metrics", "for scripts: the record at the end" },
	},
	.options = run_specs,
	.options_size = sizeof(struct run_options),
	.adopt = runspec_adopt,
	.run = run_run,
};
