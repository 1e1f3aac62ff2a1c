/*
 * wb.yaml: what a project says about its runs, so that a command line need not.
 *
 * A file has values at its top, and named tasks and profiles with values of
 * their own. For one run they are merged: profile before task before top. What
 * the command line says goes before all of them, the store's settings after.
 */
#ifndef WB_ENGINE_PROJECT_H
#define WB_ENGINE_PROJECT_H

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/spec.h"

struct project;
struct ydoc;

#define PROJECT_FILE "wb.yaml"

enum project_kind {
	PROJECT_EXPERIMENT,
	PROJECT_COMMAND,
	PROJECT_GPUS,
	PROJECT_GPU_WAIT,
	PROJECT_CPUS,
	PROJECT_MEMORY,
	PROJECT_TIME,
	PROJECT_DISK,
	PROJECT_PIDS,
	PROJECT_FILES,
	PROJECT_OUTPUT,
	PROJECT_GRACE,
	PROJECT_NET_BYTES,
	PROJECT_TIER_MIN,
	PROJECT_DIODE,
	PROJECT_DIODE_OUT,
	PROJECT_SEED,
	PROJECT_WORKDIR,
	PROJECT_PARAM,
	PROJECT_INPUT,
	PROJECT_ENV,
	PROJECT_TAG,
};

struct project_value {
	enum project_kind kind;
	char *name;         /* for people: "run.memory", "params.lr", "command" */
	char *key;          /* of a param, input, variable or tag; else NULL */
	char *text;         /* as written; of a command: its words, for people */
	struct words words; /* PROJECT_COMMAND */
	size_t line;
};

/* The values for one run, borrowed from the project. */
struct project_values {
	const struct project_value **items;
	size_t n, cap;
};

/* What may stand as the text of a limit or another single value. */
int project_value_check(enum project_kind kind, const char *text, struct error *err) WB_MUST_CHECK;
/* Puts one checked value into a spec; project_fill() has the words on dir and cwd. */
int project_value_fill(const struct project_value *v, const char *dir, const char *cwd, struct run_spec *spec,
		       struct error *err) WB_MUST_CHECK;

void project_values_release(struct project_values *v);
DEFINE_CLEANUP_VALUE(project_values_release, struct project_values);

/* Reads DIR/wb.yaml: 1, 0 where there is none, -1 with FILE:LINE:COLUMN. */
int project_load(const char *dir, struct project **out, struct error *err) WB_MUST_CHECK;
/* The same of a file already parsed. */
int project_read(const struct ydoc *doc, struct project **out, struct error *err) WB_MUST_CHECK;
void project_free(struct project *p);
DEFINE_CLEANUP(project_free, struct project *);

/* Of the file that was read, borrowed. */
const char *project_path(const struct project *p);

/* Number i (from 0) of the names, in the file's order; NULL past the last. */
const char *project_task(const struct project *p, size_t i);
const char *project_task_about(const struct project *p, size_t i); /* "" where nothing is said */
const char *project_profile(const struct project *p, size_t i);
bool project_has_task(const struct project *p, const char *name);

/* Merges. task and profile may be NULL; ERR_NOT_FOUND with the nearest name. */
int project_merge(const struct project *p, const char *task, const char *profile, struct project_values *out,
		  struct error *err) WB_MUST_CHECK;

/*
 * Puts values into a spec, over what it holds; the command only with
 * with_command. Paths of inputs are looked up from dir, the project's folder;
 * they are kept short where cwd, from which the run will look them up, is that.
 */
int project_fill(const struct project_values *v, bool with_command, const char *dir, const char *cwd,
		 struct run_spec *spec, struct error *err) WB_MUST_CHECK;

#endif
