/* Asking the policy: what it is asked, and the answer as it is recorded. */
#ifndef WB_ENGINE_DECIDE_H
#define WB_ENGINE_DECIDE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/engine.h"
#include "engine/inputs.h"
#include "engine/policies.h"
#include "engine/spec.h"
#include "policy/again.h"
#include "store/snapshot.h"

struct decide_request {
	const struct run_spec *spec;
	const struct words *command;
	const struct run_sources *sources;
	const struct snapshot *code;
	int tier;
	const struct jval *layers; /* their names */
};

/* The policy's input document (DESIGN: the policy's input); owned by the caller. */
int decide_input(struct engine *e, const struct decide_request *r, struct jval **out, struct error *err) WB_MUST_CHECK;

/*
 * The record of a decision: {"decision","reasons","warnings","detail":{…,"policies":[{"file","sha256","layer","kind",
 * "below"}],"fired","nondeterministic","input_sha256","steps"},"ns","input":{…}}. Everything but "ns" is the same when the same
 * files decide about the same input again.
 */
struct decided {
	bool denied;
	bool failed;          /* denied, because the policy itself is broken, failed or reached a limit */
	struct jval *record;  /* owned */
	char *text;           /* for people: why, or the policy's own errors with carets; safe to print; heap */
	struct policy_files files; /* that decided; of decide_about() and decide_run() */
};

void decided_release(struct decided *d);
DEFINE_CLEANUP_VALUE(decided_release, struct decided);

/* Decides about an input document by policies that are loaded. -1 when the input breaks its contract. */
int decide_by(const struct policies *p, const struct jval *input, struct decided *out, struct error *err) WB_MUST_CHECK;

/* The same of a decision of the past. known: what is given; its input is not looked at. */
int decide_again(const struct policies *p, const struct jval *input, const struct policy_asked *known, struct decided *out,
		 struct error *err) WB_MUST_CHECK;

/* What each layer says, without a record; refused by one is refused. */
int decide_layers(const struct policies *p, const struct policy_asked *a, struct policy_decision *out,
		  struct error *err) WB_MUST_CHECK;

/*
 * Decides about an input document: one just made, a recorded or a hand-written one. store_path may be NULL: the
 * site's policy alone. Policy errors are a denial (never a pass); -1 when the input breaks its contract.
 */
int decide_about(const char *store_path, const struct jval *input, struct decided *out, struct error *err) WB_MUST_CHECK;

/* For somebody who wants to know all: see policy_look(). Nothing where the policy has errors. */
int decide_look(const char *store_path, const struct jval *input, struct buf *ways, struct buf *trace,
		struct error *err) WB_MUST_CHECK;

/* Keeps the files that decided as objects, so that it can be decided again as it was. */
int decide_keep(struct store *s, const struct decided *d, struct error *err) WB_MUST_CHECK;

/* The digests of the files that decide_keep() kept for a run, from its START document; NULL after the last. */
const char *decide_kept(const struct jval *start, size_t i);

/* Decides about a run: -1 only for a malformed request or an unreadable policy folder. */
int decide_run(struct engine *e, const struct decide_request *r, struct decided *out, struct error *err) WB_MUST_CHECK;

#endif
