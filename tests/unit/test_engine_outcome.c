/* engine/outcome.c and engine/signal_name.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <signal.h>

#include "engine/outcome.h"
#include "engine/signal_name.h"

static void outcome_exit_status__each_end__has_its_promised_status(void **state)
{
	static const struct {
		const char *state, *detail;
		int exit_code, signal, want;
	} cases[] = {
		{ "FINISHED", "", 0, 0, 0 },
		{ "FAILED", "3", 3, 0, 3 },
		{ "FAILED", "127", 127, 0, 127 },
		{ "FAILED", "not found", -1, 0, 127 },
		{ "FAILED", "not executable", -1, 0, 126 },
		{ "FAILED", "setup", -1, 0, 125 },
		{ "KILLED", "SIGSEGV", -1, SIGSEGV, 139 },
		{ "KILLED", "user", -1, SIGTERM, 143 },
		{ "KILLED", "user", 1, 0, 1 },
		{ "KILLED", "user", 0, 0, 143 },
		{ "LIMIT", "memory", -1, SIGKILL, 121 },
		{ "LIMIT", "disk", -1, SIGKILL, 121 },
		{ "LIMIT", "time", -1, SIGTERM, 124 },
		{ "DENIED", "", -1, 0, 120 },
		{ "LOST", "", -1, 0, 125 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(outcome_exit_status(cases[i].state, cases[i].detail, cases[i].exit_code, cases[i].signal),
				 cases[i].want);
}

static void signal_name__known_and_unknown__are_words(void **state)
{
	(void)state;
	assert_string_equal(signal_name(SIGKILL), "SIGKILL");
	assert_string_equal(signal_name(0), "signal");
	assert_string_equal(signal_name(63), "signal");
	assert_string_equal(signal_name(-1), "signal");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(outcome_exit_status__each_end__has_its_promised_status),
	cmocka_unit_test(signal_name__known_and_unknown__are_words),
};

WB_TEST_MAIN(tests)
