/* wb plot */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/part.h"
#include "base/str.h"
#include "chart/chart.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "tracker/tracker.h"

enum { SERIES_MAX = 32, WIDTH = 80, HEIGHT = 20, SVG_WIDTH = 900, SVG_HEIGHT = 500, ALL_MAX = 6, NAME_MAX_ = 1024 };

struct plot_options {
	const char *smooth;
	const char *x;
	const char *out;
	struct arg_int width, height;
	bool log_y;
	bool ascii;
};

static const struct option_spec plot_specs[] = {
	OPTION_STRING('s', "smooth", struct plot_options, smooth, "WEIGHT", "smooth: 0 (not at all) to below 1, as TensorBoard does"),
	OPTION_FLAG('l', "logy", struct plot_options, log_y, "logarithmic y axis"),
	OPTION_CHOICE('x', "x", struct plot_options, x, "step|time", "x axis: the step, or the time since the run began"),
	OPTION_STRING('o', "output", struct plot_options, out, "FILE.svg", "write a picture instead of printing"),
	OPTION_INT(0, "width", struct plot_options, width, "N", 20, 4000, "columns (pixels of a picture)"),
	OPTION_INT(0, "height", struct plot_options, height, "N", 5, 4000, "rows (pixels of a picture)"),
	OPTION_FLAG(0, "ascii", struct plot_options, ascii, "draw with ASCII alone"),
	OPTION_END,
};

/* One line to draw. */
struct plotted {
	const struct run *run;
	char *key;
	char *name;
	struct chart_point *points;
	size_t count, cap;
	bool by_time;
};

struct plot {
	struct run *runs;
	size_t n_runs;
	struct plotted series[SERIES_MAX];
	size_t n;
};

static void plot_release(struct plot *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->series[i].key);
		free(p->series[i].name);
		free(p->series[i].points);
	}
	for (size_t i = 0; i < p->n_runs; i++)
		run_release(&p->runs[i]);
	free(p->runs);
}
DEFINE_CLEANUP_VALUE(plot_release, struct plot);

static bool any_has(const struct plot *p, const char *key)
{
	for (size_t i = 0; i < p->n_runs; i++)
		if (run_metric(&p->runs[i], key))
			return true;
	return false;
}

/* Neither a run nor a metric: the nearest metric may have been meant. */
static int unknown_word(const struct plot *p, const char *word, struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list keys = { 0 };
	const char *near;

	for (size_t i = 0; i < p->n_runs; i++)
		for (size_t k = 0; k < p->runs[i].metric_count; k++)
			arg_list_push(&keys, p->runs[i].metrics[k].key);
	near = str_nearest(word, keys.items, keys.count);
	error_set(err, ERR_NOT_FOUND, "'%s' is neither a run nor a metric of %s", word, p->n_runs == 1 ? "the run" : "these runs");
	if (near)
		return error_hint(err, "did you mean '%s'?", near);
	return error_hint(err, "'wb metrics RUN' lists the metrics of a run");
}

/* Runs first; from the first word that is a metric of one of them, metrics. */
static int sort_words(struct app *app, const struct call *call, struct plot *p, size_t *first_key, struct error *err)
{
	size_t i;

	p->runs = mem_calloc(call->count, sizeof *p->runs);
	for (i = 0; i < call->count && !any_has(p, call->operands[i]); i++) {
		struct error not_run = { 0 };

		if (pick_run(app, call->operands[i], &p->runs[p->n_runs], &not_run) < 0) {
			if (p->n_runs && not_run.code == ERR_NOT_FOUND)
				return unknown_word(p, call->operands[i], err);
			*err = not_run;
			return -1;
		}
		p->n_runs++;
	}
	*first_key = i;
	for (; i < call->count; i++)
		if (!any_has(p, call->operands[i]))
			return unknown_word(p, call->operands[i], err);
	return 0;
}

static int add_series(struct plot *p, const struct run *r, const char *key, bool by_time, struct error *err)
{
	if (p->n == SERIES_MAX)
		return error_set(err, ERR_LIMIT, "more than %d lines in one chart", SERIES_MAX);
	p->series[p->n++] = (struct plotted){ .run = r, .key = mem_strdup(key), .by_time = by_time };
	return 0;
}

