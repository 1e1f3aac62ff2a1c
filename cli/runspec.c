/* From the options of a run to its specification. */
#include "config.h"

#include "cli/runspec.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/pick.h"
#include "engine/engine.h"
#include "engine/mlproject.h"
#include "engine/project.h"
#include "engine/project_inputs.h"
#include "engine/settings.h"
#include "engine/spec.h"
#include "store/store.h"

/* "K=V", or "K": the caller's own value. */
static int add_env(struct run_spec *spec, const char *text, struct error *err)
{
	const char *value;

	if (strchr(text, '='))
		return pairs_set_text(&spec->env, text, "--env", err);
	value = getenv(text);
	if (!value) {
		error_set(err, ERR_NOT_FOUND, "--env %s: the variable is not set", text);
		return error_hint(err, "give it a value: --env %s=VALUE", text);
	}
	pairs_set(&spec->env, text, value);
	return 0;
}

/*
 * Inputs named here go before those of wb.yaml, yet two of one name are still a mistake. root: the folder of the wb.yaml
 * that those in spec are from; NULL: they are a recorded run's.
 */
static int add_inputs(const struct runspec *o, const char *root, const char *dir, const char *cwd, struct run_spec *spec,
		      struct error *err)
{
	CLEANUP(run_spec_release) struct run_spec given = { 0 };

	for (size_t i = 0; i < o->inputs.count; i++)
		if (run_spec_add_input(&given, o->inputs.items[i], err) < 0)
			return -1;
	if (root && project_check_inputs(&spec->inputs, &given.inputs, root, cwd, err) < 0)
		return -1;
	for (size_t i = 0; i < given.inputs.n; i++) {
		const struct pair *input = &given.inputs.items[i];
		CLEANUP(free) char *path = str_eq(dir, cwd) ? mem_strdup(input->value) : fs_join(dir, input->value);

		pairs_set(&spec->inputs, input->key, path);
	}
	return 0;
}

