/* Reading a snapshot back, shared by listing, checking, restoring and laying out. */
#ifndef WB_STORE_TREEWALK_H
#define WB_STORE_TREEWALK_H

#include "store/gittree.h"
#include "store/snapshot.h"
#include "store/snapshot_ops.h"

/* The shadow repository opened for reading. */
struct tree_reader {
	struct store *store;
	const struct snapshot_ops *ops;
	struct git_db *db;
};

int tree_reader_open(struct store *s, struct tree_reader *out, struct error *err) WB_MUST_CHECK;
void tree_reader_close(struct tree_reader *r);
DEFINE_CLEANUP_VALUE(tree_reader_close, struct tree_reader);

/* tree: hex. ERR_INVALID unless it is an id. */
int tree_parse_id(const char *tree, struct blob_id *out, struct error *err) WB_MUST_CHECK;

/* Appends the entries of one folder's tree. */
int tree_read(struct tree_reader *r, const struct blob_id *id, struct buf *out, struct error *err) WB_MUST_CHECK;

/* Appends the blob: a pointer where the file is large. */
int tree_read_blob(struct tree_reader *r, const struct blob_id *id, struct buf *out, struct error *err) WB_MUST_CHECK;

/* A file in the tree with its blob. */
struct tree_file {
	const char *path;
	uint32_t mode;
	struct blob_id id;
};

/* Every file in bytewise order. fn returns 0 to go on, else the walk ends with that value. */
typedef int tree_file_fn(void *user, const struct tree_file *file, struct error *err);
int tree_walk(struct tree_reader *r, const struct blob_id *tree, tree_file_fn *fn, void *user,
	      struct error *err) WB_MUST_CHECK;

enum { TREE_MAX_DEPTH = 300 };

#endif
