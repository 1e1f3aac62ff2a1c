/* Errors as the user sees them. */
#include "config.h"

#include "cli/fail.h"

#include <errno.h>

#include "base/str.h"

/* What helps whatever was being done; NULL where only the command's own help does. */
static const char *step_of_errno(int sys)
{
	switch (sys) {
	case ENOSPC:
	case EDQUOT:
		return "make room on that disk, then try again; 'wb gc --dry-run' says what wb could free";
	case EACCES:
	case EPERM:
		return "see with 'ls -ld' whose it is, and with 'id' who you are";
	case EROFS:
		return "that file system cannot be written: name another place";
	case ENOENT:
	case ENOTDIR:
		return "check the path: there is nothing at it";
	case EISDIR:
		return "name a file: that is a folder";
	case ENAMETOOLONG:
		return "name something shorter";
	case ELOOP:
		return "name the file itself, not a link to it";
	case EMFILE:
	case ENFILE:
		return "allow more open files: 'ulimit -n' says how many there may be";
	case EAGAIN:
	case ENOMEM:
		return "try again with more memory or fewer processes about";
	case EBADF:
		return "leave that stream open";
	case ENOLCK:
	case EOPNOTSUPP:
		return "that file system lacks what a store needs: name one on a local disk, with --store or WB_STORE";
	case EIO:
		return "the disk may be failing: the kernel's log says more";
	default:
		return NULL;
	}
}

static const char *step_of_code(enum error_code code)
{
	switch (code) {
	case ERR_BUSY:
	case ERR_TIMEOUT:
		return "try again in a moment";
	case ERR_UNSUPPORTED:
		return "'wb doctor' says what this machine allows";
	case ERR_INTERNAL:
		return "that is a mistake in wb: WB_LOG=debug shows how it came to it";
	default:
		return NULL;
	}
}

void fail_advise(struct error *err, const char *path, const char *detail)
{
	const char *step = step_of_errno(err->sys);

	if (err->hint[0])
		return;
	if (!step)
		step = step_of_code(err->code);
	if (step)
		error_hint(err, "%s", step);
	else if (*detail)
		error_hint(err, "correct it there, then try again");
	else if (str_eq(path, "wb"))
		error_hint(err, "'wb help' lists the commands and these options");
	else
		error_hint(err, "'%s --help' has examples", path);
}

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
