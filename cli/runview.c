/* Runs for people. */
#include "config.h"

#include "cli/runview.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/str.h"
#include "cli/netview.h"
#include "cli/table.h"
#include "engine/spec.h"

enum { LABEL = 12, TENSORS_SHOWN = 20, TEXT_MAX = 64 * 1024, TREE_SHORT = 12, DIGEST_SHORT = 12 };

#define SECOND_NS INT64_C(1000000000)

/* From then on a date says more than "412d ago". */
#define LONG_AGO_NS (30 * 24 * 60 * 60 * SECOND_NS)

static const enum output_style state_styles[RUN_STATE_COUNT_] = {
	[RUN_RUNNING] = STYLE_BUSY,
	[RUN_FINISHED] = STYLE_GOOD,
	[RUN_FAILED] = STYLE_BAD,
	[RUN_KILLED] = STYLE_WARN,
	[RUN_LIMIT] = STYLE_WARN,
	[RUN_DENIED] = STYLE_BAD,
	[RUN_LOST] = STYLE_BAD,
};

enum output_style runview_style(enum run_state state)
{
	return (unsigned)state < RUN_STATE_COUNT_ ? state_styles[state] : STYLE_PLAIN;
}

static void section(struct output *out, const char *title)
{
	output_puts(out, "\n");
	output_styled(out, STYLE_STRONG, title);
	output_puts(out, "\n");
}

static void field(struct output *out, const char *name, const char *value)
{
	if (value && *value)
		output_field(out, LABEL, name, value);
}

static void print_status(struct output *out, const struct run *r)
{
	CLEANUP(buf_release) struct buf status = BUF_INIT(TEXT_MAX);

	run_status_format(&status, r->state, r->detail);
	output_style(out, STYLE_FAINT);
	output_printf(out, "%-*s", LABEL, "status");
	output_style(out, STYLE_PLAIN);
	output_style(out, runview_style(r->state));
	output_untrusted(out, buf_text(&status));
	output_style(out, STYLE_PLAIN);
	if (r->signal)
		output_printf(out, "  signal %d (%s)", r->signal, strsignal(r->signal));
	else if (r->exit_code >= 0)
		output_printf(out, "  exit code %d", r->exit_code);
	if (r->deleted_ns)
		output_puts(out, "  deleted ('wb rm --restore' brings it back)");
	output_puts(out, "\n");
}

static void print_command(struct output *out, const struct run *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	run_command_format(&b, jval_get(r->start, "command"), RUNVIEW_COMMAND);
	field(out, "command", buf_text(&b));
}

static void print_times(struct output *out, const struct run *r, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	clock_format_local(&b, r->start_ns);
	if (now_ns - r->start_ns < LONG_AGO_NS) {
		buf_puts(&b, " (");
		human_ago(&b, r->start_ns, now_ns);
		buf_puts(&b, ")");
	}
	field(out, "started", buf_text(&b));
	if (r->state == RUN_DENIED || r->state == RUN_LOST)
		return;
	buf_clear(&b);
	run_took_format(&b, r, now_ns);
	field(out, r->state == RUN_RUNNING ? "running for" : "took", buf_text(&b));
}

static void print_code(struct output *out, const struct run *r)
{
	const struct jval *git = jval_get(r->start, "git");
	const struct jval *snapshot = jval_get(r->start, "snapshot");
	const char *commit = jval_get_text(git, "commit"), *branch = jval_get_text(git, "branch");
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);
	size_t skipped = jval_count(jval_get(snapshot, "skipped"));
	int64_t files = jval_get_int(snapshot, "files", 0);

	if (!*r->tree)
		return;
	buf_printf(&b, "tree %.*s, %" PRId64 " file%s", TREE_SHORT, r->tree, files, files == 1 ? "" : "s");
	if (skipped)
		buf_printf(&b, ", %zu left out", skipped);
	if (commit)
		buf_printf(&b, "; commit %.*s", TREE_SHORT, commit);
	if (branch)
		buf_printf(&b, " on %s", branch);
	if (jval_get_bool(git, "dirty", false))
		buf_puts(&b, ", with changes");
	field(out, "code", buf_text(&b));
}