static int fill_lists(const struct runspec *o, struct run_spec *spec, struct error *err)
{
	for (size_t i = 0; i < o->params.count; i++)
		pairs_set(&spec->params, o->params.items[i].key, o->params.items[i].value);
	for (size_t i = 0; i < o->tags.count; i++)
		pairs_set(&spec->tags, o->tags.items[i].key, o->tags.items[i].value);
	for (size_t i = 0; i < o->nets.count; i++)
		if (run_spec_add_net(spec, o->nets.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < o->secrets.count; i++)
		words_add(&spec->secrets, o->secrets.items[i]);
	for (size_t i = 0; i < o->env.count; i++)
		if (add_env(spec, o->env.items[i], err) < 0)
			return -1;
	return 0;
}

static void fill_limits(const struct runspec *o, struct run_spec *spec)
{
	if (o->gpus.given)
		spec->gpus = o->gpus.value;
	if (o->gpu_wait.given)
		spec->gpu_wait_ns = o->gpu_wait.ns;
	if (o->cpus.given)
		spec->cpus = o->cpus.value;
	if (o->memory.given)
		spec->memory_bytes = o->memory.bytes;
	if (o->time.given)
		spec->wall_ns = o->time.ns;
	if (o->disk.given)
		spec->disk_bytes = o->disk.bytes;
	if (o->pids.given)
		spec->pids = o->pids.value;
	if (o->files.given)
		spec->files = o->files.value;
	if (o->output.given)
		spec->output_bytes = o->output.bytes;
	if (o->grace.given)
		spec->grace_ns = o->grace.ns;
	if (o->net_bytes.given)
		spec->net_bytes = o->net_bytes.bytes;
}

static int fill_box(const struct runspec *o, struct run_spec *spec, struct error *err)
{
	if (o->tier_min.given && (!spec->box.tier_min || o->tier_min.value < spec->box.tier_min))
		spec->box.tier_min = (int)o->tier_min.value;
	if (o->workdir) {
		spec->copy_workdir = str_eq(o->workdir, "copy");
		spec->box.need_overlay = str_eq(o->workdir, "overlay");
	}
	return o->call_profile ? box_wish_profile(&spec->box, o->call_profile, err) : 0;
}

/* What the command line gives, over what is there. */
static int fill_spec(struct app *app, const struct runspec *o, struct run_spec *spec, struct error *err)
{
	if (o->experiment) {
		free(spec->experiment);
		spec->experiment = mem_strdup(o->experiment);
	}
	spec->name = mem_strdup(o->name);
	fill_limits(o, spec);
	if (o->seed.given) {
		spec->has_seed = true;
		spec->seed = o->seed.value;
	}
	spec->tier = (int)o->tier.value;
	if (fill_box(o, spec, err) < 0)
		return -1;
	spec->diode = spec->diode || o->diode;
	if (o->diode_out && str_parse_size(o->diode_out, &spec->diode_out, err) < 0)
		return error_wrap(err, "--diode-out");
	if (fill_lists(o, spec, err) < 0)
		return -1;
	if (o->parent) {
		char id[33];

		if (pick_run_id(app, o->parent, id, err) < 0)
			return error_wrap(err, "--parent");
		free(spec->parent);
		spec->parent = mem_strdup(id);
	}
	return 0;
}

/* --- what to run --- */

static bool is_folder_word(const char *word)
{
	return str_eq(word, ".") || str_eq(word, "..") || strchr(word, '/');
}

struct target {
	const char *task;          /* of wb.yaml, or NULL */
	struct project *project;   /* NULL: there is no wb.yaml */
	struct mlproject *ml;      /* the folder's MLproject, or NULL */
	const char *root;          /* the project's folder; borrowed from the engine */
	const char *folder;        /* the word that named it, or NULL; borrowed */
	bool by_project;           /* the command is wb.yaml's */
};

static void target_release(struct target *t)
{
	project_free(t->project);
	mlproject_free(t->ml);
}
DEFINE_CLEANUP_VALUE(target_release, struct target);

static bool is_program(const char *name)
{
	const char *path = getenv("PATH");
	CLEANUP(free) char *copy = mem_strdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = copy;

	for (char *dir = strsep(&rest, ":"); dir; dir = strsep(&rest, ":")) {
		CLEANUP(free) char *file = fs_join(*dir ? dir : ".", name);

		if (access(file, X_OK) == 0 && !fs_is_dir(AT_FDCWD, file))
			return true;
	}
	return false;
}

/* A task with a slip in it must not become a run of a program that there is not. */
static int check_slip(const struct project *p, const char *word, struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list names = { 0 };
	const char *nearest;

	for (size_t i = 0; project_task(p, i); i++)
		arg_list_push(&names, project_task(p, i));
	nearest = str_nearest(word, names.items, names.count);
	if (!nearest || is_program(word))
		return 0;
	error_set(err, ERR_NOT_FOUND, "'%.100s' is neither a task of %s nor a program", word, project_path(p));
	return error_hint(err, "did you mean '%s'?", nearest);
}

/* As project_load(); a mistake in the file that needs no advice of its own is sent to the file's manual. */
static int load_project(const char *root, struct project **out, struct error *err)
{
	int found = project_load(root, out, err);

	if (found < 0 && !err->hint[0] && err->code == ERR_INVALID)
		error_hint(err, "'man wb.yaml' shows what may stand there");
	return found;
}

int runspec_adopt(struct app *app, const char *word, struct error *err)
{
	CLEANUP(project_free) struct project *project = NULL;
	struct engine *e;
	const char *root;

	if (is_folder_word(word)) {
		if (!fs_is_dir(AT_FDCWD, word))
			return 0;
		return chdir(word) < 0 ? error_sys(err, "%s", word) : 1;
	}
	if (app_engine_create(app, &e, err) < 0 || engine_project_dir(e, &root, err) < 0 ||
	    load_project(root, &project, err) < 0)
		return -1;
	if (!project || project_has_task(project, word))
		return project != NULL;
	return check_slip(project, word, err);
}

static int find_target(struct engine *e, const struct runspec *o, const struct call *call, struct target *t,
		       struct error *err)
{
	bool is_folder = call->adopted && is_folder_word(call->operands[0]);

	if (engine_project_dir(e, &t->root, err) < 0 || load_project(t->root, &t->project, err) < 0)
		return -1;
	if (call->adopted && !is_folder)
		t->task = call->operands[0];
	t->folder = is_folder ? call->operands[0] : NULL;
	if (is_folder && mlproject_load(engine_dir(e), &t->ml, err) < 0)
		return -1;
	t->by_project = !t->ml && (call->adopted || !call->count);
	if (o->entry && !t->ml) {
		error_set(err, ERR_INVALID, "--entry %s: no %s is run here", o->entry, MLPROJECT_FILE);
		return error_hint(err, "name the folder that has it: wb run DIR --entry %s", o->entry);
	}
	if (o->profile && !t->project) {
		error_set(err, ERR_NOT_FOUND, "--profile %s: there is no %s in %s", o->profile, PROJECT_FILE, t->root);
		return error_hint(err, "'man wb.yaml' shows one");
	}
	return 0;
}

static int no_command(const struct target *t, struct error *err)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT(sizeof err->hint);

	if (t->folder)
		error_set(err, ERR_INVALID, "no command to run: '%.200s' has no %s, and no %s names a command", t->folder,
			  MLPROJECT_FILE, PROJECT_FILE);
	else
		error_set(err, ERR_INVALID, t->task ? "task '%.100s' has no command" : "no command to run", t->task);
	for (size_t i = 0; t->project && project_task(t->project, i); i++)
		buf_printf(&names, "%s%s", i ? ", " : "", project_task(t->project, i));
	if (names.len && !t->task)
		return error_hint(err, "put it after --, or name a task: %s", buf_text(&names));
	return error_hint(err, t->task ? "give it one in %s" : "put it after --, as in: wb run -- python3 train.py",
			  t->task ? project_path(t->project) : "");
}

