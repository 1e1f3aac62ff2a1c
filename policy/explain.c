/* A decision as JSON and as text for people. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "policy/policy.h"
#include "policy/value.h"

static void put_text(const char *key, const char *text, struct buf *out)
{
	buf_printf(out, "\"%s\":", key);
	if (text)
		value_format_string(text, strlen(text), TEXT_JSON, out);
	else
		buf_puts(out, "null");
}

static void put_reasons(const char *key, const struct policy_reason *list, size_t n, struct buf *out)
{
	buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		const struct policy_reason *r = &list[i];

		buf_puts(out, i ? ",{" : "{");
		put_text("text", r->text, out);
		if (r->detail) {
			buf_putc(out, ',');
			put_text("detail", r->detail, out);
		}
		if (r->fix) {
			buf_putc(out, ',');
			put_text("fix", r->fix, out);
		}
		buf_putc(out, ',');
		put_text("package", r->package, out);
		buf_putc(out, ',');
		put_text("rule", r->rule, out);
		buf_putc(out, ',');
		put_text("file", r->file, out);
		buf_printf(out, ",\"row\":%u}", r->row);
	}
	buf_putc(out, ']');
}

void policy_decision_json(const struct policy_decision *d, struct buf *out)
{
	static const char *const verdicts[] = { [POLICY_ALLOW] = "allow", [POLICY_DENY] = "deny", [POLICY_FAULT] = "error" };

	buf_printf(out, "{\"v\":1,\"decision\":\"%s\"", verdicts[d->verdict]);
	put_reasons("reasons", d->reasons, d->nreasons, out);
	put_reasons("warnings", d->warnings, d->nwarnings, out);
	buf_puts(out, ",\"policies\":[");
	for (size_t i = 0; i < d->nsources; i++) {
		buf_puts(out, i ? ",{" : "{");
		put_text("file", d->sources[i].file, out);
		buf_printf(out, ",\"sha256\":\"%s\"}", digest_hex(&d->sources[i].digest).text);
	}
	buf_puts(out, "],\"fired\":[");
	for (size_t i = 0; i < d->nfired; i++) {
		const struct policy_fired *f = &d->fired[i];

		buf_puts(out, i ? ",{" : "{");
		put_text("package", f->package, out);
		buf_putc(out, ',');
		put_text("rule", f->rule, out);
		buf_putc(out, ',');
		put_text("file", f->file, out);
		buf_printf(out, ",\"row\":%u}", f->row);
	}
	buf_printf(out, "],\"nondeterministic\":%s", d->chance ? d->chance : "[]");
	buf_printf(out, ",\"input_sha256\":\"%s\",\"steps\":%llu}", digest_hex(&d->input).text, (unsigned long long)d->steps);
}

/* Lines of text, each escaped and indented. */
static void put_lines(const char *text, const char *indent, struct buf *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		buf_puts(out, indent);
		text_escape(out, text, n);
		buf_putc(out, '\n');
		text += n + (text[n] == '\n');
	}
}

static void put_place(const struct policy_reason *r, struct buf *out)
{
	if (!r->rule[0])
		return;
	buf_puts(out, "    rule ");
	text_escape_str(out, r->rule);
	buf_puts(out, " of package ");
	text_escape_str(out, r->package);
	if (r->file[0]) {
		buf_puts(out, ", ");
		text_escape_str(out, r->file);
		buf_printf(out, ":%u", r->row);
	}
	buf_putc(out, '\n');
}

static void put_list(const struct policy_reason *list, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, "  - ");
		text_escape_str(out, list[i].text);
		buf_putc(out, '\n');
		if (list[i].fix) {
			buf_puts(out, "    ");
			text_escape_str(out, list[i].fix);
			buf_putc(out, '\n');
		}
		put_place(&list[i], out);
		/* With one line the sentence has said it. */
		if (list[i].detail && strchr(list[i].detail, '\n') != strrchr(list[i].detail, '\n')) {
			buf_puts(out, "    each way to be allowed, and what fails there:\n");
			put_lines(list[i].detail, "      ", out);
		}
	}
}

static void put_sources(const struct policy_decision *d, struct buf *out)
{
	for (size_t i = 0; i < d->nsources; i++) {
		buf_puts(out, "  ");
		text_escape_str(out, d->sources[i].file);
		buf_putc(out, '\n');
	}
}

void policy_explain(const struct policy_decision *d, struct buf *out)
{
	if (d->verdict == POLICY_ALLOW && d->nsources) {
		buf_puts(out, "Allowed by:\n");
		put_sources(d, out);
	} else if (d->verdict == POLICY_ALLOW) {
		buf_puts(out, "Allowed: there is no policy.\n");
	} else if (d->verdict == POLICY_DENY) {
		buf_puts(out, "Denied by policy:\n");
	} else {
		buf_puts(out, "Denied, because the policy itself failed:\n");
	}
	put_list(d->reasons, d->nreasons, out);
	if (d->nwarnings) {
		buf_puts(out, "Warnings:\n");
		put_list(d->warnings, d->nwarnings, out);
	}
}
