/* Results of tests of policies. */
#include "config.h"

#include "cli/policy_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cmd_policy.h"
#include "cli/table.h"

static const char *const words[] = { "PASS", "FAIL", "ERROR", "SKIP" };

void report_release(struct report *r)
{
	for (size_t i = 0; i < r->n; i++)
		policy_test_outcome_release(&r->items[i].outcome);
	free(r->items);
	*r = (struct report){ 0 };
}

double report_coverage(const struct report *r)
{
	size_t lines = 0, reached = 0;

	for (size_t i = 0; r->cover && i < policy_cover_count(r->cover); i++) {
		CLEANUP(policy_cover_file_release) struct policy_cover_file f = { 0 };

		policy_cover_file(r->cover, i, &f);
		lines += f.lines;
		reached += f.reached;
	}
	return lines ? 100.0 * (double)reached / (double)lines : 100;
}

/* ---- text ------------------------------------------------------------------------------------------------ */

/* Lines of text, each escaped and indented. */
static void print_lines(struct output *out, const char *text)
{
	while (text && *text) {
		size_t n = strcspn(text, "\n");

		output_puts(out, "    ");
		output_untrusted_text(out, text, n);
		output_puts(out, "\n");
		text += n + (text[n] == '\n');
	}
}

static void print_test(struct output *out, const struct report_test *t)
{
	static const enum output_style styles[] = { STYLE_GOOD, STYLE_BAD, STYLE_BAD, STYLE_WARN };
	enum policy_test_result result = t->outcome.result;

	output_styled(out, styles[result], words[result]);
	output_puts(out, " ");
	output_untrusted(out, t->test->package);
	output_puts(out, ".");
	output_untrusted(out, t->test->name);
	if (result != POLICY_TEST_SKIP)
		output_printf(out, " (%.3fms)", (double)t->ns / 1e6);
	output_puts(out, "\n");
	if (result == POLICY_TEST_FAIL || result == POLICY_TEST_ERROR) {
		output_puts(out, "  ");
		output_untrusted(out, t->test->file);
		output_printf(out, ":%u\n", t->test->row);
		print_lines(out, t->outcome.why);
	}
	for (size_t i = 0; i < t->outcome.ncases; i++) {
		output_puts(out, "  ");
		output_styled(out, styles[!t->outcome.cases[i].pass], words[!t->outcome.cases[i].pass]);
		output_puts(out, " ");
		output_untrusted(out, t->outcome.cases[i].name);
		output_puts(out, "\n");
	}
}

/* "3, 7-9, 12": rows that follow each other among those that count are one range. */
static void format_missed(const struct policy_cover_file *f, struct buf *b)
{
	for (size_t i = 0; i < f->lines; i++) {
		size_t last = i;

		if (f->row_reached[i])
			continue;
		while (last + 1 < f->lines && !f->row_reached[last + 1])
			last++;
		buf_printf(b, "%s%u", b->len ? ", " : "", f->rows[i]);
		if (last > i)
			buf_printf(b, "-%u", f->rows[last]);
		i = last;
	}
}

static void print_coverage(const struct report *r, struct output *out)
{
	static const struct table_column columns[] = {
		{ "FILE", false, 0 }, { "LINES", true, 0 }, { "REACHED", true, 0 }, { "%", true, 0 }, { "NOT REACHED", false, 16 },
	};
	CLEANUP(table_free) struct table *t = table_new(columns, sizeof columns / sizeof *columns);

	for (size_t i = 0; i < policy_cover_count(r->cover); i++) {
		CLEANUP(policy_cover_file_release) struct policy_cover_file f = { 0 };
		CLEANUP(buf_release) struct buf missed = BUF_INIT(LIMIT_MIB);
		char number[32];

		policy_cover_file(r->cover, i, &f);
		if (!f.lines)
			continue;
		format_missed(&f, &missed);
		table_cell(t, f.file);
		snprintf(number, sizeof number, "%zu", f.lines);
		table_cell(t, number);
		snprintf(number, sizeof number, "%zu", f.reached);
		table_cell(t, number);
		snprintf(number, sizeof number, "%.1f", 100.0 * (double)f.reached / (double)f.lines);
		table_cell(t, number);
		table_cell(t, buf_text(&missed));
	}
	output_puts(out, "\n");
	table_print(t, out);
	output_printf(out, "%.1f %% of the lines that count were reached\n", report_coverage(r));
}