static int fill_from_project(const struct runspec *o, const struct target *t, const char *cwd, struct run_spec *spec,
			     struct error *err)
{
	CLEANUP(project_values_release) struct project_values values = { 0 };
	size_t kept = 0;

	if (project_merge(t->project, t->task, o->profile, &values, err) < 0)
		return -1;
	/* An entry point gets each param as an option: what was meant for other commands is not handed to it. */
	for (size_t i = 0, n = t->ml ? values.n : 0; i < n; i++)
		if (values.items[i]->kind != PROJECT_PARAM || mlproject_has_param(t->ml, o->entry, values.items[i]->key))
			values.items[kept++] = values.items[i];
	if (t->ml)
		values.n = kept;
	if (project_fill(&values, t->by_project, t->root, cwd, spec, err) < 0)
		return -1;
	if (t->task)
		pairs_set(&spec->tags, "wb.task", t->task);
	if (o->profile)
		pairs_set(&spec->tags, "wb.profile", o->profile);
	return 0;
}

/* The words that follow: all of a command, or what is added to one. */
static int fill_command(const struct runspec *o, const struct target *t, const struct call *call, const char *cwd,
			struct run_spec *spec, struct error *err)
{
	if (t->by_project && !spec->argv.n)
		return no_command(t, err);
	if (t->ml && call->count > 1) {
		error_set(err, ERR_INVALID, "'%s': an entry point takes params, no words", call->operands[1]);
		return error_hint(err, "give it as -p NAME=VALUE");
	}
	if (t->ml)
		return mlproject_fill(t->ml, o->entry, cwd, spec, err);
	for (size_t i = call->adopted; i < call->count; i++)
		words_add(&spec->argv, call->operands[i]);
	return 0;
}

static int apply_settings(struct engine *e, struct run_spec *spec, struct error *err)
{
	CLEANUP(settings_free) struct settings *s = NULL;

	if (settings_load(store_path(engine_store(e)), &s, err) < 0)
		return -1;
	return settings_apply(s, spec, err);
}

int runspec_fill(struct app *app, struct engine *e, const struct runspec *o, const struct call *call,
		 struct run_spec *out, struct error *err)
{
	CLEANUP(target_release) struct target t = { 0 };
	const char *cwd = engine_dir(e);

	if (find_target(e, o, call, &t, err) < 0)
		return -1;
	if (t.by_project) {
		cwd = t.root;
		out->cwd = mem_strdup("");
	}
	if ((t.project && fill_from_project(o, &t, cwd, out, err) < 0) || fill_spec(app, o, out, err) < 0 ||
	    add_inputs(o, t.root, engine_dir(e), cwd, out, err) < 0 || fill_command(o, &t, call, cwd, out, err) < 0 ||
	    apply_settings(e, out, err) < 0)
		return -1;
	if (o->net_bytes.given && !out->nets.n) {
		error_set(err, ERR_INVALID, "--net-bytes without --net");
		return error_hint(err, "say which host it is to reach: --net HOST");
	}
	if (o->gpu_wait.given && o->gpu_wait.ns > 0 && !out->gpus) {
		error_set(err, ERR_INVALID, "--gpu-wait without --gpus");
		return error_hint(err, "say how many it is to wait for: --gpus 1");
	}
	return run_spec_check(out, err);
}

int runspec_over(struct app *app, struct engine *e, const struct runspec *o, struct run_spec *spec, struct error *err)
{
	return fill_spec(app, o, spec, err) < 0 || add_inputs(o, NULL, engine_dir(e), "", spec, err) < 0 ? -1 : 0;
}
