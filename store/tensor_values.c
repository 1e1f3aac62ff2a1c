/* Statistics, values, comparisons and .npy files of tensors. */
#include "config.h"

#include "store/tensor_values.h"

#include <math.h>
#include <sched.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

/* A tensor is looked at in parts of at least so many bytes, by several workers; always the same parts. */
#define PART_BYTES ((uint64_t)16 * 1024 * 1024)
#define WORKERS_ALONE ((uint64_t)64 * 1024 * 1024)

/* Slower than that (an unpacked byte of gzip on an old processor) a worker is taken for stuck. */
#define SLOWEST_BYTES_S ((uint64_t)10 * 1000 * 1000)
#define SECOND_NS ((int64_t)1000 * 1000 * 1000)

enum { PARTS_MAX = 64, WORKERS_MAX = 16, SECONDS_MIN = 30, PIECE = 65536 };

bool tensor_is_numeric(const struct tensor_info *tensor, struct number_type *type, const char **why)
{
	if (tensor->refused) {
		*why = tensor->refused;
		return false;
	}
	if (!number_type_parse(tensor->dtype, type)) {
		*why = "its values are no numbers to compute with";
		return false;
	}
	return true;
}

/* HDF5 paths begin with a slash, which need not be typed. */
static bool is_called(const struct tensor_info *tensor, const char *name)
{
	return str_eq(tensor->path, name) || (tensor->path[0] == '/' && str_eq(tensor->path + 1, name));
}

int tensor_pick(const struct tensor_list *list, const char *name, const struct tensor_info **out, struct error *err)
{
	CLEANUP(free) const char **names = mem_calloc(list->count + 1, sizeof *names);
	CLEANUP(buf_release) struct buf nearest = BUF_INIT(LIMIT_EVENT_LINE);
	const char *near;

	if ((!name || !*name) && list->count == 1) {
		*out = &list->tensors[0];
		return 0;
	}
	if (!name || !*name) {
		error_set(err, ERR_INVALID, "%s has %zu tensors, and none is named", list->file, list->count);
		return error_hint(err, "write FILE:TENSOR; `wb tensor ls` lists them");
	}
	for (size_t i = 0; i < list->count; i++) {
		names[i] = list->tensors[i].path;
		if (is_called(&list->tensors[i], name)) {
			*out = &list->tensors[i];
			return 0;
		}
	}
	near = str_nearest(name, names, list->count);
	text_escape_str(&nearest, near ? near : "");
	error_set(err, ERR_NOT_FOUND, "%s has no tensor '%s'", list->file, name);
	return near ? error_hint(err, "did you mean '%s'?", buf_text(&nearest)) : error_hint(err, "`wb tensor ls` lists them");
}

/* ---- statistics ---- */

static unsigned processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

static uint64_t bytes_of(const struct tensor_info *tensor)
{
	struct number_type type;

	if (!number_type_parse(tensor->dtype, &type))
		return 0;
	return tensor_shape_count(&tensor->shape) * type.bytes;
}

static int64_t parts_of(const struct tensor_info *tensor)
{
	uint64_t parts = bytes_of(tensor) / PART_BYTES + 1;

	return (int64_t)(parts < PARTS_MAX ? parts : PARTS_MAX);
}

/* How long work over so many bytes may take at most. */
static int64_t seconds_for(uint64_t bytes)
{
	uint64_t s = bytes / SLOWEST_BYTES_S;

	return SECONDS_MIN + (int64_t)(s < 100000 ? s : 100000);
}

struct gathered {
	struct tensor_stats *out;       /* of each tensor */
	struct tensor_stats *parts;     /* in the order of the questions */
	const size_t *first_part;
	size_t n;
};

