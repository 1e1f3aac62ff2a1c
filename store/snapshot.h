/*
 * Code snapshots: the project's files exactly as they stand (uncommitted and
 * untracked too), as a tree in the store's bare shadow repository code.git.
 *
 * The id is git's own tree id (SHA-1, hex) of those files, so equal trees have
 * equal ids and `git --git-dir=STORE/code.git` can read them. The user's own
 * .git is only read, never written. Files over SNAPSHOT_LARGE_BYTES lie in the
 * object store; their place in the tree is taken by a small pointer blob
 * (store/pointer.h).
 *
 * What is in: every regular file and symbolic link that no ignore rule
 * (.gitignore, .git/info/exclude, the user's global excludes, .wbignore) names,
 * and files that the user's git tracks although a rule names them. .wbignore
 * speaks last: it can leave out tracked files and, with !name, bring back files
 * that the built-in list of secrets (.env, private keys, ...) withholds.
 * Everything left out for another reason than an ignore rule is listed.
 */
#ifndef WB_STORE_SNAPSHOT_H
#define WB_STORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "store/store.h"

#define SNAPSHOT_LARGE_BYTES ((uint64_t)8 * 1024 * 1024)
#define SNAPSHOT_MAX_FILES ((size_t)1000000)

enum { SNAPSHOT_ID_HEX = 40 };

struct tree_id {
	char hex[SNAPSHOT_ID_HEX + 1];
};

bool tree_id_is_valid(const char *hex);

enum snapshot_why {
	SNAPSHOT_UNREADABLE, /* skipped: no permission, or an I/O error */
	SNAPSHOT_SPECIAL,    /* skipped: FIFO, socket or device */
	SNAPSHOT_TOO_DEEP,   /* skipped: nested deeper than can be followed */
	SNAPSHOT_WITHHELD,   /* left out: looks like a secret */
	SNAPSHOT_TORN,       /* stored, but it changed while being read, every time */
	SNAPSHOT_VANISHED,   /* was there, and gone when read */
	SNAPSHOT_EMPTY_DIR,  /* a folder without anything to keep: git trees have no such thing */
	SNAPSHOT_NESTED,     /* for information: another repository, stored as plain files */
	SNAPSHOT_WHY_COUNT_,
};

/* "unreadable", "special", "too_deep", "withheld", "torn", "vanished", "empty_dir", "nested". */
const char *snapshot_why_name(enum snapshot_why why);

struct snapshot_note {
	char *path;   /* below the project folder; raw bytes */
	enum snapshot_why why;
	char *detail; /* one line; may be NULL */
};

/* What the user's own repository says; read-only, best effort. Heap texts, NULL when unknown. */
struct git_facts {
	bool present;
	char *commit;   /* HEAD, hex */
	char *branch;   /* NULL when detached */
	char *remote;   /* origin's (or the only remote's) URL without user name and password */
	bool dirty_known;
	bool dirty;     /* a file that HEAD has is changed or missing */
	bool untracked; /* the snapshot has files that HEAD has not */
	char *why;      /* what could not be read, and why; NULL when all could */
};

struct snapshot {
	struct tree_id tree;
	uint64_t files;   /* regular files and links in the tree */
	uint64_t bytes;   /* their sizes together */
	uint64_t ignored; /* entries that ignore rules left out (a folder counts once) */
	bool unchanged;   /* same tree as this project's previous snapshot */
	struct snapshot_note *notes;
	size_t n_notes;
	struct git_facts git;
};

void snapshot_release(struct snapshot *s);
DEFINE_CLEANUP_VALUE(snapshot_release, struct snapshot);

/* Freezes project_dir. One bad file never costs the snapshot; it is durable once this returns. */
int snapshot_take(struct store *s, const char *project_dir, struct snapshot *out, struct error *err) WB_MUST_CHECK;

struct snapshot_entry {
	const char *path; /* borrowed; raw bytes without NUL */
	uint32_t mode;    /* 0100644, 0100755 or 0120000 */
	uint64_t bytes;   /* of the file, not of a pointer */
	char id[65];      /* blob id, or the SHA-256 of a large file */
	bool large;
};

/* Every file of the tree in bytewise order of path. fn returns 0 to go on, else the walk ends with that value. */
typedef int snapshot_entry_fn(void *user, const struct snapshot_entry *entry, struct error *err);
int snapshot_list(struct store *s, const char *tree, snapshot_entry_fn *fn, void *user, struct error *err) WB_MUST_CHECK;

/* One file's bytes (a link's target text), at most out->max. ERR_NOT_FOUND when the tree has no such file. */
int snapshot_read(struct store *s, const char *tree, const char *path, struct buf *out, struct error *err) WB_MUST_CHECK;

/* Re-hashes every blob, tree and large object of it. ERR_CORRUPT names the first that is wrong or missing. */
int snapshot_verify(struct store *s, const char *tree, struct error *err) WB_MUST_CHECK;

/*
 * Appends "M\tpath" lines (A, D, M, T; quoted like git does) and, when patch is given, a unified diff.
 * Returns how many files differ.
 */
int snapshot_diff(struct store *s, const char *tree_a, const char *tree_b, struct buf *names, struct buf *patch,
		  struct error *err) WB_MUST_CHECK;

/*
 * Restores the tree into dest: new, or an empty folder. Never follows a link; on failure nothing of it is left. A new
 * folder has its name when it is whole; before, it is called .NAME.wb-part, which the next try removes.
 */
int snapshot_checkout(struct store *s, const char *tree, const char *dest, struct error *err) WB_MUST_CHECK;

/* With more to be put into the folder before it is whole. */
typedef int snapshot_finish_fn(void *user, int dirfd, struct error *err);
int snapshot_checkout_with(struct store *s, const char *tree, const char *dest, snapshot_finish_fn *finish, void *user,
			   struct error *err) WB_MUST_CHECK;

/*
 * The tree laid out under STORE/trees/TREE, to be shown read-only (an overlay's
 * lower layer): made once, linked from neighbours, reused. *out_path is heap
 * text. Returns a lease: a descriptor of the folder; while it (or a copy of it)
 * is open the folder is not evicted. Least recently used ones beyond
 * SNAPSHOT_LAYOUTS are.
 */
enum { SNAPSHOT_LAYOUTS = 16 };
int snapshot_layout(struct store *s, const char *tree, char **out_path, struct error *err) WB_MUST_CHECK;

#endif