/* What was named; without names the run's own metrics, as far as they can be told apart. */
static int choose_series(struct plot *p, const struct call *call, size_t first_key, bool by_time, struct error *err)
{
	for (size_t k = first_key; k < call->count; k++)
		for (size_t i = 0; i < p->n_runs; i++)
			if (run_metric(&p->runs[i], call->operands[k]) &&
			    add_series(p, &p->runs[i], call->operands[k], by_time, err) < 0)
				return -1;
	for (size_t i = 0; i < p->n_runs && first_key == call->count; i++)
		for (size_t k = 0; k < p->runs[i].metric_count && p->n < ALL_MAX; k++)
			if (!str_starts(p->runs[i].metrics[k].key, "system/") &&
			    add_series(p, &p->runs[i], p->runs[i].metrics[k].key, by_time, err) < 0)
				return -1;
	if (!p->n) {
		error_set(err, ERR_NOT_FOUND, "%s logged no metrics", p->n_runs == 1 ? "the run has" : "the runs have");
		return error_hint(err, "a script logs them: import wb; wb.log(loss=0.1, step=1)");
	}
	return 0;
}

static bool several_keys(const struct plot *p)
{
	for (size_t i = 1; i < p->n; i++)
		if (!str_eq(p->series[i].key, p->series[0].key))
			return true;
	return false;
}

/* As much as tells the lines apart. */
static void name_series(struct plot *p)
{
	bool keys = several_keys(p);

	for (size_t i = 0; i < p->n; i++) {
		struct plotted *s = &p->series[i];

		if (p->n_runs == 1)
			s->name = mem_strdup(s->key);
		else
			s->name = keys ? mem_printf("%s %s", s->run->name, s->key) : mem_strdup(s->run->name);
	}
}

static int take_point(void *data, const struct metric_point *m)
{
	struct plotted *s = data;

	mem_reserve(&s->points, &s->cap, s->count + 1);
	s->points[s->count++] = (struct chart_point){
		.x = s->by_time ? (double)m->time_ms / 1e3 - (double)s->run->start_ns / 1e9 : (double)m->step,
		.y = m->value,
	};
	return 0;
}

static int load_series(struct app *app, struct plot *p, double smooth, struct error *err)
{
	struct tracker *t;

	if (pick_tracker(app, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		struct plotted *s = &p->series[i];

		if (tracker_metric_each(t, s->run->id, s->key, take_point, s, err) < 0)
			return -1;
		if (smooth > 0)
			chart_smooth(s->points, s->count, smooth, s->points);
	}
	return 0;
}

static void print_json(struct app *app, const struct plot *p, double smooth)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plotted *s = &p->series[i];
		CLEANUP(jval_free) struct jval *v = jval_object();
		struct jval *points;

		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", s->run->id);
		jval_set_text(v, "name", s->run->name);
		jval_set_text(v, "key", s->key);
		jval_set_text(v, "x", s->by_time ? "time" : "step");
		jval_set_num(v, "smooth", smooth);
		points = jval_set(v, "points", jval_array());
		for (size_t k = 0; k < s->count; k++) {
			struct jval *pair = jval_push(points, jval_array());

			jval_push(pair, s->by_time ? jval_new_num(s->points[k].x) : jval_new_int((int64_t)s->points[k].x));
			jval_push(pair, jval_new_num(s->points[k].y));
		}
		output_json(&app->out, v);
	}
}

static enum output_style style_of(unsigned role)
{
	static const enum output_style lines[] = { STYLE_BUSY, STYLE_WARN, STYLE_GOOD, STYLE_BAD, STYLE_NAME, STYLE_STRONG };

	if (role >= CHART_SERIES)
		return lines[(role - CHART_SERIES) % (sizeof lines / sizeof *lines)];
	return role == CHART_AXIS ? STYLE_FAINT : STYLE_PLAIN;
}

/* Blanks at the end of a row are not printed. */
static void print_row(struct output *out, const struct chart_grid *g, int y)
{
	const struct chart_cell *row = &g->cells[y * g->width];
	enum output_style style = STYLE_PLAIN;
	int last = g->width;

	while (last > 0 && row[last - 1].ch == ' ')
		last--;
	for (int x = 0; x < last; x++) {
		char bytes[4];

		if (!row[x].ch)
			continue;
		if (style != style_of(row[x].role)) {
			if (style != STYLE_PLAIN)
				output_style(out, STYLE_PLAIN);
			style = style_of(row[x].role);
			if (style != STYLE_PLAIN)
				output_style(out, style);
		}
		output_write(out, bytes, str_utf8_encode(row[x].ch, bytes));
	}
	if (style != STYLE_PLAIN)
		output_style(out, STYLE_PLAIN);
	output_puts(out, "\n");
}

/* The user's locale says whether anything but ASCII can be shown. */
static bool locale_is_ascii(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return !strcasestr(value, "utf-8") && !strcasestr(value, "utf8");
	}
	return true;
}

