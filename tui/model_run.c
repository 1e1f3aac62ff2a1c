/* The model of one run: its record, histories of its metrics, the end of its log. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/gpus.h"
#include "tui/model_parts.h"

void model_open_run(struct model *m, const char *id)
{
	if (id && str_eq(m->open_id, id))
		return;
	run_release(&m->run);
	m->run = (struct run){ .experiment = NULL };
	for (size_t i = 0; i < SERIES_KEPT; i++)
		series_drop(&m->series[i]);
	tail_drop(&m->tail);
	m->run_seen = (struct model_run){ 0 };
	memset(m->open_id, 0, sizeof m->open_id);
	if (id)
		memcpy(m->open_id, id, strnlen(id, sizeof m->open_id - 1));
	m->run_stale = id != NULL;
}

const struct model_run *model_run(const struct model *m)
{
	return &m->run_seen;
}

bool model_step_run(struct model *m)
{
	struct run fresh = { .experiment = NULL };
	struct error err = { 0 };

	if (!m->run_stale || !m->open_id[0])
		return false;
	m->run_stale = false;
	m->run_seen.loaded = true;
	if (tracker_get(m->tracker, m->open_id, &fresh, &err) < 0) {
		m->run_seen.error = err;
		return true;
	}
	gpus_mark_waiting(m->engine, &fresh);
	run_release(&m->run);
	m->run = fresh;
	m->run_seen = (struct model_run){ .loaded = true, .run = &m->run };
	for (size_t i = 0; i < SERIES_KEPT; i++)
		m->series[i].seen.complete = false;
	return true;
}

void series_drop(struct series *s)
{
	free(s->seen.key);
	free(s->seen.points);
	*s = (struct series){ 0 };
}

/* The place of key, or one for it: an empty one, else that which was wished for longest ago. */
static struct series *series_of(struct model *m, const char *key)
{
	struct series *oldest = &m->series[0];

	for (size_t i = 0; i < SERIES_KEPT; i++)
		if (m->series[i].seen.key && str_eq(m->series[i].seen.key, key))
			return &m->series[i];
	for (size_t i = 0; i < SERIES_KEPT; i++) {
		struct series *s = &m->series[i];

		if (!s->seen.key || (oldest->seen.key && s->wanted_at < oldest->wanted_at))
			oldest = s;
	}
	series_drop(oldest);
	oldest->seen.key = mem_strdup(key);
	return oldest;
}

const struct model_series *model_want_series(struct model *m, const char *key)
{
	struct series *s = series_of(m, key);

	s->wanted_at = m->steps;
	return &s->seen;
}

/* What came behind the last point that is there. */
static int read_on(struct model *m, struct series *s, struct error *err)
{
	CLEANUP(free) struct metric_point *points = mem_calloc(SLICE_POINTS, sizeof *points);
	int n = tracker_metric_slice(m->tracker, m->open_id, s->seen.key, &s->place, points, SLICE_POINTS, err);

	if (n < 0)
		return -1;
	mem_reserve(&s->seen.points, &s->cap, s->seen.count + (size_t)n);
	for (int i = 0; i < n; i++)
		s->seen.points[s->seen.count++] =
			(struct model_point){ points[i].value, points[i].step, points[i].time_ms };
	return n;
}

static void step_series(struct model *m, struct series *s)
{
	const struct run_metric *told = run_metric(&m->run, s->seen.key);
	int n;

	if (s->seen.count >= SERIES_MAX) {
		s->seen.cut = s->seen.complete = true;
		return;
	}
	n = read_on(m, s, &s->seen.error);
	if (n < 0 || n < SLICE_POINTS)
		s->seen.complete = true;
	/* Points came late, with steps that were read already: once more from the start. */
	if (n >= 0 && n < SLICE_POINTS && told && told->count > s->seen.count) {
		s->place = (struct metric_place){ 0 };
		s->seen.count = 0;
		n = read_on(m, s, &s->seen.error);
		s->seen.complete = n < SLICE_POINTS;
	}
}

bool model_step_series(struct model *m)
{
	if (!m->open_id[0] || !m->run_seen.run)
		return false;
	for (size_t i = 0; i < SERIES_KEPT; i++) {
		struct series *s = &m->series[i];

		/* Only what is being shown: wished for since the step before the last. */
		if (s->seen.key && !s->seen.complete && s->wanted_at + 2 >= m->steps) {
			step_series(m, s);
			return true;
		}
	}
	return false;
}

void tail_drop(struct tail *t)
{
	for (size_t i = 0; i < t->seen.count; i++)
		free(t->lines[i].text);
	free(t->lines);
	runlog_reader_close(t->reader);
	*t = (struct tail){ 0 };
}

