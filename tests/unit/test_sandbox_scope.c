/* Scopes from systemd: whom to ask, and helpers that refuse, lie, or say nothing. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "sandbox/scope.h"
#include "tests/support/wb_test.h"

struct fixture {
	char *root;
	struct cgroup_host host;
	pid_t child;  /* waits to be put somewhere */
};

static int set_up(void **state)
{
	struct fixture *f = mem_zalloc(sizeof *f);

	struct error err = { 0 };

	f->root = fs_join(wb_test_tmpdir(), "scope");
	if (fs_remove_tree(AT_FDCWD, f->root, &err) < 0 || mkdir(f->root, 0700))
		return -1;
	f->host = (struct cgroup_host){ .mount = mem_strdup(f->root), .own = mem_strdup("/"), .uid = geteuid(),
					.file_flags = O_CREAT };
	f->child = fork();
	if (f->child == 0)
		for (;;)
			pause();
	*state = f;
	return f->child < 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	kill(f->child, SIGKILL);
	waitpid(f->child, NULL, 0);
	cgroup_host_release(&f->host);
	free(f->root);
	free(f);
	return 0;
}

/* Asks through a helper that is a script of those lines; the reason, which the next call overwrites. */
static const char *reason(struct fixture *f, const char *script)
{
	static struct error err;
	CLEANUP(free) char *helper = fs_join(f->root, "helper");
	CLEANUP(free) char *text = mem_printf("#!/bin/sh\n%s\n", script);
	const struct scope_manager manager = { .helper = helper, .socket = "/nowhere/private" };
	const struct cgroup_limits limits = { .pids = 10 };
	struct scope_hold hold = SCOPE_HOLD_NONE;
	struct cgroup *c = NULL;

	err = (struct error){ 0 };
	if (*script) {
		wb_test_put(f->root, "helper", text);
		assert_int_equal(chmod(helper, 0700), 0);
	}
	assert_int_equal(scope_make(&manager, &f->host, "0123", &limits, f->child, &c, &hold, &err), -1);
	assert_null(c);
	assert_int_equal(hold.pid, 0);
	assert_int_equal(hold.fd, -1);
	/* Whatever went wrong, the helper is gone, and nobody else. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	assert_int_equal(kill(f->child, 0), 0);
	return err.text;
}

static void make__helper_refuses__its_line_is_the_reason(void **state)
{
	assert_non_null(strstr(reason(*state, "echo systemd refused: no; echo more; exit 1"), ": systemd refused: no"));
	assert_non_null(strstr(reason(*state, "exit 1"), "ended without a word"));
	assert_non_null(strstr(reason(*state, "kill -9 $$"), "ended without a word"));
}

static void make__helper_is_not_there__is_said(void **state)
{
	assert_non_null(strstr(reason(*state, ""), "starting "));
}

static void make__helper_says_nothing__is_ended_after_a_second(void **state)
{
	assert_non_null(strstr(reason(*state, "exec sleep 1000"), "did not answer within a second"));
}

/* What it says is not believed: the process has to be there. */
static void make__helper_lies__process_is_looked_for(void **state)
{
	assert_non_null(strstr(reason(*state, "echo ok; read line"), "not in wb-0123.scope"));
}

static void socket__folder_of_the_user__is_asked(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	CLEANUP(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CLEANUP(free) char *path = NULL;
	struct error why = { 0 };

	if (geteuid() == 0)
		wb_test_skip("root asks the system's manager");
	assert_true(fd >= 0);
	setenv("XDG_RUNTIME_DIR", f->root, 1);
	assert_int_equal(scope_socket_find(&path, &why), 0);
	assert_non_null(strstr(why.text, f->root));
	snprintf(un.sun_path, sizeof un.sun_path, "%s/bus", f->root);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	assert_int_equal(scope_socket_find(&path, &why), 1);
	assert_string_equal(path, un.sun_path);
	/* A file is none. */
	free(take_ptr(&path));
	assert_int_equal(unlink(un.sun_path), 0);
	wb_test_put(f->root, "bus", "");
	assert_int_equal(scope_socket_find(&path, &why), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(make__helper_refuses__its_line_is_the_reason, set_up, tear_down),
	cmocka_unit_test_setup_teardown(make__helper_is_not_there__is_said, set_up, tear_down),
	cmocka_unit_test_setup_teardown(make__helper_says_nothing__is_ended_after_a_second, set_up, tear_down),
	cmocka_unit_test_setup_teardown(make__helper_lies__process_is_looked_for, set_up, tear_down),
	cmocka_unit_test_setup_teardown(socket__folder_of_the_user__is_asked, set_up, tear_down),
};

WB_TEST_MAIN(tests)
