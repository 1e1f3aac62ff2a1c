/*
 * Times commands beside each other: timeit [-n ROUNDS] LABEL COMMAND ARG... [-- LABEL COMMAND ARG...]...
 *
 * The commands take turns, so that whatever else the machine does falls on all of them. Printed are
 * the medians and the ratio to the first. A command that fails ends everything: its time would mean nothing.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { MAX_COMMANDS = 8 };

struct command {
	const char *label;
	char **argv;
	int64_t *times_ns;
};

extern char **environ;

/* Wall time of one run with its output thrown away, or -1 when it failed: then what it said is repeated. */
static int64_t run_once(char **argv, const posix_spawn_file_actions_t *quiet, int said)
{
	int64_t begun = clock_mono(&clock_system);
	int status, rc;
	pid_t pid;

	rc = posix_spawnp(&pid, argv[0], quiet, NULL, argv, environ);
	if (rc != 0) {
		fprintf(stderr, "timeit: %s: %s\n", argv[0], strerror(rc));
		return -1;
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		char words[512];
		ssize_t n = pread(said, words, sizeof words, 0);

		fprintf(stderr, "timeit: %s failed: %.*s\n", argv[0], n > 0 ? (int)n : 0, words);
		return -1;
	}
	if (ftruncate(said, 0) < 0)
		return -1;
	return clock_mono(&clock_system) - begun;
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_result(struct command *commands, size_t n, size_t rounds)
{
	int64_t first = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t median;

		qsort(commands[i].times_ns, rounds, sizeof *commands[i].times_ns, compare_times);
		median = commands[i].times_ns[rounds / 2];
		first = i == 0 ? median : first;
		printf("%-28s %9.2f ms  (least %.2f)  x %.2f\n", commands[i].label, (double)median / 1e6,
		       (double)commands[i].times_ns[0] / 1e6, (double)median / (double)first);
	}
}

/* Splits argv at "--". Returns the number of commands, 0 on misuse. */
static size_t parse_commands(char **argv, struct command *commands)
{
	size_t n = 0;

	while (*argv) {
		if (n == MAX_COMMANDS || !argv[1] || str_eq(argv[1], "--"))
			return 0;
		commands[n].label = argv[0];
		commands[n++].argv = ++argv;
		while (*argv && !str_eq(*argv, "--"))
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
	return n;
}

static int measure(struct command *commands, size_t n, size_t rounds)
{
	posix_spawn_file_actions_t quiet;
	int rc = 0, said = memfd_create("said", MFD_CLOEXEC);

	if (said < 0) {
		perror("timeit: memfd_create");
		return -1;
	}
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&quiet, said, 2);
	for (size_t i = 0; i < n; i++)
		commands[i].times_ns = mem_calloc(rounds, sizeof *commands[i].times_ns);
	/* Round 0 warms caches and is overwritten by round 1. */
	for (size_t round = 0; round <= rounds && rc == 0; round++) {
		for (size_t i = 0; i < n && rc == 0; i++) {
			int64_t took = run_once(commands[i].argv, &quiet, said);

			rc = took < 0 ? -1 : 0;
			commands[i].times_ns[round ? round - 1 : 0] = took;
		}
	}
	posix_spawn_file_actions_destroy(&quiet);
	close(said);
	return rc;
}

int main(int argc, char **argv)
{
	struct command commands[MAX_COMMANDS] = { 0 };
	struct error err = { 0 };
	uint64_t rounds = 21;
	size_t n;
	int rc;

	argv++;
	if (argc > 2 && str_eq(argv[0], "-n")) {
		if (str_parse_u64(argv[1], &rounds, &err) < 0 || rounds == 0 || rounds > 100000) {
			fprintf(stderr, "timeit: -n takes 1 to 100000\n");
			return 2;
		}
		argv += 2;
	}
	n = parse_commands(argv, commands);
	if (n == 0) {
		fprintf(stderr, "usage: timeit [-n ROUNDS] LABEL COMMAND ARG... [-- LABEL COMMAND ARG...]...\n");
		return 2;
	}
	rc = measure(commands, n, rounds);
	if (rc == 0)
		print_result(commands, n, rounds);
	for (size_t i = 0; i < n; i++)
		free(commands[i].times_ns);
	return rc == 0 ? 0 : 1;
}