static int stat_record(const struct jval *record, void *data, struct error *err)
{
	struct gathered *g = data;
	const struct jval *v = jval_get(record, "stat");
	int64_t item = jval_get_int(v, "item", -1), part = jval_get_int(v, "part", -1);

	if (!v || item < 0 || (size_t)item >= g->n || part < 0 ||
	    (size_t)part >= g->first_part[item + 1] - g->first_part[item])
		return error_set(err, ERR_CORRUPT, "the tensor reader's answer has an unknown record");
	return tensor_stats_decode(v, &g->parts[g->first_part[item] + (size_t)part], err);
}

static char *stat_question(const struct tensor_info *const *tensors, size_t n, unsigned first, unsigned step, bool bins,
			   int64_t seconds)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *items = jval_set(v, "items", jval_array());
	struct buf text = BUF_INIT(LIMIT_JSON);

	for (size_t i = 0; i < n; i++) {
		struct jval *item = jval_push(items, jval_object());

		jval_set_text(item, "path", tensors[i]->path);
		jval_set_int(item, "parts", parts_of(tensors[i]));
	}
	jval_set_int(v, "first", first);
	jval_set_int(v, "step", step);
	jval_set_bool(v, "bins", bins);
	jval_set_int(v, "cpu", seconds);
	jval_format(v, JVAL_COMPACT, &text);
	return buf_take(&text);
}

static void questions_free(char ***questions)
{
	for (size_t i = 0; *questions && (*questions)[i]; i++)
		free((*questions)[i]);
	free(*questions);
}

/* At most as many tensors as one worker's arguments can name. */
static int stat_some(int fd, const struct tensor_list *list, const struct tensor_info *const *tensors, size_t n,
		     const struct tensor_stat_options *opt, struct tensor_stats *out, struct error *err)
{
	CLEANUP(free) size_t *first_part = mem_calloc(n + 1, sizeof *first_part);
	CLEANUP(free) struct tensor_stats *parts = NULL;
	__attribute__((cleanup(questions_free))) char **questions = NULL;
	struct gathered g = { .out = out, .first_part = first_part, .n = n };
	struct tensor_options client = opt->client;
	unsigned workers = opt->workers ? opt->workers : processors();
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		first_part[i + 1] = first_part[i] + (size_t)parts_of(tensors[i]);
		bytes += bytes_of(tensors[i]);
	}
	workers = workers < WORKERS_MAX ? workers : WORKERS_MAX;
	if (bytes < WORKERS_ALONE && !opt->workers)
		workers = 1;
	if (client.timeout_ns == 0)
		client.timeout_ns = seconds_for(bytes) * SECOND_NS;
	g.parts = parts = mem_calloc(first_part[n], sizeof *parts);
	questions = mem_calloc(workers + 1, sizeof *questions);
	for (unsigned i = 0; i < workers; i++)
		questions[i] = stat_question(tensors, n, i, workers, !opt->no_histogram, seconds_for(bytes));
	if (tensor_client_ask_all(fd, list->file, "stat", questions, workers, &client, stat_record, &g, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		memset(&out[i], 0, sizeof out[i]);
		out[i].no_bins = opt->no_histogram;
		for (size_t p = first_part[i]; p < first_part[i + 1]; p++)
			tensor_stats_merge(&out[i], &parts[p]);
		if (out[i].count != tensor_shape_count(&tensors[i]->shape)) {
			error_set(err, ERR_CORRUPT, "the tensor reader did not look at all of '%.200s'", tensors[i]->path);
			return error_wrap(err, "%s", list->file);
		}
	}
	return 0;
}

int tensor_stat(int fd, const struct tensor_list *list, const struct tensor_info *const *tensors, size_t n,
		const struct tensor_stat_options *opt, struct tensor_stats *out, struct error *err)
{
	enum { QUESTION_MAX = 64 * 1024, ITEM_MAX = 100 };

	for (size_t at = 0; at < n;) {
		size_t some = 0, length = 0, parts = 0;

		while (at + some < n && some < ITEM_MAX &&
		       (some == 0 || (length + strlen(tensors[at + some]->path) * 2 < QUESTION_MAX && parts < PARTS_MAX))) {
			parts += (size_t)parts_of(tensors[at + some]);
			length += strlen(tensors[at + some++]->path) * 2;
		}
		if (stat_some(fd, list, tensors + at, some, opt, out + at, err) < 0)
			return -1;
		at += some;
	}
	return 0;
}

