/* wb artifacts ls|get|cat */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/text.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/progress.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "store/object.h"

struct get_options {
	const char *dir;
};

static const struct option_spec get_specs[] = {
	OPTION_STRING('o', "output", struct get_options, dir, "DIR", "write below DIR (here otherwise)"),
	OPTION_END,
};

static void print_json(struct app *app, const struct run_output *o)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "path", o->path);
	jval_set_int(v, "bytes", (int64_t)o->bytes);
	jval_set_text(v, "sha256", o->sha256);
	output_json(&app->out, v);
}

/* True when path is dir, or lies below it. */
static bool lies_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n && dir[n - 1] == '/')
		n--;
	return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/');
}

static int unknown_artifact(const struct run *r, const char *path, struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list names = { 0 };
	const char *nearest;

	for (size_t i = 0; i < r->output_count; i++)
		arg_list_push(&names, r->outputs[i].path);
	nearest = str_nearest(path, names.items, names.count);
	error_set(err, ERR_NOT_FOUND, "run %.*s has no artifact '%s'", RUNVIEW_ID, r->id, path);
	return nearest ? error_hint(err, "did you mean '%s'?", nearest) :
			 error_hint(err, "'wb artifacts ls %.*s' lists them", RUNVIEW_ID, r->id);
}

static int get_digest(const struct run_output *o, struct digest *out, struct error *err)
{
	if (!digest_parse(o->sha256, out))
		return error_set(err, ERR_CORRUPT, "artifact '%s' has no digest", o->path);
	return 0;
}

static void say_none(struct app *app)
{
	if (!app->globals.quiet && !app->globals.json)
		output_puts(&app->err, "the run has left no artifacts\n");
}

static int ls_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(run_release) struct run r;
	struct run shown;
	CLEANUP(free) struct run_output *matches = NULL;
	size_t n = 0;

	run_init(&r);
	if (pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	matches = mem_calloc(r.output_count + 1, sizeof *matches);
	for (size_t i = 0; i < r.output_count; i++)
		if (call->count == 1 || lies_below(r.outputs[i].path, call->operands[1]))
			matches[n++] = r.outputs[i];
	if (call->count == 2 && !n)
		return unknown_artifact(&r, call->operands[1], err);
	for (size_t i = 0; app->globals.json && i < n; i++)
		print_json(app, &matches[i]);
	shown = r;
	shown.outputs = matches;
	shown.output_count = n;
	if (!app->globals.json && n)
		runview_outputs(&app->out, &shown);
	else if (!n)
		say_none(app);
	return STATUS_YES;
}

/* Text of others that goes to a terminal: lines stay lines, everything else that could act is escaped. */
static int cat_to_terminal(struct app *app, struct store *s, const struct digest *d, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_LOG);
	CLEANUP(close) int fd = object_open(s, d, NULL, err);
	const char *at, *end;

	if (fd < 0 || object_verify(s, d, err) < 0 || fs_read_fd(fd, "artifact", &text, err) < 0)
		return -1;
	at = buf_text(&text);
	end = at + text.len;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);

		output_untrusted_text(&app->out, at, n);
		output_puts(&app->out, "\n");
		at += n + (newline != NULL);
	}
	return 0;
}

/* Bytes on their way, of all that were asked for. */
struct moving {
	struct progress progress;
	uint64_t done, all;
};

static void moved(void *data, uint64_t bytes)
{
	struct moving *m = data;

	m->done += bytes;
	progress_update(&m->progress, m->done, m->all);
}

static int cat_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(run_release) struct run r;
	const struct run_output *found = NULL;
	struct moving m = { .all = 0 };
	const struct object_watch watch = { .fn = moved, .data = &m };
	struct engine *e;
	struct digest d;
	int rc;

	run_init(&r);
	if (app_engine(app, &e, err) < 0 || pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.output_count; i++)
		if (str_eq(r.outputs[i].path, call->operands[1]))
			found = &r.outputs[i];
	if (!found)
		return unknown_artifact(&r, call->operands[1], err);
	if (get_digest(found, &d, err) < 0)
		return -1;
	if (isatty(STDOUT_FILENO))
		return cat_to_terminal(app, engine_store(e), &d, err);
	if (output_flush(&app->out, err) < 0)
		return -1;
	/* Read twice: to be checked, and to be printed. */
	m.all = 2 * found->bytes;
	progress_begin(&m.progress, app, found->path);
	rc = object_get_fd_watched(engine_store(e), &d, STDOUT_FILENO, &watch, err);
	progress_end(&m.progress);
	return rc;
}

/* The folder of path below root, made where missing; an owned descriptor. No link is followed: path is a run's. */
static int open_parent(int root, const char *path, struct error *err)
{
	CLEANUP(close) int fd = fs_open_dir(root, ".", err);
	const char *at = path;

	for (const char *slash; fd >= 0 && (slash = strchr(at, '/')); at = slash + 1) {
		CLEANUP(free) char *name = mem_strndup(at, (size_t)(slash - at));
		int next;

		if (sys_mkdirat(fd, name, 0777) < 0 && errno != EEXIST)
			return error_sys(err, "%s", path);
		next = fs_open_beneath(fd, name, O_RDONLY | O_DIRECTORY, 0, err);
		if (next < 0)
			return -1;
		close(fd);
		fd = next;
	}
	return take_fd(&fd);
}

