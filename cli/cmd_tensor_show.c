/* wb tensor show, wb tensor export */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "cli/app.h"
#include "cli/progress.h"
#include "cli/tensor_arg.h"

enum { SHOW_DEFAULT = 1000, SHOW_MAX = 1000000, NUMBER = 64 };

struct show_options {
	struct arg_int limit;
};

static const struct option_spec show_specs[] = {
	OPTION_INT('n', "limit", struct show_options, limit, "N", 1, SHOW_MAX, "print at most N values (1000)"),
	OPTION_END,
};

/* Values held to be printed. */
struct shown {
	const struct tensor_info *tensor;
	struct tensor_select select;
	struct number_type type;
	unsigned char *bytes;
	uint64_t held; /* how many values */
	uint64_t all;
};

static void shown_release(struct shown *s)
{
	free(s->bytes);
}
DEFINE_CLEANUP_VALUE(shown_release, struct shown);

static int shown_read(const struct tensor_arg *a, uint64_t limit, struct shown *out, struct error *err)
{
	CLEANUP(tensor_stream_close) struct tensor_stream *stream = NULL;
	const char *why;

	if (tensor_arg_pick(a, &out->tensor, &out->select, err) < 0)
		return -1;
	if (!tensor_is_numeric(out->tensor, &out->type, &why))
		return error_set(err, ERR_UNSUPPORTED, "%s: %s", out->tensor->path, why);
	if (tensor_values_open(a->fd, &a->list, out->tensor, &out->select, &stream, err) < 0)
		return -1;
	out->all = tensor_shape_count(&out->select.shape);
	out->held = out->all < limit ? out->all : limit;
	out->bytes = mem_alloc((size_t)out->held * out->type.bytes + 1);
	out->type.is_big = false;
	return out->held ? tensor_stream_read(stream, out->bytes, (size_t)out->held * out->type.bytes, err) : 0;
}

static struct jval *value_jval(const struct shown *s, uint64_t i)
{
	const unsigned char *p = s->bytes + i * s->type.bytes;
	char text[NUMBER];
	struct error ignored = { 0 };
	int64_t whole;
	double re, im;

	number_format(&s->type, p, text);
	number_parts(&s->type, p, &re, &im);
	switch (s->type.kind) {
	case NUMBER_BOOL:
		return jval_new_bool(re != 0);
	case NUMBER_INT:
	case NUMBER_UINT:
		return str_parse_i64(text, &whole, &ignored) == 0 ? jval_new_int(whole) : jval_new_text(text);
	case NUMBER_COMPLEX:
		return jval_new_text(text);
	default:
		/* A float32 with the digits that a float32 has. */
		return str_parse_double(text, &re, &ignored) == 0 ? jval_new_num(re) : jval_new_text(text);
	}
}

/* Nested as the shape is. */
static struct jval *values_jval(const struct shown *s, unsigned axis, uint64_t *at)
{
	struct jval *v;

	if (axis == s->select.shape.rank)
		return value_jval(s, (*at)++);
	v = jval_array();
	for (uint64_t i = 0; i < s->select.shape.dims[axis] && *at < s->held; i++)
		jval_push(v, values_jval(s, axis + 1, at));
	return v;
}

static int print_json(struct app *app, const struct tensor_arg *a, const struct shown *s, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	uint64_t at = 0;

	if (s->held < s->all) {
		error_set(err, ERR_LIMIT, "%s has %" PRIu64 " values", s->tensor->path, s->all);
		return error_hint(err, "take a part, as in [0:3,:], or raise --limit; `wb tensor export` writes all of them");
	}
	jval_set_int(v, "v", 1);
	jval_set_text(v, "file", a->list.file);
	jval_set_text(v, "tensor", s->tensor->path);
	jval_set_text(v, "dtype", s->tensor->dtype);
	jval_set(v, "shape", tensor_shape_to_jval(&s->select.shape));
	jval_set(v, "values", s->all || s->select.shape.rank ? values_jval(s, 0, &at) : jval_new_null());
	output_json(&app->out, v);
	return 0;
}

/* A line for each run of the last axis, led by the indexes of the axes before it. */
static void print_rows(struct output *out, const struct shown *s)
{
	const struct tensor_shape *shape = &s->select.shape;
	uint64_t row = shape->rank ? shape->dims[shape->rank - 1] : 1;
	CLEANUP(free) char *texts = mem_calloc((size_t)s->held + 1, NUMBER);
	size_t width = 1;

	for (uint64_t i = 0; i < s->held; i++) {
		number_format(&s->type, s->bytes + i * s->type.bytes, texts + i * NUMBER);
		width = strlen(texts + i * NUMBER) > width ? strlen(texts + i * NUMBER) : width;
	}
	for (uint64_t i = 0; i < s->held; i += row) {
		uint64_t left = i / (row ? row : 1);
		char where[TENSOR_RANK_MAX * 22 + 4] = "";
		size_t end = sizeof where - 1;

		for (unsigned axis = shape->rank; axis-- > 1;) {
			char number[32];
			int n = snprintf(number, sizeof number, "%" PRIu64 ",", left % shape->dims[axis - 1]);

			left /= shape->dims[axis - 1];
			memcpy(where + (end -= (size_t)n), number, (size_t)n);
		}
		if (shape->rank > 1) {
			output_style(out, STYLE_FAINT);
			output_printf(out, "[%s:] ", where + end);
			output_style(out, STYLE_PLAIN);
		}
		for (uint64_t k = i; k < i + row && k < s->held; k++)
			output_printf(out, "%s%*s", k > i ? " " : "", (int)width, texts + k * NUMBER);
		output_puts(out, "\n");
	}
}