static void print_diode(struct output *out, const struct run *r)
{
	const struct jval *diode = jval_get(r->start, "diode");
	uint64_t bytes = (uint64_t)jval_get_int(diode, "out_bytes", 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	if (!diode)
		return;
	buf_puts(&b, "only metrics leave it");
	if (bytes) {
		buf_puts(&b, ", and ");
		str_format_size(&b, bytes);
		buf_puts(&b, " of its output");
	}
	if (runview_is_withheld(r))
		buf_puts(&b, bytes ? "; the rest is withheld" : "; its output is withheld");
	field(out, "diode", buf_text(&b));
}

bool runview_is_withheld(const struct run *r)
{
	return jval_get_bool(jval_get(r->end, "withheld"), "output", false);
}

static void print_sandbox(struct output *out, const struct run *r)
{
	const struct jval *layers = jval_get(r->start, "layers");
	const char *filter = jval_get_text(jval_get(jval_get(r->start, "sandbox"), "profile"), "name");
	int64_t tier = jval_get_int(r->start, "tier", 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	if (!tier)
		return;
	buf_printf(&b, "tier %" PRId64, tier);
	for (size_t i = 0; i < jval_count(layers); i++)
		if (jval_text(jval_at(layers, i)))
			buf_printf(&b, "%s%s", i ? ", " : ": ", jval_text(jval_at(layers, i)));
	if (filter && !str_eq(filter, "ml"))
		buf_printf(&b, "; call filter %s", filter);
	if (jval_get_bool(r->start, "tty", false))
		buf_puts(&b, "; with a terminal");
	field(out, "sandbox", buf_text(&b));
	print_diode(out, r);
}

static void put_limit(struct buf *b, const char *text)
{
	buf_printf(b, "%s%s", b->len ? ", " : "", text);
}

static void put_size_limit(struct buf *b, const struct jval *limits, const char *key, const char *word)
{
	int64_t bytes = jval_get_int(limits, key, 0);

	if (bytes <= 0)
		return;
	put_limit(b, word);
	str_format_size(b, (uint64_t)bytes);
}

/* Those that somebody set: the defaults are in wb-run(1). */
static void print_limits(struct output *out, const struct run *r)
{
	const struct jval *limits = jval_get(r->start, "limits");
	double wall = jval_get_num(limits, "wall_seconds", 0), cpus = jval_get_num(limits, "cpus", 0);
	int64_t pids = jval_get_int(limits, "pids", SPEC_PIDS), files = jval_get_int(limits, "files", SPEC_FILES);
	CLEANUP(buf_release) struct buf b = BUF_INIT(512);

	if (wall > 0) {
		put_limit(&b, "");
		str_format_duration(&b, (int64_t)(wall * 1e9));
	}
	if (cpus > 0)
		buf_printf(&b, "%s%g CPU%s", b.len ? ", " : "", cpus, cpus == 1 ? "" : "s");
	put_size_limit(&b, limits, "memory_bytes", "memory ");
	put_size_limit(&b, limits, "disk_bytes", "disk ");
	if (pids != SPEC_PIDS)
		buf_printf(&b, "%s%" PRId64 " processes", b.len ? ", " : "", pids);
	if (files != SPEC_FILES)
		buf_printf(&b, "%s%" PRId64 " open files", b.len ? ", " : "", files);
	field(out, "limits", buf_text(&b));
}

/* Those it had, once it has ended; the tag tells before. */
static void print_gpus(struct output *out, const struct run *r)
{
	const struct jval *gpus = jval_get(r->end, "gpus");
	CLEANUP(buf_release) struct buf b = BUF_INIT(16384);
	double waited = jval_get_num(r->end, "gpu_wait_s", 0);

	for (size_t i = 0; i < jval_count(gpus); i++) {
		const struct jval *g = jval_at(gpus, i);
		const char *name = jval_get_text(g, "name"), *uuid = jval_get_text(g, "uuid");

		buf_printf(&b, "%s%lld: %s", i ? ", " : "", (long long)jval_get_int(g, "index", 0),
			   name ? name : jval_get_text(g, "vendor"));
		if (uuid)
			buf_printf(&b, " (%s)", uuid);
	}
	if (b.len && waited > 0) {
		buf_puts(&b, ", waited ");
		str_format_duration(&b, (int64_t)(waited * 1e9));
	}
	if (b.len)
		field(out, "gpus", buf_text(&b));
}

static void print_usage(struct output *out, const struct run *r)
{
	const struct jval *usage = jval_get(r->end, "usage");
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	if (!usage)
		return;
	buf_puts(&b, "CPU ");
	str_format_duration(&b, (int64_t)(jval_get_num(usage, "cpu_s", 0) * 1e9));
	buf_puts(&b, ", peak memory ");
	str_format_size(&b, (uint64_t)jval_get_int(usage, "peak_memory_bytes", 0));
	field(out, "used", buf_text(&b));
}

static void print_head(struct output *out, const struct run *r, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf who = BUF_INIT(TEXT_MAX);

	output_styled(out, STYLE_NAME, r->id);
	output_puts(out, "  ");
	output_style(out, STYLE_STRONG);
	output_untrusted(out, r->name);
	output_style(out, STYLE_PLAIN);
	output_puts(out, "\n");
	print_status(out, r);
	field(out, "why", jval_get_text(r->end, "reason"));
	field(out, "experiment", r->experiment);
	print_times(out, r, now_ns);
	print_limits(out, r);
	print_usage(out, r);
	print_command(out, r);
	print_code(out, r);
	field(out, "project", jval_get_text(r->start, "project"));
	print_sandbox(out, r);
	print_gpus(out, r);
	field(out, "policy", jval_get_text(jval_get(r->start, "policy"), "decision"));
	field(out, "parent", jval_get_text(r->start, "parent"));
	buf_printf(&who, "%s%s%s", r->user, *r->user && *r->host ? "@" : "", r->host);
	field(out, "by", buf_text(&who));
}

static void print_pairs(struct output *out, const char *title, const struct run_pair *pairs, size_t n)
{
	const struct table_column columns[] = { { "", false, 12 }, { "", false, 16 } };
	CLEANUP(table_free) struct table *t = NULL;

	if (!n)
		return;
	section(out, title);
	t = table_new(columns, 2);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf key = BUF_INIT(TEXT_MAX);

		buf_printf(&key, "  %s", pairs[i].key);
		table_cell(t, buf_text(&key));
		table_cell(t, pairs[i].value);
	}
	table_print_body(t, out);
}

static size_t count_own(const struct run *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->metric_count; i++)
		n += !run_metric_is_system(&r->metrics[i]);
	return n;
}

