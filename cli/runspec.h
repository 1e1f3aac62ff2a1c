/* The options that say what a run is asked to be: those of `wb run`, shared by what decides about one. */
#ifndef WB_CLI_RUNSPEC_H
#define WB_CLI_RUNSPEC_H

#include "base/error.h"
#include "cli/args.h"
#include "engine/spec.h"

struct app;
struct call;
struct engine;
struct run_spec;

struct runspec {
	const char *experiment;
	const char *name;
	struct arg_pairs params;
	struct arg_pairs tags;
	struct arg_list inputs;
	struct arg_int gpus;
	struct arg_duration gpu_wait;
	struct arg_number cpus;
	struct arg_size memory;
	struct arg_duration time;
	struct arg_size disk;
	struct arg_int pids;
	struct arg_int files;
	struct arg_size output;
	struct arg_duration grace;
	struct arg_list nets;
	struct arg_size net_bytes;
	struct arg_list secrets;
	struct arg_list env;
	struct arg_int seed;
	const char *parent;
	bool diode;
	const char *diode_out;
	struct arg_int tier;
	struct arg_int tier_min;
	const char *call_profile;
	const char *workdir;
	const char *profile;
	const char *entry;
};

/* The rows of an option table whose struct TYPE has a struct runspec as its member M. */
#define RUNSPEC_OPTIONS(TYPE, M) \
	OPTION_STRING('e', "experiment", TYPE, M.experiment, "NAME", "experiment it belongs to"), \
	OPTION_STRING('n', "name", TYPE, M.name, "NAME", "name of the run (one is made up otherwise)"), \
	OPTION_PAIRS('p', "param", TYPE, M.params, "K=V", "record a param, replace {K}, export WB_PARAM_K"), \
	OPTION_PAIRS('t', "tag", TYPE, M.tags, "K=V", "set a tag"), \
	OPTION_LIST('i', "input", TYPE, M.inputs, "[NAME=]PATH", "declare an input: only these can be read"), \
	OPTION_INT(0, "gpus", TYPE, M.gpus, "N", 0, 1024, "GPUs to lease"), \
	OPTION_DURATION_OR_0(0, "gpu-wait", TYPE, M.gpu_wait, "DURATION", "wait so long for GPUs that are leased (0: not at all)"), \
	OPTION_NUMBER(0, "cpus", TYPE, M.cpus, "N", "CPUs it may keep busy, such as 1.5"), \
	OPTION_SIZE(0, "memory", TYPE, M.memory, "SIZE", "memory limit, such as 512M or 4G"), \
	OPTION_DURATION(0, "time", TYPE, M.time, "DURATION", "time limit, such as 90s or 2h30m"), \
	OPTION_SIZE(0, "disk", TYPE, M.disk, "SIZE", "limit on what it may write"), \
	OPTION_INT(0, "pids", TYPE, M.pids, "N", 1, SPEC_PIDS_MAX, "limit on its processes and threads (16384)"), \
	OPTION_INT(0, "files", TYPE, M.files, "N", SPEC_FILES_MIN, SPEC_FILES_MAX, "files that a process may have open (65536)"), \
	OPTION_SIZE(0, "output", TYPE, M.output, "SIZE", "how much is kept of what it prints (256M)"), \
	OPTION_DURATION(0, "grace", TYPE, M.grace, "DURATION", "time it gets to end in when asked, then it is killed (5s)"), \
	OPTION_LIST(0, "net", TYPE, M.nets, "HOST[:PORT]", "let it reach this host, or *.DOMAIN (ports 80 and 443)"), \
	OPTION_SIZE(0, "net-bytes", TYPE, M.net_bytes, "SIZE", "limit on what goes over the network"), \
	OPTION_LIST(0, "secret", TYPE, M.secrets, "NAME", "ask for a secret (for the policy: wb has no vault)"), \
	OPTION_LIST(0, "env", TYPE, M.env, "K[=V]", "set a variable, or pass yours on"), \
	OPTION_INT(0, "seed", TYPE, M.seed, "N", 0, INT64_MAX, "seed, exported as WB_SEED and PYTHONHASHSEED"), \
	OPTION_STRING(0, "parent", TYPE, M.parent, "RUN", "run that this one belongs to"), \
	OPTION_FLAG(0, "diode", TYPE, M.diode, "let only metrics out: no files, no network, no output"), \
	OPTION_STRING(0, "diode-out", TYPE, M.diode_out, "BYTES", "with --diode: keep this much of its output (0)"), \
	OPTION_STRING(0, "profile", TYPE, M.profile, "NAME", "take the values of this profile of wb.yaml")
#define RUNSPEC_TIER(TYPE, M) \
	OPTION_INT(0, "tier", TYPE, M.tier, "1|2|3", 1, 3, "insist on this sandbox (1 is the strongest; 3 hides no files)"), \
	OPTION_INT(0, "tier-min", TYPE, M.tier_min, "1|2|3", 1, 3, "refuse to run in a weaker sandbox than this"), \
	OPTION_STRING(0, "sandbox-profile", TYPE, M.call_profile, "NAME|FILE", "which system calls it may make (ml)"), \
	OPTION_CHOICE(0, "workdir", TYPE, M.workdir, "auto|overlay|copy", "how its writable working folder is made (auto)")

/*
 * Whether the first word of a command line is no command but a task of wb.yaml,
 * or a folder; a folder is entered, as by -C. 1 or 0.
 */
int runspec_adopt(struct app *app, const char *word, struct error *err) WB_MUST_CHECK;

/*
 * The options, the project's wb.yaml, the store's settings and what to run as a
 * checked specification. What to run: the operands of call as a command; or,
 * where call is adopted, the task or the folder that the first one names, the
 * others following the command; without any, the command of wb.yaml.
 */
int runspec_fill(struct app *app, struct engine *e, const struct runspec *o, const struct call *call,
		 struct run_spec *out, struct error *err) WB_MUST_CHECK;

/* The options alone, over a specification that is there; inputs start from where the user stands. */
int runspec_over(struct app *app, struct engine *e, const struct runspec *o, struct run_spec *spec,
		 struct error *err) WB_MUST_CHECK;

#endif
