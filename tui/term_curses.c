/* The terminal through ncurses: the only file that knows it. */
#include "config.h"

#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <ncurses.h>

#include "base/mem.h"
#include "base/str.h"

enum { ESCAPE_WAIT_MS = 25, RESTORE_MAX = 256, COPY_MAX = 64 * 1024 };

struct term {
	SCREEN *curses;
	struct screen *shown; /* what was presented last; NULL: nothing is known */
	bool color;
	bool ascii;
	attr_t looks[PEN_COUNT_];
	short pairs[PEN_COUNT_];
};

/* What a crash handler needs: nothing in it is touched while the terminal is ours. */
static struct {
	volatile sig_atomic_t armed;
	struct termios mode;
	char bytes[RESTORE_MAX];
	size_t n;
} emergency;

struct look {
	short few;    /* colour of 8; -1: the terminal's own */
	short many;   /* colour of 256 */
	short behind; /* background of 256; -1: the terminal's own */
	attr_t with;  /* attributes beside a colour */
	attr_t alone; /* attributes where there is no colour */
};

static const struct look looks[PEN_COUNT_] = {
	[PEN_PLAIN] = { -1, -1, -1, A_NORMAL, A_NORMAL },
	[PEN_STRONG] = { -1, -1, -1, A_BOLD, A_BOLD },
	[PEN_FAINT] = { -1, 245, -1, A_NORMAL, A_DIM },
	[PEN_GOOD] = { COLOR_GREEN, 71, -1, A_NORMAL, A_NORMAL },
	[PEN_BAD] = { COLOR_RED, 203, -1, A_NORMAL, A_BOLD },
	[PEN_WARN] = { COLOR_YELLOW, 214, -1, A_NORMAL, A_BOLD },
	[PEN_BUSY] = { COLOR_CYAN, 44, -1, A_NORMAL, A_BOLD },
	[PEN_NAME] = { COLOR_BLUE, 75, -1, A_BOLD, A_NORMAL },
	[PEN_BAR] = { -1, 255, 24, A_NORMAL, A_UNDERLINE },
	[PEN_KEY] = { COLOR_YELLOW, 222, -1, A_BOLD, A_BOLD },
	[PEN_MARK] = { COLOR_MAGENTA, 177, -1, A_BOLD, A_BOLD },
	[PEN_MATCH] = { COLOR_YELLOW, 226, -1, A_BOLD, A_UNDERLINE },
	[PEN_SERIES] = { COLOR_CYAN, 39, -1, A_NORMAL, A_NORMAL },
	[PEN_SERIES + 1] = { COLOR_YELLOW, 214, -1, A_NORMAL, A_NORMAL },
	[PEN_SERIES + 2] = { COLOR_GREEN, 78, -1, A_NORMAL, A_NORMAL },
	[PEN_SERIES + 3] = { COLOR_RED, 202, -1, A_NORMAL, A_NORMAL },
	[PEN_SERIES + 4] = { COLOR_MAGENTA, 176, -1, A_NORMAL, A_NORMAL },
	[PEN_SERIES + 5] = { COLOR_BLUE, 228, -1, A_NORMAL, A_NORMAL },
};

static const struct {
	int curses;
	tui_key key;
} keys[] = {
	{ KEY_UP, TK_UP },	   { KEY_DOWN, TK_DOWN },     { KEY_LEFT, TK_LEFT },	       { KEY_RIGHT, TK_RIGHT },
	{ KEY_PPAGE, TK_PAGE_UP }, { KEY_NPAGE, TK_PAGE_DOWN }, { KEY_HOME, TK_HOME },	       { KEY_END, TK_END },
	{ KEY_BTAB, TK_BACKTAB },  { KEY_DC, TK_DELETE },     { KEY_BACKSPACE, TK_BACKSPACE }, { KEY_ENTER, TK_ENTER },
	{ KEY_F(1), TK_F1 },	   { KEY_SLEFT, TK_SHIFT_LEFT }, { KEY_SRIGHT, TK_SHIFT_RIGHT },
};

