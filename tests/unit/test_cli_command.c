/* Commands: finding them and holding them to their usage. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "cli/command.h"

static const struct command list_command = { .name = "list", .operands = "[FILTER]…" };
static const struct command copy_command = { .name = "copy", .operands = "RUN DIR" };
static const struct command set_command = { .name = "set", .operands = "[KEY [VALUE]]" };
static const struct command join_command = { .name = "join", .operands = "RUN…" };
static const struct command log_command = { .name = "log", .operands = "[KIND] KEY=VALUE…" };
static const struct command bare_command = { .name = "bare" };

static const struct command *const list[] = { &list_command, &copy_command, &set_command, &join_command, &bare_command, NULL };

static void command_find__known_and_unknown(void **state)
{
	(void)state;
	assert_ptr_equal(command_find(list, "copy"), &copy_command);
	assert_null(command_find(list, "cop"));
	assert_null(command_find(list, ""));
}

static void command_unknown__near_miss__names_the_nearest(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_refused(command_unknown(list, "wb", "lsit", &err), &err, ERR_INVALID, "unknown command 'lsit'");
	assert_string_equal(err.hint, "did you mean 'wb list'?");
}

static void command_unknown__what_other_tools_call_it__names_ours(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_refused(command_unknown(list, "wb", "history", &err), &err, ERR_INVALID, "unknown command 'history'");
	assert_string_equal(err.hint, "did you mean 'wb ls'?");
	assert_refused(command_unknown(list, "wb tensor", "history", &err), &err, ERR_INVALID, "unknown command 'history'");
	assert_string_equal(err.hint, "'wb tensor --help' lists the commands");
}

static void command_unknown__nothing_near__says_where_the_list_is(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_refused(command_unknown(list, "wb tensor", "frobnicate", &err), &err, ERR_INVALID, "unknown command");
	assert_string_equal(err.hint, "'wb tensor --help' lists the commands");
}

static void check_arity(const struct command *c, size_t want_min, size_t want_max)
{
	size_t min, max;

	command_arity(c, &min, &max);
	assert_int_equal(min, want_min);
	assert_true(max == want_max);
}

static void command_arity__from_the_usage_text(void **state)
{
	(void)state;
	check_arity(&list_command, 0, SIZE_MAX);
	check_arity(&copy_command, 2, 2);
	check_arity(&set_command, 0, 2);
	check_arity(&join_command, 1, SIZE_MAX);
	check_arity(&bare_command, 0, 0);
}

static void check_operands__wrong_count__names_the_operand(void **state)
{
	const char *words[] = { "a", "b", "c" };
	struct arg_list operands = { .items = words };
	struct error err = { 0 };

	(void)state;
	assert_refused(command_check_operands(&copy_command, &operands, &err), &err, ERR_INVALID, "RUN is missing");
	operands.count = 1;
	assert_refused(command_check_operands(&copy_command, &operands, &err), &err, ERR_INVALID, "DIR is missing");
	operands.count = 3;
	assert_refused(command_check_operands(&copy_command, &operands, &err), &err, ERR_INVALID, "'c' is one word too many");
	operands.count = 0;
	assert_refused(command_check_operands(&join_command, &operands, &err), &err, ERR_INVALID, "RUN is missing");
	assert_string_equal(err.text, "RUN is missing");
	assert_refused(command_check_operands(&log_command, &operands, &err), &err, ERR_INVALID, "KEY=VALUE is missing");
	assert_string_equal(err.text, "KEY=VALUE is missing");
	operands.count = 1;
	assert_refused(command_check_operands(&bare_command, &operands, &err), &err, ERR_INVALID, "'a' is one word too many");
}

static void check_operands__right_count__is_fine(void **state)
{
	const char *words[] = { "a", "b", "c" };
	struct arg_list operands = { .items = words, .count = 2 };
	struct error err = { 0 };

	(void)state;
	assert_ok(command_check_operands(&copy_command, &operands, &err), &err);
	assert_ok(command_check_operands(&set_command, &operands, &err), &err);
	operands.count = 3;
	assert_ok(command_check_operands(&join_command, &operands, &err), &err);
	assert_ok(command_check_operands(&list_command, &operands, &err), &err);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(command_find__known_and_unknown),
	cmocka_unit_test(command_unknown__near_miss__names_the_nearest),
	cmocka_unit_test(command_unknown__what_other_tools_call_it__names_ours),
	cmocka_unit_test(command_unknown__nothing_near__says_where_the_list_is),
	cmocka_unit_test(command_arity__from_the_usage_text),
	cmocka_unit_test(check_operands__wrong_count__names_the_operand),
	cmocka_unit_test(check_operands__right_count__is_fine),
};

WB_TEST_MAIN(tests)
