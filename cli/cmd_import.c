/* wb import */
#include "config.h"

#include <inttypes.h>

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/runview.h"
#include "engine/bundle.h"

struct import_options {
	struct arg_size max_size;
};

static const struct option_spec import_specs[] = {
	OPTION_SIZE(0, "max-size", struct import_options, max_size, "SIZE", "take in at most SIZE, unpacked (200 times the file)"),
	OPTION_END,
};

static const struct {
	const char *json;
	const char *words;
	enum output_style style;
} fates[] = {
	[BUNDLE_TAKEN] = { "imported", "imported", STYLE_GOOD },
	[BUNDLE_SAME] = { "present", "is here already, the same", STYLE_FAINT },
	[BUNDLE_CONFLICT] = { "conflict", "is here already, and is another: left as it is", STYLE_BAD },
};

static void print_run(struct app *app, const struct bundle_run *r, bool any_conflict)
{
	const char *words = fates[r->fate].words, *json = fates[r->fate].json;
	CLEANUP(jval_free) struct jval *v = NULL;

	if (any_conflict && r->fate == BUNDLE_TAKEN) {
		words = "not imported";
		json = "skipped";
	}
	if (app->globals.json) {
		v = jval_object();
		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", r->id);
		jval_set_text(v, "experiment", r->experiment);
		jval_set_text(v, "name", r->name);
		jval_set_text(v, "status", r->status);
		jval_set_text(v, "result", json);
		output_json(&app->out, v);
		return;
	}
	if (app->globals.quiet && r->fate != BUNDLE_CONFLICT)
		return;
	output_style(&app->out, STYLE_NAME);
	output_printf(&app->out, "%.*s", RUNVIEW_ID, r->id);
	output_style(&app->out, STYLE_PLAIN);
	output_puts(&app->out, " ");
	output_untrusted(&app->out, r->name);
	output_puts(&app->out, " (");
	output_untrusted(&app->out, r->status);
	output_puts(&app->out, ") ");
	output_styled(&app->out, any_conflict && r->fate == BUNDLE_TAKEN ? STYLE_FAINT : fates[r->fate].style, words);
	output_puts(&app->out, "\n");
}

static int import_run(struct app *app, const struct call *call, struct error *err)
{
	const struct import_options *o = call->options;
	const char *path = call->operands[0];
	CLEANUP(bundle_imported_release) struct bundle_imported result = { 0 };
	struct progress progress;
	struct bundle_import_options options = { .max_bytes = o->max_size.bytes, .progress = progress_bytes, .data = &progress };
	struct engine *e;
	int rc;

	if (app_engine_create(app, &e, err) < 0)
		return -1;
	progress_begin(&progress, app, path);
	rc = bundle_import(e, &options, path, &result, err);
	progress_end(&progress);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < result.n; i++)
		print_run(app, &result.runs[i], rc == 1);
	if (rc == 1)
		output_puts(&app->err, "nothing was imported: a run of the same id is another one here\n");
	return rc == 1 ? STATUS_NO : STATUS_YES;
}

const struct command cmd_import = {
	.name = "import",
	.summary = "take in runs that `wb export` packed",
	.group = GROUP_KEEP,
	.operands = "FILE",
	.about = "Ids stay as they are. Every file is checked against its digest before anything is\n"
		 "visible; a bundle that is damaged, incomplete or hostile leaves nothing behind. A\n"
		 "run that is here already is left as it is: exit status 1 when it differs, and then\n"
		 "nothing is taken in.",
	.examples = {
		{ "wb import best.tar.zst", "then `wb ls`, `wb show`, `wb rerun` know the run" },
		{ "wb import --max-size 20G big.tar.zst", "one that unpacks to very much" },
	},
	.options = import_specs,
	.options_size = sizeof(struct import_options),
	.run = import_run,
};
