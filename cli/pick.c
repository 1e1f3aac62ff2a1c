/* Finding the run that is meant. */
#include "config.h"

#include "cli/pick.h"

#include "cli/app.h"
#include "engine/engine.h"
#include "tracker/tracker.h"

int pick_tracker(struct app *app, struct tracker **out, struct error *err)
{
	struct engine *e;

	if (app_engine(app, &e, err) < 0)
		return -1;
	return engine_tracker(e, out, err);
}

int pick_run_id(struct app *app, const char *ref, char out_id[33], struct error *err)
{
	struct tracker *t;

	if (pick_tracker(app, &t, err) < 0)
		return -1;
	return tracker_resolve(t, ref, out_id, err);
}

int pick_run(struct app *app, const char *ref, struct run *out, struct error *err)
{
	struct tracker *t;
	char id[33];

	if (pick_tracker(app, &t, err) < 0 || tracker_resolve(t, ref, id, err) < 0)
		return -1;
	return tracker_get(t, id, out, err);
}
