/*
 * Policy as code: Rego text and JSON in, a verdict with reasons out.
 *
 * Pure: nothing here reads a file, a clock or the environment. Whoever calls
 * hands over the texts and, in the input, the time.
 *
 *     struct policy *p = policy_new();
 *     policy_add_module(p, "team.rego", text, len, POLICY_AUTO, &diags);
 *     policy_add_data(p, "limits.json", json, len, &err);
 *     if (policy_compile(p, &check, &diags) < 0)
 *             policy_diags_print(&diags, out);
 *     policy_decide(p, input, len, NULL, &decision, &err);
 *
 * A compiled policy is never changed by evaluating it.
 */
#ifndef WB_POLICY_POLICY_H
#define WB_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"

/* ---- what is wrong with a policy ------------------------------------------------------------------------- */

/* Rego before and after its version 1; AUTO decides per module from what its text needs. */
enum policy_dialect { POLICY_AUTO, POLICY_V0, POLICY_V1 };

enum policy_severity { POLICY_SEV_ERROR, POLICY_SEV_WARNING };

struct policy_diag {
	enum policy_severity severity;
	const char *code; /* OPA's class: "rego_parse_error", "rego_unsafe_var_error", ... */
	const char *id;   /* our stable number: "P0103" */
	char *file;
	unsigned row, col, end_col; /* from 1; end_col is one past the span, on the same row */
	char *message;
	char *help;   /* what to do; may be NULL */
	char *source; /* the line it is about, without its newline; may be NULL */
};

/* All findings of one pass, in source order. Zero-initialised. */
struct policy_diags {
	struct policy_diag *items;
	size_t n, cap;
	size_t errors; /* how many of them are errors */
};

void policy_diags_release(struct policy_diags *d);
DEFINE_CLEANUP_VALUE(policy_diags_release, struct policy_diags);

/* Adds what failed about a whole file: it could not be read, or its data does not fit. */
void policy_diags_add_file(struct policy_diags *d, const char *file, const struct error *why);

/* "file:line:col: error: message", the source line, a caret span, "help: ...". Appended; untrusted text is escaped. */
void policy_diags_print(const struct policy_diags *d, struct buf *out);

/* {"errors":[{"code","id","message","location":{"file","row","col"}}],"warnings":[...]}; {} when there are none. */
void policy_diags_json(const struct policy_diags *d, struct buf *out);

/* What a number means; wrong and right are modules, or NULL where it takes more than a text to come about. */
struct policy_code {
	const char *id, *code;
	const char *title;
	const char *about; /* lines */
	const char *wrong, *right;
};

/* NULL when there is no such number, or past the last. */
const struct policy_code *policy_code_find(const char *id);
const struct policy_code *policy_code_at(size_t i);

/* ---- building -------------------------------------------------------------------------------------------- */

struct policy;

struct policy *policy_new(void);
void policy_free(struct policy *p);
DEFINE_CLEANUP(policy_free, struct policy *);

/*
 * What a policy cannot know by itself, from whoever calls; functions may be
 * NULL. They answer the same each time for the same arguments.
 */
struct policy_host {
	/* The bytes of a named time zone's file (RFC 9636). -1 when there is none; the name is not to be trusted. */
	int (*zone)(void *arg, const char *name, struct buf *out);
	/* A YAML document as JSON. */
	int (*yaml)(void *arg, const char *text, size_t len, struct buf *json, struct error *err);
	void *arg;
};
void policy_set_host(struct policy *p, const struct policy_host *host);

/* Copies and parses one module. -1 when diags got an error; the module then takes no part. */
int policy_add_module(struct policy *p, const char *file, const char *text, size_t len, enum policy_dialect dialect,
		      struct policy_diags *diags) WB_MUST_CHECK;

/* Merges a JSON object into the root of data. ERR_CONFLICT where a value is there already. */
int policy_add_data(struct policy *p, const char *file, const char *json, size_t len,
		    struct error *err) WB_MUST_CHECK;

struct policy_check {
	bool strict; /* unused locals and imports, deprecated builtins are errors too */
	bool errors_only; /* for whoever only decides: no warnings, which take time to find */
};

/* Resolves, checks and lowers all modules; once, after the last add. check may be NULL. */
int policy_compile(struct policy *p, const struct policy_check *check, struct policy_diags *diags) WB_MUST_CHECK;

/* Whose policy it is, "site policy": in front of each of its reasons and warnings. Borrowed; NULL: nobody's. */
void policy_set_origin(struct policy *p, const char *origin);

size_t policy_module_count(const struct policy *p);
const char *policy_module_file(const struct policy *p, size_t i);
enum policy_dialect policy_module_dialect(const struct policy *p, size_t i); /* the one chosen, never AUTO */

/* ---- evaluating ------------------------------------------------------------------------------------------ */

struct policy_budget {
	uint64_t steps;  /* units of work */
	unsigned depth;  /* nested rule and function calls */
	size_t memory;   /* bytes of values */
	/* Asked now and then when set: true ends the evaluation with a limit error (a caller's wall clock). */
	bool (*expired)(void *arg);
	void *arg;
};