void runview_metrics(struct output *out, const struct run *r, bool with_system)
{
	const struct table_column columns[] = {
		{ "METRIC", false, 16 }, { "LAST", true, 0 }, { "MIN", true, 0 },
		{ "MAX", true, 0 },	 { "STEP", true, 0 }, { "POINTS", true, 0 },
	};
	CLEANUP(table_free) struct table *t = table_new(columns, 6);

	for (size_t i = 0; i < r->metric_count; i++) {
		const struct run_metric *m = &r->metrics[i];

		if (!with_system && run_metric_is_system(m))
			continue;
		table_cell(t, m->key);
		table_number(t, m->value, true);
		table_number(t, m->min, true);
		table_number(t, m->max, true);
		table_integer(t, m->step);
		table_integer(t, (int64_t)m->count);
	}
	table_print(t, out);
}

static void digest_cell(struct table *t, const char *sha256)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	buf_printf(&b, "%.*s", DIGEST_SHORT, sha256);
	table_cell_styled(t, STYLE_FAINT, buf_text(&b));
}

static void print_inputs(struct output *out, const struct run *r)
{
	const struct table_column columns[] = {
		{ "NAME", false, 8 }, { "PATH", false, 16 }, { "SIZE", true, 0 }, { "SHA-256", false, 0 }, { "TAGS", false, 8 },
	};
	CLEANUP(table_free) struct table *t = NULL;

	if (!r->input_count)
		return;
	section(out, "Inputs");
	t = table_new(columns, 5);
	for (size_t i = 0; i < r->input_count; i++) {
		table_cell(t, r->inputs[i].name);
		table_cell(t, r->inputs[i].path);
		table_size(t, r->inputs[i].bytes);
		digest_cell(t, r->inputs[i].sha256);
		table_cell(t, r->inputs[i].tags);
	}
	table_print(t, out);
}