const struct model_log *model_want_log(struct model *m)
{
	m->tail.wanted = true;
	m->tail.seen.lines = m->tail.lines;
	return &m->tail.seen;
}

static void drop_oldest(struct tail *t)
{
	size_t n = 0;

	while (n + 1 < t->seen.count && (t->seen.count - n > LOG_LINES || t->bytes > LOG_KEEP)) {
		t->bytes -= t->lines[n].n;
		free(t->lines[n++].text);
	}
	if (!n)
		return;
	memmove(t->lines, t->lines + n, (t->seen.count - n) * sizeof *t->lines);
	t->seen.count -= n;
	t->seen.first += n;
	t->seen.cut = true;
}

/* The line that takes what comes from this stream next. */
static struct model_line *open_line(struct tail *t, bool is_err)
{
	struct model_line *last = t->seen.count ? &t->lines[t->seen.count - 1] : NULL;

	if (last && t->is_open_line && last->is_err == is_err)
		return last;
	mem_reserve(&t->lines, &t->cap, t->seen.count + 1);
	last = &t->lines[t->seen.count++];
	*last = (struct model_line){ .text = mem_strdup(""), .is_err = is_err };
	t->is_open_line = true;
	t->return_seen = false;
	return last;
}

/* Length of a colour sequence at s (ESC [ numbers m), else 0: colours are dropped, anything else is shown escaped. */
static size_t colour_length(const char *s, size_t n)
{
	size_t i = 2;

	if (n < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (i < n && (s[i] == ';' || s[i] == ':' || (s[i] >= '0' && s[i] <= '9')))
		i++;
	return i < n && s[i] == 'm' ? i + 1 : 0;
}

static void append(struct tail *t, struct model_line *line, const char *s, size_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LOG_LINE_MAX);

	/* A progress bar that goes back to the start of its line overwrites it. */
	if (!t->return_seen)
		buf_append(&b, line->text, line->n);
	t->return_seen = false;
	for (size_t i = 0; i < n;) {
		size_t colour = colour_length(s + i, n - i);

		if (!colour)
			buf_putc(&b, s[i] == '\t' ? ' ' : s[i]);
		i += colour ? colour : 1;
	}
	line->cut = b.full;
	t->bytes += b.len;
	t->bytes -= line->n;
	free(line->text);
	line->n = b.len;
	line->text = mem_strndup(buf_text(&b), b.len);
}

static void take_piece(struct tail *t, const struct runlog_piece *piece)
{
	const char *at = piece->data, *end = at + piece->n;

	while (at < end) {
		struct model_line *line = open_line(t, piece->stream == RUNLOG_ERR);
		const char *stop = at;

		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		if (stop > at)
			append(t, line, at, (size_t)(stop - at));
		if (stop < end && *stop == '\n')
			t->is_open_line = false;
		else if (stop < end)
			t->return_seen = true;
		at = stop < end ? stop + 1 : end;
	}
	drop_oldest(t);
}

/* 1 there is a reader, 0 there is nothing to read (yet). */
static int open_log(struct model *m, struct error *err)
{
	struct tail *t = &m->tail;
	struct error missing = { 0 };
	CLEANUP(close) int dir = -1;
	int before;

	if (t->reader)
		return 1;
	dir = store_run_dir(engine_store(m->engine), m->open_id, false, &missing);
	if (dir < 0 || runlog_open(dir, &t->reader, &missing) < 0) {
		t->seen.missing = missing.code == ERR_NOT_FOUND;
		if (!t->seen.missing)
			*err = missing;
		return t->seen.missing ? 0 : -1;
	}
	t->seen.missing = false;
	before = runlog_seek_tail(t->reader, LOG_KEEP, err);
	t->seen.cut = before > 0;
	return before < 0 ? -1 : 1;
}

bool model_step_log(struct model *m)
{
	struct tail *t = &m->tail;
	struct runlog_piece piece;
	size_t bytes = 0;
	int more;

	if (!m->open_id[0] || !t->wanted || t->at_end)
		return false;
	t->seen.error = (struct error){ 0 };
	more = open_log(m, &t->seen.error);
	while (more > 0 && bytes < SLICE_LOG && (more = runlog_next(t->reader, &piece, &t->seen.error)) > 0) {
		take_piece(t, &piece);
		bytes += piece.n;
	}
	t->at_end = more <= 0;
	t->seen.loaded = t->seen.loaded || t->at_end;
	t->seen.lines = t->lines;
	/* An empty look is no news; otherwise a quiet log would be drawn again at every poll. */
	return bytes > 0 || more > 0;
}
