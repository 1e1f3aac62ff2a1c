/* wb tensor diff */
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

struct diff_options {
	const char *rtol;
	const char *atol;
};

static const struct option_spec diff_specs[] = {
	OPTION_STRING(0, "rtol", struct diff_options, rtol, "NUMBER", "relative tolerance (0)"),
	OPTION_STRING(0, "atol", struct diff_options, atol, "NUMBER", "absolute tolerance (0)"),
	OPTION_END,
};

struct diffing {
	struct app *app;
	struct tensor_arg a, b;
	double rtol, atol;
	struct table *table;
	bool differs;
};

static void diffing_release(struct diffing *d)
{
	tensor_arg_release(&d->a);
	tensor_arg_release(&d->b);
	table_free(d->table);
}
DEFINE_CLEANUP_VALUE(diffing_release, struct diffing);

/* What was found of one pair. */
struct found {
	const struct tensor_info *a, *b;           /* one may be NULL: only in the other */
	struct tensor_shape shape_a, shape_b;
	const char *verdict;                       /* "equal", "close", "differs", "shapes differ", "only in A" ... */
	bool is_compared;
	bool is_same;
	struct tensor_difference difference;
};

static bool same_shape(const struct tensor_shape *a, const struct tensor_shape *b)
{
	return a->rank == b->rank && a->is_null == b->is_null && memcmp(a->dims, b->dims, a->rank * sizeof a->dims[0]) == 0;
}

static void print_json(struct app *app, const struct diffing *d, const struct found *f)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	const struct tensor_difference *x = &f->difference;
	struct jval *a = jval_new_null(), *b = jval_new_null();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "tensor", (f->a ? f->a : f->b)->path);
	jval_set_text(v, "verdict", f->verdict);
	jval_set_bool(v, "same", f->is_same);
	if (f->a) {
		jval_free(a);
		a = tensor_shape_to_jval(&f->shape_a);
	}
	if (f->b) {
		jval_free(b);
		b = tensor_shape_to_jval(&f->shape_b);
	}
	jval_set(v, "shape_a", a);
	jval_set(v, "shape_b", b);
	jval_set_num(v, "rtol", d->rtol);
	jval_set_num(v, "atol", d->atol);
	if (f->is_compared) {
		jval_set_int(v, "count", (int64_t)x->count);
		jval_set_int(v, "different", (int64_t)x->different);
		jval_set_int(v, "beyond", (int64_t)x->beyond);
		jval_set_int(v, "nan_mismatch", (int64_t)x->nan_mismatch);
		jval_set_num(v, "max_abs", x->max_abs);
		jval_set_num(v, "max_rel", x->max_rel);
		jval_set_num(v, "mean_abs", x->count ? x->sum_abs / (double)x->count : 0);
		jval_set_bool(v, "allclose", x->beyond == 0);
		jval_set(v, "first", x->different ? jval_new_int((int64_t)x->first) : jval_new_null());
	}
	output_json(&app->out, v);
}

static void add_row(struct diffing *d, const struct found *f)
{
	CLEANUP(buf_release) struct buf shapes = BUF_INIT(8192);
	CLEANUP(buf_release) struct buf counts = BUF_INIT(64);

	if (f->a)
		tensor_shape_format(&shapes, &f->shape_a);
	if (f->a && f->b && !same_shape(&f->shape_a, &f->shape_b))
		buf_puts(&shapes, " / ");
	if (f->b && (!f->a || !same_shape(&f->shape_a, &f->shape_b)))
		tensor_shape_format(&shapes, &f->shape_b);
	buf_printf(&counts, "%" PRIu64, f->difference.different);
	table_cell(d->table, (f->a ? f->a : f->b)->path);
	table_cell(d->table, buf_text(&shapes));
	table_cell_styled(d->table, f->is_same ? STYLE_GOOD : STYLE_BAD, f->verdict);
	table_cell(d->table, f->is_compared ? buf_text(&counts) : "-");
	table_number(d->table, f->difference.max_abs, f->is_compared);
	table_number(d->table, f->difference.max_rel, f->is_compared);
}

static void report(struct diffing *d, const struct found *f)
{
	d->differs |= !f->is_same;
	if (d->app->globals.json)
		print_json(d->app, d, f);
	else
		add_row(d, f);
}

static int compare_values(struct diffing *d, struct found *f, const struct tensor_select *sa, const struct tensor_select *sb,
			  struct error *err)
{
	CLEANUP(tensor_stream_close) struct tensor_stream *a = NULL;
	CLEANUP(tensor_stream_close) struct tensor_stream *b = NULL;
	struct number_type ta = { 0 }, tb = { 0 };
	const char *why = NULL;

	if (!tensor_is_numeric(f->a, &ta, &why) || !tensor_is_numeric(f->b, &tb, &why)) {
		f->verdict = "not compared";
		f->is_same = true;
		return 0;
	}
	if (tensor_values_open(d->a.fd, &d->a.list, f->a, sa, &a, err) < 0 ||
	    tensor_values_open(d->b.fd, &d->b.list, f->b, sb, &b, err) < 0)
		return -1;
	ta.is_big = tb.is_big = false;
	if (tensor_compare(a, &ta, b, &tb, tensor_shape_count(&f->shape_a), d->rtol, d->atol, &f->difference, err) < 0)
		return -1;
	f->is_compared = true;
	f->is_same = f->difference.beyond == 0;
	f->verdict = f->difference.different == 0 ? "equal" : f->is_same ? "close" : "differs";
	return 0;
}

