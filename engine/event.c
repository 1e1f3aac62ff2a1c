/* Reading lines of the event door. */
#include "config.h"

#include "engine/event.h"

#include <math.h>
#include <string.h>

#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_METRICS = 1000 };

static int check_key(const char *key, struct error *err)
{
	size_t n = key ? strlen(key) : 0;

	if (n == 0 || n > LIMIT_EVENT_KEY)
		return error_set(err, ERR_INVALID, "a name has 1 to %zu bytes", LIMIT_EVENT_KEY);
	return 0;
}

static int check_text(const char *text, size_t max, struct error *err)
{
	if (!text)
		return error_set(err, ERR_INVALID, "no value");
	if (strlen(text) > max)
		return error_set(err, ERR_INVALID, "the value is longer than %zu bytes", max);
	return 0;
}

/* --- JSON lines --- */

static int json_time(const struct jval *time, int64_t now_ms, int64_t *out_ms, struct error *err)
{
	if (!time) {
		*out_ms = now_ms;
		return 0;
	}
	if (jval_type(time) == JVAL_INT) {
		*out_ms = jval_int(time, 0);
		return 0;
	}
	if (jval_type(time) != JVAL_REAL)
		return error_set(err, ERR_INVALID, "\"time_ms\" is not a number");
	if (!(fabs(jval_num(time, 0)) < 9e18))
		return error_set(err, ERR_INVALID, "\"time_ms\" is out of range");
	*out_ms = (int64_t)jval_num(time, 0);
	return 0;
}

static int json_when(const struct jval *v, struct event *e, int64_t now_ms, struct error *err)
{
	const struct jval *step = jval_get(v, "step"), *time = jval_get(v, "time_ms");

	/* Frameworks hand steps over as floats; a whole one is a step. */
	if (jval_type(step) == JVAL_REAL && fabs(jval_num(step, 0)) < 9e15 && jval_num(step, 0) == floor(jval_num(step, 0)))
		e->step = (int64_t)jval_num(step, 0);
	else if (step && jval_type(step) != JVAL_INT && jval_type(step) != JVAL_NULL)
		return error_set(err, ERR_INVALID, "\"step\" is not a whole number");
	else
		e->step = jval_int(step, 0);
	return json_time(time, now_ms, &e->time_ms, err);
}

static int json_metric(const char *key, const struct jval *value, struct event *e, event_fn *fn, void *data, struct error *err)
{
	if (check_key(key, err) < 0)
		return -1;
	if (!jval_is_num(value))
		return error_set(err, ERR_INVALID, "metric \"%s\" has no numeric value", key);
	e->kind = EVENT_METRIC;
	e->key = key;
	e->value = jval_num(value, 0);
	if (fn)
		fn(data, e);
	return 0;
}

static int json_metrics(const struct jval *metrics, struct event *e, event_fn *fn, void *data, struct error *err)
{
	const char *key;
	const struct jval *value;

	if (jval_type(metrics) != JVAL_OBJECT || jval_count(metrics) == 0)
		return error_set(err, ERR_INVALID, "\"metrics\" is not an object of numbers");
	if (jval_count(metrics) > MAX_METRICS)
		return error_set(err, ERR_INVALID, "more than %d metrics in one line", MAX_METRICS);
	/* Once to check, once to deliver: a line counts whole or not at all. */
	for (int deliver = 0; deliver <= 1; deliver++)
		for (void *it = jval_next(metrics, NULL, &key, &value); it; it = jval_next(metrics, it, &key, &value))
			if (json_metric(key, value, e, deliver ? fn : NULL, data, err) < 0)
				return -1;
	return 0;
}

/* A param's or tag's value: text, or a scalar's JSON text. */
static int json_scalar(const struct jval *value, struct buf *out, struct error *err)
{
	switch (jval_type(value)) {
	case JVAL_STRING:
		buf_append(out, jval_text(value), jval_text_len(value));
		return 0;
	case JVAL_INT:
	case JVAL_REAL:
	case JVAL_BOOL:
		jval_format(value, JVAL_COMPACT, out);
		return 0;
	case JVAL_NONE:
	case JVAL_NULL:
	case JVAL_ARRAY:
	case JVAL_OBJECT:
		break;
	}
	return error_set(err, ERR_INVALID, "\"value\" is neither text nor a number");
}

