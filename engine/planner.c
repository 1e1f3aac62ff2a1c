/* Planning a run's sandbox. */
#include "config.h"

#include "engine/planner.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/net_env.h"
#include "sandbox/layout.h"

/* Passed on from the caller's environment; everything else is not. */
static const char *const kept_env[] = {
	"LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MESSAGES", "TZ", "USER", "LOGNAME",
	"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_VERSION", "PYENV_ROOT",
	"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
};

/* Above the limit on processes; the sandbox's own first process is one of them. */
enum { NPROC_MARGIN = 64 };

struct planning {
	const struct planner_request *r;
	struct sandbox_plan *plan;
	struct job_collect *collect;
	char *root;    /* where the tree is, inside */
	char *inputs;  /* $WB_INPUTS inside */
	char *outputs; /* $WB_OUTPUTS inside */
	char *python;  /* our module inside */
};

const char *planner_below(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	if (strncmp(dir, path, n) != 0)
		return NULL;
	return path[n] == '/' ? path + n + 1 : path[n] == '\0' ? path + n : NULL;
}

bool planner_root_is_apart(const char *root, const char *frozen)
{
	CLEANUP(free) char *venv = fs_join(root, "pyvenv.cfg");
	CLEANUP(free) char *conda = fs_join(root, "conda-meta");
	struct stat st;

	return lstat(frozen, &st) < 0 || fs_exists(AT_FDCWD, venv) || fs_is_dir(AT_FDCWD, conda);
}

static void set_param_env(struct sandbox_plan *plan, const char *key, const char *value)
{
	CLEANUP(free) char *name = mem_printf("WB_PARAM_%s", key);

	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	plan_set_env(plan, name, value);
}

static void set_wb_env(struct planning *p)
{
	const struct planner_request *r = p->r;

	plan_set_env(p->plan, "WB_RUN_ID", r->run_id);
	plan_set_env(p->plan, "WB_EXPERIMENT", r->spec->experiment ? r->spec->experiment : "Default");
	plan_set_env(p->plan, "WB_INPUTS", p->inputs);
	plan_set_env(p->plan, "WB_OUTPUTS", p->outputs);
	plan_set_env(p->plan, "WB_EVENTS", p->plan->events);
	for (size_t i = 0; i < r->spec->params.n; i++)
		set_param_env(p->plan, r->spec->params.items[i].key, r->spec->params.items[i].value);
	if (r->spec->has_seed) {
		char seed[24];

		snprintf(seed, sizeof seed, "%lld", (long long)r->spec->seed);
		plan_set_env(p->plan, "WB_SEED", seed);
		/* Python accepts 0 to 2^32-1 here. */
		if (r->spec->seed >= 0 && r->spec->seed <= UINT32_MAX)
			plan_set_env(p->plan, "PYTHONHASHSEED", seed);
	}
}

/*
 * PATH inside: the caller's, behind the folder of the Python that was found
 * when the caller reached that by a shim or by its path, so that "#!/usr/bin/env
 * python3" and child processes meet the same one.
 */
static char *make_path(const struct planner_request *r)
{
	const char *python = r->interp->python, *wb = r->wb_program;
	CLEANUP(free) char *ours = r->tier == 1 ? mem_strdup(":" PLAN_RUN_DIR "/bin") :
				   wb ? mem_printf(":%.*s", (int)(fs_basename(wb) - wb - 1), wb) : mem_strdup("");
	CLEANUP(free) char *dir = python ? mem_strndup(python, (size_t)(fs_basename(python) - python - 1)) : NULL;
	CLEANUP(free) char *list = mem_printf(":%s:", r->path);
	CLEANUP(free) char *entry = dir ? mem_printf(":%s:", dir) : NULL;

	if (!entry || strstr(list, entry))
		return mem_printf("%s%s", r->path, ours);
	return mem_printf("%s:%s%s", dir, r->path, ours);
}

/* Names of terminals are file names of terminfo: nothing else may come in by them. */
static bool is_terminal_name(const char *name)
{
	return name && *name && *name != '.' && strlen(name) <= 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._") == strlen(name);
}

