/*
 * A scan lists the project's files with their stat data, in bytewise order of
 * path, applying the ignore rules, the list of secrets and the limits; nothing
 * is read but the rules. What a past scan learned (the blob id of each file) is
 * kept per project in STORE/scan/ and taken over where stat data says that the
 * file cannot have changed.
 */
#ifndef WB_STORE_SCAN_H
#define WB_STORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "store/gitrepo.h"
#include "store/snapshot.h"

enum { BLOB_ID_BYTES = 20 };

struct blob_id {
	unsigned char b[BLOB_ID_BYTES];
};

enum {
	SCAN_HAS_ID = 1,
	SCAN_LARGE = 2,  /* id is a pointer's */
	SCAN_RACY = 4,   /* changed too near to the moment it was read to trust its stat data */
	SCAN_GONE = 8,   /* not part of the tree after all */
	SCAN_OLD_ID = 16, /* id is what the path had last time; nothing is known about now */
};

/* Written to disk as it is: no padding. */
struct scan_file {
	uint64_t path; /* offset into paths */
	uint64_t size, ino, dev;
	int64_t mtime_ns, ctime_ns;
	uint32_t mode; /* 0100644, 0100755, 0120000 */
	uint32_t n_path;
	struct blob_id id;
	uint32_t flags;
};

struct scan {
	struct scan_file *files;
	size_t n, cap;
	struct buf paths; /* each with its NUL */
	struct snapshot_note *notes;
	size_t n_notes, cap_notes;
	uint64_t ignored;
	int64_t start_ns;
};

void scan_release(struct scan *s);
DEFINE_CLEANUP_VALUE(scan_release, struct scan);

/* Below the project's folder; borrowed until a file is added. */
const char *scan_path(const struct scan *s, const struct scan_file *f);
/* Something that is not in the snapshot, and why. Texts are copied; of too many the last says that there are more. */
void scan_note(struct scan *s, const char *path, enum snapshot_why why, const char *detail);

/* Copies what is compared from a stat. */
void scan_set_stat(struct scan_file *f, const struct stat *st);
/* Fills in the stat data of all files, which have only paths yet, and drops with a note those that are none any more. */
void scan_stat_files(struct scan *s, int root);
bool scan_same_stat(const struct scan_file *a, const struct scan_file *b);

struct scan_options {
	int root;                  /* the project's folder */
	const char *root_path;     /* absolute */
	const struct gitrepo *git; /* NULL: no repository around it */
	int store_dirfd;           /* never part of a project; -1: none */
};

int scan_project(const struct scan_options *o, struct scan *out, struct error *err) WB_MUST_CHECK;

/* What is kept between scans of one project. */
struct scan_memory {
	struct scan files; /* only files and paths are set */
	struct blob_id tree;
	char commit[68];   /* dirty and untracked were found against this HEAD; "" when not known */
	bool dirty, untracked;
	bool usable;
};

void scan_memory_release(struct scan_memory *m);
DEFINE_CLEANUP_VALUE(scan_memory_release, struct scan_memory);

/* A missing, damaged or foreign file gives an unusable memory, which costs time only. */
void scan_memory_load(struct store *s, const char *key, struct scan_memory *out);
int scan_memory_save(struct store *s, const char *key, const struct scan *files, const struct scan_memory *facts,
		     struct error *err) WB_MUST_CHECK;

/* Only the tree that was stored then. False when the memory is not usable. */
bool scan_memory_tree(struct store *s, const char *key, struct blob_id *out);

/* Gives files their ids from memory; returns how many have none. */
size_t scan_recall(struct scan *now, const struct scan_memory *m);

/* True when both list the same paths, modes and ids: the tree is the same. */
bool scan_same_tree(const struct scan *a, const struct scan *b);

#endif
