/* The documents that open and close a run's record (tracker/run.h names their fields). */
#ifndef WB_ENGINE_RECORD_H
#define WB_ENGINE_RECORD_H

#include "base/jval.h"
#include "base/uuid.h"
#include "engine/engine.h"
#include "engine/inputs.h"
#include "engine/spec.h"
#include "store/snapshot.h"

struct upstream;

struct record_start {
	const struct uuid *id;
	const struct run_spec *spec;
	const struct words *command;
	const struct run_sources *sources;
	const struct jval *snapshot;     /* {"tree","files","skipped":[…]} */
	const struct jval *git;          /* {"commit","branch","dirty","remote"}, or NULL */
	const struct jval *environment;  /* summary, or NULL */
	const struct jval *policy;
	const char *name;
	const char *project;
	const struct upstream *upstream; /* with a host: the way of --net leads through it */
	int tier;
	int landlock_abi;                /* of this machine; 0: none */
};

/* All owned by the caller. */
struct jval *record_start_document(struct engine *e, const struct record_start *s);
struct jval *record_snapshot(const struct snapshot *code);
struct jval *record_git(const struct git_facts *git); /* NULL outside a repository */

/* The reverse; *out is empty before, its texts are owned by the caller. */
void record_git_read(const struct jval *git, struct git_facts *out);

/* END of a run that never executed: DENIED, or FAILED with detail "setup", "not found", "not executable". */
struct jval *record_end_document(struct engine *e, const char *state, const char *detail, const struct error *why);

#endif
