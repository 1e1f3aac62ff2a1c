/*
 * Tests of policies, written in the language itself: rules whose name begins
 * with "test_" are tests, and hold or fail; "todo_test_" are counted and not run.
 */
#ifndef WB_POLICY_TESTING_H
#define WB_POLICY_TESTING_H

#include "policy/cover.h"
#include "policy/policy.h"

struct clause;
struct doc;

struct policy_test {
	char *package;     /* "data.team_test" */
	char *name;        /* "test_gpus"; the second rule of that name is "test_gpus#01" */
	const char *file;  /* the policy's */
	unsigned row;
	bool todo;
	const struct doc *doc;
	const struct clause *clause; /* NULL: the document as a whole, an object of cases */
};

struct policy_tests {
	struct policy_test *items;
	size_t n, cap;
};

void policy_tests_release(struct policy_tests *t);
DEFINE_CLEANUP_VALUE(policy_tests_release, struct policy_tests);

/* All tests of a compiled policy, by file and row; with a pattern those whose "PACKAGE.NAME" it is found in. */
int policy_tests_find(const struct policy *p, const char *pattern, struct policy_tests *out, struct error *err) WB_MUST_CHECK;

enum policy_test_result { POLICY_TEST_PASS, POLICY_TEST_FAIL, POLICY_TEST_ERROR, POLICY_TEST_SKIP };

/* One entry of a test that is an object: test_x[name] := holds. */
struct policy_test_case {
	char *name;
	bool pass;
};

struct policy_test_outcome {
	enum policy_test_result result;
	char *why; /* lines: the literal that failed with what it saw, or the error with its place; NULL when it passed */
	struct policy_test_case *cases;
	size_t ncases, cases_cap;
	uint64_t steps;
};

void policy_test_outcome_release(struct policy_test_outcome *o);
DEFINE_CLEANUP_VALUE(policy_test_outcome_release, struct policy_test_outcome);

/* cover may be NULL. */
void policy_test_run(const struct policy *p, const struct policy_test *t, int64_t now_ns, struct policy_cover *cover,
		     struct policy_test_outcome *out);

#endif
