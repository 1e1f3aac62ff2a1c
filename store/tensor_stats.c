/* Statistics in one pass. */
#include "config.h"

#include "store/tensor_stats.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Values looked at together: they stay in the first cache while several loops go over them. */
enum { PIECE = 4096, INDEXED = 1024, FINE_BINS = 512 };

typedef float v4f __attribute__((vector_size(16)));
typedef int32_t v4i __attribute__((vector_size(16)));
typedef double v4d __attribute__((vector_size(32)));
typedef int64_t v4l __attribute__((vector_size(32)));

/* Of one piece whose values are all finite. */
struct piece {
	double min, max;
	double sum, squares; /* of distances from the pivot */
	uint64_t zeros;
};

/* ---- kernels ---- */

#define VECTOR_PICK(type, mask_type, mask, a, b) ((type)(((mask_type)(a) & (mask)) | ((mask_type)(b) & ~(mask))))

/* PIECE floats. Returns how many are not finite: then out says nothing. */
static uint64_t piece_floats(const float *p, double pivot, struct piece *out)
{
	const v4d from = { pivot, pivot, pivot, pivot };
	v4d sum = { 0 }, squares = { 0 };
	v4i bad = { 0 }, zeros = { 0 };
	v4f low, high;

	memcpy(&low, p, sizeof low);
	high = low;
	for (int i = 0; i < PIECE; i += 4) {
		v4f x;
		v4d d;
		v4i mask;

		memcpy(&x, p + i, sizeof x);
		mask = x < low;
		low = VECTOR_PICK(v4f, v4i, mask, x, low);
		mask = x > high;
		high = VECTOR_PICK(v4f, v4i, mask, x, high);
		bad += ((v4i)x & 0x7f800000) == 0x7f800000;
		zeros += x == 0;
		d = __builtin_convertvector(x, v4d) - from;
		sum += d;
		squares += d * d;
	}
	*out = (struct piece){ .min = (double)low[0], .max = (double)high[0] };
	out->zeros = (uint64_t)-((int64_t)zeros[0] + zeros[1] + zeros[2] + zeros[3]);
	for (int i = 0; i < 4; i++) {
		out->sum += sum[i];
		out->squares += squares[i];
		out->min = (double)low[i] < out->min ? (double)low[i] : out->min;
		out->max = (double)high[i] > out->max ? (double)high[i] : out->max;
	}
	return (uint64_t)-((int64_t)bad[0] + bad[1] + bad[2] + bad[3]);
}

/* The same of PIECE doubles. */
static uint64_t piece_doubles(const double *p, double pivot, struct piece *out)
{
	const v4d from = { pivot, pivot, pivot, pivot };
	v4d sum = { 0 }, squares = { 0 };
	v4l bad = { 0 }, zeros = { 0 };
	v4d low, high;

	memcpy(&low, p, sizeof low);
	high = low;
	for (int i = 0; i < PIECE; i += 4) {
		v4d x, d;
		v4l mask;

		memcpy(&x, p + i, sizeof x);
		mask = x < low;
		low = VECTOR_PICK(v4d, v4l, mask, x, low);
		mask = x > high;
		high = VECTOR_PICK(v4d, v4l, mask, x, high);
		bad += ((v4l)x & 0x7ff0000000000000) == 0x7ff0000000000000;
		zeros += x == 0;
		d = x - from;
		sum += d;
		squares += d * d;
	}
	*out = (struct piece){ .min = low[0], .max = high[0] };
	out->zeros = (uint64_t)-(zeros[0] + zeros[1] + zeros[2] + zeros[3]);
	for (int i = 0; i < 4; i++) {
		out->sum += sum[i];
		out->squares += squares[i];
		out->min = low[i] < out->min ? low[i] : out->min;
		out->max = high[i] > out->max ? high[i] : out->max;
	}
	return (uint64_t)-(bad[0] + bad[1] + bad[2] + bad[3]);
}

/* Any number of finite values, one by one. */
static void piece_few(const double *p, size_t n, double pivot, struct piece *out)
{
	*out = (struct piece){ .min = p[0], .max = p[0] };
	for (size_t i = 0; i < n; i++) {
		double d = p[i] - pivot;

		out->min = p[i] < out->min ? p[i] : out->min;
		out->max = p[i] > out->max ? p[i] : out->max;
		out->sum += d;
		out->squares += d * d;
		out->zeros += p[i] == 0;
	}
}

/* ---- the histogram ---- */

/* The least power of two that is not less than v > 0. */
static double power_above(double v)
{
	int e;
	double m = frexp(v, &e);

	return ldexp(1, m == 0.5 ? e - 1 : e);
}

