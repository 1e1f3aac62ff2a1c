/* The sequences of a terminal that may pass. Sources: ECMA-48, DEC's VT510 manual, xterm's ctlseqs. */
#include "config.h"

#include "base/vtfilter.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum state { GROUND, ESCAPE, DESIGNATE, CSI, CSI_SKIP, OSC, OSC_ESCAPE, STRING, STRING_ESCAPE, UTF8 };

enum { ESC = 0x1b, BEL = 0x07, CAN = 0x18, SUB = 0x1a, ENQ = 0x05, PARAMS = 32, STRING_MAX = 4 << 20 };

#define REPLACEMENT "\xef\xbf\xbd"

/* DEC private modes that may be set, and how a terminal has them when nothing has changed them. */
static const struct {
	unsigned number;
	bool on;
} modes[] = {
	{ 1049, false }, { 1047, false }, { 47, false },   { 1, false },    { 5, false },    { 6, false },    { 7, true },
	{ 12, false },   { 25, true },    { 66, false },   { 69, false },   { 1000, false }, { 1002, false }, { 1003, false },
	{ 1004, false }, { 1005, false }, { 1006, false }, { 1007, false }, { 1015, false }, { 1016, false }, { 1048, false },
	{ 2004, false }, { 2026, false },
};

enum { MODES = sizeof modes / sizeof *modes };

static void begin(struct vtfilter *f, enum state state, unsigned char c)
{
	f->state = (unsigned char)state;
	f->held[0] = (char)c;
	f->n_held = 1;
}

static void drop(struct vtfilter *f)
{
	f->state = GROUND;
	f->n_held = 0;
}

static void pass(struct vtfilter *f, struct buf *out)
{
	buf_append(out, f->held, f->n_held);
	drop(f);
}

/* False when there is no room: the sequence is longer than any that may pass. */
static bool keep(struct vtfilter *f, unsigned char c)
{
	if (f->n_held == VTFILTER_SEQUENCE)
		return false;
	f->held[f->n_held++] = (char)c;
	return true;
}

/* --- CSI --- */

struct csi {
	char prefix;          /* one of <=>? or 0 */
	char inter;           /* the intermediate, or 0 */
	char final;
	unsigned params[PARAMS];
	size_t n;
};

/* False when it has a form that no sequence we know has. held is ESC [ ... final. */
static bool csi_parse(const struct vtfilter *f, struct csi *c)
{
	size_t i = 2, last = f->n_held - 1;
	bool in_number = false;

	*c = (struct csi){ .final = f->held[last] };
	if (strchr("<=>?", f->held[i]))
		c->prefix = f->held[i++];
	for (; i < last && f->held[i] >= '0' && f->held[i] <= ';'; i++) {
		if (!in_number) {
			if (c->n == PARAMS)
				return false;
			c->params[c->n++] = 0;
			in_number = true;
		}
		/* ':' parts one parameter: colours. The first part is what says what it is. */
		if (f->held[i] == ':') {
			while (i + 1 < last && ((f->held[i + 1] >= '0' && f->held[i + 1] <= '9') || f->held[i + 1] == ':'))
				i++;
		} else if (f->held[i] == ';') {
			in_number = false;
		} else if (c->params[c->n - 1] < 100000) {
			c->params[c->n - 1] = c->params[c->n - 1] * 10 + (unsigned)(f->held[i] - '0');
		}
	}
	if (i < last)
		c->inter = f->held[i++];
	return i == last;
}

static unsigned param(const struct csi *c, size_t i)
{
	return i < c->n ? c->params[i] : 0;
}

/* Those modes that may be changed; the sequence is written anew with them alone. */
static void set_modes(struct vtfilter *f, const struct csi *c, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < MODES; k++) {
			if (modes[k].number != c->params[i])
				continue;
			buf_printf(out, any ? ";%u" : "\x1b[?%u", c->params[i]);
			any = true;
			/* Saving and restoring change nothing that was not changed before. */
			if ((c->final == 'h') != modes[k].on && strchr("hl", c->final))
				f->modes |= 1u << k;
			else if (strchr("hl", c->final))
				f->modes &= ~(1u << k);
		}
	}
	if (any)
		buf_putc(out, c->final);
	drop(f);
}

