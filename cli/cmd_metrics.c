/* wb metrics */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "cli/table.h"
#include "engine/report.h"
#include "tracker/tracker.h"

struct printer {
	struct output *out;
	const char *key;
	bool json;
};

static int print_point(void *data, const struct metric_point *p)
{
	const struct printer *pr = data;
	CLEANUP(buf_release) struct buf number = BUF_INIT(64);

	if (pr->json) {
		CLEANUP(jval_free) struct jval *v = report_point(pr->key, p);

		output_json(pr->out, v);
		return 0;
	}
	str_format_double(&number, p->value);
	output_printf(pr->out, "%" PRId64 "\t%s\n", p->step, buf_text(&number));
	return 0;
}

static int print_all(struct app *app, const char *ref, struct error *err)
{
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (pick_run(app, ref, &r, err) < 0)
		return -1;
	for (size_t i = 0; app->globals.json && i < r.metric_count; i++) {
		CLEANUP(jval_free) struct jval *v = report_metric(&r.metrics[i]);

		output_json(&app->out, v);
	}
	if (!app->globals.json && r.metric_count)
		runview_metrics(&app->out, &r, true);
	else if (!app->globals.json && !app->globals.quiet)
		output_puts(&app->err, "the run has logged no metrics\n");
	return STATUS_YES;
}

static int metrics_run(struct app *app, const struct call *call, struct error *err)
{
	struct printer printer = { .out = &app->out, .json = app->globals.json };
	struct tracker *t;
	char id[33];

	if (call->count == 1)
		return print_all(app, call->operands[0], err);
	printer.key = call->operands[1];
	if (pick_tracker(app, &t, err) < 0 || tracker_resolve(t, call->operands[0], id, err) < 0 ||
	    tracker_metric_each(t, id, printer.key, print_point, &printer, err) < 0)
		return -1;
	return STATUS_YES;
}

const struct command cmd_metrics = {
	.name = "metrics",
	.summary = "print the metrics of a run, or the history of one",
	.group = GROUP_LOOK,
	.operands = "RUN [KEY]",
	.about = "Without KEY: each metric with its last value and range. With KEY: every point,\n"
		 "a step and a value a line. In JSON, what is no number is the text \"NaN\",\n"
		 "\"Infinity\" or \"-Infinity\".",
	.examples = {
		{ "wb metrics @", "the metrics of the newest run" },
		{ "wb metrics @ loss", "each step and its loss" },
		{ "wb metrics @ loss --json", "the same, with times" },
	},
	.run = metrics_run,
};
