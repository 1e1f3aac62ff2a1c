/* Results of tests of policies, as text, JSON, JUnit XML and annotations. */
#ifndef WB_CLI_POLICY_REPORT_H
#define WB_CLI_POLICY_REPORT_H

#include "cli/output.h"
#include "policy/testing.h"

struct report_test {
	const struct policy_test *test;
	struct policy_test_outcome outcome;
	int64_t ns;
};

struct report {
	struct report_test *items;
	size_t n;
	size_t counts[POLICY_TEST_SKIP + 1]; /* by enum policy_test_result */
	const struct policy_cover *cover;    /* NULL: not wanted */
	int64_t ns;
};

void report_release(struct report *r);
DEFINE_CLEANUP_VALUE(report_release, struct report);

/* Of all lines that count, how many were reached; 100 where there is none. */
double report_coverage(const struct report *r);

void report_print(const struct report *r, struct output *out, bool quiet);
struct jval *report_to_jval(const struct report *r);
void report_json(const struct report *r, struct output *out);
void report_junit(const struct report *r, struct output *out);
/* Of a policy that does not compile: one case in error, so that no reader of results takes it for nothing to do. */
void report_junit_broken(const char *why, struct output *out);
void report_annotate(const struct report *r, struct output *out);

#endif
