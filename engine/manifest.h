/*
 * manifest.json of an ended run: canonical JSON of everything that its record
 * rests on. Its list of outputs may be long, so it is written piece by piece.
 */
#ifndef WB_ENGINE_MANIFEST_H
#define WB_ENGINE_MANIFEST_H

#include "base/digest.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/collect.h"

/* m and an "outputs" of what was collected, into the new file fd; *out is the digest of its bytes. */
int manifest_write(int fd, const struct jval *m, const struct collected *c, struct digest *out, struct error *err) WB_MUST_CHECK;

#endif
