/* wb run */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/launch.h"
#include "cli/pick.h"
#include "engine/engine.h"
#include "engine/outcome.h"
#include "engine/settings.h"
#include "engine/spec.h"
#include "store/store.h"

struct run_options {
	const char *experiment;
	const char *name;
	struct arg_pairs params;
	struct arg_pairs tags;
	struct arg_list inputs;
	struct arg_int gpus;
	struct arg_number cpus;
	struct arg_size memory;
	struct arg_duration time;
	struct arg_size disk;
	struct arg_list nets;
	struct arg_list secrets;
	struct arg_list env;
	struct arg_int seed;
	const char *parent;
	struct arg_int tier;
	bool detach;
	bool tty;
	bool dry_run;
};

static const struct option_spec run_specs[] = {
	OPTION_STRING('e', "experiment", struct run_options, experiment, "NAME", "experiment it belongs to"),
	OPTION_STRING('n', "name", struct run_options, name, "NAME", "name of the run (one is made up otherwise)"),
	OPTION_PAIRS('p', "param", struct run_options, params, "K=V", "record a param, replace {K}, export WB_PARAM_K"),
	OPTION_PAIRS('t', "tag", struct run_options, tags, "K=V", "set a tag"),
	OPTION_LIST('i', "input", struct run_options, inputs, "[NAME=]PATH", "declare an input: only these can be read"),
	OPTION_INT(0, "gpus", struct run_options, gpus, "N", 0, 1024, "GPUs to lease"),
	OPTION_NUMBER(0, "cpus", struct run_options, cpus, "N", "CPUs it may keep busy, such as 1.5"),
	OPTION_SIZE(0, "memory", struct run_options, memory, "SIZE", "memory limit, such as 512M or 4G"),
	OPTION_DURATION(0, "time", struct run_options, time, "DURATION", "time limit, such as 90s or 2h30m"),
	OPTION_SIZE(0, "disk", struct run_options, disk, "SIZE", "limit on what it may write"),
	OPTION_LIST(0, "net", struct run_options, nets, "HOST:PORT", "ask for a network destination"),
	OPTION_LIST(0, "secret", struct run_options, secrets, "NAME", "ask for a secret"),
	OPTION_LIST(0, "env", struct run_options, env, "K[=V]", "set a variable, or pass yours on"),
	OPTION_INT(0, "seed", struct run_options, seed, "N", 0, INT64_MAX, "seed, exported as WB_SEED and PYTHONHASHSEED"),
	OPTION_STRING(0, "parent", struct run_options, parent, "RUN", "run that this one belongs to"),
	OPTION_FLAG('d', "detach", struct run_options, detach, "do not wait: print the run's id"),
	OPTION_FLAG(0, "tty", struct run_options, tty, "give it a terminal"),
	OPTION_FLAG(0, "dry-run", struct run_options, dry_run, "decide and plan, but start nothing"),
	OPTION_INT(0, "tier", struct run_options, tier, "1|2|3", 1, 3, "insist on this sandbox (1 is the strongest)"),
	OPTION_END,
};

/* What is asked for and cannot be given is refused, never left out in silence. */
static int refuse_missing(const struct run_options *o, struct error *err)
{
	if (o->tty) {
		error_set(err, ERR_UNSUPPORTED, "--tty: a run has no terminal here");
		return error_hint(err, "leave --tty out: what the run prints is shown as it comes");
	}
	if (o->secrets.count) {
		error_set(err, ERR_UNSUPPORTED, "--secret %s: this store has no vault", o->secrets.items[0]);
		return error_hint(err, "declare a file that holds the value: -i NAME=PATH");
	}
	if (o->tier.given && o->tier.value == 3) {
		error_set(err, ERR_UNSUPPORTED, "--tier 3: a sandbox that hides nothing is not offered");
		return error_hint(err, "'wb doctor' says what this machine needs for tier 1 or 2");
	}
	if (o->dry_run && o->detach)
		return error_set(err, ERR_INVALID, "--dry-run and --detach do not go together");
	return 0;
}

/* "K=V", or "K": the caller's own value. */
static int add_env(struct run_spec *spec, const char *text, struct error *err)
{
	const char *value;

	if (strchr(text, '='))
		return pairs_set_text(&spec->env, text, "--env", err);
	value = getenv(text);
	if (!value) {
		error_set(err, ERR_NOT_FOUND, "--env %s: the variable is not set", text);
		return error_hint(err, "give it a value: --env %s=VALUE", text);
	}
	pairs_set(&spec->env, text, value);
	return 0;
}

