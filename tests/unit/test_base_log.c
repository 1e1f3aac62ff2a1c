/* base/log.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* What a child that logs at each level wrote to its standard error. */
static void logged(const char *setting, char *said, size_t size)
{
	int out[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDERR_FILENO);
		if (setting)
			setenv("WB_LOG", setting, 1);
		else
			unsetenv("WB_LOG");
		log_debug("detail");
		log_info("news");
		log_warn("name %s", "a\n\x1b[31m");
		_exit(0);
	}
	close(out[1]);
	while ((n = read(out[0], said + len, size - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void log__without_wb_log__is_silent(void **state)
{
	char said[1000];

	(void)state;
	logged(NULL, said, sizeof said);
	assert_string_equal(said, "");
}

static void log__levels__are_a_threshold_and_text_is_escaped(void **state)
{
	char said[1000];

	(void)state;
	logged("debug", said, sizeof said);
	assert_contains(said, "detail");
	assert_contains(said, "news");
	logged("info", said, sizeof said);
	assert_null(strstr(said, "detail"));
	assert_contains(said, "news");
	logged("warn", said, sizeof said);
	assert_null(strstr(said, "news"));
	assert_contains(said, "name a\\n\\x1b[31m\n");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(log__without_wb_log__is_silent),
	cmocka_unit_test(log__levels__are_a_threshold_and_text_is_escaped),
};

WB_TEST_MAIN(tests)
