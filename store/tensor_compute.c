/* Statistics and values of any tensor source. */
#include "config.h"

#include "store/tensor_compute.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/sys.h"
#include "store/tensor_codec.h"
#include "store/tensor_stats.h"

/* Bytes read at a time: for statistics what the second cache holds, for values few enough calls. */
#define STAT_PIECE (256 * LIMIT_KIB)
#define VALUES_PIECE (4 * LIMIT_MIB)

/* An array with its first axis fastest is held whole to be read in the other order. */
#define FORTRAN_MAX (512 * LIMIT_MIB)

enum { PARTS_MAX = 1024 };

int tensor_source_count(struct tensor_source *s, struct error *err)
{
	uint64_t n = s->shape.is_null ? 0 : 1;
	uint64_t bytes;

	for (unsigned i = 0; i < s->shape.rank; i++) {
		if (__builtin_mul_overflow(n, s->shape.dims[i], &n))
			return error_set(err, ERR_LIMIT, "it has more values than can be counted");
	}
	if (__builtin_mul_overflow(n, (uint64_t)s->type.bytes, &bytes) || bytes > INT64_MAX)
		return error_set(err, ERR_LIMIT, "it has more values than can be counted");
	s->values = n;
	return 0;
}

static int read_at(const struct tensor_source *s, uint64_t byte, void *out, size_t n, struct error *err)
{
	char *p = out;

	while (n) {
		ssize_t got = sys_pread(s->fd, p, n, (off_t)(s->offset + byte));

		if (got < 0)
			return error_sys(err, "reading its values");
		if (got == 0)
			return error_set(err, ERR_CORRUPT, "truncated inside its values");
		p += got;
		byte += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* ---- statistics ---- */

static int stat_packed(const struct tensor_source *s, uint64_t from, uint64_t to, void *piece, struct tensor_stats *out,
		       struct error *err)
{
	uint64_t step = STAT_PIECE / s->type.bytes;

	for (uint64_t at = from; at < to; at += step) {
		size_t n = (size_t)(to - at < step ? to - at : step);

		if (read_at(s, at * s->type.bytes, piece, n * s->type.bytes, err) < 0)
			return -1;
		tensor_stats_add(out, &s->type, piece, n);
	}
	return 0;
}

/* How many boxes cover the tensor. */
static uint64_t box_count(const struct tensor_source *s)
{
	uint64_t n = s->values ? 1 : 0;

	for (unsigned i = 0; i < s->shape.rank && n; i++)
		n *= (s->shape.dims[i] + s->box[i] - 1) / s->box[i];
	return n;
}

/* Box number i. Returns how many values it holds. */
static size_t box_at(const struct tensor_source *s, uint64_t i, struct tensor_box *out)
{
	size_t n = 1;

	for (unsigned axis = s->shape.rank; axis-- > 0;) {
		uint64_t dim = s->shape.dims[axis];
		uint64_t across = (dim + s->box[axis] - 1) / s->box[axis];

		out->start[axis] = i % across * s->box[axis];
		out->step[axis] = 1;
		out->count[axis] = dim - out->start[axis] < s->box[axis] ? dim - out->start[axis] : s->box[axis];
		n *= (size_t)out->count[axis];
		i /= across;
	}
	return n;
}

static size_t box_bytes(const struct tensor_source *s)
{
	size_t n = s->type.bytes;

	for (unsigned i = 0; i < s->shape.rank; i++)
		n *= (size_t)s->box[i];
	return n;
}

static int stat_boxes(const struct tensor_source *s, uint64_t from, uint64_t to, void *piece, struct tensor_stats *out,
		      struct error *err)
{
	for (uint64_t i = from; i < to; i++) {
		struct tensor_box box;
		size_t n = box_at(s, i, &box);

		if (s->read(s, &box, piece, err) < 0)
			return -1;
		tensor_stats_add(out, &s->type, piece, n);
	}
	return 0;
}

/* Where part p of n begins among `all` units. */
static uint64_t part_start(uint64_t all, uint64_t p, uint64_t n)
{
	return (uint64_t)((unsigned __int128)all * p / n);
}

static int stat_part(struct tensor_sink *sink, const struct tensor_source *s, int64_t item, uint64_t part, uint64_t parts,
		     bool bins, struct error *err)
{
	CLEANUP(free) struct tensor_stats *stats = mem_zalloc(sizeof *stats);
	CLEANUP(free) void *piece = mem_alloc(s->is_packed ? STAT_PIECE : box_bytes(s));
	uint64_t all = s->is_packed ? s->values : box_count(s);
	uint64_t from = part_start(all, part, parts), to = part_start(all, part + 1, parts);
	struct jval *record;
	int rc;

	stats->no_bins = !bins;
	rc = s->is_packed ? stat_packed(s, from, to, piece, stats, err) : stat_boxes(s, from, to, piece, stats, err);
	if (rc < 0)
		return -1;
	record = tensor_stats_encode(stats);
	jval_set_int(record, "item", item);
	jval_set_int(record, "part", (int64_t)part);
	return tensor_sink_put(sink, "stat", record, err);
}

int tensor_compute_stat(struct tensor_sink *sink, const struct jval *question, tensor_find_fn *find, void *data,
			struct error *err)
{
	const struct jval *items = jval_get(question, "items");
	int64_t first = jval_get_int(question, "first", 0), step = jval_get_int(question, "step", 1);
	bool bins = jval_get_bool(question, "bins", true);
	int64_t number = 0;

	for (size_t i = 0; i < jval_count(items); i++) {
		CLEANUP(tensor_source_release) struct tensor_source s = { .fd = -1 };
		const char *path = jval_get_text(jval_at(items, i), "path");
		int64_t parts = jval_get_int(jval_at(items, i), "parts", 1);
		bool found = false;

		if (!path || parts < 1 || parts > PARTS_MAX || step < 1)
			return error_set(err, ERR_INTERNAL, "the question is not understood");
		for (int64_t part = 0; part < parts; part++, number++) {
			if (number % step != first)
				continue;
			if (!found && find(data, path, &s, err) < 0)
				return error_wrap(err, "'%s'", path);
			found = true;
			if (stat_part(sink, &s, (int64_t)i, (uint64_t)part, (uint64_t)parts, bins, err) < 0)
				return error_wrap(err, "'%s'", path);
		}
	}
	return 0;
}

/* ---- values ---- */

static int select_read(const struct jval *select, const struct tensor_source *s, struct tensor_box *out, struct error *err)
{
	for (unsigned i = 0; i < s->shape.rank; i++) {
		const struct jval *axis = jval_at(select, i);
		int64_t start = jval_int(jval_at(axis, 0), -1), step = jval_int(jval_at(axis, 1), -1);
		int64_t count = jval_int(jval_at(axis, 2), -1);
		uint64_t dim = s->shape.dims[i];

		if (!select) {
			start = 0;
			step = 1;
			count = (int64_t)dim;
		}
		if (start < 0 || step < 1 || count < 0 || (count > 0 && (uint64_t)start >= dim) ||
		    (count > 0 && (uint64_t)(count - 1) > (dim - 1 - (uint64_t)start) / (uint64_t)step))
			return error_set(err, ERR_CONFLICT, "its shape changed while it was looked at");
		out->start[i] = (uint64_t)start;
		out->step[i] = (uint64_t)step;
		out->count[i] = (uint64_t)count;
	}
	if (select && jval_count(select) != s->shape.rank)
		return error_set(err, ERR_CONFLICT, "its shape changed while it was looked at");
	return 0;
}

/* Moves to the next position over the axes before `axes`; false after the last. */
static bool odometer(uint64_t *at, const uint64_t *count, unsigned axes)
{
	while (axes-- > 0) {
		if (++at[axes] < count[axes])
			return true;
		at[axes] = 0;
	}
	return false;
}

/* One value after the other, from the file or from a copy of it in memory. */
static int gather(const struct tensor_source *s, const struct tensor_box *box, const char *memory, char *out,
		  struct error *err)
{
	uint64_t stride[TENSOR_RANK_MAX], at[TENSOR_RANK_MAX] = { 0 };
	uint64_t unit = s->type.bytes;

	for (unsigned k = 0; k < s->shape.rank; k++) {
		unsigned axis = s->is_fortran ? k : s->shape.rank - 1 - k;

		stride[axis] = unit;
		unit *= s->shape.dims[axis];
	}
	do {
		uint64_t byte = 0;

		for (unsigned i = 0; i < s->shape.rank; i++)
			byte += (box->start[i] + at[i] * box->step[i]) * stride[i];
		if (memory)
			memcpy(out, memory + byte, s->type.bytes);
		else if (read_at(s, byte, out, s->type.bytes, err) < 0)
			return -1;
		out += s->type.bytes;
	} while (odometer(at, box->count, s->shape.rank));
	return 0;
}

/* Whole stretches: the last axes that are taken completely, and a run along the one before them. */
static int read_runs(const struct tensor_source *s, const struct tensor_box *box, unsigned axis, uint64_t inner, char *out,
		     struct error *err)
{
	uint64_t at[TENSOR_RANK_MAX] = { 0 };
	size_t bytes = (size_t)(box->count[axis] * inner);

	do {
		uint64_t byte = 0;

		for (unsigned i = 0; i <= axis; i++)
			byte = byte * s->shape.dims[i] + box->start[i] + (i < axis ? at[i] * box->step[i] : 0);
		if (read_at(s, byte * inner, out, bytes, err) < 0)
			return -1;
		out += bytes;
	} while (odometer(at, box->count, axis));
	return 0;
}

static int read_packed(const struct tensor_source *s, const struct tensor_box *box, const char *memory, void *out,
		       struct error *err)
{
	uint64_t inner = s->type.bytes;
	unsigned axis = s->shape.rank;

	if (axis == 0)
		return read_at(s, 0, out, s->type.bytes, err);
	if (s->is_fortran || box->step[axis - 1] != 1)
		return gather(s, box, memory, out, err);
	for (axis--; axis > 0 && box->count[axis] == s->shape.dims[axis] && box->step[axis - 1] == 1; axis--)
		inner *= s->shape.dims[axis];
	return read_runs(s, box, axis, inner, out, err);
}

/* The whole of an array in Fortran order, when it is to be read in C order and not just a few values of it. */
static int load_fortran(const struct tensor_source *s, uint64_t wanted, char **out, struct error *err)
{
	uint64_t bytes = s->values * s->type.bytes;

	if (!s->is_fortran || s->shape.rank < 2 || wanted <= 4096)
		return 0;
	if (bytes > FORTRAN_MAX)
		return error_set(err, ERR_LIMIT, "it lies in Fortran order and has more than %zu MiB", FORTRAN_MAX / LIMIT_MIB);
	*out = mem_alloc((size_t)bytes);
	if (read_at(s, 0, *out, (size_t)bytes, err) < 0) {
		free(take_ptr(out));
		return -1;
	}
	return 0;
}

struct sending {
	const struct tensor_source *source;
	const char *memory;
	char *piece;
};

static int send_box(const struct sending *w, const struct tensor_box *box, uint64_t n, struct error *err)
{
	const struct tensor_source *s = w->source;
	int rc = s->is_packed ? read_packed(s, box, w->memory, w->piece, err) : s->read(s, box, w->piece, err);

	if (rc < 0)
		return -1;
	number_to_little(&s->type, w->piece, (size_t)n);
	return fs_write_all(STDOUT_FILENO, "the answer", w->piece, (size_t)n * s->type.bytes, err);
}

/* Box after box: everything of the inner axes, as much as fits of the axis before, the outer ones one by one. */
static int send_all(const struct sending *w, const struct tensor_box *all, struct error *err)
{
	const struct tensor_source *s = w->source;
	struct tensor_box box = *all;
	uint64_t at[TENSOR_RANK_MAX] = { 0 };
	uint64_t inner = 1;
	unsigned axis = s->shape.rank;

	if (axis == 0)
		return send_box(w, &box, 1, err);
	for (axis--; axis > 0 && inner * all->count[axis] * s->type.bytes <= VALUES_PIECE; axis--)
		inner *= all->count[axis];
	do {
		uint64_t most = VALUES_PIECE / s->type.bytes / inner;

		for (unsigned i = 0; i < axis; i++) {
			box.start[i] = all->start[i] + at[i] * all->step[i];
			box.count[i] = 1;
		}
		for (uint64_t done = 0; done < all->count[axis]; done += box.count[axis]) {
			uint64_t left = all->count[axis] - done;

			box.start[axis] = all->start[axis] + done * all->step[axis];
			box.count[axis] = left < most ? left : most;
			if (send_box(w, &box, box.count[axis] * inner, err) < 0)
				return -1;
		}
	} while (odometer(at, all->count, axis));
	return 0;
}

int tensor_compute_values(struct tensor_sink *sink, const struct jval *question, tensor_find_fn *find, void *data,
			  struct error *err)
{
	CLEANUP(tensor_source_release) struct tensor_source s = { .fd = -1 };
	CLEANUP(free) char *piece = NULL;
	CLEANUP(free) char *memory = NULL;
	const char *path = jval_get_text(question, "path");
	struct tensor_box box;
	struct jval *head;
	uint64_t n;

	if (!path)
		return error_set(err, ERR_INTERNAL, "the question is not understood");
	if (find(data, path, &s, err) < 0 || select_read(jval_get(question, "select"), &s, &box, err) < 0)
		return error_wrap(err, "'%s'", path);
	n = s.values ? 1 : 0;
	for (unsigned i = 0; i < s.shape.rank && n; i++)
		n *= box.count[i];
	if (load_fortran(&s, n, &memory, err) < 0)
		return error_wrap(err, "'%s'", path);
	head = jval_object();
	jval_set_int(head, "bytes", (int64_t)(n * s.type.bytes));
	if (tensor_sink_put(sink, "values", head, err) < 0 || tensor_sink_flush(sink, err) < 0)
		return -1;
	piece = mem_alloc(VALUES_PIECE);
	if (n && send_all(&(struct sending){ &s, memory, piece }, &box, err) < 0)
		return error_wrap(err, "'%s'", path);
	return 0;
}
