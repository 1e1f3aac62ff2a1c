/* What the files of run_start() share: run.c decides and records, run_launch.c lays out and launches. */
#ifndef WB_ENGINE_RUN_PARTS_H
#define WB_ENGINE_RUN_PARTS_H

#include "engine/decide.h"
#include "engine/gpus.h"
#include "engine/host.h"
#include "engine/inputs.h"
#include "engine/job.h"
#include "engine/record.h"
#include "engine/resume.h"
#include "engine/run.h"
#include "engine/upstream.h"
#include "sandbox/apply.h"
#include "sandbox/interp.h"
#include "store/snapshot.h"
#include "tracker/life.h"
#include "tracker/spool.h"
/* Everything that the steps find out, in the order they do. */
struct starting {
	struct engine *engine;
	const struct run_spec *asked;
	struct run_spec spec;          /* asked, with project_dir and cwd filled in */
	struct words command;
	struct interp *interp;         /* NULL with interp_why: there is no such program */
	struct error interp_why;
	struct run_sources sources;
	char *tree;                    /* id of the frozen tree */
	struct snapshot code;          /* unless repeating */
	struct jval *snapshot, *git, *environment;
	struct host_sandbox host;
	int tier;
	int landlock_abi;              /* of this machine */
	struct decided decided;
	struct uuid id;
	char *name;
	char *layout;
	struct resumed resumed;        /* of a shell into an earlier run */
	int lease_fd;
	struct gpus gpus;
	struct upstream upstream;      /* with --net: the machine's own proxy, if it has one */
	bool in_background;            /* this process was made to wait: nobody called it */
	struct life life;
	struct spool *spool;
	char *run_dir;
	struct job *job;
	struct words warnings;
};

/* The code is a private copy, not a layer over the frozen one. */
static inline bool starting_is_copied(const struct starting *s)
{
	return s->tier != 1 || s->spec.copy_workdir || !s->host.overlay;
}

/* What the record of its start says. Everything in it is borrowed. */
struct record_start starting_facts(const struct starting *s);

/* s->job from what was decided: the plan, what to collect, limits. copied: see above. Nothing runs yet. */
int starting_make_job(struct starting *s, bool copied, struct error *err) WB_MUST_CHECK;

/* Lays the run out and starts its supervisor. *failure tells what kind of failure it was. */
int starting_launch(struct starting *s, enum sandbox_failure *failure, struct error *err) WB_MUST_CHECK;

#endif