/* What a new file of the user's gets. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int get_one(struct app *app, struct store *s, int root, const struct run_output *o, struct moving *m, struct error *err)
{
	const struct object_watch watch = { .fn = moved, .data = m };
	CLEANUP(buf_release) struct buf shown = BUF_INIT(LIMIT_PATH * 8);
	CLEANUP(close) int parent = -1;
	struct digest d;

	text_escape_str(&shown, o->path);
	if (!fs_is_plain_path(o->path))
		return error_set(err, ERR_CORRUPT, "artifact '%s' has a path that leads elsewhere", o->path);
	parent = open_parent(root, o->path, err);
	if (parent < 0 || get_digest(o, &d, err) < 0)
		return -1;
	if (object_get_file_watched(s, &d, parent, fs_basename(o->path), usual_mode(), &watch, err) < 0) {
		if (err->code == ERR_EXISTS)
			error_hint(err, "remove it, or write elsewhere with --output DIR");
		return -1;
	}
	if (app->globals.json)
		print_json(app, o);
	else if (!app->globals.quiet)
		output_printf(&app->out, "%s\n", buf_text(&shown));
	return 0;
}

static bool is_wanted(const struct call *call, const struct run_output *o)
{
	return call->count == 1 || lies_below(o->path, call->operands[1]);
}

/* The folder to write below: --output DIR, or the last word as `cp` has it. */
static const char *get_target(const struct call *call, struct error *err)
{
	const struct get_options *o = call->options;

	if (call->count < 3)
		return o->dir ? o->dir : ".";
	if (!o->dir)
		return call->operands[2];
	error_set(err, ERR_INVALID, "two folders to write to: '%s' and '%s'", o->dir, call->operands[2]);
	return NULL;
}

static int get_run(struct app *app, const struct call *call, struct error *err)
{
	const char *dir = get_target(call, err);
	CLEANUP(run_release) struct run r;
	CLEANUP(close) int root = -1;
	struct moving m = { .all = 0 };
	struct engine *e;
	size_t n = 0;
	int rc = 0;

	run_init(&r);
	if (!dir || app_engine(app, &e, err) < 0 || pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.output_count; i++) {
		n += is_wanted(call, &r.outputs[i]);
		m.all += is_wanted(call, &r.outputs[i]) ? r.outputs[i].bytes : 0;
	}
	if (!n && call->count > 1)
		return unknown_artifact(&r, call->operands[1], err);
	if (fs_mkdir_p(AT_FDCWD, dir, 0777, err) < 0 || (root = fs_open_dir(AT_FDCWD, dir, err)) < 0)
		return -1;
	progress_begin(&m.progress, app, dir);
	for (size_t i = 0; rc == 0 && i < r.output_count; i++)
		if (is_wanted(call, &r.outputs[i]))
			rc = get_one(app, engine_store(e), root, &r.outputs[i], &m, err);
	progress_end(&m.progress);
	if (!r.output_count)
		say_none(app);
	return rc < 0 ? -1 : STATUS_YES;
}

static const struct command artifacts_ls = {
	.name = "ls",
	.summary = "list what a run left",
	.operands = "RUN [PATH]",
	.examples = { { "wb artifacts ls @", "of the newest run" } },
	.run = ls_run,
};

static const struct command artifacts_get = {
	.name = "get",
	.summary = "write artifacts into a folder",
	.operands = "RUN [PATH] [DIR]",
	.about = "All of them, or PATH: a file, or a folder with what lies below it, written below\n"
		 "DIR or here. Each file's digest is checked before it appears. Nothing that exists\n"
		 "is replaced.",
	.examples = {
		{ "wb artifacts get @ -o out", "all of them, below out/" },
		{ "wb artifacts get @ model.h5", "one, here" },
		{ "wb artifacts get @ plots /tmp/figures", "a folder, below another" },
	},
	.options = get_specs,
	.options_size = sizeof(struct get_options),
	.run = get_run,
};

static const struct command artifacts_cat = {
	.name = "cat",
	.summary = "print an artifact",
	.operands = "RUN PATH",
	.about = "The bytes as they are, their digest checked first; on a terminal control bytes\n"
		 "are shown as escapes.",
	.examples = { { "wb artifacts cat @ report.txt", "read a small one" } },
	.run = cat_run,
};

static const struct command *const artifacts_commands[] = { &artifacts_ls, &artifacts_get, &artifacts_cat, NULL };

const struct command cmd_artifacts = {
	.name = "artifacts",
	.summary = "list, fetch or print what a run left",
	.group = GROUP_LOOK,
	.subcommands = artifacts_commands,
	.examples = {
		{ "wb artifacts ls @", "what the newest run left" },
		{ "wb artifacts get @ model.h5", "fetch a file" },
	},
};
