/*
 * One use of `wb`: the global options, the two outputs, and the store once a
 * command asks for it. Handed to every command; there is no other state.
 */
#ifndef WB_CLI_APP_H
#define WB_CLI_APP_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"

struct engine;

struct app_globals {
	const char *dir;   /* -C; already the working directory when a command runs */
	const char *store; /* --store */
	const char *color;
	bool json;
	bool quiet;
	bool verbose;
	bool help;
	bool version;
};

struct app {
	struct app_globals globals;
	struct output out;         /* standard output: the answer */
	struct output err;         /* standard error: what is said beside it */
	const struct clock *clock;
	enum output_color color;   /* what the settings say; --color goes before it */
	struct engine *engine;     /* see app_engine() */
	const char *gpu_root;      /* for tests; NULL: this machine's */
	const char *gpu_leases;
	struct buf detail;         /* whole lines that explain an error, shown between its message and its hint */
};

/* Runs one command line; argv as main's. Returns the exit status. */
int app_main(int argc, char *const *argv);

/* The same on another machine's GPUs: for tests (engine/engine.h). */
int app_main_with_gpus(int argc, char *const *argv, const char *root, const char *leases);

/* The store this use is about, opened on first use; borrowed. */
int app_engine(struct app *app, struct engine **out, struct error *err) WB_MUST_CHECK;

/* As app_engine(), but makes the per-user store where there is none at all. */
int app_engine_create(struct app *app, struct engine **out, struct error *err) WB_MUST_CHECK;

/* Options understood before the command, and those also after it. */
extern const struct option_spec app_specs_before[];
extern const struct option_spec app_specs_anywhere[];

#endif