/* Only calls that are safe in a signal handler. */
static void restore_in_emergency(int sig)
{
	if (emergency.armed) {
		ssize_t ignored = write(STDOUT_FILENO, emergency.bytes, emergency.n);

		(void)ignored;
		tcsetattr(STDOUT_FILENO, TCSANOW, &emergency.mode);
		emergency.armed = 0;
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

static void add_restore(const char *name)
{
	const char *capability = tigetstr(name);
	size_t n = capability && capability != (char *)-1 ? strlen(capability) : 0;

	if (n && emergency.n + n <= RESTORE_MAX) {
		memcpy(emergency.bytes + emergency.n, capability, n);
		emergency.n += n;
	}
}

/* A crash must not leave a terminal without echo. A sanitizer's own handlers stay. */
static void arm_emergency(const struct termios *before)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction action = { .sa_handler = restore_in_emergency }, old;

	emergency.mode = *before;
	emergency.n = 0;
	add_restore("rmkx");
	add_restore("sgr0");
	add_restore("cnorm");
	add_restore("rmcup");
	emergency.armed = 1;
	for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
		if (sigaction(crashes[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(crashes[i], &action, NULL);
}

static int check_terminal(struct error *err)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		error_set(err, ERR_UNSUPPORTED, "the full screen needs a terminal");
		return error_hint(err, "'wb ls' and 'wb show' print the same for pipes and files");
	}
	if (!name || !*name || str_eq(name, "dumb")) {
		error_set(err, ERR_UNSUPPORTED, "TERM=%s cannot show a full screen", name ? name : "");
		return error_hint(err, "'wb ls' and 'wb show @' print the same; or set TERM to what the terminal is");
	}
	return 0;
}

static void set_looks(struct term *t)
{
	bool colors = t->color && has_colors() && start_color() == OK;

	if (colors)
		use_default_colors();
	for (int pen = 0; pen < PEN_COUNT_; pen++) {
		const struct look *l = &looks[pen];
		short fore = COLORS >= 256 ? l->many : l->few, behind = COLORS >= 256 ? l->behind : -1;

		t->looks[pen] = colors && (fore >= 0 || behind >= 0) ? l->with : l->alone;
		if (!colors || (fore < 0 && behind < 0))
			continue;
		init_pair((short)(pen + 1), fore, behind);
		t->pairs[pen] = (short)(pen + 1);
	}
	/* A bar that has no colour of its own is the row turned round. */
	if (!t->pairs[PEN_BAR] && colors)
		t->looks[PEN_BAR] = A_REVERSE;
}

static bool only_ascii(void)
{
	const char *name = getenv("TERM");

	/* The Linux console speaks UTF-8 but has no glyphs for braille. */
	return !str_eq(nl_langinfo(CODESET), "UTF-8") || str_eq(name, "linux");
}

int term_open(bool color, struct term **out, struct error *err)
{
	CLEANUP(term_close) struct term *t = NULL;
	struct termios before;

	if (check_terminal(err) < 0)
		return -1;
	if (tcgetattr(STDOUT_FILENO, &before) < 0)
		return error_sys(err, "the terminal");
	setlocale(LC_CTYPE, "");
	t = mem_zalloc(sizeof *t);
	t->color = color;
	t->ascii = only_ascii();
	t->curses = newterm(NULL, stdout, stdin);
	if (!t->curses) {
		error_set(err, ERR_UNSUPPORTED, "nothing is known about the terminal TERM=%s", getenv("TERM"));
		return error_hint(err, "set TERM to a terminal that this machine knows, for example TERM=xterm");
	}
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_WAIT_MS);
	set_looks(t);
	arm_emergency(&before);
	*out = take_ptr(&t);
	return 0;
}

/* A terminal that has no second screen to go back from is left empty, not full of what was. */
static void leave_screen(void)
{
	const char *back = tigetstr("rmcup");

	if (!back || back == (char *)-1) {
		erase();
		refresh();
	}
	endwin();
}

void term_close(struct term *t)
{
	if (!t)
		return;
	if (t->curses) {
		leave_screen();
		emergency.armed = 0;
		delscreen(t->curses);
	}
	screen_free(t->shown);
	free(t);
}

int term_width(const struct term *t)
{
	(void)t;
	return COLS;
}

int term_height(const struct term *t)
{
	(void)t;
	return LINES;
}

bool term_is_ascii(const struct term *t)
{
	return t->ascii;
}

/* A character of which the C library thinks otherwise than we do would shift the rest of its row. */
static wchar_t showable(const struct term *t, const struct cell *c, bool wide)
{
	if (c->ch < 0x80)
		return (wchar_t)c->ch;
	if (t->ascii && c->ch == 0x2026)
		return L'~';
	if (t->ascii || wcwidth((wchar_t)c->ch) != (wide ? 2 : 1))
		return L'?';
	return (wchar_t)c->ch;
}

static void put_cell(struct term *t, const struct screen *s, int x, int y)
{
	const struct cell *c = screen_at(s, x, y);
	bool wide = x + 1 < s->width && !screen_at(s, x + 1, y)->ch;
	attr_t attr = t->looks[c->pen] | (c->selected ? A_REVERSE : 0);
	wchar_t text[CELL_MARKS + 2] = { showable(t, c, wide) };
	cchar_t cell;

	for (int i = 0, n = 1; i < CELL_MARKS && c->marks[i] && !t->ascii; i++)
		if (wcwidth((wchar_t)c->marks[i]) == 0)
			text[n++] = (wchar_t)c->marks[i];
	/* The second half of a wide character that could not be shown. */
	if (wide && text[0] == L'?')
		mvaddch(y, x + 1, ' ');
	setcchar(&cell, text, attr, t->pairs[c->pen], NULL);
	mvadd_wch(y, x, &cell);
}

static bool same_row(const struct screen *a, const struct screen *b, int y)
{
	return memcmp(screen_at(a, 0, y), screen_at(b, 0, y), (size_t)a->width * sizeof(struct cell)) == 0;
}

void term_present(struct term *t, const struct screen *s)
{
	bool all = !t->shown || t->shown->width != s->width || t->shown->height != s->height;

	if (all) {
		screen_free(t->shown);
		t->shown = screen_new(s->width, s->height);
		clear();
	}
	for (int y = 0; y < s->height && y < LINES; y++) {
		if (!all && same_row(t->shown, s, y))
			continue;
		for (int x = 0; x < s->width && x < COLS; x++)
			if (screen_at(s, x, y)->ch)
				put_cell(t, s, x, y);
	}
	memcpy(t->shown->cells, s->cells, (size_t)s->width * (size_t)s->height * sizeof *s->cells);
	curs_set(s->cursor_x >= 0 ? 1 : 0);
	move(s->cursor_x >= 0 ? s->cursor_y : 0, s->cursor_x >= 0 ? s->cursor_x : 0);
	refresh();
}

tui_key term_read(struct term *t)
{
	wint_t c;
	int kind = get_wch(&c);

	(void)t;
	if (kind == ERR)
		return TK_NONE;
	if (kind == KEY_CODE_YES) {
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (keys[i].curses == (int)c)
				return keys[i].key;
		/* Something of no meaning here, but more may follow it. */
		return TK_LAST_;
	}
	if (c == '\n' || c == '\r')
		return TK_ENTER;
	return c == 0x7f || c == '\b' ? TK_BACKSPACE : c ? (tui_key)c : TK_LAST_;
}

void term_resize(struct term *t)
{
	struct winsize size;

	(void)t;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

void term_forget(struct term *t)
{
	screen_free(t->shown);
	t->shown = NULL;
}

void term_suspend(struct term *t)
{
	sigset_t stop, old;

	leave_screen();
	emergency.armed = 0;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &stop, &old);
	kill(0, SIGTSTP);
	sigprocmask(SIG_SETMASK, &old, NULL);
	emergency.armed = 1;
	term_resize(t);
	term_forget(t);
}

/* RFC 4648. */
static void add_base64(struct buf *b, const unsigned char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)s[i] << 16 | (i + 1 < n ? (unsigned)s[i + 1] << 8 : 0) | (i + 2 < n ? s[i + 2] : 0u);

		buf_putc(b, digits[v >> 18]);
		buf_putc(b, digits[v >> 12 & 63]);
		buf_putc(b, i + 1 < n ? digits[v >> 6 & 63] : '=');
		buf_putc(b, i + 2 < n ? digits[v & 63] : '=');
	}
}

void term_copy(struct term *t, const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(COPY_MAX);

	(void)t;
	buf_puts(&b, "\033]52;c;");
	add_base64(&b, (const unsigned char *)text, strnlen(text, COPY_MAX / 2));
	buf_puts(&b, "\033\\");
	putp(buf_text(&b));
	fflush(stdout);
}
