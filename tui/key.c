/* Names of keys. */
#include "config.h"

#include "tui/key.h"

#include <string.h>

#include "base/str.h"

static const struct {
	tui_key key;
	const char *name;
} names[] = {
	{ TK_TAB, "Tab" },
	{ TK_ENTER, "Enter" },
	{ TK_ESCAPE, "Esc" },
	{ ' ', "Space" },
	{ TK_UP, "Up" },
	{ TK_DOWN, "Down" },
	{ TK_LEFT, "Left" },
	{ TK_RIGHT, "Right" },
	{ TK_PAGE_UP, "PgUp" },
	{ TK_PAGE_DOWN, "PgDn" },
	{ TK_HOME, "Home" },
	{ TK_END, "End" },
	{ TK_BACKSPACE, "Backspace" },
	{ TK_DELETE, "Del" },
	{ TK_BACKTAB, "Shift-Tab" },
	{ TK_F1, "F1" },
	{ TK_SHIFT_LEFT, "Shift-Left" },
	{ TK_SHIFT_RIGHT, "Shift-Right" },
};

void key_format(struct buf *b, tui_key key)
{
	char bytes[4];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].key == key) {
			buf_puts(b, names[i].name);
			return;
		}
	if (key < ' ')
		buf_printf(b, "Ctrl-%c", (char)(key + '@'));
	else if (key_is_text(key))
		buf_append(b, bytes, str_utf8_encode(key, bytes));
}

bool key_parse(const char *text, tui_key *out)
{
	uint32_t c;
	size_t n = strlen(text);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(text, names[i].name)) {
			*out = names[i].key;
			return true;
		}
	if (n == 6 && str_starts(text, "Ctrl-") && text[5] >= '@' && text[5] <= '_') {
		*out = TK_CTRL((tui_key)text[5]);
		return true;
	}
	if (!n || str_utf8_decode(text, n, &c) != n || !key_is_text(c))
		return false;
	*out = c;
	return true;
}

bool key_is_text(tui_key key)
{
	return key >= ' ' && key < TK_FIRST_ && key != 0x7f && !(key >= 0x80 && key <= 0x9f);
}
