/* Asking the policy: which files are the policy, what it is asked, and the answer as it is recorded. */
#ifndef WB_ENGINE_DECIDE_H
#define WB_ENGINE_DECIDE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/engine.h"
#include "engine/inputs.h"
#include "engine/spec.h"
#include "policy/policy.h"
#include "store/snapshot.h"

/* The site's policy folder; a user cannot switch it off. */
#define DECIDE_SITE_DIR "/etc/wb/policy"

/*
 * Loads and compiles what a run in this store is decided by: *.rego as modules
 * and *.json as data, of the site and then of the store, each in order of name.
 * 0: *out is compiled; 1: diags hold errors (*out NULL); -1: a file could not be read.
 */
int decide_load(struct engine *e, struct policy **out, struct policy_diags *diags, struct error *err) WB_MUST_CHECK;

struct decide_request {
	const struct run_spec *spec;
	const struct words *command;
	const struct run_sources *sources;
	const struct snapshot *code;
	int tier;
	const char *const *layers; /* NULL-terminated */
};

/* The policy's input document (DESIGN: the policy's input); owned by the caller. */
struct jval *decide_input(struct engine *e, const struct decide_request *r);

struct decided {
	bool denied;
	struct jval *record;  /* {"decision","reasons","warnings","policies","input_sha256",…}, owned */
	char *text;           /* for people: reasons, or the policy's own errors with their carets; heap */
};

void decided_release(struct decided *d);
DEFINE_CLEANUP_VALUE(decided_release, struct decided);

/* Decides. Policy errors are a denial (never a pass); -1 only for a malformed request or an unreadable policy file. */
int decide_run(struct engine *e, const struct decide_request *r, struct decided *out, struct error *err) WB_MUST_CHECK;

#endif
