/*
 * Reading a scanned project's files into the shadow repository. A file that
 * cannot be read, vanishes or changes meanwhile becomes a note of the scan.
 */
#ifndef WB_STORE_CAPTURE_H
#define WB_STORE_CAPTURE_H

#include "store/scan.h"
#include "store/snapshot_ops.h"

struct capture;

int capture_open(struct store *s, int root, struct scan *scan, struct capture **out, struct error *err) WB_MUST_CHECK;
void capture_close(struct capture *c);
DEFINE_CLEANUP(capture_close, struct capture *);

/* Gives every file its id (reading only those without) and drops those that are gone. */
int capture_files(struct capture *c, struct error *err) WB_MUST_CHECK;

/* Writes the trees and makes all durable. */
int capture_commit(struct capture *c, struct blob_id *out_tree, struct error *err) WB_MUST_CHECK;

/* The repository, opened (which loads libgit2) on first use; borrowed. */
int capture_db(struct capture *c, struct git_db **out, const struct snapshot_ops **ops, struct error *err) WB_MUST_CHECK;

#endif