static int fill_lists(const struct run_options *o, struct run_spec *spec, struct error *err)
{
	for (size_t i = 0; i < o->params.count; i++)
		pairs_set(&spec->params, o->params.items[i].key, o->params.items[i].value);
	for (size_t i = 0; i < o->tags.count; i++)
		pairs_set(&spec->tags, o->tags.items[i].key, o->tags.items[i].value);
	for (size_t i = 0; i < o->nets.count; i++)
		words_add(&spec->nets, o->nets.items[i]);
	for (size_t i = 0; i < o->inputs.count; i++)
		if (run_spec_add_input(spec, o->inputs.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < o->env.count; i++)
		if (add_env(spec, o->env.items[i], err) < 0)
			return -1;
	return 0;
}

static int fill_spec(struct app *app, const struct call *call, struct run_spec *spec, struct error *err)
{
	const struct run_options *o = call->options;

	for (size_t i = 0; i < call->count; i++)
		words_add(&spec->argv, call->operands[i]);
	spec->experiment = mem_strdup(o->experiment);
	spec->name = mem_strdup(o->name);
	spec->gpus = o->gpus.value;
	spec->cpus = o->cpus.value;
	spec->memory_bytes = o->memory.bytes;
	spec->wall_ns = o->time.ns;
	spec->disk_bytes = o->disk.bytes;
	spec->has_seed = o->seed.given;
	spec->seed = o->seed.value;
	spec->tier = (int)o->tier.value;
	if (fill_lists(o, spec, err) < 0)
		return -1;
	if (o->parent) {
		char id[33];

		if (pick_run_id(app, o->parent, id, err) < 0)
			return error_wrap(err, "--parent");
		spec->parent = mem_strdup(id);
	}
	return 0;
}

static int apply_settings(struct engine *e, struct run_spec *spec, struct error *err)
{
	CLEANUP(settings_free) struct settings *s = NULL;

	if (settings_load(store_path(engine_store(e)), &s, err) < 0)
		return -1;
	return settings_apply(s, spec, err);
}

static int run_run(struct app *app, const struct call *call, struct error *err)
{
	const struct run_options *o = call->options;
	const struct launch_options options = { .detach = o->detach, .dry_run = o->dry_run };
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	struct engine *e;

	if (refuse_missing(o, err) < 0 || app_engine_create(app, &e, err) < 0 || fill_spec(app, call, &spec, err) < 0 ||
	    apply_settings(e, &spec, err) < 0 || run_spec_check(&spec, err) < 0)
		return -1;
	return launch(app, e, &spec, &options, err);
}

const struct command cmd_run = {
	.name = "run",
	.summary = "run a command in the sandbox and record it",
	.group = GROUP_RUN,
	.flags = COMMAND_STOPS_AT_OPERAND,
	.error_status = EXIT_SETUP_FAILED,
	.operands = "COMMAND [ARG]…",
	.about = "Freezes the project as it stands, asks the policy, and runs COMMAND on the frozen\n"
		 "copy. It sees system libraries, its interpreter, that code and the declared inputs,\n"
		 "each at its own path and under $WB_INPUTS/NAME. What it writes into its working\n"
		 "directory or $WB_OUTPUTS is kept. Metrics: 'wb log' or the Python module wb.\n"
		 "\n"
		 "Ctrl-C asks the run to stop, a second one kills it; closing the terminal leaves it\n"
		 "running. Exit status: the command's own; 120 denied by policy, 121 a limit was\n"
		 "reached, 124 out of time, 125 not set up, 126 not executable, 127 not found.",
	.examples = {
		{ "wb run -p lr=0.1 -i digits.h5 -- python3 train.py", "a training run with a param and an input" },
		{ "wb run -p lr=0.1 -- python3 train.py --lr '{lr}'", "the param replaces {lr}" },
		{ "wb run --time 2h --memory 8G -d -- ./train.sh", "with limits, in the background" },
		{ "wb run --dry-run -- python3 train.py", "what would be done" },
		{ "wb run --json -- python3 train.py | jq .metrics", "for scripts: the record at the end" },
	},
	.options = run_specs,
	.options_size = sizeof(struct run_options),
	.run = run_run,
};
