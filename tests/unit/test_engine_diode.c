/* engine/diode.c: what code inside can say to the outside, and no more. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "engine/diode.h"
#include "tracker/frame.h"
#include "tracker/spool.h"

struct passed {
	struct diode d;
	struct buf in, out;
};

static void passed_init(struct passed *p)
{
	*p = (struct passed){ .in = BUF_INIT(LIMIT_MIB * 16), .out = BUF_INIT(LIMIT_MIB * 16) };
}

static void passed_release(struct passed *p)
{
	buf_release(&p->in);
	buf_release(&p->out);
}
DEFINE_CLEANUP_VALUE(passed_release, struct passed);

static void pass(struct passed *p)
{
	diode_events(&p->d, p->in.data, p->in.len, 1234567, &p->out);
	buf_clear(&p->in);
}

/* The n-th record that came out; false when there are not as many. */
static bool record_at(const struct passed *p, size_t n, struct spool_record *r)
{
	const char *at = p->out.data;
	size_t left = p->out.len, size;

	while (left && frame_check(at, left, &size) == FRAME_WHOLE) {
		if (n-- == 0) {
			frame_decode(at, r);
			return true;
		}
		at += size;
		left -= size;
	}
	return false;
}

static size_t count_records(const struct passed *p)
{
	struct spool_record r;
	size_t n = 0;

	while (record_at(p, n, &r))
		n++;
	return n;
}

static void diode_events__words_of_any_kind__stay_inside(void **state)
{
	CLEANUP(passed_release) struct passed p;

	(void)state;
	passed_init(&p);
	spool_encode_param(&p.in, "secret", "patient 17", 5);
	spool_encode_tag(&p.in, "secret", "patient 17", 5);
	spool_encode_warning(&p.in, "patient 17", 5);
	pass(&p);
	assert_int_equal(p.out.len, 0);
	assert_int_equal(p.d.refused, 3);
}

static void diode_events__metric__passes_with_our_time_and_in_float_precision(void **state)
{
	CLEANUP(passed_release) struct passed p;
	struct spool_record r;

	(void)state;
	passed_init(&p);
	spool_encode_metric(&p.in, "val/loss", 0.1234567890123456, 7, 424242424242);
	pass(&p);
	assert_true(record_at(&p, 0, &r));
	assert_string_equal(r.key, "val/loss");
	assert_true(r.value == (double)0.1234567890123456f);
	assert_int_equal(r.step, 7);
	assert_int_equal(r.time_ms, 1234000);
	assert_int_equal(p.d.refused, 0);
}

static void diode_events__bits_of_a_nan__are_made_equal(void **state)
{
	CLEANUP(passed_release) struct passed p;
	struct spool_record a, b;
	uint64_t bits = 0x7ff4deadbeefcafe;
	double odd;

	(void)state;
	passed_init(&p);
	memcpy(&odd, &bits, sizeof odd);
	spool_encode_metric(&p.in, "m", odd, 0, 0);
	spool_encode_metric(&p.in, "m", (double)NAN, 0, 0);
	pass(&p);
	assert_true(record_at(&p, 0, &a) && record_at(&p, 1, &b));
	assert_true(isnan(a.value));
	assert_memory_equal(&a.value, &b.value, sizeof a.value);
}

static void diode_events__names_past_the_bounds__are_refused(void **state)
{
	static const char *const bad[] = { "", "two words", "caf\xc3\xa9", "a\nb", "x=y", "a:b" };
	CLEANUP(passed_release) struct passed p;
	char longest[DIODE_KEY_BYTES + 2];

	(void)state;
	passed_init(&p);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		spool_encode_metric(&p.in, bad[i], 1, 0, 0);
	memset(longest, 'k', sizeof longest);
	longest[DIODE_KEY_BYTES + 1] = '\0';
	spool_encode_metric(&p.in, longest, 1, 0, 0);
	pass(&p);
	assert_int_equal(p.d.refused, 7);
	assert_int_equal(p.out.len, 0);
	longest[DIODE_KEY_BYTES] = '\0';
	spool_encode_metric(&p.in, longest, 1, 0, 0);
	pass(&p);
	assert_int_equal(count_records(&p), 1);
}

static void diode_events__more_names_than_allowed__only_the_first_pass(void **state)
{
	CLEANUP(passed_release) struct passed p;
	char key[16];

	(void)state;
	passed_init(&p);
	for (int i = 0; i < DIODE_KEYS + 10; i++) {
		snprintf(key, sizeof key, "k%d", i);
		spool_encode_metric(&p.in, key, i, 0, 0);
	}
	spool_encode_metric(&p.in, "k0", 5, 1, 0);
	pass(&p);
	assert_int_equal(count_records(&p), DIODE_KEYS + 1);
	assert_int_equal(p.d.refused, 10);
}

