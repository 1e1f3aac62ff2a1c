/* The model: the table of runs, and the order in which things are loaded. */
#include "config.h"

#include "tui/model_parts.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gpus.h"

enum { NAMES_MAX = 400, ORDERS_MAX = 8, PACE = 20 };

int model_open(struct engine *e, struct model **out, struct error *err)
{
	CLEANUP(model_close) struct model *m = mem_zalloc(sizeof *m);

	m->engine = e;
	m->filter = mem_strdup("");
	m->order = mem_strdup("");
	/* Not engine_tracker(): that would move records first, and a first screen must not wait for it. */
	if (tracker_open(store_path(engine_store(e)), &m->tracker, err) < 0 || tracker_version(m->tracker, &m->version, err) < 0)
		return -1;
	*out = take_ptr(&m);
	return 0;
}

void model_close(struct model *m)
{
	if (!m)
		return;
	model_open_run(m, NULL);
	run_list_release(&m->list);
	tracker_close(m->tracker);
	free(m->filter);
	free(m->order);
	free(m);
}

bool model_step(struct model *m)
{
	/* What is on the screen first; numbers and histories after it. One slice a call. */
	static bool (*const steps[])(struct model *) = {
		model_step_rows, model_step_run, model_step_log, model_step_series, model_step_total,
	};

	m->steps++;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i](m))
			return true;
	return false;
}

bool model_poll(struct model *m)
{
	struct error err = { 0 };
	int64_t version = m->version;

	/* A log grows without the database; whether it did is seen by reading on. */
	m->tail.at_end = false;
	if (tracker_version(m->tracker, &version, &err) < 0 || version == m->version)
		return false;
	m->version = version;
	m->rows_stale = m->total_stale = m->run_stale = true;
	return true;
}

void model_refresh(struct model *m)
{
	m->rows_pace.next_ns = m->total_pace.next_ns = 0;
	model_poll(m);
}

static int64_t mono(const struct model *m)
{
	return clock_mono(engine_clock(m->engine));
}

static bool pace_allows(const struct model *m, const struct pace *p)
{
	return mono(m) >= p->next_ns;
}

static void pace_begin(const struct model *m, struct pace *p)
{
	p->began_ns = mono(m);
}

static void pace_end(const struct model *m, struct pace *p)
{
	int64_t now = mono(m);

	p->next_ns = now + PACE * (now - p->began_ns);
}

const struct model_rows *model_rows(const struct model *m)
{
	return &m->rows;
}

void model_want_rows(struct model *m, uint64_t first, uint64_t count)
{
	m->want_first = first;
	m->want_count = count;
}

const char *model_filter(const struct model *m)
{
	return m->filter;
}

const char *model_order(const struct model *m)
{
	return m->order;
}

/* "a DESC, b" as its keys, commas inside quotes kept; the texts are written into copy. */
static size_t split_order(char *copy, const char *keys[ORDERS_MAX])
{
	size_t n = 0;
	char quote = 0;

	for (char *c = copy, *start = copy; n < ORDERS_MAX; c++) {
		if (*c && (quote ? *c == quote : strchr("`\"'", *c) != NULL)) {
			quote = quote ? 0 : *c;
		} else if (!*c || (*c == ',' && !quote)) {
			bool last = !*c;

			*c = '\0';
			if (start[strspn(start, " ")])
				keys[n++] = start;
			start = c + 1;
			if (last)
				break;
		}
	}
	return n;
}

static int list_runs(const struct model *m, const char *filter, const char *order, uint64_t first, uint64_t count,
		     struct run_list *out, struct query_mark *mark, struct error *err)
{
	CLEANUP(free) char *copy = mem_strdup(order);
	const char *keys[ORDERS_MAX];
	struct tracker_filter f = { .filter = filter, .orders = keys, .limit = count, .offset = first };
	int failed;

	f.order_count = split_order(copy, keys);
	failed = tracker_list(m->tracker, &f, out, mark, err);
	for (size_t i = 0; failed == 0 && i < out->count; i++)
		gpus_mark_waiting(m->engine, &out->items[i]);
	/* A mark in an order key is no use to somebody who typed a list of them, and its text is going. */
	if (failed < 0 && mark->text != filter)
		*mark = (struct query_mark){ 0 };
	return failed;
}

int model_check_query(const struct model *m, const char *filter, const char *order, struct query_mark *mark,
		      struct error *err)
{
	CLEANUP(query_free) struct query *q = NULL;
	CLEANUP(run_list_release) struct run_list none = { 0 };

	if (query_parse(filter, &q, mark, err) < 0)
		return -1;
	return *order ? list_runs(m, "run_id = ''", order, 0, 1, &none, mark, err) : 0;
}