static int compare_pair(struct diffing *d, const struct tensor_info *a, const struct tensor_select *sa,
			const struct tensor_info *b, const struct tensor_select *sb, struct error *err)
{
	struct found f = { .a = a, .b = b, .shape_a = sa->shape, .shape_b = sb->shape, .verdict = "shapes differ" };

	if (same_shape(&sa->shape, &sb->shape) && compare_values(d, &f, sa, sb, err) < 0)
		return -1;
	report(d, &f);
	return 0;
}

static void only_in(struct diffing *d, const struct tensor_info *t, bool in_a)
{
	struct found f = { .verdict = in_a ? "only in the first" : "only in the second" };

	*(in_a ? &f.a : &f.b) = t;
	*(in_a ? &f.shape_a : &f.shape_b) = t->shape;
	report(d, &f);
}

static const struct tensor_info *find(const struct tensor_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->tensors[i].path, path))
			return &list->tensors[i];
	return NULL;
}

/* Neither argument names a tensor: all of both files, by name. */
static int compare_files(struct diffing *d, struct error *err)
{
	for (size_t i = 0; i < d->a.list.count; i++) {
		const struct tensor_info *a = &d->a.list.tensors[i], *b = find(&d->b.list, a->path);
		struct tensor_select sa, sb;

		if (!b) {
			only_in(d, a, true);
			continue;
		}
		if (tensor_select_parse(NULL, &a->shape, &sa, err) < 0 || tensor_select_parse(NULL, &b->shape, &sb, err) < 0 ||
		    compare_pair(d, a, &sa, b, &sb, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < d->b.list.count; i++)
		if (!find(&d->a.list, d->b.list.tensors[i].path))
			only_in(d, &d->b.list.tensors[i], false);
	return 0;
}

static int compare(struct diffing *d, struct error *err)
{
	const struct tensor_info *a, *b;
	struct tensor_select sa, sb;

	/* One name serves for both files. */
	if (d->a.tensor && !d->b.tensor && d->b.list.count > 1)
		d->b.tensor = mem_strdup(d->a.tensor);
	if (d->b.tensor && !d->a.tensor && d->a.list.count > 1)
		d->a.tensor = mem_strdup(d->b.tensor);
	if (!d->a.tensor && !d->b.tensor && !d->a.select && !d->b.select && (d->a.list.count != 1 || d->b.list.count != 1))
		return compare_files(d, err);
	if (tensor_arg_pick(&d->a, &a, &sa, err) < 0 || tensor_arg_pick(&d->b, &b, &sb, err) < 0)
		return -1;
	return compare_pair(d, a, &sa, b, &sb, err);
}

static int tolerance(const char *text, const char *name, double *out, struct error *err)
{
	if (text && (str_parse_double(text, out, err) < 0 || !(*out >= 0)))
		return error_set(err, ERR_INVALID, "--%s: '%s' is not a number from zero on", name, text);
	return 0;
}

static int diff_run(struct app *app, const struct call *call, struct error *err)
{
	const struct diff_options *o = call->options;
	const struct table_column columns[] = {
		{ "TENSOR", false, 12 }, { "SHAPE", true, 0 }, { "VERDICT", false, 0 }, { "DIFFERENT", true, 0 },
		{ "MAX ABS", true, 0 }, { "MAX REL", true, 0 },
	};
	CLEANUP(diffing_release) struct diffing d = { .app = app, .a = TENSOR_ARG_INIT, .b = TENSOR_ARG_INIT };

	d.table = table_new(columns, 6);
	if (tolerance(o->rtol, "rtol", &d.rtol, err) < 0 || tolerance(o->atol, "atol", &d.atol, err) < 0 ||
	    tensor_arg_open(app, call->operands[0], &d.a, err) < 0 ||
	    tensor_arg_open(app, call->operands[1], &d.b, err) < 0 || compare(&d, err) < 0)
		return -1;
	if (!app->globals.json && !app->globals.quiet && table_rows(d.table))
		table_print(d.table, &app->out);
	return d.differs ? STATUS_NO : STATUS_YES;
}

const struct command tensor_diff_command = {
	.name = "diff",
	.summary = "compare tensors, or all tensors of two files",
	.operands = "FILE[:TENSOR] FILE[:TENSOR]",
	.about = "Values are close when |a - b| <= atol + rtol * |b|, as in NumPy's allclose; NaN\n"
		 "equals NaN. Exit status 1 when shapes differ or values are not close.",
	.examples = {
		{ "wb tensor diff @~1:weights.h5 @:weights.h5", "the weights of two runs" },
		{ "wb tensor diff a.npy b.npy --rtol 1e-5 --atol 1e-8", "within a tolerance" },
		{ "wb tensor diff 'a.h5:/x[0:10]' b.npy", "a part of one with another" },
	},
	.options = diff_specs,
	.options_size = sizeof(struct diff_options),
	.run = diff_run,
};
