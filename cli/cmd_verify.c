/* wb verify */
#include "config.h"

#include <inttypes.h>

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/verify.h"

struct verify_args {
	bool all;
};

static const struct option_spec verify_specs[] = {
	OPTION_FLAG('a', "all", struct verify_args, all, "the whole store (also when no RUN is given)"),
	OPTION_END,
};

static void print_finding(void *data, const char *run_id, const char *what)
{
	struct app *app = data;

	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", *run_id ? run_id : NULL);
		jval_set_text(v, "problem", what);
		output_json(&app->out, v);
		return;
	}
	output_style(&app->out, STYLE_BAD);
	if (*run_id)
		output_printf(&app->out, "run %.*s", RUNVIEW_ID, run_id);
	else
		output_puts(&app->out, "store");
	output_style(&app->out, STYLE_PLAIN);
	output_puts(&app->out, ": ");
	output_untrusted(&app->out, what);
	output_puts(&app->out, "\n");
}

static void print_summary(struct app *app, const struct verify_count *v)
{
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *o = jval_object();

		jval_set_int(o, "v", 1);
		jval_set_bool(o, "ok", !v->findings);
		jval_set_int(o, "runs", (int64_t)v->runs);
		jval_set_int(o, "objects", (int64_t)v->objects);
		jval_set_int(o, "bytes", (int64_t)v->bytes);
		jval_set_int(o, "problems", (int64_t)v->findings);
		output_json(&app->out, o);
		return;
	}
	if (app->globals.quiet)
		return;
	output_printf(&app->out, "%" PRIu64 " run%s, %" PRIu64 " object%s: ", v->runs, v->runs == 1 ? "" : "s", v->objects,
		      v->objects == 1 ? "" : "s");
	if (v->findings)
		output_printf(&app->out, "%" PRIu64 " problem%s\n", v->findings, v->findings == 1 ? "" : "s");
	else
		output_puts(&app->out, "all good\n");
}

static int check_run(struct app *app, const struct call *call, struct error *err)
{
	const struct verify_args *o = call->options;
	const struct verify_options options = { .fn = print_finding, .data = app };
	struct verify_count count = { 0 };
	struct engine *e;
	char id[33];

	if (o->all && call->count)
		return error_set(err, ERR_INVALID, "verify: a RUN and --all do not go together");
	if (app_engine(app, &e, err) < 0 || (call->count && pick_run_id(app, call->operands[0], id, err) < 0))
		return -1;
	if ((call->count ? verify_run(e, id, &options, &count, err) : verify_all(e, &options, &count, err)) < 0)
		return -1;
	print_summary(app, &count);
	return count.findings ? STATUS_NO : STATUS_YES;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "check that what is stored is what was recorded",
	.group = GROUP_KEEP,
	.operands = "[RUN]",
	.about = "Reads every byte again: digests of artifacts, code, environments, manifests and\n"
		 "logs, the integrity of the database, each record against its spool. One line a\n"
		 "problem; exit status 1 when there is one.",
	.examples = {
		{ "wb verify", "the whole store" },
		{ "wb verify @", "the newest run" },
	},
	.options = verify_specs,
	.options_size = sizeof(struct verify_args),
	.run = check_run,
};
