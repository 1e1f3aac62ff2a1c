/*
 * Runs a fuzz target without libFuzzer: every seed, its beginnings, and copies of it
 * with bytes changed, always the same ones. Arguments name files instead of the corpus.
 */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum { CHANGES = 200 };

static uint32_t next_random(uint32_t *seed)
{
	/* xorshift32 (Marsaglia, 2003). */
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* On a heap block of exactly n bytes, so that a sanitizer sees a read past the end. */
static void run_once(const char *data, size_t n)
{
	CLEANUP(free) uint8_t *copy = mem_dup(data, n);

	LLVMFuzzerTestOneInput(copy, n);
}

static void run_changed(const char *data, size_t n)
{
	static const char telling[] = "\"\\{}[]():;,.=<>#\n\t\0\xff\x80-9eu/%'";
	uint32_t seed = 0x9e3779b9u ^ (uint32_t)n;

	for (size_t len = 0; len < n && len < CHANGES; len++)
		run_once(data, len);
	for (int i = 0; n && i < CHANGES; i++) {
		CLEANUP(free) char *copy = mem_dup(data, n);
		unsigned places = 1 + next_random(&seed) % 4;

		while (places--) {
			size_t at = next_random(&seed) % n;
			uint32_t how = next_random(&seed);

			copy[at] = how & 1 ? telling[how / 2 % (sizeof telling - 1)] : (char)(how >> 8);
		}
		run_once(copy, n);
	}
}

static int replay(const char *path, bool change, struct error *err)
{
	CLEANUP(buf_release) struct buf input = BUF_INIT(16 * LIMIT_MIB);

	if (fs_read_file(AT_FDCWD, path, &input, err) < 0)
		return -1;
	/* Told before, so that the log of a crash names its input. */
	printf("# %s\n", path);
	fflush(stdout);
	run_once(buf_text(&input), input.len);
	if (change)
		run_changed(buf_text(&input), input.len);
	return 0;
}

/* Returns how many seeds were run. */
static int replay_corpus(const char *dir, struct error *err)
{
	CLEANUP(closedir) DIR *entries = opendir(dir);
	struct dirent *entry;
	int n = 0;

	if (!entries)
		return error_sys(err, "%s", dir);
	while ((entry = readdir(entries))) {
		CLEANUP(free) char *path = fs_join(dir, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		if (replay(path, true, err) < 0)
			return -1;
		n++;
	}
	return n ? n : error_set(err, ERR_INVALID, "%s holds no seeds", dir);
}

int main(int argc, char **argv)
{
	const char *top = getenv("WB_TEST_SRCDIR"), *name = fs_basename(argv[0]);
	CLEANUP(free) char *dir = NULL;
	struct error err = { 0 };
	int n = 0;

	name = str_starts(name, "fuzz_") ? name + 5 : name;
	dir = mem_printf("%s/tests/fuzz/corpus/%s", top ? top : WB_TEST_SRCDIR, name);
	puts("1..1");
	if (argc == 1)
		n = replay_corpus(dir, &err);
	for (int i = 1; i < argc && n >= 0; i++)
		n = replay(argv[i], false, &err) < 0 ? -1 : i;
	if (n < 0)
		printf("# %s\nnot ok 1 - %s\n", err.text, name);
	else
		printf("ok 1 - %s: %d inputs\n", name, n);
	return n < 0;
}
