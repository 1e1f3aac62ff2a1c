/* The error type: raising, wrapping, and the one table of codes. */
#include "config.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[ERR_COUNT_] = {
	[ERR_NONE] = "none",
	[ERR_SYSTEM] = "system",
	[ERR_INVALID] = "invalid",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_EXISTS] = "exists",
	[ERR_BUSY] = "busy",
	[ERR_DENIED] = "denied",
	[ERR_LIMIT] = "limit",
	[ERR_TIMEOUT] = "timeout",
	[ERR_CANCELLED] = "cancelled",
	[ERR_CORRUPT] = "corrupt",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_CONFLICT] = "conflict",
	[ERR_INTERNAL] = "internal",
};

/* A message is one line whatever its arguments held: control bytes become '?'. */
static void make_one_line(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

int error_vset(struct error *err, enum error_code code, const char *fmt, va_list ap)
{
	char text[sizeof err->text];

	/* Formatted aside first: an argument may point into err itself. */
	vsnprintf(text, sizeof text, fmt, ap);
	make_one_line(text);
	err->code = code;
	err->sys = 0;
	memcpy(err->text, text, sizeof text);
	err->hint[0] = '\0';
	return -1;
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_vset(err, code, fmt, ap);
	va_end(ap);
	return -1;
}

static enum error_code code_of_errno(int sys)
{
	switch (sys) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EEXIST:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case EAGAIN:
	case EBUSY:
		return ERR_BUSY;
	default:
		return ERR_SYSTEM;
	}
}

int error_sys(struct error *err, const char *fmt, ...)
{
	int sys = errno;
	char what[sizeof err->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	error_set(err, code_of_errno(sys), "%.*s: %s", (int)sizeof what / 2, what, strerror(sys));
	err->sys = sys;
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	char context[sizeof err->text];
	char lower[sizeof err->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof context, fmt, ap);
	va_end(ap);
	make_one_line(context);
	memcpy(lower, err->text, sizeof lower);
	/* The lower message is the one that helps: a long context gives way to it. */
	snprintf(err->text, sizeof err->text, "%.240s: %.390s", context, lower);
	return -1;
}

int error_hint(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	make_one_line(err->hint);
	return -1;
}

void error_clear(struct error *err)
{
	*err = (struct error){ 0 };
}

const char *error_code_name(enum error_code code)
{
	return (unsigned)code < ERR_COUNT_ ? code_names[code] : "internal";
}
