/* From a RUN on the command line (id prefix, name, @, @~N) to the run. */
#ifndef WB_CLI_PICK_H
#define WB_CLI_PICK_H

#include "base/error.h"
#include "tracker/run.h"

struct app;
struct tracker;

/* The store's records, with what runs have written so far moved in. Borrowed. */
int pick_tracker(struct app *app, struct tracker **out, struct error *err) WB_MUST_CHECK;

/* ERR_INVALID: ref can name none; ERR_NOT_FOUND: it names none; ERR_CONFLICT: several. */
int pick_run_id(struct app *app, const char *ref, char out_id[33], struct error *err) WB_MUST_CHECK;

/* Everything known of it; *out must be initialised by run_init(). */
int pick_run(struct app *app, const char *ref, struct run *out, struct error *err) WB_MUST_CHECK;

#endif
