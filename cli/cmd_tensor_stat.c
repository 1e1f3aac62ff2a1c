/* wb tensor stat */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/runview.h"
#include "cli/table.h"
#include "cli/tensor_arg.h"

enum { BINS_DEFAULT = 32, BINS_MAX = 1024, BAR = 40 };

struct stat_options {
	struct arg_int bins;
	struct arg_int workers;
	bool no_histogram;
};

static const struct option_spec stat_specs[] = {
	OPTION_INT(0, "bins", struct stat_options, bins, "N", 1, BINS_MAX, "at most N bins in the histogram (32)"),
	OPTION_FLAG(0, "no-histogram", struct stat_options, no_histogram, "leave it out, which is faster"),
	OPTION_INT(0, "workers", struct stat_options, workers, "N", 1, 16, "processes that read large files (one a processor)"),
	OPTION_END,
};

/* The tensors of one argument: those with numbers, and their statistics. */
struct stat_set {
	const struct tensor_info **tensors;
	struct tensor_stats *stats;
	size_t n;
};

static void stat_set_release(struct stat_set *s)
{
	free(s->tensors);
	free(s->stats);
}
DEFINE_CLEANUP_VALUE(stat_set_release, struct stat_set);

static int stat_set_fill(const struct tensor_arg *a, const struct stat_options *o, struct stat_set *out, struct error *err)
{
	const struct tensor_stat_options options = { .no_histogram = o->no_histogram, .workers = (unsigned)o->workers.value };
	const struct tensor_info *one = NULL;
	struct tensor_select whole;
	struct number_type type;
	const char *why;

	if (a->select) {
		error_set(err, ERR_INVALID, "statistics are of whole tensors, not of %s", a->select);
		return error_hint(err, "`wb tensor show` prints a part");
	}
	if (a->tensor && tensor_arg_pick(a, &one, &whole, err) < 0)
		return -1;
	out->tensors = mem_calloc(a->list.count + 1, sizeof *out->tensors);
	for (size_t i = 0; i < a->list.count; i++) {
		const struct tensor_info *t = &a->list.tensors[i];

		if (one && t != one)
			continue;
		if (tensor_is_numeric(t, &type, &why))
			out->tensors[out->n++] = t;
		else if (one)
			return error_set(err, ERR_UNSUPPORTED, "%s: %s", t->path, why);
	}
	out->stats = mem_calloc(out->n + 1, sizeof *out->stats);
	return tensor_stat(a->fd, &a->list, out->tensors, out->n, &options, out->stats, err);
}

static void print_json(struct app *app, const struct tensor_list *list, const struct tensor_info *t, const struct tensor_stats *s,
		       size_t max_bins)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	CLEANUP(free) double *edges = mem_calloc(max_bins + 1, sizeof *edges);
	CLEANUP(free) uint64_t *counts = mem_calloc(max_bins, sizeof *counts);
	struct jval *h, *list_edges, *list_counts;
	size_t n;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "file", list->file);
	jval_set_text(v, "tensor", t->path);
	jval_set_text(v, "dtype", t->dtype);
	jval_set(v, "shape", tensor_shape_to_jval(&t->shape));
	jval_set_int(v, "count", (int64_t)s->count);
	jval_set_int(v, "nan", (int64_t)s->nan);
	jval_set_int(v, "inf", (int64_t)(s->pos_inf + s->neg_inf));
	jval_set_int(v, "pos_inf", (int64_t)s->pos_inf);
	jval_set_int(v, "neg_inf", (int64_t)s->neg_inf);
	jval_set_int(v, "zeros", (int64_t)s->zeros);
	jval_set(v, "min", s->finite ? jval_new_num(s->min) : jval_new_null());
	jval_set(v, "max", s->finite ? jval_new_num(s->max) : jval_new_null());
	jval_set(v, "mean", s->finite ? jval_new_num(s->mean) : jval_new_null());
	jval_set(v, "std", s->finite ? jval_new_num(tensor_stats_std(s)) : jval_new_null());
	if (!s->no_bins) {
		n = tensor_stats_histogram(s, max_bins, edges, counts);
		h = jval_set(v, "histogram", jval_object());
		list_edges = jval_set(h, "edges", jval_array());
		list_counts = jval_set(h, "counts", jval_array());
		for (size_t i = 0; n && i <= n; i++)
			jval_push(list_edges, jval_new_num(edges[i]));
		for (size_t i = 0; i < n; i++)
			jval_push(list_counts, jval_new_int((int64_t)counts[i]));
	}
	output_json(&app->out, v);
}

static void count_cell(struct table *t, uint64_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64);

	buf_printf(&b, "%" PRIu64, n);
	if (n)
		table_cell_styled(t, STYLE_WARN, buf_text(&b));
	else
		table_cell(t, "0");
}

