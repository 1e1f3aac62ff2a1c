/* The life of a run up to its launch. */
#include "config.h"

#include "engine/run.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/bundle.h"
#include "engine/diode.h"
#include "engine/environ.h"
#include "engine/names.h"
#include "engine/net_env.h"
#include "engine/outcome.h"
#include "engine/planner.h"
#include "engine/run_parts.h"
#include "engine/watch.h"
#include "sandbox/probe.h"
#include "store/store.h"
#include "tracker/tracker.h"

#define LOCK_WAIT_NS INT64_C(120000000000)

void run_started_release(struct run_started *s)
{
	free(s->decision);
	free(s->plan_text);
	jval_free(s->policy);
	*s = (struct run_started){ 0 };
}

static void starting_release(struct starting *s)
{
	explicit_bzero(&s->upstream, sizeof s->upstream);
	run_spec_release(&s->spec);
	words_release(&s->command);
	interp_free(s->interp);
	run_sources_release(&s->sources);
	free(s->tree);
	snapshot_release(&s->code);
	jval_free(s->snapshot);
	jval_free(s->git);
	jval_free(s->environment);
	gpus_release(&s->gpus);
	decided_release(&s->decided);
	free(s->name);
	free(s->layout);
	resumed_release(&s->resumed);
	if (s->lease_fd >= 0)
		close(s->lease_fd);
	life_release(&s->life);
	spool_free(s->spool);
	free(s->run_dir);
	job_free(s->job);
	words_release(&s->warnings);
}
DEFINE_CLEANUP_VALUE(starting_release, struct starting);

/* --- steps --- */

/* The plan and the record name these folders, and both are JSON. */
static int check_places(const struct starting *s, struct error *err)
{
	const char *const places[] = { s->spec.project_dir, s->spec.cwd, store_path(engine_store(s->engine)) };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (!str_is_utf8(places[i], strlen(places[i]))) {
			error_set(err, ERR_UNSUPPORTED, "the name of the folder %s is not UTF-8", places[i]);
			return error_hint(err, "rename it: a record holds UTF-8 text only");
		}
	return 0;
}

static int find_project(struct starting *s, struct error *err)
{
	const char *project, *below;
	CLEANUP(jval_free) struct jval *copy = run_spec_to_jval(s->asked);

	if (run_spec_check(s->asked, err) < 0 || run_spec_from_jval(copy, &s->spec, err) < 0)
		return -1;
	s->spec.name = mem_strdup(s->asked->name);
	s->spec.parent = mem_strdup(s->asked->parent);
	s->spec.source_run = mem_strdup(s->asked->source_run);
	s->spec.tree = mem_strdup(s->asked->tree);
	s->spec.shell_of = mem_strdup(s->asked->shell_of);
	s->spec.net_proxy = mem_strdup(s->asked->net_proxy);
	s->spec.tty_rows = s->asked->tty_rows;
	s->spec.tty_cols = s->asked->tty_cols;
	if (!s->spec.project_dir) {
		if (engine_project_dir(s->engine, &project, err) < 0)
			return -1;
		s->spec.project_dir = mem_strdup(project);
	}
	if (!s->spec.cwd) {
		below = planner_below(s->spec.project_dir, engine_dir(s->engine));
		s->spec.cwd = mem_strdup(below ? below : "");
	}
	run_spec_command(&s->spec, &s->command);
	return check_places(s, err);
}

static char *working_dir(const struct starting *s)
{
	return *s->spec.cwd ? fs_join(s->spec.project_dir, s->spec.cwd) : mem_strdup(s->spec.project_dir);
}

static void find_program(struct starting *s)
{
	CLEANUP(free) char *cwd = working_dir(s);
	struct interp_query q = {
		.command = s->command.items[0],
		.path = getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin",
		.cwd = cwd,
		.home = getenv("HOME"),
		.project = s->spec.project_dir,
		.env = getenv,
	};

	/* Recorded as a failed run further down, so that nothing somebody tried to run is missing from the record. */
	if (interp_resolve(&q, &s->interp, &s->interp_why) < 0)
		s->interp = NULL;
}

