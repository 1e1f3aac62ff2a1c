/* engine/spec.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/spec.h"

static void pairs_set__the_same_key__keeps_its_place_and_takes_the_value(void **state)
{
	struct pairs p = { 0 };

	(void)state;
	pairs_set(&p, "a", "1");
	pairs_set(&p, "b", "2");
	pairs_set(&p, "a", "3");
	assert_int_equal(p.n, 2);
	assert_string_equal(p.items[0].value, "3");
	assert_null(pairs_find(&p, "c"));
	pairs_release(&p);
}

static void pairs_set_text__without_equals__is_refused_with_the_form(void **state)
{
	struct pairs p = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_refused(pairs_set_text(&p, "lr", "-p", &err), &err, ERR_INVALID, "-p 'lr' is not KEY=VALUE");
	assert_refused(pairs_set_text(&p, "=1", "-p", &err), &err, ERR_INVALID, "not KEY=VALUE");
	assert_ok(pairs_set_text(&p, "a=b=c", "-p", &err), &err);
	assert_string_equal(pairs_find(&p, "a"), "b=c");
	assert_ok(pairs_set_text(&p, "empty=", "-p", &err), &err);
	assert_string_equal(pairs_find(&p, "empty"), "");
	pairs_release(&p);
}

static void run_spec_add_input__forms__give_name_and_path(void **state)
{
	static const struct {
		const char *text, *name, *path;
	} cases[] = {
		{ "data/digits.h5", "digits", "data/digits.h5" },
		{ "train=../x.tar.gz", "train", "../x.tar.gz" },
		{ "/data/my set.csv", "my_set", "/data/my set.csv" },
		{ "dir/", "dir", "dir/" },
		{ "a/b=c.h5", "b_c", "a/b=c.h5" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run_spec s = { 0 };
		struct error err = { 0 };

		assert_ok(run_spec_add_input(&s, cases[i].text, &err), &err);
		assert_string_equal(s.inputs.items[0].key, cases[i].name);
		assert_string_equal(s.inputs.items[0].value, cases[i].path);
		run_spec_release(&s);
	}
}

static void run_spec_add_input__a_second_of_that_name__is_refused_with_the_way_out(void **state)
{
	struct run_spec s = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_ok(run_spec_add_input(&s, "a/x.h5", &err), &err);
	assert_refused(run_spec_add_input(&s, "b/x.h5", &err), &err, ERR_INVALID, "two inputs are called 'x'");
	assert_contains(err.hint, "-i other_name=PATH");
	assert_refused(run_spec_add_input(&s, "y=", &err), &err, ERR_INVALID, "names no file");
	run_spec_release(&s);
}

static void run_spec_command__params_in_braces__are_replaced(void **state)
{
	struct run_spec s = { 0 };
	struct words w = { 0 };

	(void)state;
	pairs_set(&s.params, "lr", "0.1");
	words_add(&s.argv, "train.py");
	words_add(&s.argv, "--lr={lr}");
	words_add(&s.argv, "{unknown}{lr}{");
	run_spec_command(&s, &w);
	assert_string_equal(w.items[1], "--lr=0.1");
	assert_string_equal(w.items[2], "{unknown}0.1{");
	assert_null(w.items[3]);
	words_release(&w);
	run_spec_release(&s);
}

static void run_spec_command__literal__is_left_as_it_is(void **state)
{
	struct run_spec s = { .is_literal = true }, t = { 0 };
	struct words words = { 0 };
	struct error err = { 0 };
	struct jval *v;

	(void)state;
	words_add(&s.argv, "x{lr}");
	pairs_set(&s.params, "lr", "0.1");
	v = run_spec_to_jval(&s);
	assert_ok(run_spec_from_jval(v, &t, &err), &err);
	run_spec_command(&t, &words);
	assert_string_equal(words.items[0], "x{lr}");
	words_release(&words);
	jval_free(v);
	run_spec_release(&s);
	run_spec_release(&t);
}

static void run_spec_check__faults__are_named(void **state)
{
	struct run_spec s = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_refused(run_spec_check(&s, &err), &err, ERR_INVALID, "no command");
	words_add(&s.argv, "true");
	assert_ok(run_spec_check(&s, &err), &err);
	s.gpus = -1;
	assert_refused(run_spec_check(&s, &err), &err, ERR_INVALID, "--gpus -1");
	s.gpus = 0;
	pairs_set(&s.params, "a\nb", "1");
	assert_refused(run_spec_check(&s, &err), &err, ERR_INVALID, "may hold only");
	run_spec_release(&s);
}

static void run_spec_jval__there_and_back__is_equal(void **state)
{
	struct run_spec s = { 0 }, t = { 0 };
	struct error err = { 0 };
	struct buf a = BUF_INIT(8192), b = BUF_INIT(8192);
	struct jval *v, *again;

	(void)state;
	words_add(&s.argv, "python3");
	words_add(&s.argv, "train.py");
	words_add(&s.nets, "example.org:443");
	pairs_set(&s.params, "lr", "0.1");
	pairs_set(&s.inputs, "digits", "digits.h5");
	s.experiment = mem_strdup("digits");
	s.memory_bytes = 1 << 20;
	s.wall_ns = 5;
	s.cpus = 1.5;
	s.has_seed = true;
	s.seed = -3;
	v = run_spec_to_jval(&s);
	assert_ok(run_spec_from_jval(v, &t, &err), &err);
	again = run_spec_to_jval(&t);
	jval_format(v, JVAL_CANONICAL, &a);
	jval_format(again, JVAL_CANONICAL, &b);
	assert_string_equal(buf_text(&a), buf_text(&b));
	assert_int_equal(t.seed, -3);
	buf_release(&a);
	buf_release(&b);
	jval_free(v);
	jval_free(again);
	run_spec_release(&s);
	run_spec_release(&t);
}

static void run_spec_from_jval__not_a_spec__is_corrupt(void **state)
{
	struct run_spec s = { 0 };
	struct error err = { 0 };
	struct jval *v = jval_object();

	(void)state;
	assert_refused(run_spec_from_jval(v, &s, &err), &err, ERR_CORRUPT, "no specification");
	assert_refused(run_spec_from_jval(NULL, &s, &err), &err, ERR_CORRUPT, "no specification");
	jval_free(v);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(pairs_set__the_same_key__keeps_its_place_and_takes_the_value),
	cmocka_unit_test(pairs_set_text__without_equals__is_refused_with_the_form),
	cmocka_unit_test(run_spec_add_input__forms__give_name_and_path),
	cmocka_unit_test(run_spec_add_input__a_second_of_that_name__is_refused_with_the_way_out),
	cmocka_unit_test(run_spec_command__params_in_braces__are_replaced),
	cmocka_unit_test(run_spec_command__literal__is_left_as_it_is),
	cmocka_unit_test(run_spec_check__faults__are_named),
	cmocka_unit_test(run_spec_jval__there_and_back__is_equal),
	cmocka_unit_test(run_spec_from_jval__not_a_spec__is_corrupt),
};

WB_TEST_MAIN(tests)
