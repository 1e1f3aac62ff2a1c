/* Comparing a snapshot with the HEAD of the user's repository, object by object; part of wb-git.so. */
#ifndef WB_STORE_GIT_HEAD_H
#define WB_STORE_GIT_HEAD_H

#include "store/snapshot_ops.h"

/* Where objects are read from. */
struct head_source {
	int (*read)(void *user, const struct blob_id *id, enum git_type type, struct buf *out, struct error *err);
	void *user;
};

int head_compare(const struct head_source *theirs, const struct head_source *ours, const struct head_question *q,
		 struct head_answer *out, struct error *err) WB_MUST_CHECK;

#endif
