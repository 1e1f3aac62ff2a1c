/* Option tables and their parser. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "base/mem.h"
#include "cli/args.h"

struct options {
	bool all;
	bool quiet;
	const char *name;
	const char *color;
	struct arg_list inputs;
	struct arg_pairs params;
	struct arg_int count;
	struct arg_number cpus;
	struct arg_size memory;
	struct arg_duration time;
};

static const struct option_spec specs[] = {
	OPTION_FLAG('a', "all", struct options, all, "everything"),
	OPTION_FLAG('q', "quiet", struct options, quiet, "say less"),
	OPTION_STRING('n', "name", struct options, name, "NAME", "its name"),
	OPTION_CHOICE(0, "color", struct options, color, "auto|always|never", "when"),
	OPTION_LIST('i', "input", struct options, inputs, "PATH", "an input"),
	OPTION_PAIRS('p', "param", struct options, params, "K=V", "a param"),
	OPTION_INT('c', "count", struct options, count, "N", -2, 9, "how many"),
	OPTION_NUMBER(0, "cpus", struct options, cpus, "N", "CPUs"),
	OPTION_SIZE('m', "memory", struct options, memory, "SIZE", "memory"),
	OPTION_DURATION(0, "time", struct options, time, "DURATION", "time"),
	OPTION_END,
};

struct fixture {
	struct options o;
	struct arg_list operands;
	struct error err;
};

static int setup(void **state)
{
	*state = mem_zalloc(sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	const struct args_target target = { specs, &f->o };

	args_release(&target);
	arg_list_release(&f->operands);
	free(f);
	return 0;
}

/* words end with NULL. */
static int parse(struct fixture *f, bool stop, const char *const *words)
{
	const struct args_target target = { specs, &f->o };
	int n = 0;

	while (words[n])
		n++;
	return args_parse(&target, 1, stop, n, (char *const *)words, &f->operands, &f->err);
}

#define PARSE(f, stop, ...) parse((f), (stop), (const char *const[]){ __VA_ARGS__, NULL })

static void args_parse__every_kind__fills_its_field(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, false, "-a", "--name", "one", "--color=never", "-i", "x", "-iy", "-p", "lr=0.1", "--param=k=a=b", "-c",
			"-2", "--cpus", "1.5", "-m1K", "--time=2m"),
		  &f->err);
	assert_true(f->o.all);
	assert_false(f->o.quiet);
	assert_string_equal(f->o.name, "one");
	assert_string_equal(f->o.color, "never");
	assert_int_equal(f->o.inputs.count, 2);
	assert_string_equal(f->o.inputs.items[0], "x");
	assert_string_equal(f->o.inputs.items[1], "y");
	assert_int_equal(f->o.params.count, 2);
	assert_string_equal(f->o.params.items[0].key, "lr");
	assert_string_equal(f->o.params.items[0].value, "0.1");
	assert_string_equal(f->o.params.items[1].key, "k");
	assert_string_equal(f->o.params.items[1].value, "a=b");
	assert_true(f->o.count.given);
	assert_int_equal(f->o.count.value, -2);
	assert_true(f->o.cpus.value > 1.49 && f->o.cpus.value < 1.51);
	assert_int_equal(f->o.memory.bytes, 1024);
	assert_int_equal(f->o.time.ns, INT64_C(120000000000));
	assert_int_equal(f->operands.count, 0);
}

static void args_parse__nothing_given__leaves_all_zero(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, false, "word"), &f->err);
	assert_false(f->o.all || f->o.count.given || f->o.memory.given || f->o.time.given || f->o.cpus.given);
	assert_null(f->o.name);
	assert_int_equal(f->operands.count, 1);
}

static void args_parse__bundled_flags__are_all_set(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, false, "-aqn", "x"), &f->err);
	assert_true(f->o.all && f->o.quiet);
	assert_string_equal(f->o.name, "x");
}

static void args_parse__operands_between_options__are_kept_in_order(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, false, "one", "-a", "two", "-", "--", "-q", "--name"), &f->err);
	assert_true(f->o.all);
	assert_false(f->o.quiet);
	assert_int_equal(f->operands.count, 5);
	assert_string_equal(f->operands.items[0], "one");
	assert_string_equal(f->operands.items[1], "two");
	assert_string_equal(f->operands.items[2], "-");
	assert_string_equal(f->operands.items[3], "-q");
	assert_string_equal(f->operands.items[4], "--name");
}

static void args_parse__stop_at_operand__leaves_the_rest_alone(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, true, "-a", "python3", "-q", "--", "--name"), &f->err);
	assert_true(f->o.all);
	assert_false(f->o.quiet);
	assert_int_equal(f->operands.count, 4);
	assert_string_equal(f->operands.items[1], "-q");
	assert_string_equal(f->operands.items[2], "--");
}

