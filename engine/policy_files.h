/*
 * Policy files as bytes: found in the site's and the store's folder, or named by somebody. What they mean is
 * policies.h's matter, so that the same bytes can come from the record of a run.
 */
#ifndef WB_ENGINE_POLICY_FILES_H
#define WB_ENGINE_POLICY_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"

/* The site's policy folder; a user cannot switch it off. */
#define POLICIES_SITE_DIR "/etc/wb/policy"

/* What a path of "-" is called where it is shown. */
#define POLICY_FILE_STDIN "stdin"

enum policy_layer { POLICY_LAYER_SITE, POLICY_LAYER_PROJECT };

enum policy_file_kind { POLICY_FILE_REGO, POLICY_FILE_JSON, POLICY_FILE_YAML };

struct policy_file {
	char *path;             /* as it is shown */
	char *below;            /* data: the folders between the one that was named and the file, "a/b"; "" for none */
	enum policy_layer layer;
	enum policy_file_kind kind;
	char *text;             /* NUL-terminated; NULL where it could not be read: then why tells */
	size_t len;
	struct digest digest;   /* of the bytes */
	struct error *why;
};

struct policy_files {
	struct policy_file *items;
	size_t n, cap;
};

void policy_files_release(struct policy_files *f);
DEFINE_CLEANUP_VALUE(policy_files_release, struct policy_files);

/* Appends a file of these bytes. */
struct policy_file *policy_files_add(struct policy_files *f, const char *path, enum policy_file_kind kind, const char *text,
				     size_t len);

/*
 * What decides about a run: *.rego, and *.json, *.yaml and *.yml as data, of the site's folder and of the store's,
 * folders below them too, in order of name. store_path may be NULL: the site's alone. A file that cannot be read is in
 * the list with its reason; a folder that cannot be looked into is an error. So is a site folder that others than root
 * can write to: whose rules would that be? *_test.rego hold tests: they decide nothing, and are read only when asked for.
 */
int policy_files_of_store(const char *store_path, bool with_tests, struct policy_files *out, struct error *err) WB_MUST_CHECK;

/* The same of what somebody named: folders, .json and .yaml files of data, Rego, or "-": Rego on standard input. */
int policy_files_of_paths(const char *const *paths, size_t n, struct policy_files *out, struct error *err) WB_MUST_CHECK;

/* By the end of the name; whatever is not data is Rego. */
enum policy_file_kind policy_file_kind_of(const char *path);
const char *policy_layer_name(enum policy_layer layer);
const char *policy_file_kind_name(enum policy_file_kind kind);

#endif
