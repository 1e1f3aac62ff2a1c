/* From a tensor's name on the command line to an open file. */
#include "config.h"

#include "cli/tensor_arg.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/inputs.h"
#include "store/object.h"

void tensor_arg_release(struct tensor_arg *a)
{
	cleanup_close(&a->fd);
	free(a->tensor);
	free(a->select);
	tensor_list_release(&a->list);
}

/* An input's bytes need not be kept: the file is shown only while it still is what the run read. */
static int open_input(struct store *s, const struct run *r, const struct run_input *in, struct error *err)
{
	CLEANUP(free) char *path = inputs_recorded_path(r->start, in->path);
	CLEANUP(close) int fd = -1;
	struct digest want, got;

	if (!digest_parse(in->sha256, &want))
		return error_set(err, ERR_CORRUPT, "input '%s' has no digest", in->name);
	if (object_find(s, &want, NULL, err) > 0)
		return object_open(s, &want, NULL, err);
	fd = fs_open(AT_FDCWD, path, err);
	if (fd < 0 || digest_of_fd(fd, in->path, &got, NULL, err) < 0)
		return error_wrap(err, "input '%s'", in->name);
	if (!digest_eq(&want, &got))
		return error_set(err, ERR_CONFLICT, "%s has changed since the run read it", in->path);
	return take_fd(&fd);
}

/* How much of rest names path: all of it, or what stands before a colon; 0 for another name. */
static size_t names(const char *rest, const char *path)
{
	size_t n = strlen(path);

	return n && strncmp(rest, path, n) == 0 && (rest[n] == '\0' || rest[n] == ':') ? n : 0;
}

/* "model.h5:/w" of a file that is not there looks like a run's, too. */
static int neither_file_nor_run(const char *ref, struct error *err)
{
	if (!strchr(ref, '.'))
		return -1;
	error_set(err, ERR_NOT_FOUND, "'%s' is neither a file nor a run", ref);
	return error_hint(err, "a file is named from where you stand; one that a run left is RUN:PATH, such as @:weights.h5");
}

/* rest is PATH or PATH:TENSOR of the run. *out_used: how much of it is the path. */
static int open_of_run(struct app *app, const char *ref, const char *rest, size_t *out_used, struct error *err)
{
	CLEANUP(run_release) struct run r;
	const struct run_output *output = NULL;
	const struct run_input *input = NULL;
	struct engine *e;
	struct digest d;

	run_init(&r);
	if (app_engine(app, &e, err) < 0 || pick_run(app, ref, &r, err) < 0)
		return err->code == ERR_NOT_FOUND ? neither_file_nor_run(ref, err) : -1;
	*out_used = 0;
	for (size_t i = 0; i < r.output_count; i++) {
		if (names(rest, r.outputs[i].path) > *out_used) {
			*out_used = names(rest, r.outputs[i].path);
			output = &r.outputs[i];
		}
	}
	for (size_t i = 0; !output && i < r.input_count; i++) {
		size_t by_path = names(rest, r.inputs[i].path), by_name = names(rest, r.inputs[i].name);

		if (by_path > *out_used || by_name > *out_used) {
			*out_used = by_path > by_name ? by_path : by_name;
			input = &r.inputs[i];
		}
	}
	if (output)
		return digest_parse(output->sha256, &d) ? object_open(engine_store(e), &d, NULL, err) :
							  error_set(err, ERR_CORRUPT, "%s has no digest", output->path);
	if (input)
		return open_input(engine_store(e), &r, input, err);
	error_set(err, ERR_NOT_FOUND, "run %.*s has no file '%.*s'", RUNVIEW_ID, r.id, (int)strcspn(rest, ":"), rest);
	return error_hint(err, "'wb artifacts ls %.*s' lists what it left", RUNVIEW_ID, r.id);
}

/* The longest beginning of name before a colon that is a file; 0 when none is. */
static size_t file_part(const char *name)
{
	for (size_t n = strlen(name); n > 0; n--) {
		CLEANUP(free) char *path = name[n] == ':' ? mem_strndup(name, n) : NULL;

		if (path && fs_exists(AT_FDCWD, path))
			return n;
	}
	return 0;
}

static int open_named(struct app *app, const char *name, size_t *out_used, struct error *err)
{
	const char *colon = strchr(name, ':');
	CLEANUP(free) char *part = NULL;
	size_t n = fs_exists(AT_FDCWD, name) ? strlen(name) : file_part(name);
	int fd;

	if (n || !colon || colon == name || !colon[1]) {
		*out_used = n ? n : strlen(name);
		part = mem_strndup(name, *out_used);
		fd = fs_open(AT_FDCWD, part, err);
		if (fd < 0 && err->code == ERR_NOT_FOUND)
			error_hint(err, "a file of a run is written RUN:PATH, such as @:weights.h5");
		return fd;
	}
	part = mem_strndup(name, (size_t)(colon - name));
	fd = open_of_run(app, part, colon + 1, out_used, err);
	*out_used += (size_t)(colon - name) + 1;
	return fd;
}

int tensor_arg_open(struct app *app, const char *text, struct tensor_arg *out, struct error *err)
{
	CLEANUP(tensor_arg_release) struct tensor_arg a = TENSOR_ARG_INIT;
	size_t end = fs_exists(AT_FDCWD, text) ? strlen(text) : tensor_select_find(text);
	CLEANUP(free) char *name = mem_strndup(text, end);
	CLEANUP(free) char *file = NULL;
	size_t used = 0;

	a.fd = open_named(app, name, &used, err);
	if (a.fd < 0)
		return -1;
	file = mem_strndup(name, used);
	if (name[used] == ':' && name[used + 1])
		a.tensor = mem_strdup(name + used + 1);
	if (text[end])
		a.select = mem_strdup(text + end);
	if (tensor_list(a.fd, file, NULL, &a.list, err) < 0)
		return -1;
	*out = a;
	a = (struct tensor_arg)TENSOR_ARG_INIT;
	return 0;
}

int tensor_arg_pick(const struct tensor_arg *a, const struct tensor_info **out, struct tensor_select *select, struct error *err)
{
	const struct tensor_info *found;

	if (tensor_pick(&a->list, a->tensor, &found, err) < 0)
		return -1;
	if (tensor_select_parse(a->select, &found->shape, select, err) < 0)
		return error_wrap(err, "%s", found->path);
	*out = found;
	return 0;
}

void tensor_shape_format(struct buf *b, const struct tensor_shape *shape)
{
	if (shape->is_null)
		buf_puts(b, "empty");
	else if (shape->rank == 0)
		buf_puts(b, "scalar");
	for (unsigned i = 0; i < shape->rank; i++)
		buf_printf(b, "%s%" PRIu64, i ? "x" : "", shape->dims[i]);
}

struct jval *tensor_shape_to_jval(const struct tensor_shape *shape)
{
	struct jval *v = shape->is_null ? jval_new_null() : jval_array();

	for (unsigned i = 0; i < shape->rank; i++)
		jval_push(v, jval_new_int((int64_t)shape->dims[i]));
	return v;
}
