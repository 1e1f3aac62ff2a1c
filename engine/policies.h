/* The files that the policy is made of: found, read and compiled. */
#ifndef WB_ENGINE_POLICIES_H
#define WB_ENGINE_POLICIES_H

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/spec.h"
#include "policy/policy.h"

/* The site's policy folder; a user cannot switch it off. */
#define POLICIES_SITE_DIR "/etc/wb/policy"

struct policies_options {
	enum policy_dialect dialect;
	bool strict;
};

struct policies {
	struct policy *policy;     /* compiled; NULL when diags hold an error */
	struct policy_diags diags; /* every finding in every file; a file that could not be read is one too */
	struct words files;        /* in the order they were taken */
};

void policies_release(struct policies *p);
DEFINE_CLEANUP_VALUE(policies_release, struct policies);

/*
 * What a run in the store is decided by: *.rego as modules and *.json as data,
 * of the site and then of the store's policy folder, each in order of name.
 * store_path may be NULL: the site's alone; options NULL: as a run does. -1 only
 * when a folder cannot be read.
 */
int policies_of_store(const char *store_path, const struct policies_options *options, struct policies *out,
		      struct error *err) WB_MUST_CHECK;

/* The same of what somebody named: a folder, a .json file of data, or Rego. -1 when a path is not there. */
int policies_of_paths(const char *const *paths, size_t n, const struct policies_options *options, struct policies *out,
		      struct error *err) WB_MUST_CHECK;

#endif
