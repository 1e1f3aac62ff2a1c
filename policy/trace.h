/* Everything that an evaluation did, line by line. */
#ifndef WB_POLICY_TRACE_H
#define WB_POLICY_TRACE_H

#include "policy/eval.h"

enum { TRACE_LINES_MAX = 20000 };

struct trace {
	struct eval_watch watch; /* first */
	struct buf *out;
	size_t lines;
	const struct step *scanned; /* the step before, where it was a loop's */
};

/* For struct eval's watch. */
void trace_init(struct trace *t, struct buf *out);

#endif
