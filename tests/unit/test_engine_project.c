/* wb.yaml: reading, merging, filling, refusing. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/mem.h"
#include "engine/project.h"

struct fixture {
	char *dir;
	struct project *p;
	struct project_values values;
	struct run_spec spec;
	struct error err;
};

static int setup(void **state)
{
	static unsigned number;
	struct fixture *f = mem_zalloc(sizeof *f);

	f->dir = mem_printf("%s/project%u", wb_test_tmpdir(), number++);
	wb_test_put(f->dir, "keep", "");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	project_values_release(&f->values);
	project_free(f->p);
	run_spec_release(&f->spec);
	free(f->dir);
	free(f);
	return 0;
}

static int load(struct fixture *f, const char *text)
{
	project_free(f->p);
	f->p = NULL;
	wb_test_put(f->dir, "wb.yaml", text);
	return project_load(f->dir, &f->p, &f->err);
}

static const char *value(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->values.n; i++)
		if (strcmp(f->values.items[i]->name, name) == 0)
			return f->values.items[i]->text;
	return NULL;
}

static const char whole[] =
	"experiment: digits\n"
	"params: {lr: 0.1, epochs: 20}\n"
	"inputs:\n"
	"  digits: data/digits.h5\n"
	"limits: {memory: 1G, time: 2h, cpus: 1.5, gpus: 1, gpu_wait: 1h, disk: 2G}\n"
	"env: {OMP_NUM_THREADS: 1}\n"
	"tags: {team: vision}\n"
	"command: python3 train.py --lr {lr}\n"
	"tasks:\n"
	"  train:\n"
	"    about: trains it\n"
	"    command: [python3, train.py, 'a b']\n"
	"    params: {epochs: 40}\n"
	"    inputs: [more.h5]\n"
	"  eval: python3 eval.py 'held out' \"x\"\n"
	"profiles:\n"
	"  big:\n"
	"    limits: {memory: 8G}\n"
	"    params: {epochs: 100}\n";

static void project_load__no_file__is_none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(project_load(f->dir, &f->p, &f->err), 0);
	assert_null(f->p);
}

static void project_load__empty_files__say_nothing(void **state)
{
	static const char *const texts[] = { "", "# words\n", "params:\n", "tasks: {}\nprofiles:\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_int_equal(load(f, texts[i]), 1);
		assert_ok(project_merge(f->p, NULL, NULL, &f->values, &f->err), &f->err);
		assert_int_equal(f->values.n, 0);
	}
}

static void project_load__names__are_listed_in_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	assert_string_equal(project_task(f->p, 0), "train");
	assert_string_equal(project_task_about(f->p, 0), "trains it");
	assert_string_equal(project_task(f->p, 1), "eval");
	assert_string_equal(project_task_about(f->p, 1), "");
	assert_null(project_task(f->p, 2));
	assert_string_equal(project_profile(f->p, 0), "big");
	assert_null(project_profile(f->p, 1));
	assert_true(project_has_task(f->p, "eval"));
	assert_false(project_has_task(f->p, "big"));
	assert_contains(project_path(f->p), "wb.yaml");
}

static void project_merge__profile_task_top__in_that_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	assert_ok(project_merge(f->p, NULL, NULL, &f->values, &f->err), &f->err);
	assert_string_equal(value(f, "params.epochs"), "20");
	assert_string_equal(value(f, "command"), "python3 train.py --lr {lr}");
	project_values_release(&f->values);
	assert_ok(project_merge(f->p, "train", NULL, &f->values, &f->err), &f->err);
	assert_string_equal(value(f, "params.epochs"), "40");
	assert_string_equal(value(f, "run.memory"), "1G");
	assert_string_equal(value(f, "inputs.more"), "more.h5");
	project_values_release(&f->values);
	assert_ok(project_merge(f->p, "train", "big", &f->values, &f->err), &f->err);
	assert_string_equal(value(f, "params.epochs"), "100");
	assert_string_equal(value(f, "params.lr"), "0.1");
	assert_string_equal(value(f, "run.memory"), "8G");
}

static void project_merge__unknown_names__come_with_the_nearest(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	assert_refused(project_merge(f->p, "trian", NULL, &f->values, &f->err), &f->err, ERR_NOT_FOUND, "has no task 'trian'");
	assert_string_equal(f->err.hint, "did you mean 'train'?");
	assert_refused(project_merge(f->p, NULL, "bigg", &f->values, &f->err), &f->err, ERR_NOT_FOUND, "has no profile 'bigg'");
	assert_string_equal(f->err.hint, "did you mean 'big'?");
	assert_int_equal(load(f, "experiment: e\n"), 1);
	assert_refused(project_merge(f->p, NULL, "big", &f->values, &f->err), &f->err, ERR_NOT_FOUND, "has no profile 'big'");
	assert_string_equal(f->err.hint, "it has no profiles at all");
}

static void project_fill__all_kinds__reach_the_spec(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	assert_ok(project_merge(f->p, "eval", NULL, &f->values, &f->err), &f->err);
	assert_ok(project_fill(&f->values, true, f->dir, f->dir, &f->spec, &f->err), &f->err);
	assert_string_equal(f->spec.experiment, "digits");
	assert_string_equal(pairs_find(&f->spec.params, "lr"), "0.1");
	assert_string_equal(pairs_find(&f->spec.inputs, "digits"), "data/digits.h5");
	assert_string_equal(pairs_find(&f->spec.env, "OMP_NUM_THREADS"), "1");
	assert_string_equal(pairs_find(&f->spec.tags, "team"), "vision");
	assert_int_equal(f->spec.memory_bytes, 1 << 30);
	assert_int_equal(f->spec.gpus, 1);
	assert_int_equal(f->spec.gpu_wait_ns, INT64_C(3600000000000));
	assert_int_equal(f->spec.wall_ns, 7200LL * 1000000000);
	assert_true(f->spec.cpus > 1.4 && f->spec.cpus < 1.6);
	assert_int_equal(f->spec.argv.n, 4);
	assert_string_equal(f->spec.argv.items[2], "held out");
}

static void project_fill__single_keys__reach_the_spec_and_a_profile_overrules(void **state)
{
	static const char text[] = "diode: true\ndiode_out: 4K\nseed: 7\nworkdir: copy\ntier_min: 2\nlimits: {net_bytes: 1G, pids: 9}\n"
				   "profiles:\n  open: {diode: false, diode_out: 0, workdir: overlay}\n";
	struct fixture *f = *state;

	assert_int_equal(load(f, text), 1);
	assert_ok(project_merge(f->p, NULL, NULL, &f->values, &f->err), &f->err);
	assert_ok(project_fill(&f->values, true, "/", "/", &f->spec, &f->err), &f->err);
	assert_true(f->spec.diode && f->spec.diode_out == 4096 && f->spec.has_seed && f->spec.seed == 7);
	assert_true(f->spec.copy_workdir && !f->spec.box.need_overlay && f->spec.box.tier_min == 2);
	assert_true(f->spec.net_bytes == 1 << 30 && f->spec.pids == 9);
	project_values_release(&f->values);
	assert_ok(project_merge(f->p, NULL, "open", &f->values, &f->err), &f->err);
	assert_ok(project_fill(&f->values, true, "/", "/", &f->spec, &f->err), &f->err);
	assert_true(!f->spec.diode && !f->spec.diode_out && !f->spec.copy_workdir && f->spec.box.need_overlay);
}

static void project_fill__from_another_folder__inputs_are_absolute(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, whole), 1);
	assert_ok(project_merge(f->p, NULL, NULL, &f->values, &f->err), &f->err);
	assert_ok(project_fill(&f->values, false, f->dir, "/elsewhere", &f->spec, &f->err), &f->err);
	assert_contains(pairs_find(&f->spec.inputs, "digits"), f->dir);
	assert_int_equal(f->spec.argv.n, 0);
}

static void project_load__commands__are_split_without_a_shell(void **state)
{
	static const struct {
		const char *text;
		const char *words; /* with | between */
	} cases[] = {
		{ "command: a  b\n", "a|b" },
		{ "command: a 'b c' d\\ e \"f 'g'\"\n", "a|b c|d e|f 'g'" },
		{ "command: a '' '$x|y'\n", "a||$x|y" },
		{ "command: |\n  a\n  b\n", "a|b" },
		{ "command: [a, '$x', \"\"]\n", "a|$x|" },
		{ "command: a {lr} --x={y}\n", "a|{lr}|--x={y}" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char got[200] = "";

		assert_int_equal(load(f, cases[i].text), 1);
		project_values_release(&f->values);
		assert_ok(project_merge(f->p, NULL, NULL, &f->values, &f->err), &f->err);
		assert_ok(project_fill(&f->values, true, "/", "/", &f->spec, &f->err), &f->err);
		for (size_t k = 0; k < f->spec.argv.n; k++)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", k ? "|" : "", f->spec.argv.items[k]);
		assert_string_equal(got, cases[i].words);
	}
}

