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
int launch(struct app *app, struct engine *e, struct run_spec *spec, const struct launch_options *options,
	   struct error *err) WB_MUST_CHECK;

struct follow_options {
	bool from_start;      /* its whole output, else what comes from now on */
	bool interrupt_stops; /* Ctrl-C asks the run to stop, else it ends the viewing */
	bool tty;             /* joins the user's terminal to the run's */
};

/*
 * Shows a live run until it ends. Then prints how it ended (or, with --json, its record) and returns its exit status.
 */
int launch_follow(struct app *app, struct engine *e, const char *run_id, const struct follow_options *how,
		  struct error *err) WB_MUST_CHECK;

/* Whether a person sits at both ends: standard input, and where a run's output goes. */
bool launch_has_terminal(const struct app *app);

#endif