void report_print(const struct report *r, struct output *out, bool quiet)
{
	const size_t *n = r->counts;

	for (size_t i = 0; i < r->n; i++)
		if (!quiet || (r->items[i].outcome.result != POLICY_TEST_PASS && r->items[i].outcome.result != POLICY_TEST_SKIP))
			print_test(out, &r->items[i]);
	output_printf(out, "%zu test%s: %zu passed", r->n, r->n == 1 ? "" : "s", n[POLICY_TEST_PASS]);
	if (n[POLICY_TEST_FAIL])
		output_printf(out, ", %zu failed", n[POLICY_TEST_FAIL]);
	if (n[POLICY_TEST_ERROR])
		output_printf(out, ", %zu with an error", n[POLICY_TEST_ERROR]);
	if (n[POLICY_TEST_SKIP])
		output_printf(out, ", %zu to do", n[POLICY_TEST_SKIP]);
	output_printf(out, " (%.3fms)\n", (double)r->ns / 1e6);
	if (r->cover)
		print_coverage(r, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

static struct jval *test_to_jval(const struct report_test *t)
{
	static const char *const flags[] = { NULL, "fail", "error", "skip" };
	struct jval *v = jval_object(), *at = jval_set(v, "location", jval_object()), *cases;
	enum policy_test_result result = t->outcome.result;

	jval_set_text(at, "file", t->test->file);
	jval_set_int(at, "row", t->test->row);
	jval_set_int(at, "col", 1);
	jval_set_text(v, "package", t->test->package);
	jval_set_text(v, "name", t->test->name);
	jval_set_text(v, "result", result == POLICY_TEST_PASS ? "pass" : flags[result]);
	if (flags[result])
		jval_set_bool(v, flags[result], true);
	jval_set_int(v, "duration", t->ns);
	jval_set_int(v, "steps", (int64_t)t->outcome.steps);
	if (t->outcome.why)
		jval_set_text(v, "why", t->outcome.why);
	if (t->outcome.ncases) {
		cases = jval_set(v, "cases", jval_array());
		for (size_t i = 0; i < t->outcome.ncases; i++) {
			struct jval *c = jval_push(cases, jval_object());

			jval_set_text(c, "name", t->outcome.cases[i].name);
			jval_set_bool(c, "pass", t->outcome.cases[i].pass);
		}
	}
	return v;
}

static struct jval *file_to_jval(const struct policy_cover_file *f)
{
	struct jval *v = jval_object(), *missed;

	jval_set_text(v, "file", f->file);
	jval_set_int(v, "lines", (int64_t)f->lines);
	jval_set_int(v, "reached", (int64_t)f->reached);
	jval_set_num(v, "percent", 100.0 * (double)f->reached / (double)f->lines);
	missed = jval_set(v, "not_reached", jval_array());
	for (size_t i = 0; i < f->lines; i++)
		if (!f->row_reached[i])
			jval_push(missed, jval_new_int(f->rows[i]));
	return v;
}

static struct jval *coverage_to_jval(const struct report *r)
{
	struct jval *v = jval_object(), *files = jval_set(v, "files", jval_array());

	for (size_t i = 0; i < policy_cover_count(r->cover); i++) {
		CLEANUP(policy_cover_file_release) struct policy_cover_file f = { 0 };

		policy_cover_file(r->cover, i, &f);
		if (f.lines)
			jval_push(files, file_to_jval(&f));
	}
	jval_set_num(v, "percent", report_coverage(r));
	return v;
}

struct jval *report_to_jval(const struct report *r)
{
	struct jval *v = jval_object();
	struct jval *tests;

	jval_set_int(v, "v", 1);
	jval_set_bool(v, "ok", r->counts[POLICY_TEST_PASS] && !r->counts[POLICY_TEST_FAIL] && !r->counts[POLICY_TEST_ERROR]);
	jval_set_int(v, "passed", (int64_t)r->counts[POLICY_TEST_PASS]);
	jval_set_int(v, "failed", (int64_t)r->counts[POLICY_TEST_FAIL]);
	jval_set_int(v, "errors", (int64_t)r->counts[POLICY_TEST_ERROR]);
	jval_set_int(v, "skipped", (int64_t)r->counts[POLICY_TEST_SKIP]);
	jval_set_int(v, "duration", r->ns);
	tests = jval_set(v, "tests", jval_array());
	for (size_t i = 0; i < r->n; i++)
		jval_push(tests, test_to_jval(&r->items[i]));
	if (r->cover)
		jval_set(v, "coverage", coverage_to_jval(r));
	return v;
}

void report_json(const struct report *r, struct output *out)
{
	CLEANUP(jval_free) struct jval *v = report_to_jval(r);

	output_json(out, v);
}

/* ---- JUnit XML ------------------------------------------------------------------------------------------- */

/* XML 1.0 has no way to write most control characters: they become question marks. */
static void put_xml(struct output *out, const char *text)
{
	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<')
			output_puts(out, "&lt;");
		else if (c == '>')
			output_puts(out, "&gt;");
		else if (c == '&')
			output_puts(out, "&amp;");
		else if (c == '"')
			output_puts(out, "&quot;");
		else if (c == '\n' || c == '\t')
			output_printf(out, "&#%u;", c);
		else if (c < ' ' || c == 0x7f)
			output_puts(out, "?");
		else
			output_write(out, text, 1);
	}
}

static void put_attribute(struct output *out, const char *name, const char *text)
{
	output_printf(out, " %s=\"", name);
	put_xml(out, text);
	output_puts(out, "\"");
}

static void put_failure(struct output *out, const struct report_test *t, const char *element)
{
	const char *why = t->outcome.why ? t->outcome.why : "a case does not hold";
	char *first = mem_strndup(why, strcspn(why, "\n"));

	output_printf(out, "      <%s", element);
	put_attribute(out, "message", first);
	output_puts(out, ">");
	put_xml(out, t->outcome.why);
	for (size_t i = 0; i < t->outcome.ncases; i++)
		if (!t->outcome.cases[i].pass) {
			put_xml(out, t->outcome.cases[i].name);
			put_xml(out, " does not hold\n");
		}
	output_printf(out, "</%s>\n", element);
	free(first);
}

static void put_case(struct output *out, const struct report_test *t)
{
	output_puts(out, "    <testcase");
	put_attribute(out, "classname", t->test->package);
	put_attribute(out, "name", t->test->name);
	put_attribute(out, "file", t->test->file);
	output_printf(out, " line=\"%u\" time=\"%.6f\"", t->test->row, (double)t->ns / 1e9);
	if (t->outcome.result == POLICY_TEST_PASS) {
		output_puts(out, "/>\n");
		return;
	}
	output_puts(out, ">\n");
	if (t->outcome.result == POLICY_TEST_SKIP)
		output_puts(out, "      <skipped/>\n");
	else
		put_failure(out, t, t->outcome.result == POLICY_TEST_FAIL ? "failure" : "error");
	output_puts(out, "    </testcase>\n");
}

static void put_counts(struct output *out, const struct report *r)
{
	const size_t *n = r->counts;

	output_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\"", r->n,
		      n[POLICY_TEST_FAIL], n[POLICY_TEST_ERROR], n[POLICY_TEST_SKIP], (double)r->ns / 1e9);
}

