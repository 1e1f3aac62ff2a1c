/* wb tensor ls */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/tensor_arg.h"

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

static int list_one(struct app *app, const char *name, struct error *err)
{
	CLEANUP(tensor_arg_release) struct tensor_arg a = TENSOR_ARG_INIT;

	if (tensor_arg_open(app, name, &a, err) < 0)
		return -1;
	if (a.tensor || a.select) {
		error_set(err, ERR_INVALID, "%s: a listing is of a whole file", name);
		return error_hint(err, "`wb tensor stat` and `wb tensor show` look at one tensor");
	}
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = tensor_list_to_jval(&a.list);

		output_json(&app->out, v);
	} else {
		print_people(&app->out, &a.list);
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

static const struct command *const tensor_commands[] = { &tensor_ls, &tensor_stat_command, &tensor_show_command,
							 &tensor_diff_command, &tensor_export_command, NULL };

const struct command cmd_tensor = {
	.name = "tensor",
	.summary = "look into tensor files",
	.group = GROUP_LOOK,
	.subcommands = tensor_commands,
	.about = "A tensor is named FILE:TENSOR, or RUN:PATH:TENSOR for a file that a run left or\n"
		 "read; TENSOR may be left out where a file has only one. [0:3,:] behind it takes a\n"
		 "part. HDF5, .npy, .npz and safetensors files, all parsed in a process that can\n"
		 "reach nothing but the file.",
	.examples = {
		{ "wb tensor ls digits.h5", "what is in a file" },
		{ "wb tensor stat @:weights.h5", "ranges, means, NaNs of all its tensors" },
		{ "wb tensor show '@:weights.h5:/w1[0:3,:]'", "some values" },
		{ "wb tensor diff @~1:weights.h5 @:weights.h5", "what training changed" },
		{ "wb tensor export @:weights.h5:/w1 w1.npy", "for NumPy" },
	},
};