static bool plain_may_pass(struct vtfilter *f, const struct csi *c)
{
	unsigned first = param(c, 0);

	switch (c->final) {
	case 'm':
		f->styled = !(c->n == 0 || (c->n == 1 && first == 0));
		return true;
	case 'r':
		f->margins = c->n > 0;
		return true;
	case 'h':
	case 'l':
		f->inserting = first == 4 ? c->final == 'h' : f->inserting;
		f->newlines = first == 20 ? c->final == 'h' : f->newlines;
		return c->n == 1 && (first == 4 || first == 20);
	case 'n':
		return first == 5 || first == 6;
	case 't':
		/* Sizes, as numbers; and the stack of titles. */
		return first == 14 || first == 16 || first == 18 || first == 19 || first == 22 || first == 23;
	case 'T':
		return c->n <= 1;
	case 'c':
		return first == 0;
	default:
		return strchr("@ABCDEFGHIJKLMPSXZ`abdefgsu", c->final) != NULL;
	}
}

/* Keyboard modes of newer terminals: set by > and =, taken back by <, asked for by ?. */
static bool keyboard_may_pass(struct vtfilter *f, const struct csi *c)
{
	if (c->prefix == '>' && f->pushed < 16)
		f->pushed++;
	else if (c->prefix == '<' && f->pushed > 0)
		f->pushed--;
	else if (c->prefix == '=')
		f->keys = true;
	else if (c->prefix != '?')
		return false;
	return true;
}

static bool private_may_pass(struct vtfilter *f, const struct csi *c)
{
	if (c->final == 'u')
		return keyboard_may_pass(f, c);
	if (c->prefix == '?')
		return strchr("JK", c->final) || (c->final == 'n' && param(c, 0) == 6) || (c->final == 'm' && param(c, 0) == 4);
	if (c->prefix == '>' && c->final == 'm') {
		f->keys = true;
		return param(c, 0) <= 4;
	}
	return c->prefix == '>' && c->final == 'c';
}

static bool inter_may_pass(struct vtfilter *f, const struct csi *c)
{
	if (c->inter == ' ' && c->final == 'q' && !c->prefix) {
		f->cursor = param(c, 0) != 0;
		return true;
	}
	if (c->inter == '!' && c->final == 'p' && !c->prefix)
		return true;
	if (c->inter == '"' && c->final == 'q' && !c->prefix)
		return true;
	return c->inter == '$' && c->final == 'p' && (!c->prefix || c->prefix == '?');
}

static void csi_end(struct vtfilter *f, struct buf *out)
{
	struct csi c;
	bool may;

	if (!csi_parse(f, &c)) {
		drop(f);
		return;
	}
	if (c.prefix == '?' && !c.inter && strchr("hlsr", c.final)) {
		set_modes(f, &c, out);
		return;
	}
	if (c.inter)
		may = inter_may_pass(f, &c);
	else if (c.prefix)
		may = private_may_pass(f, &c);
	else
		may = plain_may_pass(f, &c);
	if (may)
		pass(f, out);
	else
		drop(f);
}

/* --- OSC --- */

/* Only links that lead to the web: others name programs and files of this machine. */
static bool link_may_pass(struct vtfilter *f, const char *text)
{
	const char *uri = strchr(text, ';');

	if (!uri)
		return false;
	uri++;
	f->linked = *uri != '\0';
	return !*uri || str_starts(uri, "https://") || str_starts(uri, "http://");
}

