/* What a decided run is given: its folder, its plan, its supervisor. */
#include "config.h"

#include "engine/run_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/folders.h"
#include "engine/launch.h"
#include "engine/planner.h"
#include "engine/scratch.h"
#include "store/store.h"
#include "tracker/tracker.h"
/* At tier 2 inputs appear by links: in the private tree and in $WB_INPUTS. */
static int link_inputs(struct starting *s, const char *tree, struct error *err)
{
	for (size_t i = 0; i < s->sources.n; i++) {
		const struct run_source *src = &s->sources.items[i];
		const char *below = planner_below(s->spec.project_dir, src->path);
		CLEANUP(free) char *named = mem_printf("work/inputs/%s", src->name);
		CLEANUP(free) char *place = below ? fs_join(tree, below) : NULL;
		CLEANUP(free) char *parent = place ? mem_strndup(place, (size_t)(fs_basename(place) - place)) : NULL;

		if (symlinkat(src->real, s->life.dirfd, named) < 0)
			return error_sys(err, "%s", named);
		if (!place)
			continue;
		if (fs_mkdir_p(AT_FDCWD, parent, 0700, err) < 0)
			return -1;
		if (symlink(src->real, place) < 0 && errno != EEXIST)
			return error_sys(err, "%s", place);
	}
	return 0;
}

/* At tier 2 a virtual environment in the project, or the like, appears by a link: "sh train.sh" says .venv/bin/python. */
static int link_roots(struct starting *s, struct error *err)
{
	CLEANUP(free) char *tree = fs_join(s->run_dir, "work/tree");

	for (size_t i = 0; s->interp && i < s->interp->root_count; i++) {
		const char *root = s->interp->roots[i];
		const char *below = planner_below(s->spec.project_dir, root);
		CLEANUP(free) char *place = below && *below ? fs_join(tree, below) : NULL;
		CLEANUP(free) char *parent = place ? mem_strndup(place, (size_t)(fs_basename(place) - place)) : NULL;

		/* Of a folder with nothing but ignored files the tree has the empty folder. */
		if (!place || (rmdir(place) < 0 && errno != ENOENT))
			continue;
		if (fs_mkdir_p(AT_FDCWD, parent, 0700, err) < 0)
			return -1;
		if (symlink(root, place) < 0 && errno != EEXIST)
			return error_sys(err, "%s", place);
	}
	return 0;
}

/* The layer of the run that a shell is opened into, or its artifacts: below the new one, or copied where none can be. */
static int resume(struct starting *s, bool copied, struct error *err)
{
	CLEANUP(run_release) struct run source;
	CLEANUP(free) char *work = fs_join(s->run_dir, "work");
	CLEANUP(close) int work_fd = fs_open_dir(s->life.dirfd, "work", err);
	CLEANUP(close) int tree_fd = -1;
	CLEANUP(close) int out_fd = -1;
	struct tracker *tracker;

	run_init(&source);
	resumed_release(&s->resumed);
	if (work_fd < 0 || engine_tracker(s->engine, &tracker, err) < 0 ||
	    tracker_get(tracker, s->spec.shell_of, &source, err) < 0 ||
	    resumed_open(engine_store(s->engine), &source, work_fd, work, &s->resumed, err) < 0)
		return -1;
	if (!copied)
		return sys_mkdirat(work_fd, "work-out", 0700) < 0 ? error_sys(err, "making the run's folder") : 0;
	tree_fd = fs_open_dir(work_fd, "tree", err);
	out_fd = tree_fd < 0 ? -1 : fs_open_dir(s->life.dirfd, "out", err);
	return out_fd < 0 ? -1 : resumed_copy(&s->resumed, tree_fd, out_fd, err);
}

static int make_folders(struct starting *s, bool copied, struct error *err)
{
	/* Each costs its making, its removal and its part of a journal's commit: the last four are not for every run. */
	static const char *const folders[] = { "work", "out", "work/upper", "work/work", "work/tmp", "work/io", "work/inputs" };
	enum { ALWAYS = 2, OVERLAY = 4 };
	size_t from = copied ? OVERLAY : 0;
	size_t to = s->tier == 1 ? OVERLAY : sizeof folders / sizeof *folders;
	struct error ignored = { 0 };
	CLEANUP(close) int writable = -1;

	/* A second try starts over. */
	if (fs_remove_tree(s->life.dirfd, "work", &ignored) < 0)
		return error_set(err, ignored.code, "%s", ignored.text);
	for (size_t i = 0; i < to; i++)
		if ((i < ALWAYS || i >= from) && sys_mkdirat(s->life.dirfd, folders[i], 0700) < 0 && errno != EEXIST)
			return error_sys(err, "making the run's folder %s", folders[i]);
	if (copied) {
		CLEANUP(free) char *tree = fs_join(s->run_dir, "work/tree");

		if (snapshot_checkout(engine_store(s->engine), s->tree, tree, err) < 0)
			return error_wrap(err, "laying out a private copy of the code");
		if (s->tier != 1 && link_inputs(s, tree, err) < 0)
			return -1;
	}
	if (s->spec.shell_of && resume(s, copied, err) < 0)
		return -1;
	writable = fs_open_beneath(s->life.dirfd, copied ? "work/tree" : "work/upper", O_RDONLY | O_DIRECTORY, 0, err);
	if (writable < 0 || folders_make(writable, s->snapshot, err) < 0)
		return -1;
	return s->tier != 1 ? link_roots(s, err) : 0;
}

/* $HOME where an empty private folder can stand in for it: not the root, not where something else is mounted. */
static const char *usable_home(const struct starting *s)
{
	const char *home = getenv("HOME");

	if (!home || home[0] != '/' || str_eq(home, "/") || str_eq(home, "/tmp") || planner_below(s->spec.project_dir, home))
		return NULL;
	return home;
}

