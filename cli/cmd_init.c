/* wb init */
#include "config.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "engine/engine.h"

struct init_options {
	const char *policy;
};

static const struct option_spec init_specs[] = {
	OPTION_CHOICE(0, "policy", struct init_options, policy, "starter|open|team|strict",
		      "which policy to begin with (starter: one commented file)"),
	OPTION_END,
};

static int init_run(struct app *app, const struct call *call, struct error *err)
{
	const struct init_options *o = call->options;
	const char *set = o->policy && !str_eq(o->policy, "starter") ? o->policy : NULL;
	const char *dir = call->count ? call->operands[0] : ".";
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *store = NULL;

	if (app->globals.store) {
		error_set(err, ERR_INVALID, "init: --store does not go with init");
		return error_hint(err, "name the project's folder: wb init DIR");
	}
	if (engine_init(dir, set, err) < 0) {
		if (err->code == ERR_EXISTS && o->policy)
			error_hint(err, "it keeps its policy; 'wb init --policy %s NEWDIR' writes one to copy from", o->policy);
		return -1;
	}
	if (fs_realpath(dir, &real, err) < 0)
		return -1;
	store = fs_join(real, ".wb");
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "store", store);
		output_json(&app->out, v);
	} else if (!app->globals.quiet) {
		output_puts(&app->out, "made ");
		output_untrusted(&app->out, store);
		output_printf(&app->out, " with a %s policy in policy/\n", set ? set : "starter");
		output_puts(&app->out, "next: wb run -- COMMAND\n");
	}
	return STATUS_YES;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "make a store and a starter policy in a project",
	.group = GROUP_RUN,
	.operands = "[DIR]",
	.about = "Makes DIR/.wb (here, when DIR is left out). Runs started in DIR or below it\n"
		 "are kept there. Its policy/ is read before every run: edit it freely.\n"
		 "\n"
		 "--policy open: ceilings for GPUs, memory, disk and time. team: also approvals for\n"
		 "personal data, lists for secrets and the network, ages and licences of data, gates.\n"
		 "strict: also reviewed code, two approvers, working hours and budgets. Settings are in\n"
		 "policy/data.yaml; the policies are explained in docs/policy-cookbook.md.",
	.examples = {
		{ "wb init", "here" },
		{ "wb init ~/projects/digits", "somewhere else" },
		{ "wb init --policy team && wb policy test", "with rules for a group, and their tests" },
	},
	.options = init_specs,
	.options_size = sizeof(struct init_options),
	.run = init_run,
};
