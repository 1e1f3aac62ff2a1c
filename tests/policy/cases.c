/*
 * Queries and their answers, a line each: "QUERY => VALUE", where VALUE is JSON
 * in order of keys, "undefined", or an error's class. Files of tests/policy/cases.
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
#include "engine/policy_host.h"
#include "policy/policy.h"
#include "policy/value.h"

enum { CASES_MIN = 500 };

/* What is in the answer: the value of its one expression. */
static void boil_down(const struct buf *json, struct buf *out)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct value v, errors, rows;
	struct error err = { 0 };

	pool_init(&pool, 64 * LIMIT_MIB);
	if (value_from_json(&pool, buf_text(json), json->len, JSON_LAST_KEY_WINS, &v, &err) < 0) {
		buf_puts(out, err.text);
		return;
	}
	errors = value_get_text(v, "errors");
	rows = value_get_text(v, "result");
	if (errors.tag == V_ARRAY && errors.len)
		buf_puts(out, value_get_text(errors.items[0], "code").s);
	else if (rows.tag != V_ARRAY)
		buf_puts(out, "undefined");
	else
		value_format(value_get_text(value_get_text(rows.items[0], "expressions").items[0], "value"), TEXT_JSON, out);
}

/* The answer as it is given, in the form that boil_down() writes. */
static bool is_same(const char *have, const char *want)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	struct error ignored = { 0 };
	struct value v;

	pool_init(&pool, 64 * LIMIT_MIB);
	if (value_from_json(&pool, want, strlen(want), JSON_LAST_KEY_WINS, &v, &ignored) < 0)
		return str_eq(have, want);
	value_format(v, TEXT_JSON, &text);
	return str_eq(have, buf_text(&text));
}

static bool run_case(const struct policy *p, const char *file, const char *line)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT(LIMIT_MIB);
	CLEANUP(buf_release) struct buf have = BUF_INIT(LIMIT_MIB);
	const char *arrow = strstr(line, " => ");
	CLEANUP(free) char *query = NULL;
	const struct policy_budget small = { .steps = 100000, .depth = 100, .memory = 16 * LIMIT_MIB };
	struct policy_query q = { .dialect = POLICY_V1, .budget = &small, .now_ns = 1700000000000000000 };
	struct error err = { 0 };

	if (!arrow) {
		printf("# %s: no answer is given for %s\n", file, line);
		return false;
	}
	q.text = query = mem_strndup(line, (size_t)(arrow - line));
	q.strict_builtin_errors = strstr(file, "strict") != NULL;
	if (policy_eval(p, &q, &json, &err) < 0)
		buf_puts(&have, err.text);
	else
		boil_down(&json, &have);
	if (is_same(buf_text(&have), arrow + 4))
		return true;
	printf("# %s: %s\n#   gives %s\n#   not   %s\n", file, query, buf_text(&have), arrow + 4);
	return false;
}

static int run_file(const struct policy *p, const char *path, unsigned number, unsigned *total)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	const char *name = strrchr(path, '/') + 1;
	unsigned cases = 0, failed = 0;
	struct error err = { 0 };

	if (fs_read_file(AT_FDCWD, path, &text, &err) < 0) {
		printf("not ok %u - %s\n", number, err.text);
		return 1;
	}
	for (const char *line = buf_text(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		CLEANUP(free) char *one = mem_strndup(line, strcspn(line, "\n"));

		if (!*one || *one == '#')
			continue;
		cases++;
		failed += !run_case(p, name, one);
	}
	printf("%sok %u - %s: %u cases\n", failed ? "not " : "", number, name, cases);
	*total += cases;
	return failed != 0;
}

int main(void)
{
	const char *top = getenv("WB_TEST_SRCDIR");
	CLEANUP(free) char *dir = fs_join(top ? top : ".", "tests/policy/cases");
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort), failed = 0;
	unsigned files = 0, total = 0;

	policy_set_host(p, &policy_host_system);
	if (policy_compile(p, NULL, &diags) < 0)
		return 1;
	for (int i = 0; i < n; i++) {
		if (str_ends(names[i]->d_name, ".txt")) {
			CLEANUP(free) char *path = fs_join(dir, names[i]->d_name);

			failed += run_file(p, path, ++files, &total);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	printf("%sok %u - there are %u cases\n", total < CASES_MIN ? "not " : "", files + 1, total);
	printf("1..%u\n", files + 1);
	return failed || total < CASES_MIN;
}
