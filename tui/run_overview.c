/* Everything known of a run, as lines under headings. */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/mem.h"
#include "base/str.h"
#include "tui/run_page.h"

enum { TEXT_MAX = 16 * 1024, HASH_SHOWN = 12, CHART_LEAST_WIDTH = 96, CHART_LEAST_HEIGHT = 26 };

static void field(struct page_lines *l, const char *label, const char *value)
{
	if (value && *value)
		page_lines_add(l, 0, label, PEN_PLAIN, value);
}

static void add_status(struct page_lines *l, const struct run *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	run_status_format(&b, r->state, r->detail);
	if (r->signal)
		buf_printf(&b, "  signal %d", r->signal);
	else if (r->exit_code >= 0)
		buf_printf(&b, "  exit code %d", r->exit_code);
	if (r->deleted_ns)
		buf_puts(&b, "  deleted");
	page_lines_add(l, 0, "status", view_state_pen(r->state), buf_text(&b));
	field(l, "why", jval_get_text(r->end, "reason"));
}

static void add_times(struct page_lines *l, const struct run *r, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	human_ago(&b, r->start_ns, now_ns);
	/* Long ago it is a date already. */
	if (strstr(buf_text(&b), "ago") || str_eq(buf_text(&b), "now")) {
		buf_puts(&b, "  ");
		clock_format_local(&b, r->start_ns);
	}
	field(l, "started", buf_text(&b));
	buf_clear(&b);
	run_took_format(&b, r, now_ns);
	if (!str_eq(buf_text(&b), "-"))
		field(l, r->state == RUN_RUNNING ? "running for" : "took", buf_text(&b));
}

static void add_code(struct page_lines *l, const struct run *r)
{
	const struct jval *git = jval_get(r->start, "git"), *snapshot = jval_get(r->start, "snapshot");
	size_t skipped = jval_count(jval_get(snapshot, "skipped"));
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);
	int64_t files;

	if (!*r->tree)
		return;
	files = jval_get_int(snapshot, "files", 0);
	buf_printf(&b, "tree %.*s, %" PRId64 " file%s", HASH_SHOWN, r->tree, files, files == 1 ? "" : "s");
	if (skipped)
		buf_printf(&b, ", %zu left out", skipped);
	if (jval_get_text(git, "commit"))
		buf_printf(&b, "; commit %.*s", HASH_SHOWN, jval_get_text(git, "commit"));
	if (jval_get_text(git, "branch"))
		buf_printf(&b, " on %s", jval_get_text(git, "branch"));
	if (jval_get_bool(git, "dirty", false))
		buf_puts(&b, ", with changes");
	field(l, "code", buf_text(&b));
}

static void add_head(struct page_lines *l, const struct run *r, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	page_lines_add(l, 0, "run", PEN_NAME, r->id);
	field(l, "name", r->name);
	add_status(l, r);
	field(l, "experiment", r->experiment);
	add_times(l, r, now_ns);
	run_command_format(&b, jval_get(r->start, "command"), SIZE_MAX);
	field(l, "command", buf_text(&b));
	add_code(l, r);
	field(l, "project", jval_get_text(r->start, "project"));
	field(l, "parent", jval_get_text(r->start, "parent"));
	buf_clear(&b);
	buf_printf(&b, "%s%s%s", r->user, *r->user && *r->host ? "@" : "", r->host);
	field(l, "by", buf_text(&b));
}

static void add_pairs(struct page_lines *l, const char *title, const struct run_pair *pairs, size_t n)
{
	if (n)
		page_heading(l, title);
	for (size_t i = 0; i < n; i++)
		page_lines_add(l, 2, pairs[i].key, PEN_PLAIN, *pairs[i].value ? pairs[i].value : "-");
}

