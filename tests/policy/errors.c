/*
 * Wrong policies and what is said about them, to the letter. A file holds cases
 *
 *     --- NAME [v0|v1] [strict]
 *     the module
 *     =>
 *     what policy_diags_print() shows
 *
 * and UPDATE=1 writes the last parts anew, to be read as a difference.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/policy.h"

enum { CASES_MIN = 300 };

struct tally {
	unsigned cases, failed;
};

static void check(const char *header, const char *text, size_t len, struct buf *out)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	enum policy_dialect dialect = strstr(header, " v0") ? POLICY_V0 : strstr(header, " v1") ? POLICY_V1 : POLICY_AUTO;
	const struct policy_check options = { .strict = strstr(header, " strict") != NULL };

	if (policy_add_module(p, "m.rego", text, len, dialect, &diags) == 0)
		(void)!policy_compile(p, &options, &diags);
	policy_diags_print(&diags, out);
}

/* One case from at on, which starts with its header. Returns where the next begins. */
static const char *run_case(const char *at, struct buf *renewed, struct tally *t)
{
	CLEANUP(buf_release) struct buf have = BUF_INIT(LIMIT_MIB);
	const char *module = strchr(at, '\n') + 1, *arrow = strstr(module, "\n=>\n"), *want, *next;
	CLEANUP(free) char *header = mem_strndup(at, (size_t)(module - 1 - at));

	if (!arrow)
		return NULL;
	want = arrow + 4;
	next = strncmp(want, "--- ", 4) == 0 ? want : strstr(want, "\n--- ");
	next = !next ? want + strlen(want) : next == want ? next : next + 1;
	check(header, module, (size_t)(arrow + 1 - module), &have);
	buf_append(renewed, at, (size_t)(want - at));
	buf_puts(renewed, buf_text(&have));
	t->cases++;
	if (have.len == (size_t)(next - want) && memcmp(buf_text(&have), want, have.len) == 0)
		return next;
	t->failed++;
	if (!getenv("UPDATE"))
		printf("# %s shows\n%s# and not\n%.*s", header, buf_text(&have), (int)(next - want), want);
	return next;
}

static int run_file(const char *path, unsigned number, struct tally *all)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	CLEANUP(buf_release) struct buf renewed = BUF_INIT(LIMIT_MIB * 2);
	struct tally t = { 0 };
	struct error err = { 0 };
	const char *at;

	if (fs_read_file(AT_FDCWD, path, &text, &err) < 0) {
		printf("not ok %u - %s\n", number, err.text);
		return 1;
	}
	for (at = buf_text(&text); at && *at;)
		at = run_case(at, &renewed, &t);
	if (!at || !t.cases) {
		printf("not ok %u - %s has a case that does not end\n", number, path);
		return 1;
	}
	if (t.failed && getenv("UPDATE")) {
		FILE *f = fopen(path, "w");

		if (f && fwrite(renewed.data, 1, renewed.len, f) == renewed.len)
			t.failed = 0;
		if (!f || fclose(f) != 0)
			t.failed = 1;
	}
	printf("%sok %u - %s: %u cases\n", t.failed ? "not " : "", number, strrchr(path, '/') + 1, t.cases);
	all->cases += t.cases;
	return t.failed != 0;
}

int main(void)
{
	const char *top = getenv("WB_TEST_SRCDIR");
	CLEANUP(free) char *dir = fs_join(top ? top : ".", "tests/policy/errors");
	struct tally all = { 0 };
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort), failed = 0;
	unsigned files = 0;

	for (int i = 0; i < n; i++) {
		if (str_ends(names[i]->d_name, ".txt")) {
			CLEANUP(free) char *path = fs_join(dir, names[i]->d_name);

			failed += run_file(path, ++files, &all);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	printf("%sok %u - there are %u cases\n", all.cases < CASES_MIN ? "not " : "", files + 1, all.cases);
	printf("1..%u\n", files + 1);
	return failed || all.cases < CASES_MIN;
}