/* ---- values ---- */

int tensor_values_open(int fd, const struct tensor_list *list, const struct tensor_info *tensor,
		       const struct tensor_select *select, struct tensor_stream **out, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	CLEANUP(tensor_stream_close) struct tensor_stream *s = NULL;
	struct jval *axes = jval_set(v, "select", jval_array());
	struct number_type type = { .bytes = 1 };
	const char *why = "";

	if (!tensor_is_numeric(tensor, &type, &why)) {
		error_set(err, ERR_UNSUPPORTED, "'%s': %s", tensor->path, why);
		return error_wrap(err, "%s", list->file);
	}
	for (unsigned i = 0; i < tensor->shape.rank; i++) {
		struct jval *axis = jval_push(axes, jval_array());

		jval_push(axis, jval_new_int((int64_t)select->box.start[i]));
		jval_push(axis, jval_new_int((int64_t)select->box.step[i]));
		jval_push(axis, jval_new_int((int64_t)select->box.count[i]));
	}
	jval_set_text(v, "path", tensor->path);
	jval_set_int(v, "cpu", seconds_for(bytes_of(tensor)));
	jval_format(v, JVAL_COMPACT, &text);
	if (tensor_stream_open(fd, list->file, buf_text(&text), NULL, &s, err) < 0)
		return -1;
	if (tensor_stream_bytes(s) != tensor_shape_count(&select->shape) * type.bytes)
		return error_set(err, ERR_CONFLICT, "%s changed while it was looked at", list->file);
	*out = take_ptr(&s);
	return 0;
}

static double distance(const struct number_type *ta, const void *a, const struct number_type *tb, const void *b,
		       double *size_b)
{
	double ra, ia, rb, ib;

	number_parts(ta, a, &ra, &ia);
	number_parts(tb, b, &rb, &ib);
	*size_b = ib != 0 ? hypot(rb, ib) : fabs(rb);
	if (ra == rb && ia == ib)
		return 0;
	return ia != 0 || ib != 0 ? hypot(ra - rb, ia - ib) : fabs(ra - rb);
}

static void compare_pair(struct tensor_difference *d, double far, double size, bool nan_a, bool nan_b, double rtol, double atol)
{
	uint64_t at = d->count++;

	if (nan_a && nan_b)
		return;
	if (far == 0)
		return;
	if (d->different++ == 0)
		d->first = at;
	d->nan_mismatch += nan_a != nan_b;
	/* An infinite size allows nothing: only equal infinities are close. */
	if (!(far <= atol + rtol * size) || isinf(size))
		d->beyond++;
	if (!isfinite(far))
		return;
	d->sum_abs += far;
	if (far > d->max_abs) {
		d->max_abs = far;
		d->worst = at;
	}
	if (size > 0 && far / size > d->max_rel)
		d->max_rel = far / size;
}

static bool is_nan(const struct number_type *t, const void *p)
{
	double re, im;

	number_parts(t, p, &re, &im);
	return isnan(re) || isnan(im);
}

int tensor_compare(struct tensor_stream *a, const struct number_type *ta, struct tensor_stream *b,
		   const struct number_type *tb, uint64_t n, double rtol, double atol, struct tensor_difference *out,
		   struct error *err)
{
	CLEANUP(free) unsigned char *pa = mem_alloc((size_t)PIECE * ta->bytes);
	CLEANUP(free) unsigned char *pb = mem_alloc((size_t)PIECE * tb->bytes);
	bool same_type = ta->kind == tb->kind && ta->bytes == tb->bytes;
	struct tensor_difference d = { 0 };