static void diode_events__more_points_than_allowed__the_rest_is_refused(void **state)
{
	CLEANUP(passed_release) struct passed p;

	(void)state;
	passed_init(&p);
	for (int i = 0; i < DIODE_POINTS + 3; i++)
		spool_encode_metric(&p.in, "m", i, i, 0);
	pass(&p);
	assert_int_equal(p.d.points, DIODE_POINTS);
	assert_int_equal(p.d.refused, 3);
}

static void diode_events__steps_out_of_reason__are_refused(void **state)
{
	static const int64_t steps[] = { -1, INT64_MIN, INT64_C(1) << 31, INT64_MAX };
	CLEANUP(passed_release) struct passed p;

	(void)state;
	passed_init(&p);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		spool_encode_metric(&p.in, "m", 1, steps[i], 0);
	spool_encode_metric(&p.in, "m", 1, INT32_MAX, 0);
	pass(&p);
	assert_int_equal(p.d.refused, 4);
	assert_int_equal(count_records(&p), 1);
}

static void diode_output__cap__counts_bytes_and_tells_that_some_stayed(void **state)
{
	struct diode d = { .out_left = 10 };

	(void)state;
	assert_int_equal(diode_output(&d, 4), 4);
	assert_int_equal(diode_output(&d, 6), 6);
	assert_false(d.withheld);
	assert_int_equal(diode_output(&d, 1), 0);
	assert_true(d.withheld);
	d = (struct diode){ .out_left = 3 };
	assert_int_equal(diode_output(&d, 100), 3);
	assert_true(d.withheld);
}

static void diode_coarse__values__go_up_to_whole_units(void **state)
{
	(void)state;
	assert_int_equal(diode_coarse(0, 64), 0);
	assert_int_equal(diode_coarse(-5, 64), 0);
	assert_int_equal(diode_coarse(1, 64), 64);
	assert_int_equal(diode_coarse(64, 64), 64);
	assert_int_equal(diode_coarse(65, 64), 128);
	assert_int_equal(diode_count(5), 5);
	assert_int_equal(diode_count(UINT64_MAX), DIODE_COUNT_MAX);
}

static void diode_check__ways_around_it__are_refused(void **state)
{
	CLEANUP(run_spec_release) struct run_spec spec = { .diode = true };
	struct error err = { 0 };

	(void)state;
	assert_ok(diode_check(&spec, &err), &err);
	words_add(&spec.nets, "example.org:443");
	assert_int_equal(diode_check(&spec, &err), -1);
	assert_non_null(strstr(err.text, "--net example.org:443"));
	spec.diode = false;
	spec.diode_out = 5;
	error_clear(&err);
	assert_int_equal(diode_check(&spec, &err), -1);
	assert_non_null(strstr(err.text, "--diode-out"));
}

static void diode_to_jval__spec__survives_the_record(void **state)
{
	CLEANUP(run_spec_release) struct run_spec spec = { .diode = true, .diode_out = 77 };
	CLEANUP(run_spec_release) struct run_spec back = { 0 };
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(jval_free) struct jval *diode = NULL;
	struct error err = { 0 };

	(void)state;
	words_add(&spec.argv, "true");
	v = run_spec_to_jval(&spec);
	assert_ok(run_spec_from_jval(v, &back, &err), &err);
	assert_true(back.diode);
	assert_int_equal(back.diode_out, 77);
	diode = diode_to_jval(&back);
	assert_int_equal(jval_get_int(diode, "out_bytes", 0), 77);
	spec.diode = false;
	assert_null(diode_to_jval(&spec));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(diode_events__words_of_any_kind__stay_inside),
	cmocka_unit_test(diode_events__metric__passes_with_our_time_and_in_float_precision),
	cmocka_unit_test(diode_events__bits_of_a_nan__are_made_equal),
	cmocka_unit_test(diode_events__names_past_the_bounds__are_refused),
	cmocka_unit_test(diode_events__more_names_than_allowed__only_the_first_pass),
	cmocka_unit_test(diode_events__more_points_than_allowed__the_rest_is_refused),
	cmocka_unit_test(diode_events__steps_out_of_reason__are_refused),
	cmocka_unit_test(diode_output__cap__counts_bytes_and_tells_that_some_stayed),
	cmocka_unit_test(diode_coarse__values__go_up_to_whole_units),
	cmocka_unit_test(diode_check__ways_around_it__are_refused),
	cmocka_unit_test(diode_to_jval__spec__survives_the_record),
};

WB_TEST_MAIN(tests)
