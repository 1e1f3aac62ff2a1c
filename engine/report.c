/* Runs as JSON. */
#include "config.h"

#include "engine/report.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "tracker/tracker.h"

enum { STATUS_MAX = 512 };

static void set_status(struct jval *v, const struct run *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(STATUS_MAX);

	run_status_format(&b, r->state, r->detail);
	jval_set_text(v, "status", buf_text(&b));
}

/* RFC 3339, or null for a time that has not come. */
static void set_time(struct jval *v, const char *key, int64_t ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64);

	if (ns)
		clock_format_rfc3339(&b, ns);
	jval_set_text(v, key, ns ? buf_text(&b) : NULL);
}

static void set_duration(struct jval *v, const struct run *r)
{
	/* When a lost run ended nobody knows. */
	if (r->duration_ns < 0 || r->state == RUN_LOST)
		jval_set(v, "duration_s", jval_new_null());
	else
		jval_set_num(v, "duration_s", (double)r->duration_ns / 1e9);
}

static void set_pairs(struct jval *v, const char *key, const struct run_pair *pairs, size_t n)
{
	struct jval *o = jval_set(v, key, jval_object());

	for (size_t i = 0; i < n; i++)
		jval_set_text(o, pairs[i].key, pairs[i].value);
}

/* The last values of what the run logged itself. */
static void set_metrics(struct jval *v, const struct run *r)
{
	struct jval *o = jval_set(v, "metrics", jval_object());

	for (size_t i = 0; i < r->metric_count; i++)
		if (!run_metric_is_system(&r->metrics[i]))
			jval_set_num(o, r->metrics[i].key, r->metrics[i].value);
}

/* And of what was measured of it: "system/cpu_percent" is system.cpu_percent. */
static void set_system(struct jval *v, const struct run *r)
{
	struct jval *o = jval_set(v, "system", jval_object());

	for (size_t i = 0; i < r->metric_count; i++)
		if (run_metric_is_system(&r->metrics[i]))
			jval_set_num(o, r->metrics[i].key + strlen(RUN_METRIC_SYSTEM), r->metrics[i].value);
}

static void set_artifacts(struct jval *v, const struct run *r)
{
	struct jval *list = jval_set(v, "artifacts", jval_array());

	for (size_t i = 0; i < r->output_count; i++) {
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "path", r->outputs[i].path);
		jval_set_int(o, "bytes", (int64_t)r->outputs[i].bytes);
		jval_set_text(o, "sha256", r->outputs[i].sha256);
	}
}

static void set_denials(struct jval *v, const struct run *r)
{
	struct jval *list = jval_set(v, "denials", jval_array());

	for (size_t i = 0; i < r->denial_count; i++) {
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "call", r->denials[i].call);
		jval_set_text(o, "object", r->denials[i].object);
		jval_set_int(o, "count", (int64_t)r->denials[i].count);
	}
}

/* "a,b" as ["a","b"]. */
static struct jval *split_tags(const char *tags)
{
	struct jval *list = jval_array();

	while (*tags) {
		size_t n = strcspn(tags, ",");

		if (n)
			jval_push(list, jval_new_text_n(tags, n));
		tags += n + (tags[n] == ',');
	}
	return list;
}

static void set_inputs(struct jval *v, const struct run *r)
{
	struct jval *list = jval_set(v, "inputs", jval_array());

	for (size_t i = 0; i < r->input_count; i++) {
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "name", r->inputs[i].name);
		jval_set_text(o, "path", r->inputs[i].path);
		jval_set_text(o, "sha256", r->inputs[i].sha256);
		jval_set_int(o, "bytes", (int64_t)r->inputs[i].bytes);
		jval_set(o, "tags", split_tags(r->inputs[i].tags));
	}
}

static void set_notes(struct jval *v, const struct run *r)
{
	struct jval *list = jval_set(v, "notes", jval_array());

	for (size_t i = 0; i < r->note_count; i++) {
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "author", r->notes[i].author);
		jval_set_int(o, "time_ms", r->notes[i].time_ms);
		jval_set_text(o, "text", r->notes[i].text);
	}
	list = jval_set(v, "warnings", jval_array());
	for (size_t i = 0; i < r->warning_count; i++)
		jval_push(list, jval_new_text(r->warnings[i]));
}