static int find_inputs(struct starting *s, struct error *err)
{
	CLEANUP(free) char *cwd = working_dir(s);
	CLEANUP(run_release) struct run source;
	struct inputs_before before = { 0 };
	struct tracker *tracker;

	run_init(&source);
	if (!s->spec.source_run)
		return inputs_resolve(s->engine, &s->spec.inputs, cwd, &s->sources, err);
	if (engine_tracker(s->engine, &tracker, err) < 0 || tracker_get(tracker, s->spec.source_run, &source, err) < 0)
		return -1;
	before.recorded = jval_get(source.start, "inputs");
	before.exact = bundle_is_imported(engine_store(s->engine), s->spec.source_run);
	return inputs_recall(s->engine, &s->spec.inputs, cwd, &before, &s->sources, err);
}

/* The frozen tree, snapshot facts and inputs of the run that is repeated. */
static int recall_code(struct starting *s, struct error *err)
{
	CLEANUP(run_release) struct run source;
	struct tracker *tracker;
	const struct jval *inputs;

	run_init(&source);
	if (engine_tracker(s->engine, &tracker, err) < 0 || tracker_get(tracker, s->spec.source_run, &source, err) < 0)
		return -1;
	s->tree = mem_strdup(s->spec.tree);
	s->snapshot = jval_copy(jval_get(source.start, "snapshot"));
	if (jval_get(source.start, "git")) {
		s->git = jval_copy(jval_get(source.start, "git"));
		record_git_read(s->git, &s->code.git);
	}
	memcpy(s->code.tree.hex, s->tree, strlen(s->tree) < sizeof s->code.tree.hex ? strlen(s->tree) : 0);
	inputs = jval_get(source.start, "inputs");
	for (size_t i = 0; i < s->sources.n && i < jval_count(inputs); i++) {
		const char *before = jval_get_text(jval_at(inputs, i), "sha256");

		if (before && !str_eq(before, digest_hex(&s->sources.items[i].digest).text)) {
			CLEANUP(free) char *text = mem_printf("input '%s' is not what it was in the run repeated", s->sources.items[i].name);

			words_add(&s->warnings, text);
		}
	}
	return 0;
}

static int freeze_code(struct starting *s, struct error *err)
{
	if (s->spec.tree)
		return recall_code(s, err);
	if (snapshot_take(engine_store(s->engine), s->spec.project_dir, &s->code, err) < 0)
		return error_wrap(err, "freezing %s", s->spec.project_dir);
	s->tree = mem_strdup(s->code.tree.hex);
	s->snapshot = record_snapshot(&s->code);
	s->git = record_git(&s->code.git);
	return 0;
}

static int capture_environment(struct starting *s, struct error *err)
{
	return s->interp ? environ_capture(engine_store(s->engine), s->interp, &s->environment, err) : 0;
}

static int choose_tier(struct starting *s, struct error *err)
{
	if (host_sandbox_find(engine_store(s->engine), &s->host, err) < 0)
		return -1;
	/* Tier 3 is never this machine's answer, only a person's wish: the policy is asked about it. */
	if (s->host.tier == 0 && s->spec.tier != 3) {
		error_set(err, ERR_UNSUPPORTED, "this machine cannot confine a run: %s", s->host.reason);
		return error_hint(err, "`wb doctor` lists each missing layer and how to get it");
	}
	if (s->spec.tier && s->spec.tier < s->host.tier) {
		error_set(err, ERR_UNSUPPORTED, "tier %d was asked for, and this machine has tier %d: %s", s->spec.tier, s->host.tier,
			  s->host.reason);
		return error_hint(err, "`wb doctor` lists each missing layer and how to get it");
	}
	s->tier = s->spec.tier ? s->spec.tier : s->host.tier;
	s->landlock_abi = sandbox_landlock_abi(NULL);
	if (box_check(&s->spec.box, s->tier, s->tier == 1 && s->host.overlay, s->host.reason, err) < 0)
		return -1;
	if (s->spec.diode && s->tier != 1) {
		/* Names among the host's abstract sockets, for one, can be seen from outside. */
		error_set(err, ERR_UNSUPPORTED, "--diode needs tier 1, and this run would have tier %d", s->tier);
		return error_hint(err, "`wb doctor` lists each missing layer and how to get it");
	}
	return 0;
}

