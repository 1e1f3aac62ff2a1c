/* Errors as the user sees them. */
#include "config.h"

#include "cli/fail.h"

static void print_line(struct output *to, enum output_style style, const char *head, const char *text)
{
	output_styled(to, style, head);
	output_puts(to, " ");
	output_untrusted(to, text);
	output_puts(to, "\n");
}

void fail_print(struct output *to, const struct error *err, const char *detail)
{
	print_line(to, STYLE_BAD, "wb:", err->text);
	output_puts(to, detail);
	if (err->hint[0])
		print_line(to, STYLE_BUSY, "hint:", err->hint);
}

void fail_warn(struct output *to, const char *text)
{
	print_line(to, STYLE_WARN, "wb: warning:", text);
}
