/*
 * Policies in tests, in one line each: what a query answers about a module, and
 * what is found wrong with one.
 */
#ifndef WB_TESTS_SUPPORT_POLICY_CASE_H
#define WB_TESTS_SUPPORT_POLICY_CASE_H

#include "policy/policy.h"

struct policy_case {
	const char *module;
	const char *query;
	const char *want; /* bindings or value as JSON, one row after the other; "undefined"; or an error's code */
};

/* The query's answer over module (NULL: none) and input (NULL: none), valid until the next call. */
const char *policy_case_ask(const char *module, enum policy_dialect dialect, const char *query, const char *input);
const char *policy_case_ask_within(const char *module, const char *query, const struct policy_budget *budget);

/* What is said where a builtin fails and that ends the evaluation; "" where the query has an answer. */
const char *policy_case_fault(const char *query, const char *input);

/* All n cases answer what they should; the first that does not is shown. */
void policy_case_run(const struct policy_case *cases, size_t n, enum policy_dialect dialect, const char *input);

/* What policy_diags_print() shows for module; "" when nothing is wrong. Valid until the next call. */
const char *policy_case_check(const char *module, enum policy_dialect dialect, bool strict);

struct policy_mistake {
	const char *module;
	const char *want; /* part of what is shown; "" when nothing must be shown */
};

void policy_case_mistakes(const struct policy_mistake *cases, size_t n, enum policy_dialect dialect, bool strict);

struct policy_graphql_fault {
	const char *document; /* a query, or a schema */
	const char *want;     /* what graphql.parse says of it; "" where nothing is wrong */
};

/* The documents are queries over schema, or schemas themselves where schema is NULL; what is said begins behind after. */
void policy_case_graphql(const struct policy_graphql_fault *cases, size_t n, const char *schema, const char *after);

#endif
