/* wb ls */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "cli/table.h"
#include "engine/gpus.h"
#include "engine/report.h"
#include "tracker/tracker.h"

enum { LIMIT_FOR_PEOPLE = 50, LIMIT_FILTER = 64 * 1024, PARAM_COLUMNS = 4, METRIC_COLUMNS = 3, FIXED_COLUMNS = 6, CELL = 8192 };

struct ls_options {
	const char *experiment;
	struct arg_list orders;
	struct arg_list columns;
	struct arg_int limit;
	bool all;
	bool deleted;
};

static const struct option_spec ls_specs[] = {
	OPTION_STRING('e', "experiment", struct ls_options, experiment, "NAME", "only runs of this experiment"),
	OPTION_LIST('o', "order", struct ls_options, orders, "KEYS", "sort: 'metrics.acc DESC, start_time' (newest first otherwise)"),
	OPTION_LIST('c', "column", struct ls_options, columns, "KEY", "show params.KEY, metrics.KEY or tags.KEY; may be repeated"),
	OPTION_INT('n', "limit", struct ls_options, limit, "N", 1, 100000000, "show at most N (50; all with --json)"),
	OPTION_FLAG('a', "all", struct ls_options, all, "show all that match"),
	OPTION_FLAG(0, "deleted", struct ls_options, deleted, "show deleted runs instead"),
	OPTION_END,
};

enum column_kind { COLUMN_PARAM, COLUMN_METRIC, COLUMN_TAG };

struct column {
	enum column_kind kind;
	const char *key;   /* borrowed */
	const char *value; /* borrowed: a param's, of the first run that has it */
	size_t uses;
	size_t first;      /* its place among all that were met */
	bool varies;       /* runs differ in it, or some lack it */
};

struct columns {
	struct column *items;
	size_t count, cap;
};

static void columns_release(struct columns *c)
{
	free(c->items);
}
DEFINE_CLEANUP_VALUE(columns_release, struct columns);

/* Splits "a DESC, `b,c`" at commas outside quotes. The pieces are owned by words. */
static void split_orders(const char *text, struct arg_list *words)
{
	char quote = 0;
	const char *start = text;

	for (const char *c = text;; c++) {
		if (*c && (quote ? *c == quote : strchr("`\"'", *c) != NULL)) {
			quote = quote ? 0 : *c;
		} else if (!*c || (*c == ',' && !quote)) {
			arg_list_push(words, mem_strndup(start, (size_t)(c - start)));
			start = c + 1;
		}
		if (!*c)
			return;
	}
}

static void free_words(struct arg_list *words)
{
	for (size_t i = 0; i < words->count; i++)
		free((char *)words->items[i]);
	arg_list_release(words);
}
DEFINE_CLEANUP_VALUE(free_words, struct arg_list);

/* An unquoted filter arrives as several words. Heap text. */
static char *join_filter(const struct call *call)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_FILTER);

	for (size_t i = 0; i < call->count; i++)
		buf_printf(&b, "%s%s", i ? " " : "", call->operands[i]);
	return mem_strdup(buf_text(&b));
}

static void note_column(struct columns *c, enum column_kind kind, const char *key)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].kind == kind && str_eq(c->items[i].key, key)) {
			c->items[i].uses++;
			return;
		}
	mem_reserve(&c->items, &c->cap, c->count + 1);
	c->items[c->count++] = (struct column){ .kind = kind, .key = key, .uses = 1 };
}

static void meet_column(struct columns *c, enum column_kind kind, const char *key, const char *value)
{
	mem_reserve(&c->items, &c->cap, c->count + 1);
	c->items[c->count] = (struct column){ .kind = kind, .key = key, .value = value, .uses = 1, .first = c->count };
	c->count++;
}

static int by_key(const void *x, const void *y)
{
	const struct column *a = x, *b = y;
	int keys = strcmp(a->key, b->key);

	return keys ? keys : (a->first > b->first) - (a->first < b->first);
}

static int by_first(const void *x, const void *y)
{
	const struct column *a = x, *b = y;

	return (a->first > b->first) - (a->first < b->first);
}

/* One column a key out of one a meeting. A run may have tens of thousands of them: sorted, never searched one by one. */
static void merge_columns(struct columns *c, size_t runs)
{
	size_t kept = 0;

	if (!c->count)
		return;
	qsort(c->items, c->count, sizeof *c->items, by_key);
	for (size_t i = 1; i < c->count; i++) {
		struct column *last = &c->items[kept];

		if (!str_eq(last->key, c->items[i].key)) {
			c->items[++kept] = c->items[i];
			continue;
		}
		last->uses++;
		last->varies |= !str_eq(last->value, c->items[i].value);
	}
	c->count = kept + 1;
	for (size_t i = 0; i < c->count; i++)
		c->items[i].varies |= c->items[i].uses < runs;
	qsort(c->items, c->count, sizeof *c->items, by_first);
}