static int decide(struct starting *s, struct error *err)
{
	CLEANUP(jval_free) struct jval *layers = box_layers(s->tier, s->landlock_abi);
	struct decide_request request = {
		.spec = &s->spec,
		.command = &s->command,
		.sources = &s->sources,
		.code = &s->code,
		.tier = s->tier,
		.layers = layers,
	};

	return decide_run(s->engine, &request, &s->decided, err);
}

/* START, the run's folder and its marker, in one go. */
static int sync_start(struct starting *s, struct error *err)
{
	int folders[LIFE_FOLDERS];
	int rc;

	if (life_folders(store_dirfd(engine_store(s->engine)), folders, err) < 0)
		return -1;
	rc = spool_sync_with(s->spool, folders, LIFE_FOLDERS, err);
	for (int i = 0; i < LIFE_FOLDERS; i++)
		close(folders[i]);
	return rc;
}

struct record_start starting_facts(const struct starting *s)
{
	return (struct record_start){
		.id = &s->id, .spec = &s->spec, .command = &s->command, .sources = &s->sources, .snapshot = s->snapshot,
		.git = s->git, .environment = s->environment, .policy = s->decided.record, .name = s->name,
		.project = s->spec.project_dir, .tier = s->tier, .landlock_abi = s->landlock_abi, .upstream = &s->upstream,
	};
}

/* From here on the run exists: its folder, its lock and the START of its record, all durable. */
static int open_record(struct starting *s, struct error *err)
{
	CLEANUP(jval_free) struct jval *start = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	struct store *store = engine_store(s->engine);
	struct record_start facts;

	if (decide_keep(store, &s->decided, err) < 0 || uuid_new(engine_clock(s->engine), &s->id, err) < 0)
		return -1;
	s->name = s->spec.name ? mem_strdup(s->spec.name) : name_from_id(&s->id);
	facts = starting_facts(s);
	start = record_start_document(s->engine, &facts);
	jval_format(start, JVAL_COMPACT, &text);
	if (buf_check(&text, "the run's record", err) < 0 || life_begin(store_dirfd(store), s->id.text, &s->life, err) < 0)
		return -1;
	s->run_dir = store_run_path(store, s->id.text);
	if (spool_create(s->life.dirfd, &s->spool, err) < 0)
		return -1;
	spool_encode_start(spool_buffer(s->spool), buf_text(&text), text.len);
	for (size_t i = 0; i < s->warnings.n; i++)
		spool_encode_warning(spool_buffer(s->spool), s->warnings.items[i], clock_now(engine_clock(s->engine)) / 1000000);
	return spool_commit(s->spool, err) < 0 ? -1 : sync_start(s, err);
}

/* Ends a run that never executed. */
static int close_record(struct starting *s, const char *state, const char *detail, const struct error *why, struct error *err)
{
	CLEANUP(jval_free) struct jval *end = record_end_document(s->engine, state, detail, why);
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	struct error ignored = { 0 };

	jval_format(end, JVAL_COMPACT, &text);
	if (fs_remove_tree(s->life.dirfd, "work", &ignored) < 0 || fs_remove_tree(s->life.dirfd, "out", &ignored) < 0)
		ignored.code = ERR_NONE;
	return spool_finish(s->spool, buf_text(&text), text.len, err);
}

/* What this machine cannot give a run is refused after the policy was asked, and recorded. */
static int check_offers(const struct starting *s, struct error *err)
{
	if (s->spec.nets.n && s->tier != 1) {
		/* The host's network is the run's there, and no filter can tell one address of connect() from another. */
		error_set(err, ERR_UNSUPPORTED, "--net %s needs tier 1, and this run would have tier %d", s->spec.nets.items[0], s->tier);
		return error_hint(err, "fetch the data first and pass it with -i NAME=PATH; `wb doctor` tells what tier 1 lacks");
	}
	if (s->spec.secrets.n) {
		error_set(err, ERR_UNSUPPORTED, "there is no vault to take secret '%s' from", s->spec.secrets.items[0]);
		return error_hint(err, "pass it with --env %s for this run", s->spec.secrets.items[0]);
	}
	if (!s->interp) {
		*err = s->interp_why;
		return -1;
	}
	return 0;
}