static void set_terminal(struct planning *p)
{
	const char *term = getenv("TERM"), *color = getenv("COLORTERM");

	p->plan->tty = p->r->spec->tty;
	if (!p->plan->tty) {
		plan_set_env(p->plan, "TERM", "dumb");
		return;
	}
	plan_set_env(p->plan, "TERM", is_terminal_name(term) ? term : "xterm");
	if (is_terminal_name(color))
		plan_set_env(p->plan, "COLORTERM", color);
	/* Whoever opens it gets the terminal of the run's own session. */
	plan_add_device(p->plan, "/dev/tty");
}

/* A list of folders with those of the project where the frozen ones lie; heap text. */
static char *move_list(const struct planning *p, const char *list)
{
	CLEANUP(free) char *copy = mem_strdup(list);
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_MIB);
	char *rest = copy, *dir;

	while ((dir = strsep(&rest, ":"))) {
		const char *below = planner_below(p->r->project_dir, dir);
		CLEANUP(free) char *moved = below ? fs_join(p->root, below) : mem_strdup(dir);

		if (out.len > 0)
			buf_putc(&out, ':');
		buf_puts(&out, moved);
	}
	return mem_strdup(buf_text(&out));
}

/* Where the packages are that the interpreter was found with. */
static void set_interp_env(struct planning *p)
{
	const struct interp *in = p->r->interp;

	plan_set_env(p->plan, "PYTHONPATH", p->python);
	for (size_t i = 0; i < in->env_count; i++) {
		CLEANUP(free) char *value = move_list(p, in->env[i].value);
		CLEANUP(free) char *with_ours = mem_printf("%s:%s", value, p->python);

		plan_set_env(p->plan, in->env[i].name, str_eq(in->env[i].name, "PYTHONPATH") ? with_ours : value);
	}
}

/* The module wb stays to be found behind the user's own. */
static void set_users_env(struct planning *p, const char *name, const char *value)
{
	CLEANUP(free) char *joined = NULL;

	if (str_eq(name, "PYTHONPATH") && *value) {
		joined = mem_printf("%s:%s", value, p->python);
		value = joined;
	}
	plan_set_env(p->plan, name, value);
}

static void set_env(struct planning *p)
{
	const struct planner_request *r = p->r;
	CLEANUP(free) char *path = make_path(r);

	for (size_t i = 0; i < sizeof kept_env / sizeof *kept_env; i++)
		if (getenv(kept_env[i]))
			plan_set_env(p->plan, kept_env[i], getenv(kept_env[i]));
	plan_set_env(p->plan, "PATH", path);
	plan_set_env(p->plan, "SHELL", "/bin/sh");
	set_terminal(p);
	/* Byte code would count as output; a pipe would hold the log back by kilobytes. */
	plan_set_env(p->plan, "PYTHONDONTWRITEBYTECODE", "1");
	plan_set_env(p->plan, "PYTHONUNBUFFERED", "1");
	set_interp_env(p);
	plan_set_env(p->plan, "CUDA_VISIBLE_DEVICES", "");
	if (r->spec->cpus > 0) {
		char threads[16];

		snprintf(threads, sizeof threads, "%d", r->spec->cpus < 1 ? 1 : (int)r->spec->cpus);
		plan_set_env(p->plan, "OMP_NUM_THREADS", threads);
	}
	set_wb_env(p);
	net_env_plan(r->spec, p->plan);
	/* Last: what the user asked for wins. */
	for (size_t i = 0; i < r->spec->env.n; i++)
		set_users_env(p, r->spec->env.items[i].key, r->spec->env.items[i].value);
}

/*
 * Where the program lies inside. One of the project's own is executed from the frozen code, which tiers without mounts
 * have elsewhere; an interpreter that lies in the project, a virtual environment say, is shown in its place.
 */
static char *find_exec(const struct planning *p)
{
	const char *exec = p->r->interp->exec;
	const char *below = planner_below(p->r->project_dir, exec);

	for (size_t i = 0; below && i < p->r->interp->root_count; i++)
		if (planner_below(p->r->interp->roots[i], exec))
			below = NULL;
	return below ? fs_join(p->root, below) : mem_strdup(exec);
}

static void set_command(struct planning *p)
{
	const struct planner_request *r = p->r;
	CLEANUP(free) char *exec = find_exec(p);
	CLEANUP(free) char *cwd = r->spec->cwd && *r->spec->cwd ? fs_join(p->root, r->spec->cwd) : mem_strdup(p->root);

	plan_set_exec(p->plan, exec);
	/* Python finds its library from argv[0], by PATH when it has no slash: a shim's name would lead it astray. */
	plan_add_arg(p->plan, r->interp->is_python ? r->interp->exec : r->command->items[0]);
	for (size_t i = 1; i < r->command->n; i++)
		plan_add_arg(p->plan, r->command->items[i]);
	plan_set_cwd(p->plan, cwd);
}

