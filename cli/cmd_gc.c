/* wb gc */
#include "config.h"

#include <inttypes.h>

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/runview.h"
#include "engine/gc.h"

struct gc_args {
	bool dry_run;
	struct arg_duration older_than;
};

static const struct option_spec gc_specs[] = {
	OPTION_FLAG('n', "dry-run", struct gc_args, dry_run, "say what would be removed, and how many bytes"),
	OPTION_DURATION_OR_0(0, "older-than", struct gc_args, older_than, "TIME", "keep runs that were deleted less than TIME ago"),
	OPTION_END,
};

static void print_run(void *data, const char *run_id, const char *name)
{
	struct app *app = data;

	if (app->globals.json || app->globals.quiet)
		return;
	output_style(&app->out, STYLE_NAME);
	output_printf(&app->out, "%.*s", RUNVIEW_ID, run_id);
	output_style(&app->out, STYLE_PLAIN);
	output_puts(&app->out, " ");
	output_untrusted(&app->out, name);
	output_puts(&app->out, "\n");
}

static uint64_t all_bytes(const struct gc_result *r)
{
	return r->run_bytes + r->layer_bytes + r->object_bytes + r->code_bytes + r->leftover_bytes;
}

static void print_json(struct app *app, const struct gc_result *r, bool dry_run)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_bool(v, "dry_run", dry_run);
	jval_set_int(v, "runs", (int64_t)r->runs);
	jval_set_int(v, "layers", (int64_t)r->layers);
	jval_set_int(v, "objects", (int64_t)r->objects);
	jval_set_int(v, "code", (int64_t)r->code);
	jval_set_int(v, "bytes", (int64_t)all_bytes(r));
	jval_set_int(v, "leftovers", (int64_t)r->leftovers);
	jval_set_int(v, "kept_runs", (int64_t)r->kept_runs);
	output_json(&app->out, v);
}

static int gc_run(struct app *app, const struct call *call, struct error *err)
{
	const struct gc_args *o = call->options;
	const struct gc_options options = {
		.dry_run = o->dry_run, .older_than_ns = o->older_than.ns, .run = print_run, .data = app,
	};
	CLEANUP(buf_release) struct buf size = BUF_INIT(64);
	struct gc_result r;
	struct engine *e;

	if (app_engine(app, &e, err) < 0 || gc_collect(e, &options, &r, err) < 0)
		return -1;
	if (app->globals.json) {
		print_json(app, &r, o->dry_run);
		return STATUS_YES;
	}
	str_format_size(&size, all_bytes(&r));
	if (!app->globals.quiet) {
		output_printf(&app->out, "%s %" PRIu64 " run%s and %" PRIu64 " object%s", o->dry_run ? "would remove" : "removed", r.runs,
			      r.runs == 1 ? "" : "s", r.objects, r.objects == 1 ? "" : "s");
		if (r.code)
			output_printf(&app->out, ", %" PRIu64 " piece%s of frozen code", r.code, r.code == 1 ? "" : "s");
		if (r.layers)
			output_printf(&app->out, ", the kept files of %" PRIu64, r.layers);
		if (r.leftovers)
			output_printf(&app->out, ", and %" PRIu64 " that were never finished", r.leftovers);
		output_printf(&app->out, ": %s\n", buf_text(&size));
	}
	return STATUS_YES;
}

const struct command cmd_gc = {
	.name = "gc",
	.summary = "remove deleted runs for good, and what only they needed",
	.group = GROUP_KEEP,
	.about = "Runs that 'wb rm' deleted can be brought back until this is run. It waits for\n"
		 "nobody: exit status 2 while runs are starting or ending. Frozen code that no other\n"
		 "run has goes with them. What 'wb run --keep-on-failure' kept goes too, unless a\n"
		 "'wb shell' is open on it; --older-than keeps that of runs that ended less than TIME\n"
		 "ago.",
	.examples = {
		{ "wb gc --dry-run", "how many bytes would come free" },
		{ "wb gc --older-than 7d", "leave what was deleted this week" },
	},
	.options = gc_specs,
	.options_size = sizeof(struct gc_args),
	.run = gc_run,
};
