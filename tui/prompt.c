/* Editing one line, as in a shell. */
#include "config.h"

#include "tui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

enum { CHOICES_MAX = 2000 };

void prompt_init(struct prompt *p)
{
	*p = (struct prompt){ .text = BUF_INIT(PROMPT_MAX), .choices = BUF_INIT(CHOICES_MAX) };
}

void prompt_release(struct prompt *p)
{
	buf_release(&p->text);
	buf_release(&p->choices);
	words_release(&p->candidates);
}

static void set_text(struct prompt *p, const char *text)
{
	buf_clear(&p->text);
	buf_puts(&p->text, text);
	p->at = p->text.len;
}

void prompt_start(struct prompt *p, const char *label, const char *text)
{
	snprintf(p->label, sizeof p->label, "%s", label);
	set_text(p, text);
	buf_clear(&p->choices);
	p->recalled = 0;
	p->active = true;
}

void prompt_stop(struct prompt *p)
{
	p->active = false;
	buf_clear(&p->choices);
	words_release(&p->candidates);
	p->candidates = (struct words){ 0 };
}

/* Replaces the bytes from..to by n bytes; the cursor ends behind them. */
static void replace(struct prompt *p, size_t from, size_t to, const char *s, size_t n)
{
	CLEANUP(free) char *rest = mem_strndup(buf_text(&p->text) + to, p->text.len - to);

	if (from + n + strlen(rest) > PROMPT_MAX - 1)
		return;
	buf_truncate(&p->text, from);
	buf_append(&p->text, s, n);
	buf_puts(&p->text, rest);
	p->at = from + n;
}

static bool is_inner(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct prompt *p, size_t at)
{
	const char *text = buf_text(&p->text);

	while (at > 0 && is_inner(text[--at]))
		continue;
	return at;
}

static size_t behind(const struct prompt *p, size_t at)
{
	const char *text = buf_text(&p->text);

	if (at < p->text.len)
		at++;
	while (at < p->text.len && is_inner(text[at]))
		at++;
	return at;
}

/* The start of the blank-separated word that ends at the cursor; skip: over blanks before the cursor first. */
static size_t word_start(const struct prompt *p, bool skip)
{
	const char *text = buf_text(&p->text);
	size_t at = p->at;

	while (skip && at > 0 && text[at - 1] == ' ')
		at--;
	while (at > 0 && text[at - 1] != ' ' && text[at - 1] != '(')
		at--;
	return at;
}

static void complete(struct prompt *p)
{
	size_t from = word_start(p, false), n = p->at - from, common = 0, found = 0;
	CLEANUP(free) char *word = mem_strndup(buf_text(&p->text) + from, n);
	const char *first = NULL;

	buf_clear(&p->choices);
	for (size_t i = 0; i < p->candidates.n; i++) {
		const char *c = p->candidates.items[i];
		size_t same = 0;

		if (!str_starts(c, word))
			continue;
		while (first && same < common && c[same] == first[same])
			same++;
		common = first ? same : strlen(c);
		first = first ? first : c;
		found++;
		buf_printf(&p->choices, "%s%s", p->choices.len ? "  " : "", c);
	}
	if (!found)
		return;
	while (common > n && is_inner(first[common]))
		common--;
	replace(p, from, p->at, first, common);
	if (found == 1) {
		buf_clear(&p->choices);
		if (p->at == p->text.len)
			replace(p, p->at, p->at, " ", 1);
	}
}

/* back: towards older lines. */
static void recall(struct prompt *p, bool back)
{
	const struct words *h = p->history;

	if (!h || (back ? p->recalled >= h->n : !p->recalled))
		return;
	p->recalled += back ? 1 : (size_t)-1;
	set_text(p, p->recalled ? h->items[h->n - p->recalled] : "");
}

static void remember(struct prompt *p)
{
	const char *text = buf_text(&p->text);
	struct words *h = p->history;

	if (!h || !*text || (h->n && str_eq(h->items[h->n - 1], text)))
		return;
	if (h->n == PROMPT_HISTORY) {
		free(h->items[0]);
		memmove(h->items, h->items + 1, (h->n - 1) * sizeof *h->items);
		h->items[--h->n] = NULL;
	}
	words_add(h, text);
}

static void move_or_cut(struct prompt *p, tui_key key)
{
	switch (key) {
	case TK_LEFT: case TK_CTRL('B'): p->at = before(p, p->at); break;
	case TK_RIGHT: case TK_CTRL('F'): p->at = behind(p, p->at); break;
	case TK_HOME: case TK_CTRL('A'): p->at = 0; break;
	case TK_END: case TK_CTRL('E'): p->at = p->text.len; break;
	case TK_BACKSPACE: case TK_CTRL('H'): replace(p, before(p, p->at), p->at, "", 0); break;
	case TK_DELETE: case TK_CTRL('D'): replace(p, p->at, behind(p, p->at), "", 0); break;
	case TK_CTRL('U'): replace(p, 0, p->at, "", 0); break;
	case TK_CTRL('K'): replace(p, p->at, p->text.len, "", 0); break;
	case TK_CTRL('W'): replace(p, word_start(p, true), p->at, "", 0); break;
	case TK_UP: case TK_CTRL('P'): recall(p, true); break;
	case TK_DOWN: case TK_CTRL('N'): recall(p, false); break;
	default: break;
	}
}

enum prompt_result prompt_key(struct prompt *p, tui_key key)
{
	char bytes[4];

	if (key == TK_ESCAPE || key == TK_CTRL('C'))
		return PROMPT_LEFT;
	/* Backspace in an empty line leaves it, as in vim and less. */
	if (key == TK_BACKSPACE && !p->text.len)
		return PROMPT_LEFT;
	if (key == TK_ENTER) {
		remember(p);
		return PROMPT_DONE;
	}
	if (key == TK_TAB) {
		complete(p);
		return PROMPT_EDITING;
	}
	buf_clear(&p->choices);
	if (key_is_text(key))
		replace(p, p->at, p->at, bytes, str_utf8_encode(key, bytes));
	else
		move_or_cut(p, key);
	return PROMPT_EDITING;
}

void prompt_draw(const struct prompt *p, const struct area *a, int y)
{
	int start = area_text(a, 0, y, PEN_STRONG, p->label);
	struct area field = area_part(a, start, y, a->width - start, 1);
	const char *text = buf_text(&p->text);
	size_t from = 0;

	/* Scrolled by whole characters until the cursor is inside. */
	while (field.width > 1 && text_width(text + from, p->at - from) >= (size_t)field.width)
		from = behind(p, from);
	area_text_n(&field, 0, 0, PEN_PLAIN, text + from, p->text.len - from);
	area_cursor(&field, (int)text_width(text + from, p->at - from), 0);
}