/* A path of the tree that a mount covers: nothing that shows up there is the run's. */
static void exclude(struct planning *p, const char *host_path)
{
	const char *below = planner_below(p->r->project_dir, host_path);

	if (below && *below)
		words_add(&p->collect->exclude, below);
}

/* --- tier 1 --- */

/* One that lies in the project: over the tree, where the tree has not the same already. */
static void add_project_root(struct planning *p, const char *root)
{
	CLEANUP(free) char *frozen = fs_join(p->r->layout, planner_below(p->r->project_dir, root));
	CLEANUP(free) char *real = NULL;
	struct error ignored = { 0 };
	struct stat st;

	if (!planner_root_is_apart(root, frozen))
		return;
	/* A link is no place to mount on: the tree's own stays, and what it leads to is a root too. */
	if (lstat(frozen, &st) == 0 && S_ISLNK(st.st_mode))
		return;
	plan_add_ro(p->plan, fs_realpath(root, &real, &ignored) == 0 ? real : root, root);
	exclude(p, root);
}

/* Interpreter folders: those in the project go over the tree, all others below it. */
static int add_roots(struct planning *p, bool in_project, struct error *err)
{
	const struct interp *in = p->r->interp;

	for (size_t i = 0; i < in->root_count; i++) {
		bool below = planner_below(p->r->project_dir, in->roots[i]) != NULL;

		if (below != in_project)
			continue;
		if (below)
			add_project_root(p, in->roots[i]);
		else if (layout_add_visible(p->plan, in->roots[i], err) < 0)
			return -1;
	}
	return 0;
}

static void add_inputs(struct planning *p)
{
	for (size_t i = 0; i < p->r->sources->n; i++) {
		const struct run_source *src = &p->r->sources->items[i];
		CLEANUP(free) char *named = fs_join(p->inputs, src->name);

		plan_add_ro(p->plan, src->real, src->real);
		exclude(p, src->real);
		/* A link inside the project is in the frozen tree and leads to the place above. */
		if (!str_eq(src->path, src->real) && !planner_below(p->r->project_dir, src->path))
			plan_add_ro(p->plan, src->real, src->path);
		plan_add_ro(p->plan, src->real, named);
	}
}

static void add_tree(struct planning *p)
{
	const struct planner_request *r = p->r;
	CLEANUP(free) char *work = fs_join(r->run_dir, "work/work");

	if (r->copied) {
		plan_add_rw(p->plan, p->collect->tree_dir, p->root);
		return;
	}
	plan_add_overlay(p->plan, p->collect->lower, p->collect->tree_dir, work, p->root);
	if (p->collect->base)
		plan_set_base(p->plan, p->collect->base);
}

static void add_outputs(struct planning *p)
{
	CLEANUP(free) char *work = fs_join(p->r->run_dir, "work/work-out");

	if (p->r->copied || !p->collect->base_out)
		plan_add_rw(p->plan, p->collect->outputs_dir, p->outputs);
	else
		plan_add_overlay(p->plan, p->collect->base_out, p->collect->outputs_dir, work, p->outputs);
}

static void add_gpus(struct planning *p)
{
	const char *root = p->r->gpu_root ? p->r->gpu_root : "";

	gpu_hide(p->plan, root);
	if (p->r->gpus)
		gpu_show(p->plan, root, p->r->gpus);
}

static int plan_full(struct planning *p, struct error *err)
{
	const struct planner_request *r = p->r;
	struct layout_options layout = { .home = r->home, .tmp_size = r->spec->memory_bytes };

	p->root = mem_strdup(r->project_dir);
	p->inputs = mem_strdup(PLAN_RUN_DIR "/inputs");
	p->outputs = mem_strdup(PLAN_RUN_DIR "/outputs");
	p->python = mem_strdup(PLAN_RUN_DIR "/python");
	if (layout_add_system(p->plan, &layout, err) < 0 || add_roots(p, false, err) < 0)
		return -1;
	add_tree(p);
	if (add_roots(p, true, err) < 0)
		return -1;
	plan_add_dir(p->plan, PLAN_RUN_DIR "/inputs");
	add_inputs(p);
	add_outputs(p);
	plan_add_ro(p->plan, r->python_dir, p->python);
	if (r->wb_program)
		plan_add_ro(p->plan, r->wb_program, PLAN_RUN_DIR "/bin/wb");
	plan_set_events(p->plan, PLAN_EVENTS);
	plan_set_env(p->plan, "HOME", r->home ? r->home : "/tmp");
	plan_set_env(p->plan, "TMPDIR", "/tmp");
	set_env(p);
	add_gpus(p);
	layout_make_room(p->plan);
	return 0;
}