void runview_outputs(struct output *out, const struct run *r)
{
	const struct table_column columns[] = { { "PATH", false, 16 }, { "SIZE", true, 0 }, { "SHA-256", false, 0 } };
	CLEANUP(table_free) struct table *t = table_new(columns, 3);

	for (size_t i = 0; i < r->output_count; i++) {
		table_cell(t, r->outputs[i].path);
		table_size(t, r->outputs[i].bytes);
		digest_cell(t, r->outputs[i].sha256);
	}
	table_print(t, out);
}

static void tensor_row(struct table *t, const char *file, const struct jval *tensor)
{
	CLEANUP(buf_release) struct buf shape = BUF_INIT(TEXT_MAX);
	const struct jval *dims = jval_get(tensor, "shape");

	for (size_t i = 0; i < jval_count(dims); i++)
		buf_printf(&shape, "%s%" PRId64, i ? "x" : "", jval_int(jval_at(dims, i), 0));
	if (!shape.len)
		buf_puts(&shape, jval_type(dims) == JVAL_ARRAY ? "scalar" : "empty");
	table_cell(t, file);
	table_cell(t, jval_get_text(tensor, "path"));
	table_cell(t, buf_text(&shape));
	table_cell(t, jval_get_text(tensor, "dtype"));
}

static void tensor_error_row(struct table *t, const struct jval *file)
{
	table_cell(t, jval_get_text(file, "path"));
	table_cell_styled(t, STYLE_WARN, jval_get_text(file, "error"));
	table_cell(t, "");
	table_cell(t, "");
}

/* "weights.h5: w1 64x32 float32" a line, as many as fit on half a screen. */
static void print_tensors(struct output *out, const struct run *r)
{
	const struct table_column columns[] = {
		{ "FILE", false, 12 }, { "TENSOR", false, 12 }, { "SHAPE", true, 0 }, { "DTYPE", false, 7 },
	};
	const struct jval *files = jval_get(r->end, "tensors");
	CLEANUP(table_free) struct table *t = NULL;
	size_t untold = 0;

	if (!jval_count(files))
		return;
	section(out, "Tensors");
	t = table_new(columns, 4);
	for (size_t i = 0; i < jval_count(files); i++) {
		const struct jval *file = jval_at(files, i), *tensors = jval_get(file, "tensors");

		for (size_t k = 0; k < jval_count(tensors); k++) {
			if (table_rows(t) < TENSORS_SHOWN)
				tensor_row(t, jval_get_text(file, "path"), jval_at(tensors, k));
			else
				untold++;
		}
		if (jval_get_text(file, "error"))
			tensor_error_row(t, file);
		untold += (size_t)jval_get_int(file, "more", 0);
	}
	table_print(t, out);
	if (untold)
		output_printf(out, "  and %zu more: 'wb tensor ls %.*s:FILE' lists them\n", untold, RUNVIEW_ID, r->id);
}

void runview_denials(struct output *out, const struct run *r)
{
	const struct table_column columns[] = { { "CALL", false, 8 }, { "OBJECT", false, 24 }, { "TIMES", true, 0 } };
	CLEANUP(table_free) struct table *t = NULL;

	if (!r->denial_count)
		return;
	section(out, "Denied by the sandbox");
	t = table_new(columns, 3);
	for (size_t i = 0; i < r->denial_count; i++) {
		table_cell_styled(t, STYLE_WARN, r->denials[i].call);
		table_cell(t, r->denials[i].object);
		table_integer(t, (int64_t)r->denials[i].count);
	}
	table_print(t, out);
}

/* A reason is a text, or an object that has one. */
static const char *reason_text(const struct jval *reason)
{
	const char *text = jval_text(reason);

	if (!text)
		text = jval_get_text(reason, "text");
	return text ? text : jval_get_text(reason, "msg");
}

static void print_reasons(struct output *out, const struct jval *list, enum output_style style, const char *word)
{
	for (size_t i = 0; i < jval_count(list); i++) {
		const char *text = reason_text(jval_at(list, i));

		if (!text)
			continue;
		output_puts(out, "  ");
		output_styled(out, style, word);
		output_puts(out, " ");
		output_untrusted(out, text);
		output_puts(out, "\n");
	}
}

void runview_policy(struct output *out, const struct run *r)
{
	const struct jval *policy = jval_get(r->start, "policy");

	print_reasons(out, jval_get(policy, "reasons"), STYLE_BAD, "denied:");
	print_reasons(out, jval_get(policy, "warnings"), STYLE_WARN, "warning:");
}

