/*
 * The user's own repository, read without git and without libgit2: where it
 * lies, what HEAD says, which files it tracks, which excludes apply. Nothing is
 * ever written there, no program that its configuration names is run, and what
 * cannot be read is absent with a reason.
 */
#ifndef WB_STORE_GITREPO_H
#define WB_STORE_GITREPO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

struct gitrepo {
	char *root;       /* the working tree's top folder */
	char *git_dir;    /* HEAD and index: of a linked worktree its own */
	char *common_dir; /* objects, refs, config, info/exclude */
	char *commit;     /* HEAD as hex; NULL before the first commit or when unreadable */
	char *branch;     /* NULL when detached */
	char *remote;     /* URL without credentials; NULL when there is none */
	char *excludes;   /* core.excludesFile of its own configuration; NULL when unset */
	bool sha256;      /* ids are SHA-256 */
	char *why;        /* what could not be read; NULL when all could */
};

/* The repository that dir lies in: true with *out filled. inside: look only in dir itself (a nested repository). */
bool gitrepo_find(const char *dir, bool inside, struct gitrepo *out);
void gitrepo_release(struct gitrepo *r);
DEFINE_CLEANUP_VALUE(gitrepo_release, struct gitrepo);

/* Appends the user's own excludes file (core.excludesFile, else git/ignore in the configuration folder), if any. */
void gitrepo_global_excludes(const struct gitrepo *r, struct buf *out);

/* Appends a small regular file; false when it is absent, special, unreadable or larger than the buffer's ceiling. */
bool gitrepo_read_small(const char *dir, const char *name, struct buf *out);

/* url without user name, password and query where it has a scheme; user@host:path stays. Heap text. */
char *gitrepo_strip_url(const char *url);

/* The paths that the repository's index tracks. */
struct tracked;
/* NULL when the index cannot be read; *why (heap text, may be NULL) says so unless there just is none. */
struct tracked *tracked_load(const struct gitrepo *r, char **why);
void tracked_free(struct tracked *t);
DEFINE_CLEANUP(tracked_free, struct tracked *);

/* path is below the repository's root. t may be NULL. */
bool tracked_has(const struct tracked *t, const char *path);
bool tracked_has_below(const struct tracked *t, const char *dir);

#endif
