/* Statistics in one pass: what they are of, merging, histograms, records. */
#include "config.h"

#include "store/tensor_stats.h"

#include <math.h>

#include "base/mem.h"
#include "tests/support/wb_test.h"

static const struct number_type f32 = { NUMBER_FLOAT, 4, false };
static const struct number_type f64 = { NUMBER_FLOAT, 8, false };

static int make(void **state)
{
	*state = mem_calloc(3, sizeof(struct tensor_stats));
	return 0;
}

static int destroy(void **state)
{
	free(*state);
	return 0;
}

#define WITH_STATS(name) cmocka_unit_test_setup_teardown(name, make, destroy)

static void close_to(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-12 * fmax(1, fabs(b)));
}

static uint64_t sum_of(const struct tensor_stats *s, size_t max)
{
	double edges[1025];
	uint64_t counts[1024], sum = 0;
	size_t n = tensor_stats_histogram(s, max, edges, counts);

	assert_true(n <= max);
	for (size_t i = 0; i < n; i++) {
		assert_true(edges[i] < edges[i + 1]);
		sum += counts[i];
	}
	if (n) {
		assert_true(edges[0] <= s->min);
		assert_true(edges[n] > s->max);
	}
	return sum;
}

static void add__few_values__gives_what_a_textbook_says(void **state)
{
	struct tensor_stats *s = *state;
	const double values[] = { 2, 4, 4, 4, 5, 5, 7, 9 };

	tensor_stats_add(s, &f64, values, 8);
	assert_int_equal(s->count, 8);
	close_to(s->mean, 5);
	close_to(tensor_stats_std(s), 2);
	close_to(s->min, 2);
	close_to(s->max, 9);
	assert_int_equal(sum_of(s, 4), 8);
}

static void add__nan_and_infinities__are_counted_and_left_out(void **state)
{
	struct tensor_stats *s = *state;
	const float values[] = { 1, NAN, INFINITY, -INFINITY, 0, -0.0f, 3, NAN };

	tensor_stats_add(s, &f32, values, 8);
	assert_int_equal(s->nan, 2);
	assert_int_equal(s->pos_inf, 1);
	assert_int_equal(s->neg_inf, 1);
	assert_int_equal(s->zeros, 2);
	assert_int_equal(s->finite, 4);
	close_to(s->mean, 1);
	assert_int_equal(sum_of(s, 32), 4);
}

static void add__nothing_finite__has_no_mean(void **state)
{
	struct tensor_stats *s = *state;
	const float values[] = { NAN, INFINITY };
	double edges[2];
	uint64_t counts[1];

	tensor_stats_add(s, &f32, values, 2);
	assert_int_equal(s->finite, 0);
	assert_true(isnan(tensor_stats_std(s)));
	assert_int_equal(tensor_stats_histogram(s, 1, edges, counts), 0);
}

/* Long enough for the loops over whole pieces, with one odd value late. */
static void add__many_values__match_a_slow_sum(void **state)
{
	enum { N = 3 * 4096 + 100 };
	struct tensor_stats *s = *state;
	CLEANUP(free) float *values = mem_calloc(N, sizeof *values);
	double sum = 0, squares = 0;

	for (int i = 0; i < N; i++) {
		values[i] = (float)((i * 7919) % 1000) / 10 + 1e6f;
		sum += (double)values[i];
	}
	for (int i = 0; i < N; i++)
		squares += ((double)values[i] - sum / N) * ((double)values[i] - sum / N);
	tensor_stats_add(s, &f32, values, N);
	assert_true(fabs(s->mean - sum / N) < 1e-9 * sum / N);
	assert_true(fabs(s->m2 - squares) < 1e-6 * squares);
	assert_int_equal(sum_of(s, 64), N);
	values[9000] = NAN;
	tensor_stats_add(s + 1, &f32, values, N);
	assert_int_equal(s[1].nan, 1);
	assert_int_equal(s[1].finite, N - 1);
	assert_int_equal(sum_of(s + 1, 64), N - 1);
}

static void histogram__each_value__falls_between_its_edges(void **state)
{
	enum { N = 2000 };
	struct tensor_stats *s = *state;
	double values[N], edges[33];
	uint64_t counts[32];
	size_t n;

	for (int i = 0; i < N; i++)
		values[i] = sin(i) * (i % 3 ? 1e-3 : 40) - (i % 7 == 0) * 1e-30;
	tensor_stats_add(s, &f64, values, N);
	n = tensor_stats_histogram(s, 32, edges, counts);
	assert_true(n > 8);
	for (size_t b = 0; b < n; b++) {
		uint64_t in = 0;

		for (int i = 0; i < N; i++)
			in += values[i] >= edges[b] && values[i] < edges[b + 1];
		assert_int_equal(in, counts[b]);
	}
}