/* held is ESC ] text, without its end. */
static bool osc_may_pass(struct vtfilter *f)
{
	char text[VTFILTER_SEQUENCE];
	size_t n = f->n_held - 2;
	unsigned long number;
	char *rest;

	memcpy(text, f->held + 2, n);
	text[n] = '\0';
	if (!str_is_utf8(text, n) || *text < '0' || *text > '9')
		return false;
	/* U+0080 to U+009F are controls, one of them the end of a string. */
	for (size_t i = 0; i + 1 < n; i++)
		if ((unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			return false;
	number = strtoul(text, &rest, 10);
	if (rest - text > 3 || (*rest && *rest != ';'))
		return false;
	rest += *rest == ';';
	if (number <= 2 || number == 133)
		return true;
	if (number == 8)
		return link_may_pass(f, rest);
	if (number == 4 || (number >= 10 && number <= 19) || number == 104 || (number >= 110 && number <= 119)) {
		f->coloured = true;
		return true;
	}
	return false;
}

static void osc_end(struct vtfilter *f, struct buf *out)
{
	if (f->n_held >= 2 && osc_may_pass(f)) {
		buf_append(out, f->held, f->n_held);
		buf_puts(out, "\x1b\\");
	}
	drop(f);
}

/* --- bytes --- */

static void escape_end(struct vtfilter *f, unsigned char c, struct buf *out)
{
	if (!strchr("78DEHMc=>no|}~", c)) {
		drop(f);
		return;
	}
	if (c == 'c') {
		*f = (struct vtfilter){ .n_held = 1, .held = { ESC } };
	} else if (c == '=' || c == '>') {
		f->keypad = c == '=';
	} else if (strchr("no|}~", c)) {
		f->shifted = true;
	}
	if (keep(f, c))
		pass(f, out);
}

static void on_escape(struct vtfilter *f, unsigned char c, struct buf *out)
{
	switch (c) {
	case '[':
		f->state = CSI;
		break;
	case ']':
		f->state = OSC;
		break;
	case 'P':
	case 'X':
	case '^':
	case '_':
	case 'k':
		begin(f, STRING, c);
		f->skipped = 0;
		return;
	default:
		if (c > '/') {
			escape_end(f, c, out);
			return;
		}
		f->state = DESIGNATE;
	}
	if (!keep(f, c))
		drop(f);
}

static void on_designate(struct vtfilter *f, unsigned char c, struct buf *out)
{
	/* Character sets, and the double height of lines; not what changes the coding or asks for 8-bit answers. */
	if (c < '0' || !strchr("()*+#", f->held[1]) || !keep(f, c)) {
		drop(f);
		return;
	}
	/* Anything but ASCII in the first place would garble what comes after. */
	if (f->held[1] == '(')
		f->shifted = c != 'B';
	pass(f, out);
}

static void on_csi(struct vtfilter *f, unsigned char c, struct buf *out)
{
	bool ends = c >= 0x40 && c <= 0x7e;

	if (f->state == CSI_SKIP || !keep(f, c))
		f->state = ends ? GROUND : CSI_SKIP;
	else if (ends)
		csi_end(f, out);
	if (f->state == GROUND)
		f->n_held = 0;
}

/* A string that is not passed on: up to its end, or to what cannot be in one. */
static bool on_string(struct vtfilter *f, unsigned char c)
{
	if (f->state == STRING_ESCAPE && c == '\\') {
		drop(f);
		return true;
	}
	if (f->state == STRING_ESCAPE) {
		begin(f, ESCAPE, ESC);
		return false;
	}
	if (c == ESC) {
		f->state = STRING_ESCAPE;
		return true;
	}
	if ((c < 0x20 && !strchr("\t\r\n", c)) || ++f->skipped > STRING_MAX)
		drop(f);
	return true;
}

/* True when the byte is used up; otherwise it is to be looked at again. */
static bool on_osc(struct vtfilter *f, unsigned char c, struct buf *out)
{
	if (f->state == OSC_ESCAPE) {
		if (c == '\\') {
			osc_end(f, out);
			return true;
		}
		begin(f, ESCAPE, ESC);
		return false;
	}
	if (c == BEL) {
		osc_end(f, out);
	} else if (c == ESC) {
		f->state = OSC_ESCAPE;
	} else if (c < 0x20 || c == 0x7f) {
		drop(f);
	} else if (!keep(f, c)) {
		/* Too long to pass; its end is still to come. */
		begin(f, STRING, c);
		f->skipped = 0;
	}
	return true;
}

static void begin_utf8(struct vtfilter *f, unsigned char c, struct buf *out)
{
	if (c < 0xc2 || c > 0xf4) {
		buf_puts(out, REPLACEMENT);
		return;
	}
	begin(f, UTF8, c);
	f->utf8_left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

static bool on_utf8(struct vtfilter *f, unsigned char c, struct buf *out)
{
	uint32_t point;

	if (c < 0x80 || c > 0xbf) {
		buf_puts(out, REPLACEMENT);
		drop(f);
		return false;
	}
	if (!keep(f, c) || --f->utf8_left)
		return true;
	if (str_utf8_decode(f->held, f->n_held, &point) == f->n_held && point >= 0xa0)
		pass(f, out);
	else
		buf_puts(out, REPLACEMENT);
	drop(f);
	return true;
}

static void on_ground(struct vtfilter *f, unsigned char c, struct buf *out)
{
	if (c == ESC) {
		begin(f, ESCAPE, c);
		return;
	}
	if (c >= 0x80) {
		begin_utf8(f, c, out);
		return;
	}
	if (c == ENQ)
		return;
	if (c == 0x0e || c == 0x0f)
		f->shifted = c == 0x0e;
	buf_putc(out, (char)c);
}

/* A control, or a byte that no sequence has, ends one that is not complete. Strings know their own. */
static bool breaks_off(const struct vtfilter *f, unsigned char c)
{
	return (f->state == ESCAPE || f->state == DESIGNATE || f->state == CSI || f->state == CSI_SKIP) &&
	       (c < 0x20 || c >= 0x7f);
}

static void take(struct vtfilter *f, unsigned char c, struct buf *out)
{
	bool taken = false;

	while (!taken) {
		taken = true;
		if (breaks_off(f, c))
			drop(f);
		switch ((enum state)f->state) {
		case GROUND: on_ground(f, c, out); break;
		case ESCAPE: on_escape(f, c, out); break;
		case DESIGNATE: on_designate(f, c, out); break;
		case CSI:
		case CSI_SKIP: on_csi(f, c, out); break;
		case OSC:
		case OSC_ESCAPE: taken = on_osc(f, c, out); break;
		case STRING:
		case STRING_ESCAPE: taken = on_string(f, c); break;
		case UTF8: taken = on_utf8(f, c, out); break;
		}
	}
}

void vtfilter_pass(struct vtfilter *f, const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		take(f, (unsigned char)s[i], out);
}

void vtfilter_end(struct vtfilter *f, struct buf *out)
{
	for (size_t k = 0; k < MODES; k++)
		if (f->modes & (1u << k))
			buf_printf(out, "\x1b[?%u%c", modes[k].number, modes[k].on ? 'h' : 'l');
	if (f->pushed)
		buf_printf(out, "\x1b[<%uu", f->pushed);
	if (f->keys)
		buf_puts(out, "\x1b[>4;0m\x1b[=0u");
	if (f->inserting)
		buf_puts(out, "\x1b[4l");
	if (f->newlines)
		buf_puts(out, "\x1b[20l");
	/* Taking margins back moves the cursor to the top. */
	if (f->margins)
		buf_puts(out, "\x1b" "7\x1b[r\x1b" "8");
	if (f->keypad)
		buf_puts(out, "\x1b>");
	if (f->cursor)
		buf_puts(out, "\x1b[0 q");
	if (f->shifted)
		buf_puts(out, "\x0f\x1b(B");
	if (f->linked)
		buf_puts(out, "\x1b]8;;\x1b\\");
	if (f->coloured)
		buf_puts(out, "\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\");
	if (f->styled)
		buf_puts(out, "\x1b[0m");
	*f = (struct vtfilter){ 0 };
}
