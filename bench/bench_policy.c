/*
 * What a run pays for policy: bench_policy [-n ROUNDS] LABEL PROJECT [LABEL PROJECT]...
 *
 * Each time is of a process of its own that has done nothing with policies before, as in `wb run`: its memory, its
 * tables and its code are as cold as a run finds them; the files are in the page cache. It makes the policy's input
 * (the request of `wb run --memory 1GiB --time 1h -- true` on a clean commit), reads the files, compiles, decides,
 * makes the record of the decision and keeps the files as objects: what engine/run.c does between the sandbox's tier
 * and the run's spool. Opening the store is not in it: a run opens it anyway. The projects take turns, so that
 * whatever else the machine does falls on all of them. Printed are the medians.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/decide.h"
#include "store/store.h"

enum { MAX_PROJECTS = 8 };

enum stage { STAGE_INPUT, STAGE_READ, STAGE_COMPILE, STAGE_DECIDE, STAGE_KEEP, STAGES };

struct sample {
	int64_t ns[STAGES + 1]; /* the last: all of it */
};

struct project {
	const char *label, *dir;
	struct sample *samples;
};

static int64_t lap(int64_t *since)
{
	int64_t now = clock_mono(&clock_system), took = now - *since;

	*since = now;
	return took;
}

static int measure_request(struct engine *e, const struct decide_request *r, struct sample *out, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files files = { 0 };
	CLEANUP(policies_release) struct policies policies = { 0 };
	CLEANUP(decided_release) struct decided decided = { 0 };
	CLEANUP(jval_free) struct jval *input = NULL;
	int64_t begun = clock_mono(&clock_system), at = begun;

	if (decide_input(e, r, &input, err) < 0)
		return -1;
	out->ns[STAGE_INPUT] = lap(&at);
	if (policy_files_of_store(store_path(engine_store(e)), false, &files, err) < 0)
		return -1;
	out->ns[STAGE_READ] = lap(&at);
	policies_of_files(&files, NULL, &policies);
	out->ns[STAGE_COMPILE] = lap(&at);
	if (decide_by(&policies, input, &decided, err) < 0)
		return -1;
	out->ns[STAGE_DECIDE] = lap(&at);
	decided.files = policies.files;
	policies.files = (struct policy_files){ 0 };
	policies_release(&policies);
	out->ns[STAGE_DECIDE] += lap(&at);
	if (decide_keep(engine_store(e), &decided, err) < 0)
		return -1;
	out->ns[STAGE_KEEP] = lap(&at);
	out->ns[STAGES] = at - begun;
	if (decided.denied)
		return error_set(err, ERR_DENIED, "the run would be denied: %s", decided.text);
	return 0;
}

static int measure(const char *dir, struct sample *out, struct error *err)
{
	CLEANUP(engine_close) struct engine *e = NULL;
	CLEANUP(words_release) struct words command = { 0 };
	CLEANUP(jval_free) struct jval *layers = box_layers(1, 3);
	struct engine_options options = { .dir = dir };
	char commit[] = "89f2a5c1de7b3046f8a9c1b2d3e4f50617283940", branch[] = "main";
	struct run_sources none = { 0 };
	struct snapshot code = { .git = { .commit = commit, .branch = branch, .dirty_known = true } };
	struct run_spec spec = { .memory_bytes = (uint64_t)1024 * LIMIT_MIB, .wall_ns = INT64_C(3600000000000) };
	struct decide_request request = { &spec, &command, &none, &code, 1, layers };

	words_add(&command, "true");
	return engine_open(&options, &e, err) < 0 ? -1 : measure_request(e, &request, out, err);
}

/* In a process of its own: argv[0] again, with what follows on descriptor 1. */
static int measure_apart(char *self, const char *dir, struct sample *out)
{
	char *argv[] = { self, (char *)(uintptr_t)"--once", (char *)(uintptr_t)dir, NULL };
	int ends[2], status = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	close(ends[1]);
	got = read(ends[0], out, sizeof *out);
	close(ends[0]);
	return waitpid(pid, &status, 0) == pid && status == 0 && got == (ssize_t)sizeof *out ? 0 : -1;
}

static int once(const char *dir)
{
	struct error err = { 0 };
	struct sample s = { 0 };

	if (measure(dir, &s, &err) == 0)
		return write(STDOUT_FILENO, &s, sizeof s) == (ssize_t)sizeof s ? 0 : 1;
	fprintf(stderr, "bench_policy: %s: %s\n", dir, err.text);
	return 1;
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double median_ms(const struct project *p, size_t rounds, size_t stage)
{
	CLEANUP(free) int64_t *times = mem_calloc(rounds, sizeof *times);

	for (size_t i = 0; i < rounds; i++)
		times[i] = p->samples[i].ns[stage];
	qsort(times, rounds, sizeof *times, compare_times);
	return (double)times[rounds / 2] / 1e6;
}

static void print_project(const struct project *p, size_t rounds)
{
	static const char *const names[STAGES] = { "input", "read", "compile", "decide", "keep" };

	printf("  %-28s %9.3f ms  (budget 0.5 ms) ", p->label, median_ms(p, rounds, STAGES));
	for (size_t i = 0; i < STAGES; i++)
		printf("%s %s %.3f", i ? "," : "", names[i], median_ms(p, rounds, i));
	printf("\n");
}

int main(int argc, char **argv)
{
	struct project projects[MAX_PROJECTS] = { 0 };
	struct error err = { 0 };
	uint64_t rounds = 101;
	char *self = argv[0];
	size_t n = 0;

	if (argc == 3 && str_eq(argv[1], "--once"))
		return once(argv[2]);
	if (argc > 2 && str_eq(argv[1], "-n")) {
		if (str_parse_u64(argv[2], &rounds, &err) < 0 || rounds == 0 || rounds > 100000)
			return 2;
		argv += 2;
	}
	for (argv++; argv[0] && argv[1] && n < MAX_PROJECTS; argv += 2)
		projects[n++] = (struct project){ argv[0], argv[1], mem_calloc(rounds, sizeof(struct sample)) };
	/* Round 0 warms the page cache and is overwritten by round 1. */
	for (size_t round = 0; round <= rounds; round++)
		for (size_t i = 0; i < n; i++)
			if (measure_apart(self, projects[i].dir, &projects[i].samples[round ? round - 1 : 0]) < 0)
				return 1;
	for (size_t i = 0; i < n; i++) {
		print_project(&projects[i], rounds);
		free(projects[i].samples);
	}
	return n ? 0 : 2;
}