void runview_note(struct output *out, const struct run_note *note)
{
	CLEANUP(buf_release) struct buf when = BUF_INIT(64);

	clock_format_local(&when, note->time_ms * INT64_C(1000000));
	output_styled(out, STYLE_FAINT, buf_text(&when));
	output_puts(out, " ");
	output_untrusted(out, note->author);
	output_puts(out, ": ");
	output_untrusted(out, note->text);
	output_puts(out, "\n");
}

static void print_notes(struct output *out, const struct run *r)
{
	if (r->note_count)
		section(out, "Notes");
	for (size_t i = 0; i < r->note_count; i++) {
		output_styled(out, STYLE_FAINT, "  ");
		runview_note(out, &r->notes[i]);
	}
	if (r->warning_count)
		section(out, "Warnings");
	for (size_t i = 0; i < r->warning_count; i++) {
		output_puts(out, "  ");
		output_untrusted(out, r->warnings[i]);
		output_puts(out, "\n");
	}
}

/* Files with the reason why they were not taken: texts, or objects of path and why. */
static void print_left_out(struct output *out, const char *title, const struct jval *list)
{
	if (jval_count(list))
		section(out, title);
	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *s = jval_at(list, i);
		const char *path = jval_text(s) ? jval_text(s) : jval_get_text(s, "path");

		output_puts(out, "  ");
		output_untrusted(out, path);
		if (jval_get_text(s, "why")) {
			output_puts(out, ": ");
			output_untrusted(out, jval_get_text(s, "why"));
		}
		output_puts(out, "\n");
	}
}

static void print_not_kept(struct output *out, const struct run *r)
{
	int64_t more = jval_get_int(r->end, "not_collected_more", 0);

	print_left_out(out, "Not kept of what it wrote", jval_get(r->end, "not_collected"));
	if (more)
		output_printf(out, "  and %" PRId64 " more\n", more);
}

static void print_policy_section(struct output *out, const struct run *r)
{
	const struct jval *policy = jval_get(r->start, "policy");

	if (!jval_count(jval_get(policy, "reasons")) && !jval_count(jval_get(policy, "warnings")))
		return;
	section(out, "Policy");
	runview_policy(out, r);
}

void runview_begin(struct output *out, const struct run *r)
{
	output_printf(out, "run %s (", r->id);
	output_untrusted(out, r->name);
	output_puts(out, ")\n");
	print_code(out, r);
	print_sandbox(out, r);
	field(out, "policy", jval_get_text(jval_get(r->start, "policy"), "decision"));
}

void runview_page(struct output *out, const struct run *r, bool with_system, int64_t now_ns)
{
	print_head(out, r, now_ns);
	print_policy_section(out, r);
	print_pairs(out, "Params", r->params, r->param_count);
	print_pairs(out, "Tags", r->tags, r->tag_count);
	if (with_system ? r->metric_count : count_own(r)) {
		section(out, "Metrics");
		runview_metrics(out, r, with_system);
	}
	print_inputs(out, r);
	if (r->output_count) {
		section(out, "Outputs");
		runview_outputs(out, r);
	}
	print_tensors(out, r);
	print_left_out(out, "Left out of the snapshot", jval_get(jval_get(r->start, "snapshot"), "skipped"));
	print_not_kept(out, r);
	netview_page(out, r);
	runview_denials(out, r);
	print_notes(out, r);
	if (r->damaged_bytes) {
		section(out, "Damage");
		output_printf(out, "  %" PRIu64 " bytes of its record could not be read ('wb verify %.*s')\n", r->damaged_bytes,
			      RUNVIEW_ID, r->id);
	}
}

void runview_footer(struct output *out, const struct run *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	output_printf(out, "run %.*s (", RUNVIEW_ID, r->id);
	output_untrusted(out, r->name);
	output_puts(out, ") ");
	run_status_format(&b, r->state, r->detail);
	output_style(out, runview_style(r->state));
	output_untrusted(out, buf_text(&b));
	output_style(out, STYLE_PLAIN);
	if (r->duration_ns >= 0 && r->state != RUN_DENIED && r->state != RUN_LOST) {
		buf_clear(&b);
		str_format_duration(&b, r->duration_ns);
		output_printf(out, " in %s", buf_text(&b));
	}
	output_puts(out, "\n");
}
