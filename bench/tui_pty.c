/*
 * Times the full screen from outside: starts a program on a pseudo terminal of
 * its own, types, and waits for what must appear.
 *
 *     tui_pty WORD... -- PROGRAM ARG...
 *
 * Words, in order:  label WORDS  what the next figure is called
 *                   see TEXT     the time since the last key, or the start
 *                   key KEYS     typed at once
 *                   moves N      N times j: median and 99th of 100
 *                   memory       resident size
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum { PATIENCE_MS = 20000, QUIET_MS = 30, MOVES_MAX = 10000 };

struct terminal {
	int fd;
	pid_t pid;
	struct buf seen;     /* since the last key */
	int64_t typed_ns;
	const char *label;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "tui_pty: %s\n", what);
	exit(1);
}

static int64_t now(void)
{
	return clock_mono(&clock_system);
}

/* Reads what comes within timeout_ms; false when nothing does. */
static bool take(struct terminal *t, int timeout_ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char *room = buf_room(&t->seen, 64 * 1024);
	ssize_t n;

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	n = room ? read(t->fd, room, 64 * 1024) : -1;
	if (n <= 0)
		die("the program ended");
	t->seen.len += (size_t)n;
	return true;
}

static void type(struct terminal *t, const char *keys)
{
	while (take(t, QUIET_MS))
		continue;
	buf_clear(&t->seen);
	t->typed_ns = now();
	if (write(t->fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		die("cannot type");
}

static int64_t see(struct terminal *t, const char *text)
{
	while (!memmem(buf_text(&t->seen), t->seen.len, text, strlen(text)))
		if (!take(t, PATIENCE_MS))
			die("what should appear does not");
	return now() - t->typed_ns;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void moves(struct terminal *t, size_t n)
{
	CLEANUP(free) int64_t *times = mem_calloc(n, sizeof *times);

	for (size_t i = 0; i < n; i++) {
		while (take(t, 1))
			continue;
		buf_clear(&t->seen);
		t->typed_ns = now();
		if (write(t->fd, "j", 1) != 1 || !take(t, PATIENCE_MS))
			die("a move is not answered");
		times[i] = now() - t->typed_ns;
	}
	qsort(times, n, sizeof *times, by_size);
	printf("%-44s %8.2f ms\n", t->label, (double)times[n / 2] / 1e6);
	printf("%-44s %8.2f ms\n", "  the 99th of 100", (double)times[n * 99 / 100] / 1e6);
}

/* "VmRSS:   17056 kB" */
static double kib_of(const char *line)
{
	return strtod(line + strcspn(line, "0123456789"), NULL);
}

static void memory(const struct terminal *t)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)t->pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (str_starts(line, "VmRSS:"))
			printf("%-44s %8.1f MiB\n", t->label, kib_of(line) / 1024);
	if (f)
		fclose(f);
}

static void start(struct terminal *t, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	t->typed_ns = now();
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0)
		die("no pseudo terminal");
	if (t->pid == 0) {
		if (!getenv("TERM") || str_eq(getenv("TERM"), "dumb"))
			setenv("TERM", "xterm-256color", 1);
		execvp(argv[0], argv);
		_exit(127);
	}
}

static void do_word(struct terminal *t, const char *word, const char *argument)
{
	uint64_t n;
	struct error err = { 0 };

	if (str_eq(word, "see")) {
		printf("%-44s %8.2f ms\n", t->label, (double)see(t, argument) / 1e6);
	} else if (str_eq(word, "label")) {
		t->label = argument;
	} else if (str_eq(word, "key")) {
		type(t, argument);
	} else if (str_eq(word, "moves")) {
		if (str_parse_u64(argument, &n, &err) < 0 || !n || n > MOVES_MAX)
			die("how many moves?");
		moves(t, (size_t)n);
	} else {
		die("no such word");
	}
}

int main(int argc, char **argv)
{
	struct terminal t = { .fd = -1, .seen = BUF_INIT(64 * LIMIT_MIB), .label = "" };
	int program = 1;

	while (program < argc && !str_eq(argv[program], "--"))
		program++;
	if (program + 1 >= argc)
		die("usage: tui_pty WORD... -- PROGRAM ARG...");
	start(&t, argv + program + 1);
	for (int i = 1; i < program; i++) {
		if (str_eq(argv[i], "memory")) {
			memory(&t);
			continue;
		}
		if (i + 1 >= program)
			die("a word lacks what belongs to it");
		do_word(&t, argv[i], argv[i + 1]);
		i++;
	}
	kill(t.pid, SIGTERM);
	while (waitpid(t.pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	buf_release(&t.seen);
	return 0;
}
