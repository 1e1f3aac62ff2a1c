/* The files in which runs tell who they are (gpulease.h); private to engine/gpu*.c. */
#ifndef WB_ENGINE_GPUCLAIM_H
#define WB_ENGINE_GPUCLAIM_H

#include "engine/gpulease.h"

#define GPUCLAIM_PREFIX "wb-gpu."

struct gpuclaim_name {
	char text[80];
};
struct gpuclaim_name gpuclaim_name(unsigned uid, const char *run_id);

/* Offset of the byte that a living run holds of the lock file, above all keys. */
uint64_t gpuclaim_byte(const char *run_id);

/* Writes (or replaces) this user's file. */
int gpuclaim_write(int dirfd, const struct gpulease_claim *c, struct error *err) WB_MUST_CHECK;

/*
 * Every well-formed claim in the folder, alive or not; what is none is passed over. Others' files are read with care:
 * no links, no waiting, no more than a claim can have, and only where the owner is the one that the name says.
 */
int gpuclaim_load_all(int dirfd, struct gpulease_claims *out, struct error *err) WB_MUST_CHECK;

void gpuclaim_release(struct gpulease_claim *c);

#endif