static const char *failure_detail(enum sandbox_failure failure)
{
	return failure == SANDBOX_FAIL_NOT_FOUND ? "not found" : failure == SANDBOX_FAIL_NOT_EXEC ? "not executable" : "setup";
}

/* In the middle of a wait the caller goes its way. The parent's 1, the child's 0 in a session of its own, or -1. */
static int leave_behind(struct error *err)
{
	CLEANUP(close) int null = sys_openat(AT_FDCWD, "/dev/null", O_WRONLY, 0);
	pid_t pid = null < 0 ? -1 : fork();

	if (pid < 0)
		return error_sys(err, "waiting in the background");
	if (pid > 0)
		return 1;
	if (setsid() < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	return 0;
}

/* 1: it has the GPUs it asked for; 0: another process waits for them, and goes on from here; -1. */
static int lease_gpus(struct starting *s, unsigned flags, const struct run_started *out, int *signal, struct error *err)
{
	struct gpus_waiter w = { .tell = out->on_wait, .data = out->on_wait_data, .run_dirfd = s->life.dirfd };
	int got = gpus_try(s->engine, &s->spec, s->id.text, &s->gpus, err);

	if (got == 0 && (flags & RUN_START_DETACH)) {
		int left = leave_behind(err);

		if (left > 0)
			gpulease_hand_on(s->gpus.lease);
		if (left != 0)
			return left > 0 ? 0 : -1;
		s->in_background = true;
		w.tell = NULL;
	}
	if (got == 0)
		got = gpus_wait(s->engine, &s->spec, &w, &s->gpus, signal, err) < 0 ? -1 : 1;
	return got;
}

/* Runs are found by the GPUs that they had, from now on. */
static int record_gpus(struct starting *s, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_TAG_VALUE);

	if (!s->gpus.lease)
		return 0;
	gpus_summary(&s->gpus.granted, &text);
	spool_encode_tag(spool_buffer(s->spool), "wb.gpus", buf_text(&text), clock_now(engine_clock(s->engine)) / 1000000);
	return spool_commit(s->spool, err) < 0 || spool_flush(s->spool, err) < 0 ? -1 : 0;
}

/* Launches, or records why not. */
static int execute(struct starting *s, unsigned flags, struct run_started *out, struct error *err)
{
	enum sandbox_failure failure = SANDBOX_FAIL_SETUP;
	struct error why = { 0 };
	int signal = 0, got = -1;

	if (check_offers(s, &why) == 0)
		got = lease_gpus(s, flags, out, &signal, &why);
	out->launched = got == 0 || (got > 0 && record_gpus(s, &why) == 0 && starting_launch(s, &failure, &why) == 0);
	if (out->launched)
		return 0;
	out->why = why;
	if (why.code == ERR_CANCELLED) {
		out->setup_status = 128 + (signal ? signal : SIGTERM);
		return close_record(s, "KILLED", "user", &why, err);
	}
	if (!s->interp && why.code == s->interp_why.code)
		failure = why.code == ERR_DENIED ? SANDBOX_FAIL_NOT_EXEC :
			  why.code == ERR_NOT_FOUND ? SANDBOX_FAIL_NOT_FOUND : SANDBOX_FAIL_SETUP;
	out->setup_status = sandbox_failure_exit_code(failure);
	return close_record(s, "FAILED", failure_detail(failure), &why, err);
}

static int only_decide(struct starting *s, struct run_started *out)
{
	out->would_deny = s->decided.denied;
	out->decision = take_ptr(&s->decided.text);
	out->policy = take_ptr(&s->decided.record);
	return 0;
}

static const char *environment(const char *name)
{
	return getenv(name);
}