static void add_metric(struct page_lines *l, const struct run_metric *m)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);
	struct page_line *line;

	human_number(&b, m->value);
	while (b.len < 12)
		buf_putc(&b, ' ');
	buf_puts(&b, "  min ");
	human_number(&b, m->min);
	buf_puts(&b, "  max ");
	human_number(&b, m->max);
	buf_printf(&b, "  step %" PRId64 ", %" PRIu64 " point%s", m->step, m->count, m->count == 1 ? "" : "s");
	line = page_lines_add(l, 2, m->key, PEN_PLAIN, buf_text(&b));
	line->metric = mem_strdup(m->key);
}

/* The run's own, or those that wb measured of it. */
static void add_metrics(struct page_lines *l, const struct run *r, const char *title, bool system)
{
	bool any = false;

	for (size_t i = 0; i < r->metric_count; i++) {
		if (str_starts(r->metrics[i].key, "system/") != system)
			continue;
		if (!any)
			page_heading(l, title);
		any = true;
		add_metric(l, &r->metrics[i]);
	}
}

/* A reason is a text, or an object that has one. */
static void add_reasons(struct page_lines *l, const struct jval *list, const char *label, enum pen pen)
{
	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *reason = jval_at(list, i);
		const char *text = jval_text(reason);

		text = text ? text : jval_get_text(reason, "text");
		text = text ? text : jval_get_text(reason, "msg");
		if (text)
			page_lines_add(l, 2, label, pen, text);
	}
}

static void add_policy(struct page_lines *l, const struct run *r)
{
	const struct jval *policy = jval_get(r->start, "policy"), *layers = jval_get(r->start, "layers");
	const char *decision = jval_get_text(policy, "decision");
	int64_t tier = jval_get_int(r->start, "tier", 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	if (!decision && !tier && !r->denial_count)
		return;
	page_heading(l, "Policy and sandbox");
	if (decision)
		page_lines_add(l, 2, "decision", str_eq(decision, "allow") ? PEN_GOOD : PEN_BAD, decision);
	add_reasons(l, jval_get(policy, "reasons"), "reason", PEN_BAD);
	add_reasons(l, jval_get(policy, "warnings"), "warning", PEN_WARN);
	if (tier) {
		buf_printf(&b, "tier %" PRId64, tier);
		for (size_t i = 0; i < jval_count(layers); i++)
			if (jval_text(jval_at(layers, i)))
				buf_printf(&b, "%s%s", i ? ", " : ": ", jval_text(jval_at(layers, i)));
		page_lines_add(l, 2, "sandbox", PEN_PLAIN, buf_text(&b));
	}
	for (size_t i = 0; i < r->denial_count; i++) {
		const struct run_denial *d = &r->denials[i];

		buf_clear(&b);
		buf_printf(&b, "%s %s", d->call, d->object);
		if (d->count > 1)
			buf_printf(&b, "  %" PRIu64 " times", d->count);
		page_lines_add(l, 2, "denied", PEN_WARN, buf_text(&b));
	}
}

static void add_network(struct page_lines *l, const struct run *r)
{
	const struct jval *list = run_network(r);

	if (jval_count(list))
		page_heading(l, "Network");
	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *v = jval_at(list, i);
		const char *host = jval_get_text(v, "host"), *reason = jval_get_text(v, "reason"), *hint = jval_get_text(v, "hint");
		bool allowed = !str_eq(jval_get_text(v, "decision"), "deny");
		CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

		buf_printf(&b, "%s:%" PRId64 "  ", host && *host ? host : "?", jval_get_int(v, "port", 0));
		str_format_size(&b, (uint64_t)jval_get_int(v, "bytes_up", 0));
		buf_puts(&b, " sent, ");
		str_format_size(&b, (uint64_t)jval_get_int(v, "bytes_down", 0));
		buf_printf(&b, " received%s%s%s%s", reason ? "  " : "", reason ? reason : "", hint ? "  " : "", hint ? hint : "");
		page_lines_add(l, 2, allowed ? "reached" : "refused", allowed ? PEN_PLAIN : PEN_WARN, buf_text(&b));
	}
}