static int json_text_event(const struct jval *v, const char *kind, struct event *e, event_fn *fn, void *data, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_EVENT_LINE);

	e->kind = str_eq(kind, "param") ? EVENT_PARAM : EVENT_TAG;
	e->key = jval_get_text(v, kind);
	if (check_key(e->key, err) < 0 || json_scalar(jval_get(v, "value"), &text, err) < 0)
		return -1;
	e->text = buf_text(&text);
	if (check_text(e->text, e->kind == EVENT_PARAM ? LIMIT_PARAM_VALUE : LIMIT_TAG_VALUE, err) < 0)
		return -1;
	fn(data, e);
	return 0;
}

/* How long the number at p is that JSON has no form for; 0: none stands there. */
static size_t nonfinite_at(const char *p, size_t n)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t len = strlen(words[i]);

		if (len <= n && memcmp(p, words[i], len) == 0)
			return len;
	}
	return 0;
}

/* Python's json.dumps() writes such numbers bare: into out as the strings that stand for them. True when there were any. */
static bool quote_nonfinite(const char *line, size_t n, struct buf *out)
{
	bool in_text = false, any = false;

	for (size_t i = 0; i < n; i++) {
		size_t len = in_text ? 0 : nonfinite_at(line + i, n - i);

		if (len) {
			buf_putc(out, '"');
			buf_append(out, line + i, len);
			buf_putc(out, '"');
			i += len - 1;
			any = true;
			continue;
		}
		if (in_text && line[i] == '\\' && i + 1 < n)
			buf_putc(out, line[i++]);
		else if (line[i] == '"')
			in_text = !in_text;
		buf_putc(out, line[i]);
	}
	return any && !out->full;
}

static int read_json(const char *line, size_t n, struct jval **out, struct error *err)
{
	CLEANUP(buf_release) struct buf quoted = BUF_INIT(2 * LIMIT_EVENT_LINE);
	struct error ignored = { 0 };

	if (jval_parse(line, n, out, err) == 0)
		return 0;
	/* What is wrong otherwise is told of the line as it came. */
	if (!quote_nonfinite(line, n, &quoted) || jval_parse(quoted.data, quoted.len, out, &ignored) < 0)
		return -1;
	error_clear(err);
	return 0;
}

static int parse_json(const char *line, size_t n, int64_t now_ms, event_fn *fn, void *data, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	struct event e = { 0 };

	if (read_json(line, n, &v, err) < 0 || json_when(v, &e, now_ms, err) < 0)
		return -1;
	if (jval_get(v, "metric"))
		return json_metric(jval_get_text(v, "metric"), jval_get(v, "value"), &e, fn, data, err);
	if (jval_get(v, "metrics"))
		return json_metrics(jval_get(v, "metrics"), &e, fn, data, err);
	if (jval_get(v, "param"))
		return json_text_event(v, "param", &e, fn, data, err);
	if (jval_get(v, "tag"))
		return json_text_event(v, "tag", &e, fn, data, err);
	if (jval_type(jval_get(v, "sync")) == JVAL_INT) {
		e.kind = EVENT_SYNC;
		e.token = (uint64_t)jval_get_int(v, "sync", 0);
		fn(data, &e);
		return 0;
	}
	return error_set(err, ERR_INVALID, "neither \"metric\", \"metrics\", \"param\", \"tag\" nor \"sync\"");
}

/* --- word lines --- */

struct word {
	char *key;   /* into the copied line */
	char *value;
};

/* Reads KEY=VALUE at *at; VALUE ends at a blank, or is a JSON string. 1 found, 0 end of line. */
static int next_word(char **at, struct word *out, struct error *err)
{
	char *p = *at + strspn(*at, " \t"), *eq;

	if (!*p)
		return 0;
	eq = strchr(p, '=');
	if (!eq || eq == p || memchr(p, ' ', (size_t)(eq - p)))
		return error_set(err, ERR_INVALID, "'%.40s' is not NAME=VALUE", p);
	*eq = '\0';
	*out = (struct word){ .key = p, .value = eq + 1 };
	if (eq[1] == '"') {
		char *end = eq + 2;
		CLEANUP(jval_free) struct jval *text = NULL;

		while (*end && *end != '"')
			end += *end == '\\' && end[1] ? 2 : 1;
		if (!*end || jval_parse(eq + 1, (size_t)(end + 1 - (eq + 1)), &text, err) < 0)
			return error_set(err, ERR_INVALID, "the quoted value of '%.40s' does not end", p);
		/* Escapes only shrink, so the text fits where it stood. */
		memcpy(out->value, jval_text(text), jval_text_len(text) + 1);
		*at = end + 1;
		return 1;
	}
	p = eq + 1 + strcspn(eq + 1, " \t");
	*at = *p ? p + 1 : p;
	*p = '\0';
	return 1;
}

