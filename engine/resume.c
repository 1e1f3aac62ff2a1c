/* Standing where an earlier run stood. */
#include "config.h"

#include "engine/resume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/inputs.h"
#include "store/object.h"
#include "store/snapshot.h"

void resumed_release(struct resumed *r)
{
	kept_release(&r->kept);
	free(r->layer);
	free(r->lower);
	free(r->out);
	*r = (struct resumed)RESUMED_INIT;
}

/* --- artifacts --- */

struct laying {
	struct store *store;
	const struct run *run;
	int tree_fd, out_fd;
	int code_fd;          /* the frozen code, to tell where a name belongs; -1: not laid out */
	const char *cwd;
};

/*
 * A record names artifacts from the working directory where they lie below it, else from the tree's root, and does not say
 * which: a file of the code that stands only at the root was written there.
 */
static char *place_of(const struct laying *l, const char *path)
{
	CLEANUP(free) char *below = *l->cwd ? fs_join(l->cwd, path) : mem_strdup(path);

	if (*l->cwd && l->code_fd >= 0 && !fs_exists(l->code_fd, below) && fs_exists(l->code_fd, path))
		return mem_strdup(path);
	return take_ptr(&below);
}

static int make_parent(int dirfd, const char *path, struct error *err)
{
	CLEANUP(free) char *parent = mem_strndup(path, (size_t)(fs_basename(path) - path));

	return *parent ? fs_mkdir_p(dirfd, parent, 0700, err) : 0;
}

static int lay_one(const struct laying *l, const struct run_output *o, struct error *err)
{
	CLEANUP(free) char *place = place_of(l, o->path);
	struct digest d;

	/* Records may be a stranger's. */
	if (!fs_is_plain_path(o->path) || !digest_parse(o->sha256, &d))
		return error_set(err, ERR_CORRUPT, "artifact '%s' has a path or a digest that cannot be one", o->path);
	if (make_parent(l->tree_fd, place, err) < 0 || make_parent(l->out_fd, o->path, err) < 0)
		return -1;
	if (object_get_file(l->store, &d, l->tree_fd, place, 0600, err) < 0)
		return -1;
	/* It may have been written to either place. Both are only looked at: one file with two names is enough. */
	return linkat(l->tree_fd, place, l->out_fd, o->path, 0) < 0 ? error_sys(err, "%s", o->path) : 0;
}

static int open_new(int dirfd, const char *name, struct error *err)
{
	if (sys_mkdirat(dirfd, name, 0700) < 0)
		return error_sys(err, "making the folder %s", name);
	return fs_open_dir(dirfd, name, err);
}

static int lay_artifacts(struct store *s, const struct run *run, int work_fd, struct error *err)
{
	const char *cwd = jval_get_text(jval_get(run->start, "spec"), "cwd");
	CLEANUP(free) char *code = mem_printf("%s/trees/%s", store_path(s), run->tree);
	CLEANUP(close) int tree_fd = open_new(work_fd, "base", err);
	CLEANUP(close) int out_fd = tree_fd < 0 ? -1 : open_new(work_fd, "base-out", err);
	CLEANUP(close) int code_fd = sys_openat(AT_FDCWD, code, O_RDONLY | O_DIRECTORY, 0);
	struct laying l = { .store = s, .run = run, .tree_fd = tree_fd, .out_fd = out_fd, .code_fd = code_fd, .cwd = cwd ? cwd : "" };

	if (out_fd < 0)
		return -1;
	for (size_t i = 0; i < run->output_count; i++)
		if (lay_one(&l, &run->outputs[i], err) < 0)
			return error_wrap(err, "laying out the artifacts of run %.8s", run->id);
	return 0;
}

int resumed_open(struct store *s, const struct run *run, int work_fd, const char *work_path, struct resumed *out,
		 struct error *err)
{
	bool orphaned = run->state == RUN_LOST && jval_get_bool(jval_get(run->start, "spec"), "keep", false);
	int found = kept_find(s, run->id, orphaned, &out->kept, err);