static void args_parse__stop_at_operand_after_dashes__takes_the_dashes_away(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, true, "-a", "--", "--all", "--"), &f->err);
	assert_int_equal(f->operands.count, 2);
	assert_string_equal(f->operands.items[0], "--all");
	assert_string_equal(f->operands.items[1], "--");
}

static void args_parse__last_string__wins(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, false, "-n", "one", "--name=two"), &f->err);
	assert_string_equal(f->o.name, "two");
}

static void args_parse__empty_value_after_equals__is_a_value(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, false, "--name=", "-p", "k="), &f->err);
	assert_string_equal(f->o.name, "");
	assert_string_equal(f->o.params.items[0].value, "");
}

static void args_parse__bad_words__are_refused_by_name(void **state)
{
	static const struct {
		const char *words[3];
		const char *part;
		const char *hint;
	} cases[] = {
		{ { "--memmory=1G" }, "unknown option '--memmory'", "did you mean '--memory'?" },
		{ { "--al" }, "unknown option '--al'", "did you mean '--all'?" },
		{ { "--zzzzzzzz" }, "unknown option '--zzzzzzzz'", "" },
		{ { "-x" }, "unknown option '-x'", "" },
		{ { "-ax" }, "unknown option '-ax'", "" },
		{ { "--all=yes" }, "option '--all' takes no value", "" },
		{ { "--name" }, "option '--name' needs a value: NAME", "" },
		{ { "-n" }, "option '-n' needs a value: NAME", "" },
		{ { "--color", "blue" }, "option '--color': 'blue' is none of auto|always|never", "" },
		{ { "--color", "" }, "is none of", "" },
		{ { "-p", "lr" }, "option '-p': 'lr' is not KEY=VALUE", "" },
		{ { "-p", "=1" }, "option '-p': '=1' is not KEY=VALUE", "" },
		{ { "-c", "ten" }, "option '-c'", "" },
		{ { "-c", "10" }, "option '-c': 10 is not between -2 and 9", "" },
		{ { "-c", "99999999999999999999" }, "option '-c'", "" },
		{ { "--cpus", "0" }, "option '--cpus' must be a number more than 0", "" },
		{ { "--cpus", "nan" }, "option '--cpus' must be a number more than 0", "" },
		{ { "--memory", "0" }, "option '--memory' must be more than 0", "" },
		{ { "--memory", "1Q" }, "option '--memory'", "" },
		{ { "--time", "-3s" }, "option '--time'", "" },
		{ { "--time", "soon" }, "option '--time'", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		error_clear(&f->err);
		assert_refused(parse(f, false, cases[i].words), &f->err, ERR_INVALID, cases[i].part);
		assert_string_equal(f->err.hint, cases[i].hint);
	}
}

static void args_parse__one_dash_too_few__suggests_two(void **state)
{
	struct fixture *f = *state;

	assert_refused(PARSE(f, false, "-memory", "1G"), &f->err, ERR_INVALID, "option '-m'");
	error_clear(&f->err);
	assert_refused(PARSE(f, false, "-time", "1h"), &f->err, ERR_INVALID, "unknown option '-time'");
	assert_string_equal(f->err.hint, "did you mean '--time'?");
}

static void args_parse__two_targets__the_first_that_knows_wins(void **state)
{
	struct fixture *f = *state;
	struct options second = { 0 };
	static const struct option_spec few[] = { OPTION_FLAG('q', "quiet", struct options, quiet, "x"), OPTION_END };
	const struct args_target targets[] = { { few, &f->o }, { specs, &second } };
	const char *const words[] = { "-q", "-a" };

	assert_ok(args_parse(targets, 2, false, 2, (char *const *)words, &f->operands, &f->err), &f->err);
	assert_true(f->o.quiet && second.all);
	assert_false(f->o.all || second.quiet);
}

static void args_parse__dashes_before_the_operands__are_told(void **state)
{
	struct fixture *f = *state;

	assert_ok(PARSE(f, true, "-a", "--", "train"), &f->err);
	assert_true(f->operands.dashed);
	arg_list_release(&f->operands);
	assert_ok(PARSE(f, false, "train", "--", "x"), &f->err);
	assert_int_equal(f->operands.count, 2);
	assert_false(f->operands.dashed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(args_parse__every_kind__fills_its_field),
	CASE(args_parse__nothing_given__leaves_all_zero),
	CASE(args_parse__bundled_flags__are_all_set),
	CASE(args_parse__operands_between_options__are_kept_in_order),
	CASE(args_parse__stop_at_operand__leaves_the_rest_alone),
	CASE(args_parse__stop_at_operand_after_dashes__takes_the_dashes_away),
	CASE(args_parse__last_string__wins),
	CASE(args_parse__empty_value_after_equals__is_a_value),
	CASE(args_parse__bad_words__are_refused_by_name),
	CASE(args_parse__one_dash_too_few__suggests_two),
	CASE(args_parse__two_targets__the_first_that_knows_wins),
	CASE(args_parse__dashes_before_the_operands__are_told),
};

WB_TEST_MAIN(tests)
