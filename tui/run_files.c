/* Inputs and outputs of a run, and the tensors in them. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/run_page.h"

enum { TEXT_MAX = 16 * 1024, HASH_SHOWN = 12 };

static bool is_tensor_file(const char *path)
{
	static const char *const endings[] = { ".h5", ".hdf5", ".he5", ".npy", ".npz", ".safetensors" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_ends(path, endings[i]))
			return true;
	return false;
}

/* What the worker told of a file, under its line. */
static void add_answer(struct page_lines *l, const struct jval *answer)
{
	const struct jval *tensors = jval_get(answer, "tensors");

	if (!jval_get_bool(answer, "ok", false)) {
		page_lines_add(l, 4, NULL, PEN_BAD, jval_get_text(answer, "text"));
		return;
	}
	for (size_t i = 0; i < jval_count(tensors); i++)
		page_lines_add(l, 4, NULL, PEN_FAINT, jval_text(jval_at(tensors, i)));
	if (!jval_count(tensors))
		page_lines_add(l, 4, NULL, PEN_FAINT, "no tensors in it");
}

/* One tensor of the record: "/w1  64x32  float32". */
static void add_indexed(struct page_lines *l, const struct jval *tensor)
{
	const struct jval *dims = jval_get(tensor, "shape");
	const char *path = jval_get_text(tensor, "path"), *dtype = jval_get_text(tensor, "dtype");
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	buf_printf(&b, "%s  ", path ? path : "");
	for (size_t i = 0; i < jval_count(dims); i++)
		buf_printf(&b, "%s%" PRId64, i ? "x" : "", jval_int(jval_at(dims, i), 0));
	if (!jval_count(dims))
		buf_puts(&b, jval_type(dims) == JVAL_ARRAY ? "scalar" : "empty");
	buf_printf(&b, "  %s", dtype ? dtype : "");
	page_lines_add(l, 4, NULL, PEN_FAINT, buf_text(&b));
}

/* Tensors of a file: as it was asked for here, else as they were listed when the run was collected. */
static void add_tensors(const struct run_files *f, struct page_lines *l, const struct run *r, const char *path)
{
	const struct jval *files = jval_get(r->end, "tensors"), *answer = jval_get(f->answers, path);

	if (answer) {
		add_answer(l, answer);
		return;
	}
	for (size_t i = 0; i < jval_count(files); i++) {
		const struct jval *file = jval_at(files, i), *tensors = jval_get(file, "tensors");

		if (!jval_get_text(file, "path") || !str_eq(jval_get_text(file, "path"), path))
			continue;
		for (size_t k = 0; k < jval_count(tensors); k++)
			add_indexed(l, jval_at(tensors, k));
		if (jval_get_text(file, "error"))
			page_lines_add(l, 4, NULL, PEN_WARN, jval_get_text(file, "error"));
		if (jval_get_int(file, "more", 0))
			page_lines_add(l, 4, NULL, PEN_FAINT, "and more: Enter lists them");
	}
}

static void add_file(struct page_lines *l, const char *path, uint64_t bytes, const char *sha256, const char *more)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);
	struct page_line *line;

	str_format_size(&b, bytes);
	buf_printf(&b, "  %.*s  %s", HASH_SHOWN, sha256, more);
	line = page_lines_add(l, 2, path, PEN_PLAIN, buf_text(&b));
	line->label_pen = is_tensor_file(path) ? PEN_NAME : PEN_PLAIN;
	line->value_pen = PEN_FAINT;
	line->file = mem_strdup(path);
}

static void add_skipped(struct page_lines *l, const struct run *r)
{
	const struct jval *skipped = jval_get(jval_get(r->start, "snapshot"), "skipped");

	if (jval_count(skipped))
		page_heading(l, "Left out of the snapshot");
	for (size_t i = 0; i < jval_count(skipped); i++) {
		const struct jval *s = jval_at(skipped, i);

		page_lines_add(l, 2, jval_text(s) ? jval_text(s) : jval_get_text(s, "path"), PEN_FAINT, jval_get_text(s, "why"));
	}
}

static void build(struct run_files *f, const struct run *r)
{
	page_lines_clear(&f->lines);
	if (r->input_count)
		page_heading(&f->lines, "Inputs");
	for (size_t i = 0; i < r->input_count; i++) {
		const struct run_input *in = &r->inputs[i];

		add_file(&f->lines, in->path, in->bytes, in->sha256, in->tags);
		add_tensors(f, &f->lines, r, in->path);
	}
	if (r->output_count)
		page_heading(&f->lines, "Outputs");
	for (size_t i = 0; i < r->output_count; i++) {
		const struct run_output *o = &r->outputs[i];

		add_file(&f->lines, o->path, o->bytes, o->sha256, "");
		add_tensors(f, &f->lines, r, o->path);
	}
	add_skipped(&f->lines, r);
}

static void files_draw(struct run_view *v, const struct view_context *c, const struct run *r, const struct area *a)
{
	(void)c;
	build(&v->files, r);
	if (v->files.lines.n)
		page_lines_draw(&v->files.lines, &v->files.list, "", a);
	else
		view_notice(a, PEN_PLAIN, "the run declared no inputs and left no files",
			    r->state == RUN_RUNNING ? "outputs are collected when it ends" : NULL);
}

static bool files_act(struct run_view *v, const struct view_context *c, enum action_id id, const char *argument,
		      struct reaction *out)
{
	const struct run_files *f = &v->files;
	const char *file = f->list.cursor < f->lines.n ? f->lines.items[f->list.cursor].file : NULL;

	(void)c;
	(void)argument;
	if (list_act(&v->files.list, id) || page_lines_act(&v->files.lines, id))
		return true;
	if (id != ACT_OPEN)
		return false;
	if (!file) {
		snprintf(out->message, sizeof out->message, "there is no file in this line");
		return true;
	}
	out->command = jval_object();
	jval_set_text(out->command, "do", "tensors");
	jval_set_text(out->command, "run", v->id);
	jval_set_text(out->command, "path", file);
	return true;
}

const struct run_tab run_tab_files = { "Files", PLACE_FILES, files_draw, files_act };