static double bin_of(double v, double width)
{
	return floor(v / width);
}

/* Bins of 2^k times the width, each the sum of 2^k old ones. */
static void bins_coarsen(struct tensor_stats *s, double width)
{
	uint64_t old[STATS_BINS];
	int k = ilogb(width) - ilogb(s->width);
	int64_t first;

	memcpy(old, s->bins, sizeof old);
	memset(s->bins, 0, sizeof s->bins);
	first = k < 63 ? s->first >> k : (s->first < 0 ? -1 : 0);
	for (int64_t i = 0; i < STATS_BINS; i++) {
		int64_t at = k < 63 ? (s->first + i) >> k : (s->first + i < 0 ? -1 : 0);

		s->bins[at - first] += old[i];
	}
	s->first = first;
	s->width = width;
}

/* Moves the window so that bin `low` lies in it; nothing that is counted may fall out. */
static void bins_shift(struct tensor_stats *s, int64_t first)
{
	uint64_t old[STATS_BINS];

	memcpy(old, s->bins, sizeof old);
	memset(s->bins, 0, sizeof s->bins);
	for (int64_t i = 0; i < STATS_BINS; i++) {
		int64_t at = s->first + i - first;

		if (old[i] && at >= 0 && at < STATS_BINS)
			s->bins[at] = old[i];
	}
	s->first = first;
}

/* Makes the window hold [low, high], and what it held ([s->min, s->max] when there were values before). */
static void bins_fit(struct tensor_stats *s, double low, double high, bool had)
{
	double all_low = had && s->min < low ? s->min : low;
	double all_high = had && s->max > high ? s->max : high;
	double size = fmax(fabs(all_low), fabs(all_high));
	/* Indexes stay within 31 bits, so that they can be computed four at a time. */
	double least = ldexp(size, -30) > 0 ? power_above(ldexp(size, -30)) : 0;
	double width = s->width;
	int64_t first, last;

	if (width == 0) {
		width = all_high / FINE_BINS - all_low / FINE_BINS;
		width = width > 0 ? power_above(width) : ldexp(1, -1000);
	}
	width = fmax(fmax(width, least), ldexp(1, -1000));
	while (bin_of(all_high, width) - bin_of(all_low, width) >= STATS_BINS)
		width *= 2;
	if (s->width > 0 && width > s->width)
		bins_coarsen(s, width);
	first = (int64_t)bin_of(all_low, width);
	last = (int64_t)bin_of(all_high, width);
	if (s->width == 0) {
		s->width = width;
		s->first = first - (STATS_BINS - (last - first + 1)) / 2;
	} else if (first < s->first || last >= s->first + STATS_BINS) {
		bins_shift(s, first - (STATS_BINS - (last - first + 1)) / 2);
	}
}

/* Up to INDEXED values' bins. The conversion truncates; the comparison makes it a floor. */
#define BINS_OF(p, n, inverse, first, out) \
	for (size_t j_ = 0; j_ < (n); j_++) { \
		double y_ = (double)(p)[j_] * (inverse); \
		int32_t t_ = (int32_t)y_; \
		t_ -= y_ < (double)t_; \
		(out)[j_] = t_ - (first); \
	}

/* The same in float32, INDEXED at a time: exact as long as scaling by a power of two neither over- nor underflows. */
static void bins_of_floats(const float *p, float inverse, int32_t first, int32_t *out)
{
	for (int j = 0; j < INDEXED; j++) {
		float y = p[j] * inverse;
		int32_t t = (int32_t)y;

		t -= y < (float)t;
		out[j] = t - first;
	}
}

static bool floats_suffice(double width)
{
	return width <= 1 && width >= ldexp(1, -100);
}

static void bins_count(struct tensor_stats *s, const float *floats, const double *doubles, size_t n)
{
	double inverse = 1 / s->width;
	int32_t first = (int32_t)s->first;
	bool narrow = floats && floats_suffice(s->width);
	int32_t index[INDEXED];

	for (size_t at = 0; at < n; at += INDEXED) {
		size_t m = n - at < INDEXED ? n - at : INDEXED;

		if (m == INDEXED && narrow)
			bins_of_floats(floats + at, (float)inverse, first, index);
		else if (m == INDEXED && floats)
			BINS_OF(floats + at, INDEXED, inverse, first, index)
		else if (m == INDEXED)
			BINS_OF(doubles + at, INDEXED, inverse, first, index)
		else
			BINS_OF(doubles + at, m, inverse, first, index)
		for (size_t j = 0; j < m; j++)
			s->bins[index[j] & (STATS_BINS - 1)]++;
	}
}

