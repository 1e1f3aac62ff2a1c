/*
 * What snapshots need from libgit2, as one table of functions: the module
 * wb-git.so holds it, so that a command which never reads or writes an object
 * does not pay for loading the library.
 */
#ifndef WB_STORE_SNAPSHOT_OPS_H
#define WB_STORE_SNAPSHOT_OPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/scan.h"

enum { SNAPSHOT_OPS_VERSION = 2 };

enum git_type { GIT_TYPE_COMMIT = 1, GIT_TYPE_TREE = 2, GIT_TYPE_BLOB = 3 };

struct git_db;

struct code_id {
	struct blob_id id;
	enum git_type type;
};

/* How the snapshot stands to the HEAD of the user's repository. */
struct head_question {
	const char *objects_dir; /* of the user's repository */
	const char *commit;
	const char *prefix;      /* the project's path below the repository's top; "" at the top */
	struct blob_id tree;     /* the snapshot's */
	/* True when the file is there though the snapshot left it out: then its absence says nothing. */
	bool (*is_present)(void *user, const char *path);
	void *user;
};

struct head_answer {
	bool dirty, untracked;
};

struct snapshot_ops {
	unsigned version;

	/* path: the bare repository. */
	int (*open)(const char *path, struct git_db **out, struct error *err);
	void (*close)(struct git_db *db);

	/* Adds an object unless it is there. Not visible nor durable before commit. ERR_CONFLICT: a SHA-1 collision attack. */
	int (*add)(struct git_db *db, enum git_type type, const void *p, size_t n, struct blob_id *out,
		   struct error *err);
	int (*commit)(struct git_db *db, struct error *err);

	/* Writes objects that are there once more, durable, into files of their own: what held them may go then. */
	int (*copy)(struct git_db *db, const struct code_id *ids, size_t n, struct error *err);

	/* Appends the object's bytes, whose hash was checked. ERR_NOT_FOUND, ERR_CORRUPT. */
	int (*read)(struct git_db *db, const struct blob_id *id, enum git_type type, struct buf *out,
		    struct error *err);

	/* Appends name-status lines and, unless NULL, a unified diff. Returns how many files differ. */
	int (*diff)(struct git_db *db, const struct blob_id *a, const struct blob_id *b, struct buf *names,
		    struct buf *patch, struct error *err);

	int (*compare_head)(struct git_db *db, const struct head_question *q, struct head_answer *out,
			    struct error *err);
};

/* The table, loaded on first use. ERR_UNSUPPORTED with a hint when the module is not installed or does not fit. */
int snapshot_ops_get(const struct snapshot_ops **out, struct error *err) WB_MUST_CHECK;

/* For a program that has the module linked in. */
void snapshot_ops_use(const struct snapshot_ops *ops);

/* The module's only symbol. */
extern const struct snapshot_ops wb_git_ops;

#endif
