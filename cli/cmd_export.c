/* wb export */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/progress.h"
#include "engine/bundle.h"
#include "tracker/tracker.h"

struct export_options {
	bool with_inputs;
};

static const struct option_spec export_specs[] = {
	OPTION_FLAG(0, "with-inputs", struct export_options, with_inputs, "pack the input files too"),
	OPTION_END,
};

struct telling {
	struct app *app;
	struct progress progress;
};

static void tell_note(void *data, const char *text)
{
	struct telling *t = data;

	output_puts(&t->app->err, "note: ");
	output_untrusted(&t->app->err, text);
	output_puts(&t->app->err, "\n");
}

static void tell_progress(void *data, uint64_t done, uint64_t all)
{
	struct telling *t = data;

	progress_update(&t->progress, done, all);
}

static void print_result(struct app *app, const char *path, const struct bundle_exported *x)
{
	CLEANUP(buf_release) struct buf size = BUF_INIT(64);
	CLEANUP(buf_release) struct buf unpacked = BUF_INIT(64);
	CLEANUP(jval_free) struct jval *v = NULL;

	if (app->globals.json) {
		v = jval_object();
		jval_set_int(v, "v", 1);
		jval_set_text(v, "file", path);
		jval_set_int(v, "runs", (int64_t)x->runs);
		jval_set_int(v, "files", (int64_t)x->files);
		jval_set_int(v, "bytes", (int64_t)x->bytes);
		jval_set_int(v, "file_bytes", (int64_t)x->file_bytes);
		output_json(&app->out, v);
		return;
	}
	if (app->globals.quiet)
		return;
	str_format_size(&size, x->file_bytes);
	str_format_size(&unpacked, x->bytes);
	output_untrusted(&app->out, path);
	output_printf(&app->out, ": %" PRIu64 " run%s, %" PRIu64 " files, %s (%s unpacked)\n", x->runs, x->runs == 1 ? "" : "s",
		      x->files, buf_text(&size), buf_text(&unpacked));
}

static int export_run(struct app *app, const struct call *call, struct error *err)
{
	const struct export_options *o = call->options;
	const char *path = call->operands[call->count - 1];
	size_t n = call->count - 1;
	CLEANUP(free) char (*ids)[33] = mem_calloc(n, sizeof *ids);
	CLEANUP(free) const char **list = mem_calloc(n, sizeof *list);
	struct telling t = { .app = app };
	struct bundle_export_options options = {
		.run_ids = list, .n = n, .with_inputs = o->with_inputs, .note = tell_note, .progress = tell_progress, .data = &t,
	};
	struct bundle_exported result;
	struct tracker *tracker;
	struct engine *e;
	int rc;

	if (app_engine(app, &e, err) < 0 || pick_tracker(app, &tracker, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (tracker_resolve(tracker, call->operands[i], ids[i], err) < 0)
			return -1;
		list[i] = ids[i];
	}
	progress_begin(&t.progress, app, path);
	rc = bundle_export(e, &options, path, &result, err);
	progress_end(&t.progress);
	if (rc < 0)
		return -1;
	print_result(app, path, &result);
	return STATUS_YES;
}

const struct command cmd_export = {
	.name = "export",
	.summary = "pack runs into one file to carry elsewhere",
	.group = GROUP_KEEP,
	.operands = "RUN… FILE",
	.about = "The bundle holds the records, logs, outputs, frozen code and environments of the\n"
		 "runs, with a digest for every file; `wb import` checks them all. It is a tar under\n"
		 "zstd that other programs can read. The same runs give the same bytes. Inputs are\n"
		 "named by digest, and packed only with --with-inputs.",
	.examples = {
		{ "wb export @ best.tar.zst", "the newest run" },
		{ "wb export --with-inputs @~1 @ two.tar.zst", "two runs that can be repeated elsewhere" },
		{ "tar --zstd -tf best.tar.zst", "what is in it" },
	},
	.options = export_specs,
	.options_size = sizeof(struct export_options),
	.run = export_run,
};
