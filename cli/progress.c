/* The line of progress. */
#include "config.h"

#include "cli/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/text.h"
#include "cli/app.h"

#define QUIET_NS INT64_C(1000000000)
#define REDRAW_NS INT64_C(100000000)

enum { NAME_COLUMNS = 40 };

void progress_begin(struct progress *p, struct app *app, const char *what)
{
	*p = (struct progress){ .app = app, .what = what, .start_ns = clock_mono(&clock_system) };
	p->is_off = app->globals.quiet || app->globals.json || !isatty(STDERR_FILENO);
}

void progress_update(struct progress *p, uint64_t done, uint64_t all)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(LIMIT_PATH);
	struct error ignored = { 0 };
	int64_t now = p->is_off ? 0 : clock_mono(&clock_system);

	if (p->is_off || now - p->start_ns < QUIET_NS || now - p->shown_ns < REDRAW_NS)
		return;
	p->shown_ns = now;
	buf_puts(&line, "\r\033[K");
	text_fit(&line, p->what, NAME_COLUMNS, false);
	buf_puts(&line, "  ");
	str_format_size(&line, done);
	if (all) {
		buf_puts(&line, " of ");
		str_format_size(&line, all);
		buf_printf(&line, " (%" PRIu64 "%%)", done >= all ? 100 : done * 100 / all);
	}
	output_puts(&p->app->err, buf_text(&line));
	if (output_flush(&p->app->err, &ignored) < 0)
		p->is_off = true;
}

void progress_bytes(void *data, uint64_t done, uint64_t all)
{
	progress_update(data, done, all);
}

void progress_end(struct progress *p)
{
	struct error ignored = { 0 };

	if (p->shown_ns) {
		output_puts(&p->app->err, "\r\033[K");
		/* Before the answer is printed on the same terminal. */
		if (output_flush(&p->app->err, &ignored) < 0)
			error_clear(&ignored);
	}
	p->is_off = true;
}