/* --- tier 2: nothing can be mounted, paths are the host's --- */

static int plan_flat(struct planning *p, struct error *err)
{
	const struct planner_request *r = p->r;
	CLEANUP(free) char *tmp = fs_join(r->run_dir, "work/tmp");
	CLEANUP(free) char *short_tmp = r->scratch ? fs_join(r->scratch, "tmp") : NULL;
	CLEANUP(free) char *events = fs_join(r->events_dir, "events");

	p->root = mem_strdup(p->collect->tree_dir);
	p->inputs = fs_join(r->run_dir, "work/inputs");
	p->outputs = mem_strdup(p->collect->outputs_dir);
	p->python = mem_strdup(r->python_dir);
	if (layout_add_system(p->plan, &(struct layout_options){ 0 }, err) < 0)
		return -1;
	for (size_t i = 0; i < r->interp->root_count; i++)
		if (layout_add_visible(p->plan, r->interp->roots[i], err) < 0)
			return -1;
	plan_add_rw(p->plan, p->root, p->root);
	plan_add_rw(p->plan, p->outputs, p->outputs);
	plan_add_rw(p->plan, tmp, tmp);
	if (short_tmp)
		plan_add_rw(p->plan, short_tmp, short_tmp);
	plan_add_ro(p->plan, p->inputs, p->inputs);
	for (size_t i = 0; i < r->sources->n; i++) {
		plan_add_ro(p->plan, r->sources->items[i].real, r->sources->items[i].real);
		exclude(p, r->sources->items[i].path);
	}
	for (size_t i = 0; i < r->interp->root_count; i++)
		exclude(p, r->interp->roots[i]);
	plan_add_ro(p->plan, p->python, p->python);
	if (r->wb_program)
		plan_add_ro(p->plan, r->wb_program, r->wb_program);
	plan_set_events(p->plan, events);
	plan_set_env(p->plan, "HOME", tmp);
	plan_set_env(p->plan, "TMPDIR", short_tmp ? short_tmp : tmp);
	set_env(p);
	add_gpus(p);
	return 0;
}

static void planning_release(struct planning *p)
{
	plan_free(p->plan);
	free(p->root);
	free(p->inputs);
	free(p->outputs);
	free(p->python);
}
DEFINE_CLEANUP_VALUE(planning_release, struct planning);

int planner_make(const struct planner_request *r, struct sandbox_plan **out_plan, struct job_collect *out, struct error *err)
{
	CLEANUP(planning_release) struct planning p = { .r = r, .collect = out };

	out->copied = r->copied || r->tier != 1;
	out->tree_dir = fs_join(r->run_dir, out->copied ? "work/tree" : "work/upper");
	out->outputs_dir = fs_join(r->run_dir, "out");
	out->lower = mem_strdup(r->resumed && r->resumed->lower ? r->resumed->lower : r->layout);
	out->base = mem_strdup(r->resumed ? r->resumed->layer : NULL);
	out->base_out = mem_strdup(r->resumed ? r->resumed->out : NULL);
	out->cwd = mem_strdup(r->spec->cwd ? r->spec->cwd : "");
	p.plan = plan_new(r->tier);
	if ((r->tier == 1 ? plan_full(&p, err) : plan_flat(&p, err)) < 0)
		return -1;
	set_command(&p);
	p.plan->trace = r->spec->trace_files;
	p.plan->rlimits.nofile = (uint64_t)(r->spec->files ? r->spec->files : SPEC_FILES);
	/* The supervisor ends what has more than it may; this is above that, and holds a fork bomb until it has looked. */
	p.plan->rlimits.nproc = (uint64_t)(r->spec->pids ? r->spec->pids : SPEC_PIDS) + NPROC_MARGIN;
	if (plan_check(p.plan, err) < 0)
		return -1;
	*out_plan = take_ptr(&p.plan);
	return 0;
}