static void add_notes(struct page_lines *l, const struct run *r)
{
	if (r->note_count)
		page_heading(l, "Notes");
	for (size_t i = 0; i < r->note_count; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

		clock_format_local(&b, r->notes[i].time_ms * INT64_C(1000000));
		buf_printf(&b, " %s: %s", r->notes[i].author, r->notes[i].text);
		page_lines_add(l, 2, NULL, PEN_PLAIN, buf_text(&b));
	}
	if (r->warning_count)
		page_heading(l, "Warnings");
	for (size_t i = 0; i < r->warning_count; i++)
		page_lines_add(l, 2, NULL, PEN_WARN, r->warnings[i]);
	if (r->damaged_bytes) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

		buf_printf(&b, "%" PRIu64 " bytes of its record could not be read: 'wb verify' says more", r->damaged_bytes);
		page_lines_add(l, 2, NULL, PEN_BAD, buf_text(&b));
	}
}

static void build(struct run_overview *o, const struct view_context *c, const struct run *r)
{
	struct page_lines *l = &o->lines;

	page_lines_clear(l);
	if (o->explained)
		run_explain_add(l, c, r);
	add_head(l, r, c->now_ns);
	add_metrics(l, r, "Metrics", false);
	add_pairs(l, "Params", r->params, r->param_count);
	add_pairs(l, "Tags", r->tags, r->tag_count);
	add_policy(l, r);
	add_network(l, r);
	add_notes(l, r);
	add_metrics(l, r, "Measured by wb", true);
}

/* The metric under the cursor, else the first there is. */
static const char *chosen_metric(const struct run_overview *o)
{
	const struct page_line *at = o->list.cursor < o->lines.n ? &o->lines.items[o->list.cursor] : NULL;

	if (at && at->metric)
		return at->metric;
	for (size_t i = 0; i < o->lines.n; i++)
		if (o->lines.items[i].metric)
			return o->lines.items[i].metric;
	return NULL;
}

/* Beside the lines where there is width for it, below them where there is height, else not at all. */
static void overview_draw(struct run_view *v, const struct view_context *c, const struct run *r, const struct area *a)
{
	struct run_overview *o = &v->overview;
	struct area lines = *a, chart = area_part(a, 0, 0, 0, 0);
	const char *key;

	build(o, c, r);
	key = chosen_metric(o);
	if (key && a->width >= CHART_LEAST_WIDTH) {
		lines = area_part(a, 0, 0, a->width / 2, a->height);
		chart = area_part(a, a->width / 2 + 1, 0, a->width - a->width / 2 - 1, a->height < 24 ? a->height : 24);
	} else if (key && a->height >= CHART_LEAST_HEIGHT) {
		lines = area_part(a, 0, 0, a->width, a->height - 12);
		chart = area_part(a, 0, a->height - 11, a->width, 11);
	}
	page_lines_draw(&o->lines, &o->list, o->search, &lines);
	if (chart.width)
		run_chart_draw(c, r, &key, 1, &v->charts, &chart);
}

static bool overview_act(struct run_view *v, const struct view_context *c, enum action_id id, const char *argument,
			 struct reaction *out)
{
	struct run_overview *o = &v->overview;
	bool found = true;

	(void)c;
	if (list_act(&o->list, id) || page_lines_act(&o->lines, id))
		return true;
	if (id == ACT_SEARCH) {
		snprintf(o->search, sizeof o->search, "%s", argument);
		found = !*argument || page_lines_search(&o->lines, &o->list, o->search, true, true);
	} else if (id == ACT_SEARCH_NEXT || id == ACT_SEARCH_PREVIOUS) {
		found = page_lines_search(&o->lines, &o->list, o->search, id == ACT_SEARCH_NEXT, false);
	} else {
		return false;
	}
	if (!found)
		snprintf(out->message, sizeof out->message, "no '%.100s' here", o->search);
	return true;
}

const struct run_tab run_tab_overview = { "Overview", PLACE_OVERVIEW, overview_draw, overview_act };