static void print_table(struct output *out, const struct stat_set *set)
{
	const struct table_column columns[] = {
		{ "TENSOR", false, 12 }, { "SHAPE", true, 0 }, { "DTYPE", false, 7 }, { "MIN", true, 0 }, { "MAX", true, 0 },
		{ "MEAN", true, 0 }, { "STD", true, 0 }, { "NAN", true, 0 }, { "INF", true, 0 },
	};
	CLEANUP(table_free) struct table *t = table_new(columns, 9);

	for (size_t i = 0; i < set->n; i++) {
		const struct tensor_stats *s = &set->stats[i];
		CLEANUP(buf_release) struct buf shape = BUF_INIT(4096);

		tensor_shape_format(&shape, &set->tensors[i]->shape);
		table_cell(t, set->tensors[i]->path);
		table_cell(t, buf_text(&shape));
		table_cell(t, set->tensors[i]->dtype);
		table_number(t, s->min, s->finite);
		table_number(t, s->max, s->finite);
		table_number(t, s->mean, s->finite);
		table_number(t, tensor_stats_std(s), s->finite);
		count_cell(t, s->nan);
		count_cell(t, s->pos_inf + s->neg_inf);
	}
	table_print(t, out);
}

static void edge_format(struct buf *b, double v)
{
	buf_printf(b, "%.6g", v);
}

static void print_histogram(struct output *out, const struct tensor_stats *s, size_t max_bins)
{
	CLEANUP(free) double *edges = mem_calloc(max_bins + 1, sizeof *edges);
	CLEANUP(free) uint64_t *counts = mem_calloc(max_bins, sizeof *counts);
	size_t n = s->no_bins ? 0 : tensor_stats_histogram(s, max_bins, edges, counts);
	uint64_t most = 1;

	for (size_t i = 0; i < n; i++)
		most = counts[i] > most ? counts[i] : most;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf from = BUF_INIT(64);
		CLEANUP(buf_release) struct buf to = BUF_INIT(64);
		size_t bar = (size_t)((double)counts[i] / (double)most * BAR);

		edge_format(&from, edges[i]);
		edge_format(&to, edges[i + 1]);
		output_printf(out, "  %12s … %-12s ", buf_text(&from), buf_text(&to));
		output_style(out, STYLE_NAME);
		for (size_t k = 0; k < bar; k++)
			output_puts(out, "█");
		output_style(out, STYLE_PLAIN);
		output_printf(out, "%s%" PRIu64 "\n", bar ? " " : counts[i] ? "▏" : "", counts[i]);
	}
}

static int stat_one(struct app *app, const char *text, const struct stat_options *o, struct error *err)
{
	CLEANUP(tensor_arg_release) struct tensor_arg a = TENSOR_ARG_INIT;
	CLEANUP(stat_set_release) struct stat_set set = { 0 };
	size_t bins = o->bins.given ? (size_t)o->bins.value : BINS_DEFAULT;

	if (tensor_arg_open(app, text, &a, err) < 0 || stat_set_fill(&a, o, &set, err) < 0)
		return -1;
	for (size_t i = 0; app->globals.json && i < set.n; i++)
		print_json(app, &a.list, set.tensors[i], &set.stats[i], bins);
	if (app->globals.json)
		return 0;
	if (set.n)
		print_table(&app->out, &set);
	else
		output_puts(&app->err, "there are no tensors with numbers\n");
	if (set.n == 1 && set.stats[0].finite && !set.stats[0].no_bins) {
		output_puts(&app->out, "\n");
		print_histogram(&app->out, &set.stats[0], bins);
	}
	return 0;
}

static int stat_run(struct app *app, const struct call *call, struct error *err)
{
	for (size_t i = 0; i < call->count; i++) {
		if (i && !app->globals.json)
			output_puts(&app->out, "\n");
		if (stat_one(app, call->operands[i], call->options, err) < 0)
			return -1;
	}
	return STATUS_YES;
}

const struct command tensor_stat_command = {
	.name = "stat",
	.summary = "range, mean, spread, NaNs and a histogram of tensors",
	.operands = "FILE[:TENSOR]…",
	.about = "Of every tensor with numbers in a file, or of one with its histogram. NaN and\n"
		 "infinities are counted and left out of the rest; sums are float64. Of complex\n"
		 "numbers the magnitude is taken. FILE may be RUN:PATH.",
	.examples = {
		{ "wb tensor stat @:weights.h5", "all tensors of a file" },
		{ "wb tensor stat @:weights.h5:/w1", "one, with its histogram" },
		{ "wb tensor stat --json m.safetensors | jq 'select(.nan > 0).tensor'", "which have NaNs" },
	},
	.options = stat_specs,
	.options_size = sizeof(struct stat_options),
	.run = stat_run,
};