	if (found < 0)
		return -1;
	if (found) {
		*(out->kept.copied ? &out->lower : &out->layer) = mem_strdup(out->kept.tree);
		out->out = mem_strdup(out->kept.out);
		return 0;
	}
	if (run->output_count == 0)
		return 0;
	if (lay_artifacts(s, run, work_fd, err) < 0)
		return -1;
	out->layer = fs_join(work_path, "base");
	out->out = fs_join(work_path, "base-out");
	return 0;
}

static int copy_path(const char *from, int to_fd, struct error *err)
{
	CLEANUP(close) int fd = from ? fs_open_dir(AT_FDCWD, from, err) : -1;

	if (!from)
		return 0;
	return fd < 0 ? -1 : kept_copy(fd, to_fd, err);
}

/* What is not in a kept tree was deleted from it. */
static int empty_folder(int fd, struct error *err)
{
	CLEANUP(free) char *path = mem_printf("/proc/self/fd/%d", fd);
	CLEANUP(closedir) DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return error_sys(err, "the run's folder");
	while ((entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..") && fs_remove_tree(fd, entry->d_name, err) < 0)
			return -1;
	return 0;
}

int resumed_copy(const struct resumed *r, int tree_fd, int out_fd, struct error *err)
{
	if (r->lower && empty_folder(tree_fd, err) < 0)
		return -1;
	return copy_path(r->lower, tree_fd, err) < 0 || copy_path(r->layer, tree_fd, err) < 0 ||
	       copy_path(r->out, out_fd, err) < 0 ? -1 : 0;
}

/* --- the specification --- */

/* At its place, or among the objects. */
static bool can_be_had(struct store *s, const struct jval *start, const char *path)
{
	CLEANUP(free) char *place = inputs_recorded_path(start, path);
	const struct jval *inputs = jval_get(start, "inputs");
	struct error ignored = { 0 };
	struct digest d;

	if (fs_exists(AT_FDCWD, place))
		return true;
	for (size_t i = 0; i < jval_count(inputs); i++) {
		const struct jval *input = jval_at(inputs, i);
		const char *hex = jval_get_text(input, "sha256");

		if (str_eq(jval_get_text(input, "path"), path) && hex && digest_parse(hex, &d))
			return object_find(s, &d, NULL, &ignored) > 0;
	}
	return false;
}

int resume_spec(struct store *s, const struct run *run, struct run_spec *out, struct words *missing, struct error *err)
{
	struct pairs inputs = { 0 };

	if (jval_type(jval_get(run->start, "diode")) == JVAL_OBJECT) {
		error_set(err, ERR_DENIED, "run %.8s was a diode run: nobody may look into it", run->id);
		return error_hint(err, "'wb shell' without a run opens the project; the data stays closed");
	}
	if (!tree_id_is_valid(run->tree)) {
		error_set(err, ERR_NOT_FOUND, "run %.8s has no frozen code to open", run->id);
		return error_hint(err, "'wb show %.8s' tells how far it came", run->id);
	}
	if (run_spec_from_jval(jval_get(run->start, "spec"), out, err) < 0)
		return -1;
	words_release(&out->argv);
	words_release(&out->nets);
	words_release(&out->secrets);
	pairs_release(&out->tags);
	for (size_t i = 0; i < out->inputs.n; i++) {
		if (can_be_had(s, run->start, out->inputs.items[i].value))
			pairs_set(&inputs, out->inputs.items[i].key, out->inputs.items[i].value);
		else
			words_add(missing, out->inputs.items[i].key);
	}
	pairs_release(&out->inputs);
	out->inputs = inputs;
	out->gpus = 0;
	out->wall_ns = 0;
	out->tier = 0;
	out->keep = false;
	out->is_literal = true;
	out->tree = mem_strdup(run->tree);
	out->source_run = mem_strdup(run->id);
	out->shell_of = mem_strdup(run->id);
	out->parent = mem_strdup(run->id);
	return 0;
}