/* A member of the START document where the promised order wants it; otherwise stands in when it is missing. */
static void set_from_start(struct jval *v, const struct run *r, const char *key, struct jval *otherwise)
{
	const struct jval *member = jval_get(r->start, key);

	if (member)
		jval_free(otherwise);
	jval_set(v, key, member ? jval_copy(member) : otherwise);
}

/* The decision; the input that it was about stays in the record: all of it is told elsewhere in the report. */
static void set_policy(struct jval *v, const struct run *r)
{
	struct jval *policy = jval_set(v, "policy", jval_object());
	const struct jval *value;
	const char *key;
	void *it = NULL;

	while ((it = jval_next(jval_get(r->start, "policy"), it, &key, &value)))
		if (!str_eq(key, "input"))
			jval_set(policy, key, jval_copy(value));
}

/* What the run's own documents say beyond the members already there. Raw times are left out: they stand as text. */
static void set_rest(struct jval *v, const struct jval *document)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(document, NULL, &key, &value); it; it = jval_next(document, it, &key, &value))
		if (!jval_get(v, key) && !str_ends(key, "_ns"))
			jval_set(v, key, jval_copy(value));
}

struct jval *report_run(const struct run *r)
{
	struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", r->id);
	jval_set_text(v, "experiment", r->experiment);
	jval_set_text(v, "name", r->name);
	set_status(v, r);
	jval_set(v, "exit_code", r->exit_code < 0 ? jval_new_null() : jval_new_int(r->exit_code));
	jval_set(v, "signal", r->signal ? jval_new_int(r->signal) : jval_new_null());
	set_duration(v, r);
	set_from_start(v, r, "tier", jval_new_null());
	set_from_start(v, r, "snapshot", jval_object());
	set_policy(v, r);
	set_pairs(v, "params", r->params, r->param_count);
	set_metrics(v, r);
	set_artifacts(v, r);
	set_denials(v, r);
	set_system(v, r);
	jval_set_text(v, "state", run_state_name(r->state));
	jval_set_text(v, "detail", r->detail);
	set_time(v, "start", r->start_ns);
	set_time(v, "end", r->end_ns);
	set_from_start(v, r, "command", jval_array());
	set_inputs(v, r);
	set_pairs(v, "tags", r->tags, r->tag_count);
	set_notes(v, r);
	jval_set_bool(v, "deleted", r->deleted_ns != 0);
	jval_set_int(v, "damaged_bytes", (int64_t)r->damaged_bytes);
	set_rest(v, r->start);
	set_rest(v, r->end);
	/* Of a run that has not ended, or whose supervisor was killed. */
	if (!jval_get(v, "network") && jval_count(r->network))
		jval_set(v, "network", jval_copy(r->network));
	return v;
}

struct jval *report_row(const struct run *r)
{
	struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", r->id);
	jval_set_text(v, "experiment", r->experiment);
	jval_set_text(v, "name", r->name);
	set_status(v, r);
	set_time(v, "start", r->start_ns);
	set_duration(v, r);
	set_pairs(v, "params", r->params, r->param_count);
	set_metrics(v, r);
	set_pairs(v, "tags", r->tags, r->tag_count);
	return v;
}

struct jval *report_point(const char *key, const struct metric_point *p)
{
	struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "key", key);
	jval_set_int(v, "step", p->step);
	jval_set_int(v, "time_ms", p->time_ms);
	jval_set_num(v, "value", p->value);
	return v;
}

struct jval *report_metric(const struct run_metric *m)
{
	struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "key", m->key);
	jval_set_num(v, "value", m->value);
	jval_set_int(v, "step", m->step);
	jval_set_int(v, "time_ms", m->time_ms);
	jval_set_num(v, "min", m->min);
	jval_set_num(v, "max", m->max);
	jval_set_int(v, "count", (int64_t)m->count);
	return v;
}

struct jval *report_started(const char *run_id)
{
	struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", run_id);
	jval_set_text(v, "status", run_state_name(RUN_RUNNING));
	return v;
}