struct words_line {
	struct word words[MAX_METRICS];
	size_t n;
	struct event e;
};

static int words_metric(struct words_line *l, event_fn *fn, void *data, struct error *err)
{
	l->e.kind = EVENT_METRIC;
	for (int deliver = 0; deliver <= 1; deliver++) {
		for (size_t i = 0; i < l->n; i++) {
			if (check_key(l->words[i].key, err) < 0 || str_parse_double(l->words[i].value, &l->e.value, err) < 0)
				return -1;
			l->e.key = l->words[i].key;
			if (deliver)
				fn(data, &l->e);
		}
	}
	return 0;
}

static int words_text(struct words_line *l, enum event_kind kind, event_fn *fn, void *data, struct error *err)
{
	size_t max = kind == EVENT_PARAM ? LIMIT_PARAM_VALUE : LIMIT_TAG_VALUE;

	l->e.kind = kind;
	for (int deliver = 0; deliver <= 1; deliver++) {
		for (size_t i = 0; i < l->n; i++) {
			if (check_key(l->words[i].key, err) < 0 || check_text(l->words[i].value, max, err) < 0)
				return -1;
			l->e.key = l->words[i].key;
			l->e.text = l->words[i].value;
			if (deliver)
				fn(data, &l->e);
		}
	}
	return 0;
}

/* Collects the words; step= and time_ms= of a metric line go into the event. */
static int collect_words(char *at, struct words_line *l, bool metric, struct error *err)
{
	struct word w;
	int found;

	while ((found = next_word(&at, &w, err)) == 1) {
		if (metric && str_eq(w.key, "step")) {
			if (str_parse_i64(w.value, &l->e.step, err) < 0)
				return -1;
		} else if (metric && str_eq(w.key, "time_ms")) {
			if (str_parse_i64(w.value, &l->e.time_ms, err) < 0)
				return -1;
		} else if (l->n == MAX_METRICS) {
			return error_set(err, ERR_INVALID, "more than %d words in one line", MAX_METRICS);
		} else {
			l->words[l->n++] = w;
		}
	}
	if (found == 0 && l->n == 0)
		return error_set(err, ERR_INVALID, "no NAME=VALUE in the line");
	return found;
}

static int parse_words(const char *line, size_t n, int64_t now_ms, event_fn *fn, void *data, struct error *err)
{
	CLEANUP(free) char *copy = mem_strndup(line, n);
	CLEANUP(free) struct words_line *l = NULL;
	size_t verb = strcspn(copy, " \t");
	bool metric = verb == 6 && strncmp(copy, "metric", 6) == 0;
	bool param = verb == 5 && strncmp(copy, "param", 5) == 0;

	if (!str_is_utf8(line, n))
		return error_set(err, ERR_INVALID, "the line is not UTF-8");
	if (verb == 4 && strncmp(copy, "sync", 4) == 0) {
		struct event e = { .kind = EVENT_SYNC };

		if (str_parse_u64(copy + 4 + strspn(copy + 4, " \t"), &e.token, err) < 0)
			return -1;
		fn(data, &e);
		return 0;
	}
	if (!metric && !param && !(verb == 3 && strncmp(copy, "tag", 3) == 0))
		return error_set(err, ERR_INVALID, "a line is JSON, or begins with metric, param, tag or sync");
	l = mem_alloc(sizeof *l);
	l->n = 0;
	l->e = (struct event){ .time_ms = now_ms };
	if (collect_words(copy + verb, l, metric, err) < 0)
		return -1;
	return metric ? words_metric(l, fn, data, err) : words_text(l, param ? EVENT_PARAM : EVENT_TAG, fn, data, err);
}

int event_parse(const char *line, size_t n, int64_t now_ms, event_fn *fn, void *data, struct error *err)
{
	while (n && (line[n - 1] == '\r' || line[n - 1] == ' '))
		n--;
	if (memchr(line, '\0', n))
		return error_set(err, ERR_INVALID, "the line holds a NUL byte");
	return n && line[0] == '{' ? parse_json(line, n, now_ms, fn, data, err) : parse_words(line, n, now_ms, fn, data, err);
}
