/* What a run that learned (box_wish.learn) says about the call filter that its command needs. */
#ifndef WB_ENGINE_LEARN_H
#define WB_ENGINE_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/box.h"
#include "tracker/run.h"

enum learn_kind {
	LEARN_PROPOSED,   /* a profile may allow it */
	LEARN_DANGEROUS,  /* none may, and it is known what it is used for */
	LEARN_ANSWERED,   /* none may; it failed as it does in every run, and programs live without it */
};

struct learned_call {
	char name[32];
	enum learn_kind kind;
	uint64_t count;
};

struct learned {
	struct learned_call *calls;
	size_t n, cap;
	char *before, *after; /* the profile's text; before is "" when there was none */
};

void learned_release(struct learned *l);
DEFINE_CLEANUP_VALUE(learned_release, struct learned);

/* Reads the record of run, made with that wish. */
int learn_read(const struct run *run, const struct box_wish *w, struct learned *out, struct error *err) WB_MUST_CHECK;

/* Number of calls of a kind. */
size_t learn_count(const struct learned *l, enum learn_kind kind);

/* A unified diff of the profile, named path; nothing when nothing is proposed. */
void learn_diff(const struct learned *l, const char *path, struct buf *out);

#endif
