/*
 * Everything a command prints goes through here: buffered, checked when
 * flushed, coloured only where a person reads it, and with foreign text escaped.
 *
 * One struct output stands for standard output, one for standard error.
 * output_puts() and output_printf() take text of ours; whatever a run, a file
 * or a name brought goes through output_untrusted().
 */
#ifndef WB_CLI_OUTPUT_H
#define WB_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/jval.h"

enum output_style {
	STYLE_PLAIN,
	STYLE_STRONG,  /* headings */
	STYLE_FAINT,   /* secondary facts */
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
	STYLE_BUSY,    /* something under way */
	STYLE_NAME,    /* ids, keys */
	STYLE_COUNT_,
};

enum output_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct output {
	int fd;
	bool color;
	size_t width;   /* columns to fit tables into; 0: no limit */
	struct buf pending;
	int sys;        /* errno of the first failed write; later text is dropped */
};

/* Looks at fd, $NO_COLOR, $TERM and $COLUMNS. */
void output_init(struct output *out, int fd, enum output_color when);
bool output_wants_color(int fd, enum output_color when);
void output_release(struct output *out);

void output_puts(struct output *out, const char *s);
void output_write(struct output *out, const void *p, size_t n);
void output_printf(struct output *out, const char *fmt, ...) WB_PRINTF(2, 3);

/* As one printable line. NULL prints nothing. */
void output_untrusted(struct output *out, const char *s);

/* As output_untrusted(), with tabs as blanks: a line of a file. */
void output_untrusted_text(struct output *out, const char *s, size_t n);

/* Begins a style; STYLE_PLAIN ends it. Nothing without colour. */
void output_style(struct output *out, enum output_style style);
void output_styled(struct output *out, enum output_style style, const char *trusted);

/* One object, one line. */
void output_json(struct output *out, const struct jval *v);

/* JSON that is there as text already; no newline is added. */
void output_json_text(struct output *out, const char *json);

/* "name    value" with the name faint and padded to width columns; value is untrusted. */
void output_field(struct output *out, size_t width, const char *name, const char *value);

/* Writes what is pending. A closed pipe is no error (a reader that has seen enough); a full disk is. */
int output_flush(struct output *out, struct error *err) WB_MUST_CHECK;

#endif