/* The most used ones of a kind, params that differ between the runs before those that do not. */
/* The one that most of the runs have; NULL: none is left. Params only if they vary, or only if they do not. */
static struct column *most_used(struct columns *from, bool varying)
{
	struct column *best = NULL;

	for (size_t i = 0; i < from->count; i++) {
		struct column *c = &from->items[i];
		bool fits = c->kind != COLUMN_PARAM || c->varies == varying;

		if (c->uses && fits && (!best || c->uses > best->uses))
			best = c;
	}
	return best;
}

static void take_best(struct columns *from, size_t max, struct columns *to)
{
	for (int varying = 1; varying >= 0; varying--) {
		struct column *best;

		while (max && (best = most_used(from, varying))) {
			note_column(to, best->kind, best->key);
			best->uses = 0;
			max--;
		}
	}
}

static void choose_columns(const struct run_list *runs, struct columns *out)
{
	CLEANUP(columns_release) struct columns params = { 0 };
	CLEANUP(columns_release) struct columns metrics = { 0 };

	for (size_t i = 0; i < runs->count; i++) {
		const struct run *r = &runs->items[i];

		for (size_t k = 0; k < r->param_count; k++)
			meet_column(&params, COLUMN_PARAM, r->params[k].key, r->params[k].value);
		for (size_t k = 0; k < r->metric_count; k++)
			if (!run_metric_is_system(&r->metrics[k]))
				meet_column(&metrics, COLUMN_METRIC, r->metrics[k].key, "");
	}
	merge_columns(&params, runs->count);
	merge_columns(&metrics, runs->count);
	take_best(&params, PARAM_COLUMNS, out);
	take_best(&metrics, METRIC_COLUMNS, out);
}

static int parse_column(const char *text, struct columns *out, struct error *err)
{
	static const struct {
		const char *prefix;
		enum column_kind kind;
	} prefixes[] = {
		{ "params.", COLUMN_PARAM },   { "param.", COLUMN_PARAM }, { "metrics.", COLUMN_METRIC },
		{ "metric.", COLUMN_METRIC },  { "tags.", COLUMN_TAG },	   { "tag.", COLUMN_TAG },
	};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (str_starts(text, prefixes[i].prefix) && text[strlen(prefixes[i].prefix)]) {
			note_column(out, prefixes[i].kind, text + strlen(prefixes[i].prefix));
			return 0;
		}
	error_set(err, ERR_INVALID, "column '%s' is no params.KEY, metrics.KEY or tags.KEY", text);
	return error_hint(err, "for example: -c params.lr -c metrics.loss");
}

static struct table *new_table(const struct columns *extra)
{
	static const struct table_column fixed[FIXED_COLUMNS] = {
		{ "RUN", false, 0 },	   { "NAME", false, 12 },   { "STATUS", false, 0 },
		{ "EXPERIMENT", false, 10 }, { "STARTED", false, 0 }, { "TIME", true, 0 },
	};
	CLEANUP(free) struct table_column *columns = mem_calloc(FIXED_COLUMNS + extra->count, sizeof *columns);

	memcpy(columns, fixed, sizeof fixed);
	for (size_t i = 0; i < extra->count; i++)
		columns[FIXED_COLUMNS + i] = (struct table_column){
			.title = extra->items[i].key,
			.right = extra->items[i].kind == COLUMN_METRIC,
			.min = extra->items[i].kind == COLUMN_METRIC ? 0 : 6,
		};
	return table_new(columns, FIXED_COLUMNS + extra->count);
}

static void add_extra(struct table *t, const struct run *r, const struct column *c)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL);
	const struct run_metric *m;

	switch (c->kind) {
	case COLUMN_PARAM:
		table_cell(t, run_param(r, c->key));
		return;
	case COLUMN_TAG:
		table_cell(t, run_tag(r, c->key));
		return;
	case COLUMN_METRIC:
		m = run_metric(r, c->key);
		if (m)
			human_number(&b, m->value);
		table_cell(t, buf_text(&b));
		return;
	}
}

static void add_row(struct table *t, const struct run *r, const struct columns *extra, int id_len, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL);

	buf_printf(&b, "%.*s", id_len, r->id);
	table_cell_styled(t, STYLE_NAME, buf_text(&b));
	table_cell(t, r->name);
	buf_clear(&b);
	run_status_format(&b, r->state, r->detail);
	table_cell_styled(t, runview_style(r->state), buf_text(&b));
	table_cell(t, r->experiment);
	buf_clear(&b);
	human_ago(&b, r->start_ns, now_ns);
	table_cell(t, buf_text(&b));
	buf_clear(&b);
	run_took_format(&b, r, now_ns);
	table_cell(t, buf_text(&b));
	for (size_t i = 0; i < extra->count; i++)
		add_extra(t, r, &extra->items[i]);
}

