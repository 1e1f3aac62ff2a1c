/* Well-known last words of programs. */
#include "config.h"

#include "engine/explain_log.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { LINE_LEN_MAX = 4096 };

static const struct pattern {
	const char *words;
	enum explain_clue_kind kind;
} patterns[] = {
	{ "ModuleNotFoundError: No module named ", CLUE_MODULE },
	{ "can't open file ", CLUE_MISSING },
	{ "CUDA out of memory", CLUE_GPU_MEMORY },
	{ "CUDA_ERROR_OUT_OF_MEMORY", CLUE_GPU_MEMORY },
	{ "HIP out of memory", CLUE_GPU_MEMORY },
	{ "No CUDA GPUs are available", CLUE_GPU },
	{ "Found no NVIDIA driver", CLUE_GPU },
	{ "Torch not compiled with CUDA", CLUE_NONE },
	{ "CUDA_ERROR_NO_DEVICE", CLUE_GPU },
	{ "no CUDA-capable device", CLUE_GPU },
	{ "Could not find any GPU", CLUE_GPU },
	{ "Temporary failure in name resolution", CLUE_NETWORK },
	{ "Could not resolve host", CLUE_NETWORK },
	{ "unable to resolve host", CLUE_NETWORK },
	{ "getaddrinfo E", CLUE_NETWORK },
	{ "Cannot connect to host", CLUE_NETWORK },
	{ "Name or service not known", CLUE_NETWORK },
	{ "Network is unreachable", CLUE_NETWORK },
	{ "Failed to establish a new connection", CLUE_NETWORK },
	{ "Too many open files", CLUE_FILES },
	{ "No space left on device", CLUE_SPACE },
	{ "Disk quota exceeded", CLUE_SPACE },
	{ "can't start new thread", CLUE_PROCESSES },
	{ "Cannot fork", CLUE_PROCESSES },
	{ "fork: Resource temporarily unavailable", CLUE_PROCESSES },
	{ "std::bad_alloc", CLUE_MEMORY },
	{ "Cannot allocate memory", CLUE_MEMORY },
	{ "Unable to allocate", CLUE_MEMORY },
	{ "MemoryError", CLUE_MEMORY },
	{ "Read-only file system", CLUE_READONLY },
	{ "Permission denied", CLUE_READONLY },
	{ "No such file or directory", CLUE_MISSING },
};

static void set_name(struct explain_clue *c, const char *s, size_t n)
{
	if (n >= sizeof c->name || memchr(s, 0, n))
		return;
	memcpy(c->name, s, n);
	c->name[n] = 0;
}

/* What stands between the first pair of quotes at or behind s. */
static bool quoted(const char *s, struct explain_clue *c)
{
	size_t skip = strcspn(s, "'\"");
	const char *end = s[skip] ? strchr(s + skip + 1, s[skip]) : NULL;

	if (!end || end == s + skip + 1)
		return false;
	set_name(c, s + skip + 1, (size_t)(end - s - skip - 1));
	return *c->name != 0;
}

/* "cat: data.csv: No such file…", "sh: 1: cannot open data.csv: No such file": the word before the words found. */
static void word_before(const char *line, const char *at, struct explain_clue *c)
{
	const char *end = at;
	const char *s;

	while (end > line && (end[-1] == ' ' || end[-1] == ':'))
		end--;
	for (s = end; s > line && s[-1] != ' ';)
		s--;
	if (end > s && (size_t)(end - s) < sizeof c->name)
		set_name(c, s, (size_t)(end - s));
}

static struct explain_clue judge_line(const char *line)
{
	struct explain_clue c = { CLUE_NONE, "" };

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		const char *at = strstr(line, patterns[i].words);

		if (!at)
			continue;
		c.kind = patterns[i].kind;
		if (c.kind == CLUE_MISSING || c.kind == CLUE_MODULE || c.kind == CLUE_READONLY) {
			/* Python quotes the name behind the words, others put it before them. */
			if (!quoted(at + strlen(patterns[i].words), &c) && !quoted(at, &c))
				word_before(line, at, &c);
		}
		return c;
	}
	return c;
}

struct explain_clue explain_clue_find(const char *text, size_t n)
{
	struct explain_clue c = { CLUE_NONE, "" };
	size_t end = n;

	while (end > 0) {
		const char *newline = memrchr(text, '\n', end - 1);
		size_t start = newline ? (size_t)(newline - text) + 1 : 0;
		size_t len = end - start;
		CLEANUP(free) char *line = len < LINE_LEN_MAX ? mem_strndup(text + start, len) : NULL;

		if (line)
			c = judge_line(line);
		if (c.kind != CLUE_NONE)
			return c;
		end = start > 0 ? start - 1 : 0;
	}
	return c;
}
