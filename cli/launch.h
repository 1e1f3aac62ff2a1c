/* Starting a run and seeing it through: what `wb run` and `wb rerun` share. */
#ifndef WB_CLI_LAUNCH_H
#define WB_CLI_LAUNCH_H

#include <stdbool.h>

#include "base/error.h"

struct app;
struct engine;
struct run_spec;

struct launch_options {
	bool detach;
	bool dry_run;
};

/* Starts what spec says and, unless detached, shows it to its end. Returns the exit status, or -1. */
int launch(struct app *app, struct engine *e, const struct run_spec *spec, const struct launch_options *options,
	   struct error *err) WB_MUST_CHECK;

/*
 * Shows a live run until it ends; from_start: its whole output. Then prints how it ended (or, with --json, its record)
 * and returns its exit status. Ctrl-C asks the run to stop when interrupt_stops, else it ends the viewing.
 */
int launch_follow(struct app *app, struct engine *e, const char *run_id, bool from_start, bool interrupt_stops,
		  struct error *err) WB_MUST_CHECK;

#endif