/* The machine's own proxy is in the way of nobody who has no network. */
static int find_upstream(struct starting *s, struct error *err)
{
	if (!s->spec.nets.n)
		return 0;
	return upstream_find(s->spec.net_proxy, environment, &s->upstream, err) < 0 ? -1 : 0;
}

static int dry_run(struct starting *s, struct run_started *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_PLAN);

	out->would_deny = s->decided.denied;
	out->decision = mem_strdup(s->decided.text);
	/* Without a program there is no plan, denied or not. */
	if ((!s->decided.denied || !s->interp) && check_offers(s, err) < 0)
		return -1;
	if (uuid_new(engine_clock(s->engine), &s->id, err) < 0)
		return -1;
	s->run_dir = store_run_path(engine_store(s->engine), s->id.text);
	s->layout = mem_printf("%s/trees/%s", store_path(engine_store(s->engine)), s->tree);
	if (starting_make_job(s, starting_is_copied(s), err) < 0)
		return -1;
	if (s->job->scratch && fs_remove_tree(AT_FDCWD, s->job->scratch, err) < 0)
		return -1;
	diode_describe(&s->spec, &text);
	net_env_describe(&s->spec, &s->upstream, &text);
	if (s->spec.gpus)
		buf_printf(&text, "gpus     %lld, leased at the start\n", (long long)s->spec.gpus);
	plan_format(s->job->plan, &text);
	out->plan_text = buf_take(&text);
	return 0;
}

int run_start(struct engine *e, const struct run_spec *spec, unsigned flags, struct run_started *out, struct error *err)
{
	CLEANUP(starting_release) struct starting s = {
		.engine = e, .asked = spec, .lease_fd = -1, .life = LIFE_INIT, .resumed = RESUMED_INIT,
	};
	CLEANUP(close) int lock = -1;
	int done;

	if (find_project(&s, err) < 0)
		return -1;
	find_program(&s);
	/* Until the record names what is stored now, a collector of garbage must not come by. */
	lock = store_lock(engine_store(e), STORE_SHARED, LOCK_WAIT_NS, err);
	if (lock < 0)
		return -1;
	if (find_inputs(&s, err) < 0 || freeze_code(&s, err) < 0 || capture_environment(&s, err) < 0 ||
	    choose_tier(&s, err) < 0 || find_upstream(&s, err) < 0 || decide(&s, err) < 0)
		return -1;
	if (flags & RUN_START_DECIDE)
		return only_decide(&s, out);
	if (flags & RUN_START_DRY)
		return dry_run(&s, out, err);
	if (flags & RUN_START_HOLD)
		watch_hold_signals();
	if (open_record(&s, err) < 0) {
		/* Without START there is no run. */
		if (s.life.dirfd >= 0)
			life_abandon(store_dirfd(engine_store(e)), s.id.text, &s.life);
		return error_wrap(err, "recording the run");
	}
	close(take_fd(&lock));
	out->id = s.id;
	if (s.decided.denied) {
		out->denied = true;
		out->decision = take_ptr(&s.decided.text);
		return close_record(&s, "DENIED", "", NULL, err);
	}
	done = execute(&s, flags, out, err);
	if (s.in_background)
		_exit(done < 0);
	return done;
}

int run_spec_of(struct engine *e, const char *run_id, struct run_spec *out, struct error *err)
{
	CLEANUP(run_release) struct run run;
	struct tracker *tracker;
	const char *tree;

	run_init(&run);
	if (engine_tracker(e, &tracker, err) < 0 || tracker_get(tracker, run_id, &run, err) < 0)
		return -1;
	tree = jval_get_text(jval_get(run.start, "snapshot"), "tree");
	if (!tree)
		return error_set(err, ERR_CORRUPT, "run %s has no frozen code", run_id);
	if (run_spec_from_jval(jval_get(run.start, "spec"), out, err) < 0)
		return -1;
	out->tree = mem_strdup(tree);
	out->source_run = mem_strdup(run_id);
	out->foreign_nets = bundle_is_imported(engine_store(e), run_id);
	return 0;
}