static int print_chart(struct app *app, const struct plot *p, const struct chart_spec *spec, struct error *err)
{
	CLEANUP(chart_grid_release) struct chart_grid g = { .width = 0 };

	(void)p;
	chart_draw(spec, &g);
	if (g.is_empty) {
		error_set(err, ERR_INVALID, "there is nothing to draw: no value is %s", spec->log_y ? "above 0" : "a finite number");
		return spec->log_y ? error_hint(err, "without --logy the values below are drawn too") : -1;
	}
	for (int y = 0; y < g.height; y++)
		print_row(&app->out, &g, y);
	return STATUS_YES;
}

static char *title_of(const struct plot *p)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(NAME_MAX_);

	if (p->n_runs == 1)
		buf_printf(&b, "%s", p->runs[0].name);
	else
		buf_printf(&b, "%s of %zu runs", several_keys(p) ? "metrics" : p->series[0].key, p->n_runs);
	return mem_strdup(buf_text(&b));
}

static int write_svg(const struct plot *p, const struct chart_spec *spec, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf svg = BUF_INIT(LIMIT_JSON);
	CLEANUP(free) char *title = title_of(p);

	chart_svg(spec, title, &svg);
	if (buf_check(&svg, "the picture", err) < 0)
		return -1;
	return part_write(AT_FDCWD, path, buf_text(&svg), svg.len, 0644, err);
}

static int save_svg(struct app *app, const struct plot *p, const struct chart_spec *spec, const char *path, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = app->globals.json ? jval_object() : NULL;

	if (write_svg(p, spec, path, err) < 0)
		return -1;
	if (!v)
		return STATUS_YES;
	jval_set_int(v, "v", 1);
	jval_set_text(v, "file", path);
	jval_set_int(v, "series", (int64_t)p->n);
	output_json(&app->out, v);
	return STATUS_YES;
}

static int read_smooth(const char *text, double *out, struct error *err)
{
	if (!text)
		return 0;
	if (str_parse_double(text, out, err) < 0)
		return error_wrap(err, "--smooth");
	if (!(*out >= 0 && *out < 1))
		return error_set(err, ERR_INVALID, "--smooth %s is not from 0 to below 1", text);
	return 0;
}

static int check_output(const char *path, struct error *err)
{
	if (!path || str_ends(path, ".svg"))
		return 0;
	error_set(err, ERR_INVALID, "-o %s: only SVG pictures are written", path);
	return error_hint(err, "give it a name that ends in .svg");
}

static int plot_run(struct app *app, const struct call *call, struct error *err)
{
	const struct plot_options *o = call->options;
	CLEANUP(plot_release) struct plot p = { .n = 0 };
	struct chart_series series[SERIES_MAX];
	struct chart_spec spec = {
		.series = series, .log_y = o->log_y, .x_is_time = str_eq(o->x, "time"), .ascii = o->ascii || locale_is_ascii(),
		.width = o->width.given ? (int)o->width.value : o->out ? SVG_WIDTH : app->out.width ? (int)app->out.width : WIDTH,
		.height = o->height.given ? (int)o->height.value : o->out ? SVG_HEIGHT : HEIGHT,
	};
	double smooth = 0;
	size_t first_key = 0;

	if (read_smooth(o->smooth, &smooth, err) < 0 || check_output(o->out, err) < 0 ||
	    sort_words(app, call, &p, &first_key, err) < 0 || choose_series(&p, call, first_key, spec.x_is_time, err) < 0 ||
	    load_series(app, &p, smooth, err) < 0)
		return -1;
	if (app->globals.json && !o->out) {
		print_json(app, &p, smooth);
		return STATUS_YES;
	}
	name_series(&p);
	for (size_t i = 0; i < p.n; i++)
		series[i] = (struct chart_series){ p.series[i].name, p.series[i].points, p.series[i].count };
	spec.count = p.n;
	return o->out ? save_svg(app, &p, &spec, o->out, err) : print_chart(app, &p, &spec, err);
}

const struct command cmd_plot = {
	.name = "plot",
	.summary = "draw metrics of runs as a chart",
	.group = GROUP_LOOK,
	.operands = "RUN… [METRIC]…",
	.about = "Without METRIC: the metrics that the run logged itself. Each column of the chart\n"
		 "shows the least and the greatest of all points in it, so no spike is lost. What\n"
		 "is no number is a gap, and counted. --json prints the points instead, a line a\n"
		 "series.",
	.examples = {
		{ "wb plot @ loss", "one metric of the newest run" },
		{ "wb plot @~1 @ loss --logy", "two runs" },
		{ "wb plot @ loss val_loss --smooth 0.9", "two metrics, smoothed" },
		{ "wb plot @ loss --x time -o loss.svg", "over time, as a picture" },
	},
	.options = plot_specs,
	.options_size = sizeof(struct plot_options),
	.run = plot_run,
};
