/* edits.json of a run in a bundle: what people made of the run after it was sealed. */
#ifndef WB_ENGINE_BUNDLE_EDITS_H
#define WB_ENGINE_BUNDLE_EDITS_H

#include "base/jval.h"
#include "tracker/tracker.h"

/* ERR_CORRUPT unless every name, tag and note in it could have been made here. *out is owned by the caller. */
int bundle_edits_parse(const char *text, size_t n, struct jval **out, struct error *err) WB_MUST_CHECK;

/* Makes the run's name, tags and notes what edits says. */
int bundle_edits_apply(struct tracker *t, const char *run_id, const struct jval *edits, struct error *err) WB_MUST_CHECK;

#endif
