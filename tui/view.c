/* What several views show alike. */
#include "config.h"

#include "tui/view.h"

#include "base/str.h"

enum { NOTICE_ROWS = 4 };

enum pen view_state_pen(enum run_state state)
{
	switch (state) {
	case RUN_RUNNING: return PEN_BUSY;
	case RUN_FINISHED: return PEN_GOOD;
	case RUN_KILLED: case RUN_LIMIT: return PEN_WARN;
	case RUN_FAILED: case RUN_DENIED: case RUN_LOST: return PEN_BAD;
	case RUN_STATE_COUNT_: break;
	}
	return PEN_PLAIN;
}

void view_notice(const struct area *a, enum pen pen, const char *line, const char *more)
{
	int y = a->height / 3;

	y += area_wrapped(a, 2, y, a->width - 4, NOTICE_ROWS, pen, line);
	if (more && *more)
		area_wrapped(a, 2, y, a->width - 4, NOTICE_ROWS, PEN_FAINT, more);
}

void view_error(const struct area *a, const struct error *err)
{
	view_notice(a, PEN_BAD, err->text, err->hint);
}
