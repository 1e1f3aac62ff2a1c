/* MLproject files: entry points, params and the command they make. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/mem.h"
#include "engine/mlproject.h"

struct fixture {
	char *dir;
	struct mlproject *p;
	struct run_spec spec;
	struct error err;
};

static int setup(void **state)
{
	static unsigned number;
	struct fixture *f = mem_zalloc(sizeof *f);

	f->dir = mem_printf("%s/ml%u", wb_test_tmpdir(), number++);
	wb_test_put(f->dir, "train.py", "");
	wb_test_put(f->dir, "data.csv", "1,2\n");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	mlproject_free(f->p);
	run_spec_release(&f->spec);
	free(f->dir);
	free(f);
	return 0;
}

static int load(struct fixture *f, const char *text)
{
	mlproject_free(f->p);
	f->p = NULL;
	wb_test_put(f->dir, "MLproject", text);
	return mlproject_load(f->dir, &f->p, &f->err);
}

static const char whole[] =
	"name: tutorial\n"
	"\n"
	"python_env: python_env.yaml\n"
	"\n"
	"entry_points:\n"
	"  main:\n"
	"    parameters:\n"
	"      alpha: {type: float, default: 0.5}\n"
	"      note:\n"
	"        type: string\n"
	"        default: it's {alpha}\n"
	"    command: \"python train.py {alpha} --note {note} --braces {{x}}\"\n"
	"  check:\n"
	"    parameters:\n"
	"      data: path\n"
	"      where: {type: uri, default: 's3://bucket/x'}\n"
	"      n: {type: int, default: 3}\n"
	"    command: 'python check.py {data} {where} {n}'\n";

static void mlproject_load__entry_points__are_listed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mlproject_load(f->dir, &f->p, &f->err), 0);
	assert_int_equal(load(f, whole), 1);
	assert_string_equal(mlproject_entry(f->p, 0), "main");
	assert_string_equal(mlproject_entry(f->p, 1), "check");
	assert_null(mlproject_entry(f->p, 2));
	assert_true(mlproject_has_param(f->p, NULL, "alpha"));
	assert_true(mlproject_has_param(f->p, "check", "data"));
	assert_false(mlproject_has_param(f->p, "main", "data"));
	assert_false(mlproject_has_param(f->p, "none", "data"));
}

static void mlproject_fill__main__takes_defaults_quoted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	assert_ok(mlproject_fill(f->p, NULL, f->dir, &f->spec, &f->err), &f->err);
	assert_int_equal(f->spec.argv.n, 3);
	assert_string_equal(f->spec.argv.items[0], "bash");
	assert_string_equal(f->spec.argv.items[1], "-c");
	assert_string_equal(f->spec.argv.items[2], "python train.py 0.5 --note 'it'\"'\"'s {alpha}' --braces {x}");
	assert_true(f->spec.is_literal);
	assert_string_equal(pairs_find(&f->spec.params, "alpha"), "0.5");
	assert_string_equal(pairs_find(&f->spec.tags, "mlflow.project.entryPoint"), "main");
}

static void mlproject_fill__given_params__win_and_unknown_ones_follow(void **state)
{
	struct fixture *f = *state;

	pairs_set(&f->spec.params, "alpha", "1e-3");
	pairs_set(&f->spec.params, "seed", "7; rm -rf /");
	assert_int_equal(load(f, whole), 1);
	assert_ok(mlproject_fill(f->p, "main", f->dir, &f->spec, &f->err), &f->err);
	assert_contains(f->spec.argv.items[2], "python train.py 1e-3 --note");
	assert_contains(f->spec.argv.items[2], " --seed '7; rm -rf /'");
}

static void mlproject_fill__paths_and_uris__become_inputs_where_they_are_files(void **state)
{
	struct fixture *f = *state;

	pairs_set(&f->spec.params, "data", "data.csv");
	assert_int_equal(load(f, whole), 1);
	assert_ok(mlproject_fill(f->p, "check", f->dir, &f->spec, &f->err), &f->err);
	assert_contains(pairs_find(&f->spec.inputs, "data"), "/data.csv");
	assert_string_equal(pairs_find(&f->spec.params, "where"), "s3://bucket/x");
	assert_null(pairs_find(&f->spec.inputs, "where"));
	assert_contains(f->spec.argv.items[2], f->dir);
}

static void mlproject_fill__what_is_wrong__is_said(void **state)
{
	static const struct {
		const char *entry;
		const char *key, *value;
		enum error_code code;
		const char *part;
	} cases[] = {
		{ "main", "alpha", "fast", ERR_INVALID, "param 'alpha' of entry point 'main'" },
		{ "check", "n", "1.5", ERR_INVALID, "param 'data'" },
		{ "check", "data", "none.csv", ERR_NOT_FOUND, "none.csv: no such file" },
		{ "check", "data", "s3://bucket/y", ERR_UNSUPPORTED, "a path is wanted" },
		{ "mian", NULL, NULL, ERR_NOT_FOUND, "has no entry point 'mian'" },
		{ "main", "a b", "1", ERR_INVALID, "cannot be an option" },
	};
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		run_spec_release(&f->spec);
		error_clear(&f->err);
		if (cases[i].key)
			pairs_set(&f->spec.params, cases[i].key, cases[i].value);
		assert_refused(mlproject_fill(f->p, cases[i].entry, f->dir, &f->spec, &f->err), &f->err, cases[i].code,
			       cases[i].part);
	}
}

static void mlproject_fill__a_file__is_an_entry_point(void **state)
{
	struct fixture *f = *state;

	pairs_set(&f->spec.params, "lr", "0.1");
	assert_int_equal(load(f, "name: bare\n"), 1);
	assert_ok(mlproject_fill(f->p, "train.py", f->dir, &f->spec, &f->err), &f->err);
	assert_string_equal(f->spec.argv.items[2], "python 'train.py' --lr 0.1");
	assert_refused(mlproject_fill(f->p, "other.py", f->dir, &f->spec, &f->err), &f->err, ERR_NOT_FOUND, "other.py");
}

static void mlproject_load__mistakes__are_refused_by_place(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "docker_env:\n  image: x\n", "MLproject:1:1: docker_env" },
		{ "- a\n", "takes 'name: value' lines" },
		{ "entry_points: x\n", "'entry_points' takes" },
		{ "entry_points: {main: {parameters: {a: float}}}\n", "entry point 'main' has no command" },
		{ "entry_points: {main: {command: [a]}}\n", "'command' takes a text" },
		{ "entry_points: {main: {command: a, parameters: {a: [b]}}}\n", "param 'a' takes a type" },
		{ "a: &b 1\n", "anchors" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		error_clear(&f->err);
		assert_refused(load(f, cases[i].text), &f->err, ERR_INVALID, cases[i].part);
		assert_null(f->p);
	}
}

static void mlproject_fill__braces_that_are_no_param__are_refused(void **state)
{
	static const char *const commands[] = { "x {nope}", "x {", "x }", "x {a:>10}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		CLEANUP(free) char *text = mem_printf("entry_points: {main: {parameters: {a: {default: 1}}, command: '%s'}}\n", commands[i]);

		assert_int_equal(load(f, text), 1);
		error_clear(&f->err);
		assert_refused(mlproject_fill(f->p, NULL, f->dir, &f->spec, &f->err), &f->err, ERR_INVALID, "is no param of it");
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(mlproject_load__entry_points__are_listed),
	CASE(mlproject_fill__main__takes_defaults_quoted),
	CASE(mlproject_fill__given_params__win_and_unknown_ones_follow),
	CASE(mlproject_fill__paths_and_uris__become_inputs_where_they_are_files),
	CASE(mlproject_fill__what_is_wrong__is_said),
	CASE(mlproject_fill__a_file__is_an_entry_point),
	CASE(mlproject_load__mistakes__are_refused_by_place),
	CASE(mlproject_fill__braces_that_are_no_param__are_refused),
};

WB_TEST_MAIN(tests)