static void histogram__range_that_explodes__keeps_every_count(void **state)
{
	struct tensor_stats *s = *state;
	const double values[] = { 0, 1e-300, 5e-324, -1e-300, 1, -1, 1e10, 1e300, -1.7e308, 1.7e308 };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		tensor_stats_add(s, &f64, &values[i], 1);
	assert_int_equal(s->finite, 10);
	assert_int_equal(sum_of(s, 1024), 10);
	assert_int_equal(sum_of(s, 2), 10);
}

static void merge__parts_in_any_order__equals_the_whole(void **state)
{
	enum { N = 9000 };
	struct tensor_stats *s = *state;
	CLEANUP(free) double *values = mem_calloc(N, sizeof *values);
	double edges[2][65];
	uint64_t counts[2][64];
	size_t n;

	for (int i = 0; i < N; i++)
		values[i] = cos(i) * (i < N / 2 ? 0.01 : 100) + (i < N / 3 ? 0 : 17);
	tensor_stats_add(s, &f64, values, N);
	tensor_stats_add(s + 2, &f64, values + N / 2, N - N / 2);
	tensor_stats_merge(s + 1, s + 2);
	memset(s + 2, 0, sizeof *s);
	tensor_stats_add(s + 2, &f64, values, N / 2);
	tensor_stats_merge(s + 1, s + 2);
	assert_int_equal(s[0].count, s[1].count);
	close_to(s[1].min, s[0].min);
	close_to(s[1].max, s[0].max);
	assert_true(fabs(s[1].mean - s[0].mean) < 1e-10);
	assert_true(fabs(s[1].m2 - s[0].m2) < 1e-9 * s[0].m2);
	n = tensor_stats_histogram(s, 64, edges[0], counts[0]);
	assert_int_equal(tensor_stats_histogram(s + 1, 64, edges[1], counts[1]), n);
	assert_memory_equal(counts[0], counts[1], n * sizeof counts[0][0]);
	assert_memory_equal(edges[0], edges[1], (n + 1) * sizeof edges[0][0]);
}

static void decode__of_an_encoding__is_the_same(void **state)
{
	struct tensor_stats *s = *state;
	const float values[] = { 1, 2, NAN, -7.5f, 1e20f };
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };

	tensor_stats_add(s, &f32, values, 5);
	v = tensor_stats_encode(s);
	assert_ok(tensor_stats_decode(v, s + 1, &err), &err);
	assert_int_equal(s[1].count, 5);
	assert_int_equal(s[1].nan, 1);
	close_to(s[1].mean, s[0].mean);
	assert_int_equal(sum_of(s + 1, 32), 4);
}

static void decode__lies__are_refused(void **state)
{
	static const char *const lies[] = {
		"{}", "[]", "{\"count\":-1,\"nan\":0,\"pos_inf\":0,\"neg_inf\":0,\"zeros\":0,\"finite\":0}",
		"{\"count\":1,\"nan\":0,\"pos_inf\":0,\"neg_inf\":0,\"zeros\":0,\"finite\":1}",
		"{\"count\":1,\"nan\":0,\"pos_inf\":0,\"neg_inf\":0,\"zeros\":0,\"finite\":1,\"min\":2,\"max\":1,\"mean\":0,\"m2\":0}",
		"{\"count\":1,\"nan\":0,\"pos_inf\":0,\"neg_inf\":0,\"zeros\":0,\"finite\":1,\"min\":1,\"max\":1,\"mean\":1,\"m2\":0,"
		"\"width\":3,\"first\":0,\"bins\":[1]}",
		"{\"count\":1,\"nan\":0,\"pos_inf\":0,\"neg_inf\":0,\"zeros\":0,\"finite\":1,\"min\":1,\"max\":1,\"mean\":1,\"m2\":0,"
		"\"width\":2,\"first\":99999999999,\"bins\":[1]}",
		"{\"count\":1,\"nan\":0,\"pos_inf\":0,\"neg_inf\":0,\"zeros\":0,\"finite\":1,\"min\":1,\"max\":1,\"mean\":1,\"m2\":0,"
		"\"width\":2,\"first\":0,\"bins\":[-1]}",
	};

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		CLEANUP(jval_free) struct jval *v = NULL;
		struct error err = { 0 };

		assert_ok(jval_parse(lies[i], strlen(lies[i]), &v, &err), &err);
		assert_refused(tensor_stats_decode(v, *state, &err), &err, ERR_CORRUPT, "statistics");
	}
}

static const struct CMUnitTest tests[] = {
	WITH_STATS(add__few_values__gives_what_a_textbook_says),
	WITH_STATS(add__nan_and_infinities__are_counted_and_left_out),
	WITH_STATS(add__nothing_finite__has_no_mean),
	WITH_STATS(add__many_values__match_a_slow_sum),
	WITH_STATS(histogram__each_value__falls_between_its_edges),
	WITH_STATS(histogram__range_that_explodes__keeps_every_count),
	WITH_STATS(merge__parts_in_any_order__equals_the_whole),
	WITH_STATS(decode__of_an_encoding__is_the_same),
	WITH_STATS(decode__lies__are_refused),
};
WB_TEST_MAIN(tests)
