/* The policy that files make: compiled, in layers that decide apart. */
#ifndef WB_ENGINE_POLICIES_H
#define WB_ENGINE_POLICIES_H

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/policy_files.h"
#include "policy/policy.h"

struct policies_options {
	enum policy_dialect dialect;
	bool strict;
	bool joined; /* site and project as one layer, to be looked at */
	bool errors_only; /* no warnings */
	bool with_tests; /* of a store: *_test.rego too, which take no part in decisions */
};

/* What one decision by all layers may cost besides its memory and depth. */
struct policies_budget {
	uint64_t steps;
	int64_t time_ns;
};

/* The site's and the project's, or one of files that were named. */
enum { POLICIES_LAYERS = 2 };

struct policies {
	/*
	 * Compiled, none when diags hold an error. Each layer decides for itself, so that nothing in a project (a rule
	 * added to a package of the site, data that its rules look for) changes what the site's rules mean.
	 */
	struct policy *layers[POLICIES_LAYERS];
	size_t nlayers;
	struct policy_diags diags;  /* every finding in every file; a file that could not be read is one too */
	struct policy_files files;  /* in the order they were taken */
	struct policies_budget budget; /* policy_budget_default's steps and a second, or as a store's settings say */
};

void policies_release(struct policies *p);
DEFINE_CLEANUP_VALUE(policies_release, struct policies);

/* What a run in the store is decided by; see policy_files_of_store(). options NULL: as a run does. */
int policies_of_store(const char *store_path, const struct policies_options *options, struct policies *out,
		      struct error *err) WB_MUST_CHECK;

/* The same of what somebody named. -1 when a path is not there. */
int policies_of_paths(const char *const *paths, size_t n, const struct policies_options *options, struct policies *out,
		      struct error *err) WB_MUST_CHECK;

/* Of files that were read already; they move into out. */
void policies_of_files(struct policy_files *files, const struct policies_options *options, struct policies *out);

#endif