static void print_people(struct app *app, const struct shown *s)
{
	CLEANUP(buf_release) struct buf shape = BUF_INIT(LIMIT_PATH);

	tensor_shape_format(&shape, &s->select.shape);
	if (!app->globals.quiet) {
		output_untrusted(&app->out, s->tensor->path);
		output_printf(&app->out, ": %s %s\n", s->tensor->dtype, buf_text(&shape));
	}
	print_rows(&app->out, s);
	if (s->held < s->all)
		output_printf(&app->err, "%" PRIu64 " more values: take a part, as in [0:3,:], or raise --limit\n", s->all - s->held);
}

static int show_run(struct app *app, const struct call *call, struct error *err)
{
	const struct show_options *o = call->options;
	CLEANUP(tensor_arg_release) struct tensor_arg a = TENSOR_ARG_INIT;
	CLEANUP(shown_release) struct shown s = { 0 };
	uint64_t limit = o->limit.given ? (uint64_t)o->limit.value : SHOW_DEFAULT;

	if (tensor_arg_open(app, call->operands[0], &a, err) < 0 || shown_read(&a, limit, &s, err) < 0)
		return -1;
	if (app->globals.json)
		return print_json(app, &a, &s, err);
	print_people(app, &s);
	return STATUS_YES;
}

const struct command tensor_show_command = {
	.name = "show",
	.summary = "print values of a tensor",
	.operands = "FILE[:TENSOR][SELECTION]",
	.about = "SELECTION is NumPy's: [0:3,:], [-1], [::10,2]. A line a row, led by its indexes;\n"
		 "numbers with the digits that their type tells apart.",
	.examples = {
		{ "wb tensor show '@:weights.h5:/w1[0:3,:]'", "three rows" },
		{ "wb tensor show 'x.npy[-1]'", "the last row of an array" },
		{ "wb tensor show --json '@:weights.h5:/b2' | jq .values", "as data" },
	},
	.options = show_specs,
	.options_size = sizeof(struct show_options),
	.run = show_run,
};

struct export_options {
	const char *output;
};

static const struct option_spec export_specs[] = {
	OPTION_STRING('o', "output", struct export_options, output, "FILE", "write FILE (the tensor's name with .npy here)"),
	OPTION_END,
};

/* "/layer/w1" as "w1.npy". Heap text. */
static char *default_name(const struct tensor_info *t)
{
	char *name = mem_printf("%s.npy", fs_basename(t->path));

	for (char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '_';
	return name;
}

static int write_npy(struct app *app, const struct tensor_arg *a, const struct tensor_info *t, const struct tensor_select *select,
		     int fd, const char *name, struct error *err)
{
	CLEANUP(tensor_stream_close) struct tensor_stream *stream = NULL;
	CLEANUP(buf_release) struct buf header = BUF_INIT(LIMIT_EVENT_LINE);
	struct number_type type = { 0 };
	struct progress progress;
	const char *why;
	int rc;

	if (!tensor_is_numeric(t, &type, &why))
		return error_set(err, ERR_UNSUPPORTED, "%s: %s", t->path, why);
	if (tensor_npy_header(&type, &select->shape, &header, err) < 0 ||
	    tensor_values_open(a->fd, &a->list, t, select, &stream, err) < 0 ||
	    fs_write_all(fd, name, header.data, header.len, err) < 0)
		return -1;
	progress_begin(&progress, app, name);
	rc = tensor_npy_write(stream, &type, tensor_shape_count(&select->shape), fd, name, progress_bytes, &progress, err);
	progress_end(&progress);
	return rc;
}

static int export_run(struct app *app, const struct call *call, struct error *err)
{
	const struct export_options *o = call->options;
	CLEANUP(tensor_arg_release) struct tensor_arg a = TENSOR_ARG_INIT;
	CLEANUP(free) char *name = NULL;
	CLEANUP(close) int fd = -1;
	const struct tensor_info *t;
	const char *wanted = call->count > 1 ? call->operands[1] : o->output;
	struct tensor_select select;

	if (call->count > 1 && o->output)
		return error_set(err, ERR_INVALID, "two files to write: '%s' and '%s'", o->output, wanted);
	if (tensor_arg_open(app, call->operands[0], &a, err) < 0 || tensor_arg_pick(&a, &t, &select, err) < 0)
		return -1;
	name = wanted ? mem_strdup(wanted) : default_name(t);
	fd = sys_openat(AT_FDCWD, name, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd < 0 && errno == EEXIST) {
		error_set(err, ERR_EXISTS, "%s exists already", name);
		return error_hint(err, "remove it, or write elsewhere with --output FILE");
	}
	if (fd < 0)
		return error_sys(err, "%s", name);
	if (write_npy(app, &a, t, &select, fd, name, err) < 0) {
		sys_unlinkat(AT_FDCWD, name, 0);
		return -1;
	}
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "file", name);
		jval_set_text(v, "tensor", t->path);
		jval_set(v, "shape", tensor_shape_to_jval(&select.shape));
		output_json(&app->out, v);
	} else if (!app->globals.quiet) {
		output_untrusted(&app->out, name);
		output_puts(&app->out, "\n");
	}
	return STATUS_YES;
}

const struct command tensor_export_command = {
	.name = "export",
	.summary = "write a tensor as a .npy file",
	.operands = "FILE[:TENSOR][SELECTION] [OUT]",
	.about = "To the file OUT, or --output FILE. Nothing that exists is replaced. bfloat16, which NumPy has not,\nbecomes float32.",
	.examples = {
		{ "wb tensor export @:weights.h5:/w1 w1.npy", "a whole tensor" },
		{ "wb tensor export 'big.h5:/x[0:1000]'", "a part, as x.npy" },
	},
	.options = export_specs,
	.options_size = sizeof(struct export_options),
	.run = export_run,
};
