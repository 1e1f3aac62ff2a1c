/* The git objects that frozen trees consist of: found in the store, or pieced together from a bundle. */
#ifndef WB_ENGINE_BUNDLE_CODE_H
#define WB_ENGINE_BUNDLE_CODE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "store/scan.h"

/* What is known of one object. */
struct bundle_code {
	struct blob_id id;
	bool is_tree;
	bool is_pointer;       /* a blob that stands for a large file: */
	struct digest large;
	struct buf tree;       /* a tree's bytes */
	bool is_checked;       /* everything below it is there */
};

/* A map from ids. */
struct bundle_codes {
	struct bundle_code **slots;
	size_t n, cap;
};

void bundle_codes_release(struct bundle_codes *c);
DEFINE_CLEANUP_VALUE(bundle_codes_release, struct bundle_codes);

/* Borrowed; NULL when it is not known. */
struct bundle_code *bundle_codes_find(const struct bundle_codes *c, const struct blob_id *id);

/* Adds it with its bytes looked at; nothing when it is known. ERR_CORRUPT: a pointer that is none. */
int bundle_codes_add(struct bundle_codes *c, const struct blob_id *id, bool is_tree, const struct buf *bytes,
		     struct error *err) WB_MUST_CHECK;

/*
 * That everything the tree consists of is known: each object that is met first is handed to need (may be NULL), which
 * can add it. large is told the digest of each large file. Their negative answers end the walk.
 */
struct bundle_code_walk {
	struct bundle_codes *codes;
	int (*need)(void *data, const struct blob_id *id, bool is_tree, struct error *err);
	int (*large)(void *data, const struct digest *d, struct error *err);
	void *data;
};

/* ERR_CORRUPT names what is missing, ERR_LIMIT: folders are nested too deeply. */
int bundle_code_check(const struct bundle_code_walk *w, const struct blob_id *tree, struct error *err) WB_MUST_CHECK;

#endif
