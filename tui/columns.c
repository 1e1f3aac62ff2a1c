/* The columns that the table of runs can have. */
#include "config.h"

#include "tui/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/mem.h"
#include "base/str.h"
#include "tui/view.h"

/* WHOLE: a number that is cut is another number. */
enum { WHOLE = 1000, AUTO_PARAMS = 3, AUTO_METRICS = 3, TALLY_MAX = 100, ID_SHOWN = 12, CELL_MAX = 4096 };

const char *const column_fixed[] = {
	"status", "name", "experiment", "started", "time", "id", "user", "host", NULL,
};

static const struct column fixed[] = {
	{ .name = "status", .title = "STATUS", .order = "status", .least = 8 },
	{ .name = "name", .title = "NAME", .order = "name", .least = 14 },
	{ .name = "experiment", .title = "EXPERIMENT", .order = "experiment", .least = 6 },
	{ .name = "started", .title = "STARTED", .order = "start_time", .least = 10 },
	{ .name = "time", .title = "TIME", .order = "duration", .right = true, .least = WHOLE },
	{ .name = "id", .title = "RUN", .order = "run_id", .least = ID_SHOWN },
	{ .name = "user", .title = "USER", .order = "user", .least = 4 },
	{ .name = "host", .title = "HOST", .order = "host", .least = 4 },
};

bool column_find(const char *name, struct column *out)
{
	static const struct { const char *prefix; char kind; } prefixes[] = {
		{ "params.", 'p' }, { "metrics.", 'm' }, { "tags.", 't' },
	};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (str_eq(fixed[i].name, name)) {
			*out = fixed[i];
			return true;
		}
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		const char *key = name + strlen(prefixes[i].prefix);
		size_t n;

		if (!str_starts(name, prefixes[i].prefix) || !*key)
			continue;
		n = strlen(key);
		if (*key == '`' && n > 2 && key[n - 1] == '`') {
			key++;
			n -= 2;
		}
		if (n >= COLUMN_KEY_MAX)
			return false;
		*out = (struct column){ .name = name, .kind = prefixes[i].kind, .right = prefixes[i].kind == 'm',
					.least = prefixes[i].kind == 'm' ? WHOLE : 6 };
		memcpy(out->key, key, n);
		return true;
	}
	return false;
}

/* Long ago the day is enough. */
static void started_text(int64_t start_ns, int64_t now_ns, struct buf *out)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);
	const char *blank;

	human_ago(&b, start_ns, now_ns);
	blank = strchr(buf_text(&b), ':') ? strchr(buf_text(&b), ' ') : NULL;
	buf_append(out, buf_text(&b), blank ? (size_t)(blank - buf_text(&b)) : b.len);
}

static void fixed_text(const struct column *c, const struct run *r, int64_t now_ns, struct buf *out)
{
	if (str_eq(c->name, "status"))
		run_status_format(out, r->state, r->detail);
	else if (str_eq(c->name, "name"))
		buf_puts(out, r->name);
	else if (str_eq(c->name, "experiment"))
		buf_puts(out, r->experiment);
	else if (str_eq(c->name, "started"))
		started_text(r->start_ns, now_ns, out);
	else if (str_eq(c->name, "time"))
		run_took_format(out, r, now_ns);
	else if (str_eq(c->name, "id"))
		buf_printf(out, "%.*s", ID_SHOWN, r->id);
	else
		buf_puts(out, str_eq(c->name, "user") ? r->user : r->host);
}

void column_text(const struct column *c, const struct run *r, int64_t now_ns, struct buf *out)
{
	const struct run_metric *m;
	const char *value = NULL;

	if (!c->kind) {
		fixed_text(c, r, now_ns, out);
		return;
	}
	if (c->kind == 'm') {
		m = run_metric(r, c->key);
		if (m)
			human_number(out, m->value);
		return;
	}
	value = c->kind == 'p' ? run_param(r, c->key) : run_tag(r, c->key);
	if (value)
		buf_append(out, value, strnlen(value, CELL_MAX));
}

enum pen column_pen(const struct column *c, const struct run *r)
{
	if (c->kind)
		return c->kind == 't' ? PEN_FAINT : PEN_PLAIN;
	if (str_eq(c->name, "status"))
		return view_state_pen(r->state);
	if (str_eq(c->name, "id"))
		return PEN_NAME;
	return str_eq(c->name, "name") ? PEN_PLAIN : PEN_FAINT;
}

void column_order(struct buf *out, const char *typed)
{
	size_t n = strcspn(typed, " ,");
	CLEANUP(free) char *word = NULL;
	struct column c;

	while (*typed) {
		typed += strspn(typed, " ");
		n = strcspn(typed, " ,");
		free(word);
		word = mem_strndup(typed, n);
		buf_puts(out, column_find(word, &c) && c.order ? c.order : word);
		typed += n;
		/* DESC, and what parts one key from the next, stays as it is. */
		n = strcspn(typed, ",");
		n += typed[n] == ',';
		buf_append(out, typed, n);
		typed += n;
		if (*typed)
			buf_putc(out, ' ');
	}
}

struct tally {
	const char *key;
	const char *first_value;
	size_t uses;
	bool varies;
};

static void count(struct tally *tally, size_t *n, const char *key, const char *value)
{
	size_t i = 0;

	while (i < *n && !str_eq(tally[i].key, key))
		i++;
	if (i == *n) {
		if (*n == TALLY_MAX)
			return;
		tally[(*n)++] = (struct tally){ .key = key, .first_value = value };
	}
	tally[i].uses++;
	tally[i].varies = tally[i].varies || !str_eq(tally[i].first_value, value);
}

/* The most used ones, those that differ between runs before those that do not. */
static void take_best(struct tally *tally, size_t n, size_t max, const char *prefix, struct words *names)
{
	for (; max; max--) {
		struct tally *best = NULL;

		for (size_t i = 0; i < n; i++)
			if (tally[i].uses && (!best || tally[i].varies > best->varies ||
					      (tally[i].varies == best->varies && tally[i].uses > best->uses)))
				best = &tally[i];
		if (!best)
			return;
		best->uses = 0;
		if (!strchr(best->key, '`')) {
			bool plain = best->key[strcspn(best->key, " .,\"'()")] == '\0';
			CLEANUP(free) char *name = mem_printf("%s%s%s%s", prefix, plain ? "" : "`", best->key, plain ? "" : "`");

			words_add(names, name);
		}
	}
}

void columns_choose(const struct model_rows *rows, struct words *names)
{
	static const char *const first[] = { "status", "name", "experiment", "started", "time" };
	struct tally params[TALLY_MAX], metrics[TALLY_MAX];
	size_t n_params = 0, n_metrics = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct run *r = &rows->runs[i];

		for (size_t k = 0; k < r->param_count; k++)
			count(params, &n_params, r->params[k].key, r->params[k].value);
		for (size_t k = 0; k < r->metric_count; k++)
			if (!str_starts(r->metrics[k].key, "system/"))
				count(metrics, &n_metrics, r->metrics[k].key, "");
	}
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		words_add(names, first[i]);
	take_best(metrics, n_metrics, AUTO_METRICS, "metrics.", names);
	take_best(params, n_params, AUTO_PARAMS, "params.", names);
}