	while (d.count < n) {
		size_t m = n - d.count < PIECE ? (size_t)(n - d.count) : PIECE;

		if (tensor_stream_read(a, pa, m * ta->bytes, err) < 0 || tensor_stream_read(b, pb, m * tb->bytes, err) < 0)
			return -1;
		/* Equal bytes are equal values, NaN included. */
		if (same_type && memcmp(pa, pb, m * ta->bytes) == 0) {
			d.count += m;
			continue;
		}
		for (size_t i = 0; i < m; i++) {
			const unsigned char *xa = pa + i * ta->bytes, *xb = pb + i * tb->bytes;
			double size;
			double far = distance(ta, xa, tb, xb, &size);

			compare_pair(&d, far, size, is_nan(ta, xa), is_nan(tb, xb), rtol, atol);
		}
	}
	*out = d;
	return 0;
}

/* ---- .npy ---- */

static char npy_kind(const struct number_type *t)
{
	static const char kinds[] = {
		[NUMBER_BOOL] = 'b', [NUMBER_INT] = 'i', [NUMBER_UINT] = 'u', [NUMBER_FLOAT] = 'f', [NUMBER_BFLOAT] = 'f',
		[NUMBER_COMPLEX] = 'c',
	};

	return kinds[t->kind];
}

int tensor_npy_header(const struct number_type *type, const struct tensor_shape *shape, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_PATH);
	unsigned bytes = type->kind == NUMBER_BFLOAT ? 4 : type->bytes;
	size_t pad;

	if (shape->is_null)
		return error_set(err, ERR_UNSUPPORTED, "it holds no value at all, which .npy cannot say");
	buf_printf(&text, "{'descr': '%c%c%u', 'fortran_order': False, 'shape': (", bytes == 1 ? '|' : '<', npy_kind(type), bytes);
	for (unsigned i = 0; i < shape->rank; i++)
		buf_printf(&text, "%s%llu%s", i ? ", " : "", (unsigned long long)shape->dims[i], shape->rank == 1 ? "," : "");
	buf_puts(&text, "), }");
	/* Values begin at a multiple of 64, the header ends with a newline. */
	pad = 64 - (10 + text.len + 1) % 64;
	for (size_t i = 0; i < pad % 64; i++)
		buf_putc(&text, ' ');
	buf_putc(&text, '\n');
	buf_append(out, "\x93NUMPY\x01\x00", 8);
	buf_putc(out, (char)(text.len & 255));
	buf_putc(out, (char)(text.len >> 8));
	buf_append(out, text.data, text.len);
	return 0;
}

static void widen_bfloats(const unsigned char *from, size_t n, unsigned char *to)
{
	for (size_t i = 0; i < n; i++) {
		to[4 * i] = to[4 * i + 1] = 0;
		to[4 * i + 2] = from[2 * i];
		to[4 * i + 3] = from[2 * i + 1];
	}
}

int tensor_npy_write(struct tensor_stream *s, const struct number_type *type, uint64_t n, int fd, const char *name,
		     tensor_progress_fn *progress, void *data, struct error *err)
{
	bool wide = type->kind == NUMBER_BFLOAT;
	CLEANUP(free) unsigned char *piece = mem_alloc((size_t)PIECE * type->bytes);
	CLEANUP(free) unsigned char *wider = wide ? mem_alloc((size_t)PIECE * 4) : NULL;

	for (uint64_t at = 0; at < n;) {
		size_t m = n - at < PIECE ? (size_t)(n - at) : PIECE;

		if (tensor_stream_read(s, piece, m * type->bytes, err) < 0)
			return -1;
		if (wide)
			widen_bfloats(piece, m, wider);
		if (fs_write_all(fd, name, wide ? wider : piece, m * (wide ? 4 : type->bytes), err) < 0)
			return -1;
		at += m;
		if (progress)
			progress(data, at * type->bytes, n * type->bytes);
	}
	return 0;
}
