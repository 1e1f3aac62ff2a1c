/* wb tensor ls */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "store/object.h"
#include "store/tensor.h"

enum { CELL = 4096 };

static void shape_cell(struct table *t, const struct tensor_shape *s, const char *none)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL);

	for (unsigned i = 0; i < s->rank; i++)
		buf_printf(&b, "%s%" PRIu64, i ? "x" : "", s->dims[i]);
	table_cell(t, s->is_null ? "empty" : s->rank ? buf_text(&b) : none);
}

static void print_tensors(struct output *out, const struct tensor_list *list)
{
	const struct table_column columns[] = {
		{ "TENSOR", false, 12 }, { "SHAPE", true, 0 },	      { "DTYPE", false, 8 },
		{ "CHUNKS", true, 0 },	 { "COMPRESSION", false, 0 }, { "SIZE", true, 0 },
	};
	CLEANUP(table_free) struct table *t = table_new(columns, 6);

	for (size_t i = 0; i < list->count; i++) {
		const struct tensor_info *info = &list->tensors[i];
		CLEANUP(buf_release) struct buf size = BUF_INIT(CELL);

		str_format_size(&size, info->bytes);
		table_cell(t, info->path);
		shape_cell(t, &info->shape, "scalar");
		table_cell(t, info->dtype);
		shape_cell(t, &info->chunks, "-");
		table_cell(t, *info->filters ? info->filters : info->compression);
		table_cell(t, buf_text(&size));
	}
	if (list->count)
		table_print(t, out);
}

static void print_attrs(struct output *out, const char *path, const struct tensor_attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		output_puts(out, "  ");
		output_style(out, STYLE_FAINT);
		output_untrusted(out, path);
		output_puts(out, "@");
		output_untrusted(out, attrs[i].name);
		output_style(out, STYLE_PLAIN);
		output_puts(out, " = ");
		output_untrusted(out, attrs[i].text);
		output_puts(out, "\n");
	}
}

static bool has_attrs(const struct tensor_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->tensors[i].attr_count)
			return true;
	return list->attr_count > 0;
}

static void print_people(struct output *out, const struct tensor_list *list)
{
	output_untrusted(out, list->file);
	output_printf(out, ": %s, %zu tensor%s\n", list->format, list->count, list->count == 1 ? "" : "s");
	print_tensors(out, list);
	if (has_attrs(list))
		output_puts(out, "\nAttributes\n");
	print_attrs(out, "/", list->attrs, list->attr_count);
	for (size_t i = 0; i < list->count; i++)
		print_attrs(out, list->tensors[i].path, list->tensors[i].attrs, list->tensors[i].attr_count);
	for (size_t i = 0; i < list->count; i++)
		if (list->tensors[i].refused) {
			output_puts(out, "not readable here: ");
			output_untrusted(out, list->tensors[i].path);
			output_puts(out, ": ");
			output_untrusted(out, list->tensors[i].refused);
			output_puts(out, "\n");
		}
	for (size_t i = 0; i < list->skipped_count; i++) {
		output_puts(out, "not followed: ");
		output_untrusted(out, list->skipped[i].path);
		output_puts(out, ": ");
		output_untrusted(out, list->skipped[i].why);
		output_puts(out, "\n");
	}
}

/* An input's bytes are not kept: the file is shown only while it still is what the run read. */
static int open_input(const struct run *r, const struct run_input *in, struct error *err)
{
	const char *project = jval_get_text(r->start, "project");
	CLEANUP(free) char *path = in->path[0] == '/' || !project ? mem_strdup(in->path) : fs_join(project, in->path);
	CLEANUP(close) int fd = fs_open(AT_FDCWD, path, err);
	struct digest want, got;

	if (fd < 0 || digest_of_fd(fd, in->path, &got, NULL, err) < 0)
		return error_wrap(err, "input '%s'", in->name);
	if (!digest_parse(in->sha256, &want) || !digest_eq(&want, &got))
		return error_set(err, ERR_CONFLICT, "%s has changed since the run read it", in->path);
	return take_fd(&fd);
}

static int open_of_run(struct app *app, const char *ref, const char *path, struct error *err)
{
	CLEANUP(run_release) struct run r;
	struct engine *e;
	struct digest d;

	run_init(&r);
	if (app_engine(app, &e, err) < 0 || pick_run(app, ref, &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.output_count; i++)
		if (str_eq(r.outputs[i].path, path))
			return digest_parse(r.outputs[i].sha256, &d) ? object_open(engine_store(e), &d, NULL, err) :
								       error_set(err, ERR_CORRUPT, "%s has no digest", path);
	for (size_t i = 0; i < r.input_count; i++)
		if (str_eq(r.inputs[i].path, path) || str_eq(r.inputs[i].name, path))
			return open_input(&r, &r.inputs[i], err);
	error_set(err, ERR_NOT_FOUND, "run %.*s has no file '%s'", RUNVIEW_ID, r.id, path);
	return error_hint(err, "'wb artifacts ls %.*s' lists what it left", RUNVIEW_ID, r.id);
}

/* A file that is there is meant as such; otherwise what stands before the first ':' is a RUN. */
static int open_named(struct app *app, const char *name, struct error *err)
{
	const char *colon = strchr(name, ':');
	CLEANUP(free) char *ref = NULL;

	if (!colon || colon == name || !colon[1] || fs_exists(AT_FDCWD, name)) {
		int fd = fs_open(AT_FDCWD, name, err);

		if (fd < 0 && err->code == ERR_NOT_FOUND)
			error_hint(err, "a file of a run is written RUN:PATH, such as @:weights.h5");
		return fd;
	}
	ref = mem_strndup(name, (size_t)(colon - name));
	return open_of_run(app, ref, colon + 1, err);
}

static int list_one(struct app *app, const char *name, struct error *err)
{
	CLEANUP(tensor_list_release) struct tensor_list list = { 0 };
	CLEANUP(close) int fd = open_named(app, name, err);

	if (fd < 0 || tensor_list(fd, name, NULL, &list, err) < 0)
		return -1;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = tensor_list_to_jval(&list);

		output_json(&app->out, v);
	} else {
		print_people(&app->out, &list);
	}
	return 0;
}

static int ls_run(struct app *app, const struct call *call, struct error *err)
{
	for (size_t i = 0; i < call->count; i++) {
		if (i && !app->globals.json)
			output_puts(&app->out, "\n");
		if (list_one(app, call->operands[i], err) < 0)
			return -1;
	}
	return STATUS_YES;
}

static const struct command tensor_ls = {
	.name = "ls",
	.summary = "list the tensors of a file",
	.operands = "FILE|RUN:PATH…",
	.about = "Datasets with shape, dtype, chunks and compression, and attributes, of HDF5,\n"
		 "NumPy and safetensors files. The file is parsed in a process that can reach\n"
		 "nothing else. RUN:PATH is a file that the run left, or an input it read.",
	.examples = {
		{ "wb tensor ls digits.h5", "a file" },
		{ "wb tensor ls @:weights.h5", "what the newest run left" },
		{ "wb tensor ls --json @:weights.h5 | jq '.tensors[].path'", "as data" },
	},
	.run = ls_run,
};

static const struct command *const tensor_commands[] = { &tensor_ls, NULL };

const struct command cmd_tensor = {
	.name = "tensor",
	.summary = "look into tensor files",
	.group = GROUP_LOOK,
	.subcommands = tensor_commands,
	.examples = { { "wb tensor ls digits.h5", "what is in a file" } },
};
