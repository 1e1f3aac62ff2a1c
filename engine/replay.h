/*
 * Decisions of the past, decided again: by the files that decided then, where the record must come out the same to
 * the last byte, or by other files, to see what they would have changed.
 */
#ifndef WB_ENGINE_REPLAY_H
#define WB_ENGINE_REPLAY_H

#include "engine/engine.h"
#include "engine/policies.h"
#include "tracker/tracker.h"

enum replay_result {
	REPLAY_SAME,     /* without other files: the record to the last byte; with: the same answer */
	REPLAY_DIFFERS,  /* without other files: something else came out, although the answer is the same */
	REPLAY_DENIED,   /* was allowed, would be denied */
	REPLAY_ALLOWED,  /* was denied, would be allowed */
	REPLAY_UNKNOWN,  /* it could not be decided again; why tells */
	REPLAY_RESULTS_,
};

/* "same", "differs", "denied", "allowed", "unknown". */
const char *replay_result_name(enum replay_result r);

/* One run; borrowed for the call. */
struct replayed {
	const struct tracker_decision *before;
	enum replay_result result;
	bool denied;               /* now */
	const struct policy_decision *decision; /* of now, by other files; else NULL */
	const struct jval *record; /* of now, by the files of then; else NULL */
	const char *member;        /* DIFFERS: the first member of the record that does */
	const char *why;           /* UNKNOWN */
};

struct replay_options {
	const struct policies *with;   /* NULL: the files that decided then */
	struct tracker_filter filter;
	/* Told of each run whose result is not SAME, of each run with all; NULL: nobody. */
	void (*fn)(void *data, const struct replayed *r);
	/* Told now and then how many are done. */
	void (*progress)(void *data, uint64_t done);
	void *data;
	bool all;
};

struct replay_count {
	uint64_t runs;
	uint64_t by_result[REPLAY_RESULTS_];
};

/* mark tells where in the filter an ERR_INVALID lies. -1 also where the files that were named are in error. */
int replay(struct engine *e, const struct replay_options *o, struct replay_count *out, struct query_mark *mark,
	   struct error *err) WB_MUST_CHECK;

#endif
