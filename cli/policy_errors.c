/* What a policy answers instead of an answer. */
#include "config.h"

#include "cli/policy_errors.h"

#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "cli/cmd_policy.h"

/* The query with a caret under what is wrong with it. */
static void point(struct buf *out, const char *query, int64_t row, int64_t col)
{
	size_t n, before = col > 0 ? (size_t)col - 1 : 0;

	for (; row > 1 && strchr(query, '\n'); row--)
		query = strchr(query, '\n') + 1;
	n = strcspn(query, "\n");
	if (n > 160 || before > n)
		return;
	buf_puts(out, "  ");
	text_escape(out, query, n);
	buf_puts(out, "\n  ");
	for (size_t i = text_width(query, before); i > 0; i--)
		buf_putc(out, ' ');
	buf_puts(out, "^\n");
}

/* Each of the errors that an evaluation ended with, as lines. */
void policy_errors_format(const struct jval *errors, const char *query, struct buf *out)
{
	for (size_t i = 0; i < jval_count(errors); i++) {
		const struct jval *e = jval_at(errors, i), *at = jval_get(e, "location");
		const char *file = jval_get_text(at, "file"), *help = jval_get_text(e, "help");

		if (file) {
			text_escape_str(out, file);
			buf_printf(out, ":%lld:%lld: ", (long long)jval_get_int(at, "row", 0), (long long)jval_get_int(at, "col", 0));
		}
		buf_puts(out, "error: ");
		text_escape_str(out, jval_get_text(e, "message"));
		buf_printf(out, " [%s]\n", jval_get_text(e, "id"));
		if (str_eq(file, "query"))
			point(out, query, jval_get_int(at, "row", 1), jval_get_int(at, "col", 1));
		if (help) {
			buf_puts(out, "  help: ");
			text_escape_str(out, help);
			buf_putc(out, '\n');
		}
	}
}

void policy_errors_annotate(struct output *out, const struct jval *errors)
{
	for (size_t i = 0; i < jval_count(errors); i++) {
		const struct jval *e = jval_at(errors, i), *at = jval_get(e, "location");
		const struct annotation a = {
			.level = "error", .file = jval_get_text(at, "file"), .title = jval_get_text(e, "id"),
			.message = jval_get_text(e, "message"), .row = jval_get_int(at, "row", 0), .col = jval_get_int(at, "col", 0),
		};

		cmd_policy_annotate(out, &a);
	}
}

static void annotate_reasons(struct output *out, const struct jval *reasons, const char *level)
{
	for (size_t i = 0; i < jval_count(reasons); i++) {
		const struct jval *r = jval_at(reasons, i);
		const struct annotation a = {
			.level = level, .file = jval_get_text(r, "file"), .title = jval_get_text(r, "rule"),
			.message = jval_get_text(r, "text"), .row = jval_get_int(r, "row", 0),
		};

		cmd_policy_annotate(out, &a);
	}
}

void policy_decision_annotate(struct output *out, const struct jval *record)
{
	const struct jval *detail = jval_get(record, "detail");

	annotate_reasons(out, jval_get(detail, "reasons"), "error");
	annotate_reasons(out, jval_get(detail, "warnings"), "warning");
}

struct jval *policy_error_list(const struct error *err)
{
	struct jval *list = jval_array();
	struct jval *e = jval_push(list, jval_object());

	jval_set_text(e, "message", err->text);
	jval_set_text(e, "code", "load_error");
	jval_set_text(e, "id", "P0601");
	if (err->hint[0])
		jval_set_text(e, "help", err->hint);
	return list;
}

void policy_error_json(struct output *out, bool versioned, const struct error *err)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	if (versioned)
		jval_set_int(v, "v", 1);
	jval_set(v, "errors", policy_error_list(err));
	output_json(out, v);
}

bool policy_error_show(struct output *out, const char *format, bool versioned, const struct error *err)
{
	const struct annotation a = { .level = "error", .title = "P0601", .message = err->text };

	if (str_eq(format, "json"))
		policy_error_json(out, versioned, err);
	else if (str_eq(format, "github"))
		cmd_policy_annotate(out, &a);
	else
		return false;
	return true;
}