int model_set_query(struct model *m, const char *filter, const char *order, struct query_mark *mark, struct error *err)
{
	if (model_check_query(m, filter, order, mark, err) < 0)
		return -1;
	if (!str_eq(filter, m->filter)) {
		free(m->filter);
		m->filter = mem_strdup(filter);
		m->total_stale = true;
		m->rows.has_total = false;
	}
	if (!str_eq(order, m->order)) {
		free(m->order);
		m->order = mem_strdup(order);
	}
	m->rows.loaded = false;
	m->rows_stale = true;
	return 0;
}

static void rows_failed(struct model *m, const struct error *err)
{
	m->rows.error = *err;
	m->rows.loaded = true;
	m->rows.generation++;
}

bool model_step_rows(struct model *m)
{
	CLEANUP(run_list_release) struct run_list list = { 0 };
	struct query_mark mark = { 0 };
	struct error err = { 0 };
	uint64_t end = m->want_first + m->want_count, have_end = m->rows.first + m->rows.count;
	bool covered = m->rows.loaded && m->want_first >= m->rows.first &&
		       (end <= have_end || (m->rows.has_total && have_end >= m->rows.total));
	bool again = m->rows_stale && (!m->rows.loaded || pace_allows(m, &m->rows_pace));
	uint64_t first = m->want_first > WINDOW_MARGIN ? m->want_first - WINDOW_MARGIN : 0;
	int failed;

	/* What failed is tried again when something changed, not for ever. */
	if (!m->want_count || ((covered || m->rows.error.code) && !again))
		return false;
	m->rows_stale = false;
	pace_begin(m, &m->rows_pace);
	failed = list_runs(m, m->filter, m->order, first, end + WINDOW_MARGIN - first, &list, &mark, &err);
	pace_end(m, &m->rows_pace);
	if (failed < 0) {
		rows_failed(m, &err);
		return true;
	}
	run_list_release(&m->list);
	m->list = list;
	list = (struct run_list){ 0 };
	m->rows.first = first;
	m->rows.runs = m->list.items;
	m->rows.count = m->list.count;
	m->rows.loaded = true;
	m->rows.error = (struct error){ 0 };
	m->rows.generation++;
	if (!m->list.more && (m->list.count || !first)) {
		m->rows.total = first + m->list.count;
		m->rows.has_total = true;
		m->total_stale = false;
	}
	return true;
}

bool model_step_total(struct model *m)
{
	const struct tracker_filter f = { .filter = m->filter };
	struct query_mark mark = { 0 };
	struct error err = { 0 };
	uint64_t total;
	int failed;

	if (!m->want_count || (m->rows.has_total && !m->total_stale) || m->rows.error.code ||
	    (m->rows.has_total && !pace_allows(m, &m->total_pace)))
		return false;
	m->total_stale = false;
	pace_begin(m, &m->total_pace);
	failed = tracker_count(m->tracker, &f, &total, &mark, &err);
	pace_end(m, &m->total_pace);
	if (failed < 0) {
		rows_failed(m, &err);
		return true;
	}
	m->rows.total = total;
	m->rows.has_total = true;
	return true;
}

/* Names told so far. */
struct names {
	const char *items[NAMES_MAX];
	char kinds[NAMES_MAX];
	size_t n;
};

static void tell(struct names *seen, char kind, const char *key, void (*fn)(void *data, const char *name), void *data)
{
	CLEANUP(free) char *name = NULL;
	bool plain = key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-")] == '\0';

	for (size_t i = 0; i < seen->n; i++)
		if (seen->kinds[i] == kind && str_eq(seen->items[i], key))
			return;
	if (seen->n == NAMES_MAX || strchr(key, '`'))
		return;
	seen->kinds[seen->n] = kind;
	seen->items[seen->n++] = key;
	name = mem_printf("%s.%s%s%s", kind == 'p' ? "params" : kind == 'm' ? "metrics" : "tags", plain ? "" : "`", key,
			  plain ? "" : "`");
	fn(data, name);
}

void model_each_name(const struct model *m, void (*fn)(void *data, const char *name), void *data)
{
	struct names seen = { .n = 0 };

	for (size_t i = 0; i < m->list.count; i++) {
		const struct run *r = &m->list.items[i];

		for (size_t k = 0; k < r->param_count; k++)
			tell(&seen, 'p', r->params[k].key, fn, data);
		for (size_t k = 0; k < r->metric_count; k++)
			tell(&seen, 'm', r->metrics[k].key, fn, data);
		for (size_t k = 0; k < r->tag_count; k++)
			tell(&seen, 't', r->tags[k].key, fn, data);
	}
}
