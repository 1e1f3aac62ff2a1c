/*
 * Folders of a project that hold nothing to freeze. A git tree cannot say that
 * they are there, yet scripts write into them: the record keeps their names, and
 * they are made again where a run starts and where its code is checked out.
 */
#ifndef WB_ENGINE_FOLDERS_H
#define WB_ENGINE_FOLDERS_H

#include "base/error.h"
#include "base/jval.h"
#include "store/snapshot.h"

/* How many are kept at most; more are a cache that somebody forgot to ignore. */
enum { FOLDERS_MAX = 4096 };

/* An array of their paths, relative to the project, or NULL for none; names that are not UTF-8 are left out. */
struct jval *folders_of(const struct snapshot *code);

/*
 * Makes the folders that snapshot (a run's "snapshot" object; NULL is fine) names, below dirfd. The names may be
 * somebody else's: ERR_INVALID for one that is no plain relative path, ERR_DENIED where a symbolic link is on the way.
 * What is there already stays.
 */
int folders_make(int dirfd, const struct jval *snapshot, struct error *err) WB_MUST_CHECK;

#endif
