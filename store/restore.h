/* Writing a tree's files into an empty folder. */
#ifndef WB_STORE_RESTORE_H
#define WB_STORE_RESTORE_H

#include "store/treewalk.h"

struct restore {
	struct tree_reader *reader;
	/* Modes 0755 and 0644 whatever the umask, and one fixed time stamp for every file: for a shared, read-only layout. */
	bool fixed;
	/* Another tree laid out so, whose equal files are linked rather than written; fd -1: none. */
	struct blob_id neighbour;
	int neighbour_fd;
};

/* The time stamp of laid-out files, 2000-01-01T00:00:00Z: one that differs shows a file changed since. */
#define RESTORE_TIME_S 946684800

/* dirfd: the empty folder. What was written before a failure stays: the caller removes it. */
int restore_tree(const struct restore *r, const struct blob_id *tree, int dirfd, struct error *err) WB_MUST_CHECK;

#endif
