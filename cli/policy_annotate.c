/* Findings as annotations of a GitHub workflow. */
#include "config.h"

#include <inttypes.h>

#include "cli/cmd_policy.h"

/* Line ends and '%' would end or change the command; in a property ':' and ',' too. */
static void put(struct output *out, const char *text, bool property)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '%' || c < ' ' || c == 0x7f || (property && (c == ':' || c == ',')))
			output_printf(out, "%%%02X", c);
		else
			output_write(out, text, 1);
	}
}

void cmd_policy_annotate(struct output *out, const struct annotation *a)
{
	const char *before = " ";

	output_printf(out, "::%s", a->level);
	if (a->file && *a->file) {
		output_puts(out, " file=");
		put(out, a->file, true);
		before = ",";
		if (a->row)
			output_printf(out, ",line=%" PRId64, a->row);
		if (a->row && a->col)
			output_printf(out, ",col=%" PRId64, a->col);
	}
	if (a->title) {
		output_printf(out, "%stitle=", before);
		put(out, a->title, true);
	}
	output_puts(out, "::");
	put(out, a->message, false);
	output_puts(out, "\n");
}

void cmd_policy_annotate_findings(struct output *out, const struct policy_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++) {
		const struct policy_diag *d = &diags->items[i];
		CLEANUP(buf_release) struct buf message = BUF_INIT(64 * 1024);
		struct annotation a = {
			.level = d->severity == POLICY_SEV_ERROR ? "error" : "warning",
			.file = d->file, .title = d->id, .row = d->row, .col = d->col, .message = d->message,
		};

		if (d->help) {
			buf_printf(&message, "%s\nhelp: %s", d->message, d->help);
			a.message = buf_text(&message);
		}
		cmd_policy_annotate(out, &a);
	}
}