void report_junit(const struct report *r, struct output *out)
{
	output_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	put_counts(out, r);
	output_puts(out, ">\n  <testsuite name=\"wb policy test\"");
	put_counts(out, r);
	output_puts(out, ">\n");
	for (size_t i = 0; i < r->n; i++)
		put_case(out, &r->items[i]);
	output_puts(out, "  </testsuite>\n</testsuites>\n");
}

void report_junit_broken(const char *why, struct output *out)
{
	static const char counts[] = " tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000000\">\n";

	output_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites%s  <testsuite name=\"wb policy test\"%s", counts, counts);
	output_puts(out, "    <testcase classname=\"policy\" name=\"compiles\" time=\"0.000000\">\n"
			 "      <error message=\"the policy has errors\">");
	put_xml(out, why);
	output_puts(out, "</error>\n    </testcase>\n  </testsuite>\n</testsuites>\n");
}

/* ---- annotations ----------------------------------------------------------------------------------------- */

void report_annotate(const struct report *r, struct output *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct report_test *t = &r->items[i];
		const char *why = t->outcome.why ? t->outcome.why : "a case does not hold";
		CLEANUP(free) char *message = mem_strndup(why, strlen(why) - str_ends(why, "\n"));
		const struct annotation a = {
			.level = "error", .file = t->test->file, .title = t->test->name, .row = t->test->row, .message = message,
		};

		if (t->outcome.result == POLICY_TEST_FAIL || t->outcome.result == POLICY_TEST_ERROR)
			cmd_policy_annotate(out, &a);
	}
}
