/* Diagnostics on standard error. */
#include "config.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/text.h"

static enum log_level threshold(void)
{
	const char *word = getenv("WB_LOG");

	if (!word)
		return LOG_LEVEL_OFF;
	return str_eq(word, "debug") ? LOG_LEVEL_DEBUG : str_eq(word, "info") ? LOG_LEVEL_INFO : LOG_LEVEL_WARN;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 16);
	CLEANUP(buf_release) struct buf line = BUF_INIT(LIMIT_KIB * 64);
	va_list ap;

	if (level > threshold())
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	buf_printf(&line, "wb[%d]: ", getpid());
	text_escape(&line, buf_text(&text), text.len);
	buf_putc(&line, '\n');
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line.data, line.len) < 0)
		return;
}