/* 5 000 000 steps, depth 256, 256 MiB. */
extern const struct policy_budget policy_budget_default;

struct policy_query {
	const char *text; /* NUL-terminated Rego query */
	enum policy_dialect dialect;
	const char *input; /* JSON; NULL: input is undefined */
	size_t input_len;
	const char *input_term; /* instead of input: Rego text of a ground term */
	const struct policy_budget *budget; /* NULL: the default */
	bool strict_builtin_errors;
	int64_t now_ns; /* answer of time.now_ns() */
	bool plain; /* without any short cut: slower, and must answer the same */
};

/*
 * Appends `opa eval --format json`'s shape: {"result":[...]}, {} when undefined,
 * {"errors":[...]}. Returns 0 for an answer, 1 when out holds errors, -1 with
 * err when the query could not be asked at all (bad input JSON).
 */
int policy_eval(const struct policy *p, const struct policy_query *q, struct buf *out, struct error *err) WB_MUST_CHECK;

/*
 * A query made ready to be asked many times about inputs read once. Borrows the
 * policy, and the query's budget's arg; one thread at a time.
 */
struct policy_prepared;

/* 0, or 1 when out holds errors, or -1, as policy_eval(). */
int policy_prepare(const struct policy *p, const struct policy_query *q, struct policy_prepared **out_prepared,
		   struct buf *out, struct error *err) WB_MUST_CHECK;
void policy_prepared_free(struct policy_prepared *pp);
DEFINE_CLEANUP(policy_prepared_free, struct policy_prepared *);

/* Another input from now on; json NULL: undefined. */
int policy_prepared_input(struct policy_prepared *pp, const char *json, size_t len, struct error *err) WB_MUST_CHECK;

/* As policy_eval(), with every budget fresh. out may be NULL: the answers are worked out and not written down. */
int policy_eval_prepared(struct policy_prepared *pp, struct buf *out);

/* ---- deciding -------------------------------------------------------------------------------------------- */

enum policy_verdict { POLICY_ALLOW, POLICY_DENY, POLICY_FAULT };

/* Why: one deny, violation or warn member, or an allow that did not come true. */
struct policy_reason {
	char *text;    /* one sentence for people */
	char *detail;  /* the nearest miss, line by line; may be NULL */
	char *fix;     /* what to ask for instead, where that is arithmetic; may be NULL */
	char *package; /* "wb" */
	char *rule;    /* "deny", "allow" */
	char *file;
	unsigned row;
};

/* A rule that gave an answer: a reason, a warning, or an allow that is true. */
struct policy_fired {
	char *package, *rule, *file;
	unsigned row;
};

struct policy_source {
	char *file;
	struct digest digest; /* SHA-256 of the module's text */
};

struct policy_decision {
	enum policy_verdict verdict; /* FAULT: the policy failed or reached a limit; counts as denied */
	struct policy_reason *reasons;
	size_t nreasons;
	struct policy_reason *warnings;
	size_t nwarnings;
	struct policy_source *sources;
	size_t nsources;
	struct policy_fired *fired;
	size_t nfired;
	char *chance; /* JSON array of what builtins that depend on time or chance answered: {"builtin","args","value"}; or NULL */
	struct digest input;
	uint64_t steps;
};

void policy_decision_release(struct policy_decision *d);
DEFINE_CLEANUP_VALUE(policy_decision_release, struct policy_decision);

/*
 * Decides about one input (DESIGN: the policy's input). The typed contract of
 * policy/contract.h stands in front: what breaks it is ERR_INVALID naming the
 * field, and no rule runs. Policy errors and limits are a decision
 * (POLICY_FAULT), not an error. No packages: allowed.
 */
int policy_decide(const struct policy *p, const char *input, size_t len, const struct policy_budget *budget,
		  struct policy_decision *out, struct error *err) WB_MUST_CHECK;

/*
 * Decides again, to be looked at. ways receives, for each allow that did not come true, every way to be allowed with
 * all of its conditions; trace all that was evaluated. Either may be NULL. Both are appended, and hold untrusted text.
 */
int policy_look(const struct policy *p, const char *input, size_t len, struct buf *ways, struct buf *trace,
		struct error *err) WB_MUST_CHECK;

/* Makes into the decision of two policies about one input: what either refuses is refused. from is empty afterwards. */
void policy_decision_join(struct policy_decision *into, struct policy_decision *from);

/*
 * {"v":1,"decision":"allow|deny|error","reasons":[...],"warnings":[...],"policies":[...],"fired":[...],
 * "nondeterministic":[...],"input_sha256","steps"}
 */
void policy_decision_json(const struct policy_decision *d, struct buf *out);

/* For people: the verdict, each reason with its rule and place, and what would have been allowed. */
void policy_explain(const struct policy_decision *d, struct buf *out);

/* The commented policy that `wb init` writes. */
const char *policy_starter_text(void);

#endif
