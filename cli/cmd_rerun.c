/* wb rerun */
#include "config.h"

#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/launch.h"
#include "cli/pick.h"
#include "engine/engine.h"
#include "engine/outcome.h"
#include "engine/run.h"

struct rerun_options {
	const char *name;
	struct arg_list nets;
	bool detach;
	bool dry_run;
	bool trace;
};

static const struct option_spec rerun_specs[] = {
	OPTION_STRING('n', "name", struct rerun_options, name, "NAME", "name of the new run"),
	OPTION_LIST(0, "net", struct rerun_options, nets, "HOST[:PORT]", "reach these hosts, instead of those of RUN"),
	OPTION_FLAG('d', "detach", struct rerun_options, detach, "do not wait: print the run's id"),
	OPTION_FLAG(0, "trace-files", struct rerun_options, trace, "note each file that it looks for in vain, for 'wb explain'"),
	OPTION_FLAG(0, "dry-run", struct rerun_options, dry_run, "decide and plan, but start nothing"),
	OPTION_END,
};

static int name_hosts(const struct rerun_options *o, struct run_spec *spec, struct error *err)
{
	words_release(&spec->nets);
	spec->foreign_nets = false;
	for (size_t i = 0; i < o->nets.count; i++)
		if (run_spec_add_net(spec, o->nets.items[i], err) < 0)
			return -1;
	return 0;
}

static int rerun_run(struct app *app, const struct call *call, struct error *err)
{
	const struct rerun_options *o = call->options;
	const struct launch_options options = { .detach = o->detach, .dry_run = o->dry_run };
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	struct engine *e;
	char id[33];

	if (o->dry_run && o->detach) {
		error_set(err, ERR_INVALID, "--dry-run and --detach do not go together");
		return error_hint(err, "leave one of them out: a dry run starts nothing");
	}
	if (app_engine(app, &e, err) < 0 || pick_run_id(app, call->operands[0], id, err) < 0 ||
	    run_spec_of(e, id, &spec, err) < 0)
		return -1;
	if (o->name) {
		free(spec.name);
		spec.name = mem_strdup(o->name);
	}
	spec.trace_files = spec.trace_files || o->trace;
	if (o->nets.count && name_hosts(o, &spec, err) < 0)
		return -1;
	return launch(app, e, &spec, &options, err);
}

const struct command cmd_rerun = {
	.name = "rerun",
	.summary = "repeat a run: same code, inputs, params and limits",
	.group = GROUP_RUN,
	.error_status = EXIT_SETUP_FAILED,
	.operands = "RUN",
	.about = "Runs the frozen code of RUN, whatever the project looks like now, with the same\n"
		 "command, params, inputs, limits and seed. The policy is asked again. Exit status\n"
		 "as 'wb run'.",
	.examples = {
		{ "wb rerun @", "the newest run again" },
		{ "wb rerun @ && wb diff @~1 @", "and what came out differently" },
	},
	.options = rerun_specs,
	.options_size = sizeof(struct rerun_options),
	.run = rerun_run,
};