static struct table *fill_table(const struct run_list *runs, const struct columns *extra, int id_len, int64_t now_ns)
{
	struct table *t = new_table(extra);

	for (size_t i = 0; i < runs->count; i++)
		add_row(t, &runs->items[i], extra, id_len, now_ns);
	return t;
}

static int print_people(struct app *app, const struct ls_options *o, const struct run_list *runs, bool filtered,
			struct error *err)
{
	CLEANUP(columns_release) struct columns extra = { 0 };
	CLEANUP(table_free) struct table *t = NULL;
	int id_len = app->globals.verbose ? (int)sizeof runs->items->id - 1 : RUNVIEW_ID;
	int64_t now_ns = clock_now(app->clock);

	if (!runs->count) {
		if (!app->globals.quiet)
			output_puts(&app->err, filtered ? "no run matches\n" : "no runs yet: start one with 'wb run -- COMMAND'\n");
		return STATUS_YES;
	}
	for (size_t i = 0; i < o->columns.count; i++)
		if (parse_column(o->columns.items[i], &extra, err) < 0)
			return -1;
	if (!o->columns.count)
		choose_columns(runs, &extra);
	t = fill_table(runs, &extra, id_len, now_ns);
	/* Columns that nobody asked for give way to a narrow terminal. */
	while (!o->columns.count && extra.count && app->out.width && table_least_width(t) > app->out.width) {
		extra.count--;
		table_free(t);
		t = fill_table(runs, &extra, id_len, now_ns);
	}
	table_print(t, &app->out);
	if (runs->more && !o->limit.given && !app->globals.quiet)
		output_printf(&app->err, "the first %zu; 'wb ls --all' shows the rest\n", runs->count);
	return STATUS_YES;
}

static void print_json(struct app *app, const struct run_list *runs)
{
	for (size_t i = 0; i < runs->count; i++) {
		CLEANUP(jval_free) struct jval *v = report_row(&runs->items[i]);

		output_json(&app->out, v);
	}
}

static uint64_t choose_limit(const struct app *app, const struct ls_options *o)
{
	if (o->limit.given)
		return (uint64_t)o->limit.value;
	return o->all || app->globals.json ? 0 : LIMIT_FOR_PEOPLE;
}

static int ls_run(struct app *app, const struct call *call, struct error *err)
{
	const struct ls_options *o = call->options;
	CLEANUP(free) char *filter = join_filter(call);
	CLEANUP(free_words) struct arg_list orders = { 0 };
	CLEANUP(run_list_release) struct run_list runs = { 0 };
	struct query_mark mark = { 0 };
	struct tracker_filter f = {
		.filter = filter,
		.experiment = o->experiment,
		.limit = choose_limit(app, o),
		.only_deleted = o->deleted,
	};
	struct tracker *t;
	struct engine *e;

	for (size_t i = 0; i < o->orders.count; i++)
		split_orders(o->orders.items[i], &orders);
	f.orders = orders.items;
	f.order_count = orders.count;
	if (pick_tracker(app, &t, err) < 0)
		return -1;
	if (tracker_list(t, &f, &runs, &mark, err) < 0) {
		if (mark.text) {
			query_mark_format(&app->detail, &mark, app->err.width ? app->err.width : 100);
			buf_putc(&app->detail, '\n');
		}
		return -1;
	}
	for (size_t i = 0; i < runs.count && app_engine(app, &e, err) == 0; i++)
		gpus_mark_waiting(e, &runs.items[i]);
	if (!app->globals.json)
		return print_people(app, o, &runs, *filter || o->experiment || o->deleted, err);
	print_json(app, &runs);
	return STATUS_YES;
}

const struct command cmd_ls = {
	.name = "ls",
	.summary = "list runs",
	.group = GROUP_LOOK,
	.operands = "[FILTER]…",
	.about = "FILTER compares params.KEY, metrics.KEY, tags.KEY, status, name, experiment,\n"
		 "start_time and duration by = != < <= > >= and LIKE, joined by AND, OR and NOT.\n"
		 "Texts stand in single quotes; quote the whole filter for the shell.\n"
		 "-v shows whole ids.",
	.examples = {
		{ "wb ls", "the newest runs" },
		{ "wb ls \"metrics.acc > 0.95 AND params.model = 'mlp'\"", "runs that match" },
		{ "wb ls --order 'metrics.acc DESC' -n 5", "the five best" },
		{ "wb ls --json | jq -r .run_id", "ids for a script" },
	},
	.options = ls_specs,
	.options_size = sizeof(struct ls_options),
	.run = ls_run,
};
