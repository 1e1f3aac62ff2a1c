/*
 * The environment a run saw: system, kernel, GPU driver, interpreter and its
 * installed packages, as one JSON document kept as an object.
 */
#ifndef WB_ENGINE_ENVIRON_H
#define WB_ENGINE_ENVIRON_H

#include "base/digest.h"
#include "base/error.h"
#include "base/jval.h"
#include "sandbox/interp.h"
#include "store/store.h"

/*
 * Captures it for the program that will run and stores the document. *out_summary
 * is {"sha256","python","packages":N,"os","kernel"}, owned by the caller.
 */
int environ_capture(struct store *store, const struct interp *in, struct jval **out_summary, struct error *err) WB_MUST_CHECK;

/* The whole document of a digest given as hex; owned by the caller. */
int environ_load(struct store *store, const char *sha256, struct jval **out, struct error *err) WB_MUST_CHECK;

#endif