static void project_load__mistakes__are_refused_by_place(void **state)
{
	static const struct {
		const char *text;
		const char *part;
		const char *hint;
	} cases[] = {
		{ "experimnt: e\n", "wb.yaml:1:1: unknown key 'experimnt'", "did you mean 'experiment'?" },
		{ "zzzzzzzz: e\n", "unknown key 'zzzzzzzz'", "one of: experiment, command, params, inputs, limits, tier_min, diode, diode_out, seed, workdir, env, tags, tasks, profiles" },
		{ "limits:\n  memroy: 1G\n", "wb.yaml:2:3: unknown key 'memroy' in limits", "did you mean 'memory'?" },
		{ "limits:\n  memory: lots\n", "wb.yaml:2:3: memory: 'lots' is not a size", "" },
		{ "limits: {gpus: 1.5}\n", "wb.yaml:1:10: gpus:", "" },
		{ "limits: {gpus: -1}\n", "gpus: -1 is not between 0 and 1024", "" },
		{ "limits: {cpus: 0}\n", "cpus: 0 is not more than 0", "" },
		{ "limits: {cpus: .nan}\n", "cpus:", "" },
		{ "limits: {time: soon}\n", "time: 'soon' is not a duration", "" },
		{ "diode: maybe\n", "wb.yaml:1:1: diode: 'maybe' is none of true, false", "" },
		{ "diode_out: much\n", "diode_out: 'much' is not a size", "" },
		{ "seed: -1\n", "seed: a seed is not less than 0", "" },
		{ "seed: x\n", "seed:", "" },
		{ "workdir: mount\n", "workdir: 'mount' is none of auto, overlay, copy", "" },
		{ "net: [pypi.org]\n", "unknown key 'net'", "" },
		{ "limits: 1G\n", "'limits' takes 'name: value' lines", "" },
		{ "params: [lr]\n", "'params' takes 'name: value' lines", "" },
		{ "params: {lr: [1]}\n", "wb.yaml:1:10: 'lr' takes a single value", "" },
		{ "params: {lr: }\n", "'lr' has no value", "" },
		{ "env: {A=B: 1}\n", "'A=B' cannot be a name in env", "" },
		{ "inputs: {a/b: x}\n", "'a/b' cannot be the name of an input", "" },
		{ "inputs: [a.h5, b/a.csv]\n", "wb.yaml:1:16: two inputs are called 'a'", "" },
		{ "inputs: [[a]]\n", "takes a single value", "" },
		{ "command:\n", "a command is a text, or a list of words", "" },
		{ "command: ''\n", "the command is empty", "" },
		{ "command: [a, [b]]\n", "a word of a command is a text", "" },
		{ "command: a | b\n", "'|' would need a shell", "quote it, or write the words as a list: [sh, -c, '…']" },
		{ "command: a $HOME\n", "'$' would need a shell", "" },
		{ "command: a \"$HOME\"\n", "'$' would need a shell", "" },
		{ "command: a 'b\n", "the quote ' is not closed", "" },
		{ "tasks: {train: {comand: x}}\n", "unknown key 'comand' in 'train'", "did you mean 'command'?" },
		{ "tasks: {train: {tasks: {}}}\n", "unknown key 'tasks' in 'train'", "" },
		{ "tasks: {'a b': x}\n", "'a b' cannot be the name of a task", "" },
		{ "tasks: {-x: x}\n", "'-x' cannot be the name of a task", "" },
		{ "profiles: {big: 1}\n", "'big' takes 'name: value' lines", "" },
		{ "profiles: {big: {about: x}}\n", "unknown key 'about' in 'big'", "" },
		{ "experiment: [e]\n", "'experiment' takes a single value", "" },
		{ "- a\n", "takes 'name: value' lines", "" },
		{ "a: &x [1]\nb: *x\n", "anchors", "" },
		{ "params: {a: 1, a: 2}\n", "'a' is there a second time", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		error_clear(&f->err);
		assert_refused(load(f, cases[i].text), &f->err, ERR_INVALID, cases[i].part);
		assert_null(f->p);
		assert_null(strchr(f->err.text, '\n'));
		if (*cases[i].hint)
			assert_string_equal(f->err.hint, cases[i].hint);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(project_load__no_file__is_none),
	CASE(project_load__empty_files__say_nothing),
	CASE(project_load__names__are_listed_in_order),
	CASE(project_merge__profile_task_top__in_that_order),
	CASE(project_merge__unknown_names__come_with_the_nearest),
	CASE(project_fill__all_kinds__reach_the_spec),
	CASE(project_fill__single_keys__reach_the_spec_and_a_profile_overrules),
	CASE(project_fill__from_another_folder__inputs_are_absolute),
	CASE(project_load__commands__are_split_without_a_shell),
	CASE(project_load__mistakes__are_refused_by_place),
};

WB_TEST_MAIN(tests)