/* ---- putting together ---- */

/* Chan, Golub, LeVeque (1979): mean and squared distances of two sets from those of each. */
static void moments_merge(struct tensor_stats *s, uint64_t n, double mean, double m2)
{
	double all = (double)(s->finite + n);
	double delta = mean - s->mean;

	if (n == 0)
		return;
	s->mean += delta * ((double)n / all);
	s->m2 += m2 + delta * delta * ((double)s->finite * (double)n / all);
	s->finite += n;
}

static void range_merge(struct tensor_stats *s, double min, double max, bool had)
{
	s->min = had && s->min < min ? s->min : min;
	s->max = had && s->max > max ? s->max : max;
}

static void add_piece(struct tensor_stats *s, const struct piece *piece, const float *floats, const double *doubles, size_t n,
		      double pivot)
{
	bool had = s->finite > 0;
	double mean = piece->sum / (double)n;

	if (!s->no_bins) {
		bins_fit(s, piece->min, piece->max, had);
		bins_count(s, floats, doubles, n);
	}
	s->zeros += piece->zeros;
	range_merge(s, piece->min, piece->max, had);
	moments_merge(s, n, pivot + mean, fmax(0, piece->squares - piece->sum * mean));
}

/* Doubles of which some may not be finite, at most PIECE. They are moved. */
static void add_mixed(struct tensor_stats *s, double *p, size_t n, double pivot)
{
	struct piece piece;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (isnan(p[i]))
			s->nan++;
		else if (isinf(p[i]))
			*(p[i] > 0 ? &s->pos_inf : &s->neg_inf) += 1;
		else
			p[kept++] = p[i];
	}
	if (kept == 0)
		return;
	piece_few(p, kept, s->finite ? pivot : p[0], &piece);
	add_piece(s, &piece, NULL, p, kept, s->finite ? pivot : p[0]);
}

void tensor_stats_add(struct tensor_stats *s, const struct number_type *t, const void *p, size_t n)
{
	bool is_float = t->kind == NUMBER_FLOAT && t->bytes == 4 && !t->is_big;
	double scratch[PIECE];
	float floats[PIECE];

	s->count += n;
	for (size_t at = 0; at < n; at += PIECE) {
		size_t m = n - at < PIECE ? n - at : PIECE;
		const unsigned char *from = (const unsigned char *)p + at * t->bytes;
		double pivot = s->mean;
		struct piece piece;

		if (m == PIECE && is_float && s->finite) {
			const float *f = (const void *)from;

			if ((uintptr_t)from % sizeof *f != 0)
				f = memcpy(floats, from, sizeof floats);
			if (piece_floats(f, pivot, &piece) == 0) {
				add_piece(s, &piece, f, NULL, m, pivot);
				continue;
			}
		}
		number_decode(t, from, m, scratch);
		if (m == PIECE && s->finite && piece_doubles(scratch, pivot, &piece) == 0)
			add_piece(s, &piece, NULL, scratch, m, pivot);
		else
			add_mixed(s, scratch, m, pivot);
	}
}

void tensor_stats_merge(struct tensor_stats *into, const struct tensor_stats *part)
{
	bool had = into->finite > 0;

	into->count += part->count;
	into->nan += part->nan;
	into->pos_inf += part->pos_inf;
	into->neg_inf += part->neg_inf;
	into->zeros += part->zeros;
	if (part->finite == 0)
		return;
	if (!into->no_bins && part->width > 0) {
		struct tensor_stats moved = *part;

		bins_fit(into, part->min, part->max, had);
		if (into->width < moved.width)
			bins_coarsen(into, moved.width);
		if (moved.width < into->width)
			bins_coarsen(&moved, into->width);
		bins_fit(into, part->min, part->max, had);
		for (int64_t i = 0; i < STATS_BINS; i++) {
			int64_t at = moved.first + i - into->first;

			if (moved.bins[i] && at >= 0 && at < STATS_BINS)
				into->bins[at] += moved.bins[i];
		}
	}
	range_merge(into, part->min, part->max, had);
	moments_merge(into, part->finite, part->mean, part->m2);
}

double tensor_stats_std(const struct tensor_stats *s)
{
	return s->finite ? sqrt(s->m2 / (double)s->finite) : (double)NAN;
}