/* What the supervisor holds the run to, and what it serves. */
static void job_add_spec(struct job *job, const struct starting *s)
{
	struct error why = { 0 };

	job->run_id = mem_strdup(s->id.text);
	job->store_path = mem_strdup(store_path(engine_store(s->engine)));
	job->limits = job_limits_of(&s->spec);
	if (job_asks_kernel(&job->limits) && host_scope_find(&job->scope_helper, &job->scope_socket, &why) != 1)
		job->scope_missing = mem_strdup(why.text);
	for (size_t i = 0; i < s->spec.nets.n; i++)
		words_add(&job->nets, s->spec.nets.items[i]);
	job->net_bytes = s->spec.net_bytes;
	job->net_upstream = s->upstream.host[0] != '\0';
	job->tty = (struct pty_size){ .rows = s->spec.tty_rows, .cols = s->spec.tty_cols };
	job->keep = s->spec.keep;
	job->diode = s->spec.diode;
	job->diode_out = s->spec.diode_out;
}

static int job_add_gpus(struct job *job, const struct starting *s, struct error *err)
{
	job->gpus = gpus_to_jval(&s->gpus.granted);
	job->gpu_claim = mem_strdup(gpulease_claim_path(s->gpus.lease));
	job->gpu_wait_ns = s->gpus.waited_ns;
	gpus_sample_words(&s->gpus.granted, gpus_root(s->engine), &job->gpu_sample);
	return host_find_part("wb-gpu", &job->gpu_helper, err);
}

int starting_make_job(struct starting *s, bool copied, struct error *err)
{
	CLEANUP(free) char *python = NULL;
	CLEANUP(free) char *program = NULL;
	CLEANUP(free) char *io_dir = fs_join(s->run_dir, "work/io");
	CLEANUP(buf_release) struct buf plan_text = BUF_INIT(LIMIT_PLAN);
	struct digest plan_digest;
	struct error ignored = { 0 };
	struct job *job;
	struct planner_request request = {
		.spec = &s->spec, .command = &s->command, .sources = &s->sources, .interp = s->interp, .run_id = s->id.text,
		.run_dir = s->run_dir, .layout = s->layout, .resumed = &s->resumed,
		.project_dir = s->spec.project_dir, .home = usable_home(s),
		.path = getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin", .tier = s->tier, .copied = copied,
		.gpus = &s->gpus.granted, .gpu_root = gpus_root(s->engine),
	};

	if (host_find_part("python", &python, err) < 0)
		return -1;
	if (fs_realpath("/proc/self/exe", &program, &ignored) == 0 && str_eq(fs_basename(program), "wb"))
		request.wb_program = program;
	request.python_dir = python;
	job_free(s->job);
	job = s->job = mem_zalloc(sizeof *job);
	if (s->tier != 1 && scratch_make(s->run_dir, s->id.text, &job->scratch, err) < 0)
		return -1;
	request.events_dir = job->scratch ? job->scratch : io_dir;
	request.scratch = job->scratch;
	if (planner_make(&request, &job->plan, &job->collect, err) < 0)
		return -1;
	plan_set_profile(job->plan, box_profile_name(&s->spec.box), s->spec.box.profile_text);
	job->plan->learn = s->spec.box.learn;
	job_add_spec(job, s);
	if (s->gpus.lease && job_add_gpus(job, s, err) < 0)
		return -1;
	plan_format(job->plan, &plan_text);
	plan_digest = digest_of(plan_text.data, plan_text.len);
	job->manifest = jval_object();
	jval_set_int(job->manifest, "v", 1);
	jval_set_text(job->manifest, "plan_sha256", digest_hex(&plan_digest).text);
	return 0;
}

/* The manifest holds what START says: they are sealed together. */
static void complete_manifest(struct starting *s)
{
	struct record_start facts = starting_facts(s);

	jval_set(s->job->manifest, "start", record_start_document(s->engine, &facts));
}

static int try_launch(struct starting *s, bool copied, enum sandbox_failure *failure, struct error *err)
{
	struct launch_fds fds = {
		.life_fd = s->life.lock_fd, .spool_fd = spool_fd(s->spool), .lease_fd = s->lease_fd, .run_dirfd = s->life.dirfd,
		.upstream = &s->upstream, .gpus_fd = s->gpus.lease ? gpulease_fd(s->gpus.lease) : -1,
	};

	*failure = SANDBOX_FAIL_SETUP;
	if (make_folders(s, copied, err) < 0 || starting_make_job(s, copied, err) < 0)
		return -1;
	complete_manifest(s);
	fds.kept_fd = s->resumed.kept.lock_fd;
	if (launch_supervisor(s->job, &fds, failure, err) < 0)
		return -1;
	if (s->gpus.lease)
		gpulease_hand_on(s->gpus.lease);
	return 0;
}

int starting_launch(struct starting *s, enum sandbox_failure *failure, struct error *err)
{
	bool copied = starting_is_copied(s);

	*failure = SANDBOX_FAIL_SETUP;
	s->lease_fd = snapshot_layout(engine_store(s->engine), s->tree, &s->layout, err);
	if (s->lease_fd < 0)
		return error_wrap(err, "laying out the frozen code");
	if (try_launch(s, copied, failure, err) == 0)
		return 0;
	if (*failure == SANDBOX_FAIL_USERNS)
		host_sandbox_forget(engine_store(s->engine));
	/* The store's file system may not carry an overlay although the machine can. */
	if (*failure == SANDBOX_FAIL_OVERLAY && !copied && !s->spec.box.need_overlay)
		return try_launch(s, true, failure, err);
	return -1;
}
