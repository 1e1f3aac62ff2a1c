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
	bool joined; /* site and project as one layer, to be looked at */
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