size_t tensor_stats_histogram(const struct tensor_stats *s, size_t max, double *edges, uint64_t *counts)
{
	double width = s->width;
	double low;
	size_t n;

	if (s->finite == 0 || width == 0 || max == 0)
		return 0;
	while (bin_of(s->max, width) - bin_of(s->min, width) >= (double)max)
		width *= 2;
	if (isinf(width)) {
		/* No finite edges are far enough apart. */
		edges[0] = -(double)INFINITY;
		edges[1] = (double)INFINITY;
		counts[0] = s->finite;
		return 1;
	}
	low = bin_of(s->min, width);
	n = (size_t)(bin_of(s->max, width) - low) + 1;
	memset(counts, 0, n * sizeof *counts);
	for (int64_t i = 0; i < STATS_BINS; i++) {
		double at = floor((double)(s->first + i) * (s->width / width)) - low;

		if (s->bins[i] && at >= 0 && at < (double)n)
			counts[(size_t)at] += s->bins[i];
	}
	for (size_t i = 0; i <= n; i++)
		edges[i] = (low + (double)i) * width;
	return n;
}

/* ---- records ---- */

static void set_u64(struct jval *v, const char *key, uint64_t n)
{
	jval_set_int(v, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

struct jval *tensor_stats_encode(const struct tensor_stats *s)
{
	struct jval *v = jval_object();
	struct jval *bins;
	int64_t from = 0, to = STATS_BINS;

	set_u64(v, "count", s->count);
	set_u64(v, "nan", s->nan);
	set_u64(v, "pos_inf", s->pos_inf);
	set_u64(v, "neg_inf", s->neg_inf);
	set_u64(v, "zeros", s->zeros);
	set_u64(v, "finite", s->finite);
	if (s->finite == 0)
		return v;
	jval_set_num(v, "min", s->min);
	jval_set_num(v, "max", s->max);
	jval_set_num(v, "mean", s->mean);
	jval_set_num(v, "m2", s->m2);
	if (s->width == 0)
		return v;
	while (from < to && s->bins[from] == 0)
		from++;
	while (to > from && s->bins[to - 1] == 0)
		to--;
	jval_set_num(v, "width", s->width);
	jval_set_int(v, "first", s->first + from);
	bins = jval_set(v, "bins", jval_array());
	for (int64_t i = from; i < to; i++)
		jval_push(bins, jval_new_int((int64_t)s->bins[i]));
	return v;
}

static bool get_u64(const struct jval *v, const char *key, uint64_t *out)
{
	int64_t n = jval_get_int(v, key, -1);

	*out = (uint64_t)n;
	return n >= 0;
}

/* Infinite where squares do not fit into a double; then it travels as a text. */
static double get_num(const struct jval *v, const char *key)
{
	struct error ignored = { 0 };
	const char *text = jval_get_text(v, key);
	double d = jval_get_num(v, key, (double)NAN);

	if (text && str_parse_double(text, &d, &ignored) < 0)
		return (double)NAN;
	return d;
}

static bool bins_decode(const struct jval *v, struct tensor_stats *s)
{
	const struct jval *bins = jval_get(v, "bins");
	int e;

	s->width = get_num(v, "width");
	s->first = jval_get_int(v, "first", 0);
	if (!(s->width > 0) || !isfinite(s->width) || frexp(s->width, &e) != 0.5 || jval_count(bins) > STATS_BINS ||
	    s->first < -((int64_t)1 << 31) || s->first > (int64_t)1 << 31)
		return false;
	for (size_t i = 0; i < jval_count(bins); i++) {
		int64_t n = jval_int(jval_at(bins, i), -1);

		if (n < 0)
			return false;
		s->bins[i] = (uint64_t)n;
	}
	return true;
}

int tensor_stats_decode(const struct jval *v, struct tensor_stats *out, struct error *err)
{
	CLEANUP(free) struct tensor_stats *s = mem_zalloc(sizeof *s);
	bool ok = get_u64(v, "count", &s->count) && get_u64(v, "nan", &s->nan) && get_u64(v, "pos_inf", &s->pos_inf) &&
		  get_u64(v, "neg_inf", &s->neg_inf) && get_u64(v, "zeros", &s->zeros) && get_u64(v, "finite", &s->finite);

	if (ok && s->finite) {
		s->min = get_num(v, "min");
		s->max = get_num(v, "max");
		s->mean = get_num(v, "mean");
		s->m2 = get_num(v, "m2");
		ok = isfinite(s->min) && isfinite(s->max) && s->min <= s->max;
	}
	if (ok && jval_get(v, "width"))
		ok = bins_decode(v, s);
	if (!ok)
		return error_set(err, ERR_CORRUPT, "the statistics in the worker's answer are none");
	*out = *s;
	return 0;
}
