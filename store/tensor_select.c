/* Parsing selections. */
#include "config.h"

#include "store/tensor_select.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

uint64_t tensor_shape_count(const struct tensor_shape *shape)
{
	uint64_t n = shape->is_null ? 0 : 1;

	for (unsigned i = 0; i < shape->rank; i++) {
		if (__builtin_mul_overflow(n, shape->dims[i], &n))
			return UINT64_MAX;
	}
	return n;
}

size_t tensor_select_find(const char *text)
{
	size_t n = strlen(text);
	size_t at = n;

	if (n == 0 || text[n - 1] != ']')
		return n;
	while (at > 0 && text[at - 1] != '[')
		at--;
	return at ? at - 1 : n;
}

/* A whole number, maybe negative, at *at. 1 with *out, 0 when there is none, -1 when it is too large. */
static int take_number(const char **at, int64_t *out)
{
	const char *p = *at;
	bool negative = *p == '-';
	int64_t v = 0;

	p += negative;
	if (!isdigit((unsigned char)*p))
		return negative ? -1 : 0;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return -1;
	}
	*out = negative ? -v : v;
	*at = p;
	return 1;
}

static int wrong(const char *word, struct error *err)
{
	error_set(err, ERR_INVALID, "'%.100s' is no selection", word);
	return error_hint(err, "write what NumPy understands: [0:3,:], [5], [::2,-1]");
}

/* As Python has it: counted from the end when negative, cut to the axis. */
static uint64_t bound(int64_t v, uint64_t dim)
{
	if (v < 0)
		return (uint64_t)-v > dim ? 0 : dim - (uint64_t)-v;
	return (uint64_t)v > dim ? dim : (uint64_t)v;
}

static void axis_all(struct tensor_select *out, unsigned axis, uint64_t dim)
{
	out->box.start[axis] = 0;
	out->box.step[axis] = 1;
	out->box.count[axis] = dim;
	out->shape.dims[out->shape.rank++] = dim;
}

static int axis_index(struct tensor_select *out, unsigned axis, uint64_t dim, int64_t v, struct error *err)
{
	uint64_t place = v < 0 ? dim - (uint64_t)-v : (uint64_t)v;

	if (v < 0 ? (uint64_t)-v > dim : (uint64_t)v >= dim)
		return error_set(err, ERR_INVALID, "index %lld is outside axis %u, which has %llu", (long long)v, axis,
				 (unsigned long long)dim);
	out->box.start[axis] = place;
	out->box.step[axis] = 1;
	out->box.count[axis] = 1;
	return 0;
}

static int axis_parse(const char *word, unsigned axis, uint64_t dim, struct tensor_select *out, struct error *err)
{
	int64_t v[3] = { 0, 0, 1 };
	int given[3] = { 0 };
	const char *at = word;
	int n = 0;
	uint64_t from, to;

	for (;; n++, at++) {
		if (n == 3 || (given[n] = take_number(&at, &v[n])) < 0)
			return wrong(word, err);
		if (*at != ':')
			break;
	}
	if (*at || (n == 0 && !given[0]))
		return wrong(word, err);
	if (n == 0)
		return axis_index(out, axis, dim, v[0], err);
	if (given[2] && v[2] < 1)
		return error_set(err, ERR_INVALID, "'%.100s': a step must be above zero", word);
	from = given[0] ? bound(v[0], dim) : 0;
	to = given[1] ? bound(v[1], dim) : dim;
	out->box.start[axis] = from;
	out->box.step[axis] = (uint64_t)v[2];
	out->box.count[axis] = to > from ? (to - from - 1) / (uint64_t)v[2] + 1 : 0;
	out->shape.dims[out->shape.rank++] = out->box.count[axis];
	return 0;
}

static unsigned count_words(const char *text, bool *dots)
{
	unsigned n = 1;

	*dots = strstr(text, "...") != NULL;
	for (; *text; text++)
		n += *text == ',';
	return n;
}

/* The words between the brackets. */
static int words_parse(char *text, const struct tensor_shape *of, struct tensor_select *out, struct error *err)
{
	bool dots;
	unsigned words = count_words(text, &dots), axis = 0;

	if (words - dots > of->rank)
		return error_set(err, ERR_INVALID, "it has %u ax%s, and the selection %u", of->rank, of->rank == 1 ? "is" : "es",
				 words - dots);
	for (char *word = text, *next; word; word = next) {
		next = strchr(word, ',');
		if (next)
			*next++ = '\0';
		if (str_eq(word, "...") && dots) {
			for (unsigned left = of->rank - (words - 1); left > 0; left--, axis++)
				axis_all(out, axis, of->dims[axis]);
			dots = false;
			continue;
		}
		if (axis == of->rank)
			return wrong(word, err);
		if (axis_parse(word, axis, of->dims[axis], out, err) < 0)
			return -1;
		axis++;
	}
	for (; axis < of->rank; axis++)
		axis_all(out, axis, of->dims[axis]);
	return 0;
}

int tensor_select_parse(const char *text, const struct tensor_shape *of, struct tensor_select *out, struct error *err)
{
	struct tensor_select select = { .shape = { .is_null = of->is_null } };
	size_t n = text ? strlen(text) : 0, kept = 0;
	CLEANUP(free) char *inner = NULL;

	if (n == 0) {
		for (unsigned axis = 0; axis < of->rank; axis++)
			axis_all(&select, axis, of->dims[axis]);
		*out = select;
		return 0;
	}
	if (n < 3 || text[0] != '[' || text[n - 1] != ']')
		return wrong(text, err);
	inner = mem_strndup(text + 1, n - 2);
	for (size_t i = 0; inner[i]; i++) {
		if (!isspace((unsigned char)inner[i]))
			inner[kept++] = inner[i];
	}
	inner[kept] = '\0';
	if (words_parse(inner, of, &select, err) < 0)
		return -1;
	*out = select;
	return 0;
}
