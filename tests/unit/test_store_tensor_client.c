/* store/tensor_client.c: workers that misbehave, played by shell scripts. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/tensor_client.h"

/* The case's folder, with the file "data" in it and its open descriptor. */
struct place {
	const char *dir;
	char *worker;
	int fd;
};

static int place_open(void **state)
{
	static struct place p;
	struct error err = { 0 };
	char *data;

	p = (struct place){ .dir = wb_test_tmpdir() };
	wb_test_put(p.dir, "data", "0123456789");
	p.worker = fs_join(p.dir, "worker");
	data = fs_join(p.dir, "data");
	p.fd = fs_open(AT_FDCWD, data, &err);
	free(data);
	*state = &p;
	return p.fd < 0 ? -1 : 0;
}

static int place_close(void **state)
{
	struct place *p = *state;

	close(p->fd);
	free(p->worker);
	return 0;
}

static int count_record(const struct jval *record, void *data, struct error *err)
{
	if (jval_get_bool(record, "bad", false))
		return error_set(err, ERR_CORRUPT, "a bad record");
	++*(int *)data;
	return 0;
}

/* Asks through a worker that runs script (behind "#!/bin/sh"). */
static int ask_within(struct place *p, const char *script, int64_t timeout_ns, int *records, struct error *err)
{
	struct tensor_options opt = { .worker_path = p->worker, .timeout_ns = timeout_ns };
	CLEANUP(free) char *text = mem_printf("#!/bin/sh\n%s\n", script);

	unlink(p->worker);
	wb_test_put(p->dir, "worker", text);
	assert_int_equal(chmod(p->worker, 0755), 0);
	*records = 0;
	return tensor_client_ask(p->fd, "da\nta", "list", &opt, count_record, records, err);
}

/* No case comes near this. */
static int ask(struct place *p, const char *script, int *records, struct error *err)
{
	return ask_within(p, script, (int64_t)120 * 1000 * 1000 * 1000, records, err);
}

static void ask__complete_answer__hands_records_on(void **state)
{
	struct error err = { 0 };
	int n = 0;

	assert_ok(ask(*state, "echo '{\"a\":1}'; echo '{\"b\":2}'; echo '{\"end\":true}'", &n, &err), &err);
	assert_int_equal(n, 2);
}

static void ask__worker__gets_the_file_the_word_and_no_environment(void **state)
{
	struct error err = { 0 };
	int n = 0;

	setenv("HDF5_PLUGIN_PATH", "/tmp", 1);
	assert_ok(ask(*state, "read -r line <&3; [ \"$line\" = 0123456789 ] || exit 3\n"
			     "[ \"$1\" = list ] && [ $# = 1 ] || exit 4\n"
			     "[ -z \"$HDF5_PLUGIN_PATH\" ] || exit 5\n"
			     "echo '{\"end\":true}'", &n, &err), &err);
	unsetenv("HDF5_PLUGIN_PATH");
}

static void ask__error_record__is_escaped_and_named(void **state)
{
	struct error err = { 0 };
	int n;

	assert_refused(ask(*state, "printf '%s\\n' '{\"error\":{\"code\":\"limit\",\"text\":\"x\\u001b[31m\\ny\"}}'",
			   &n, &err), &err, ERR_LIMIT, "da\\nta: x\\x1b[31m\\ny");
	assert_refused(ask(*state, "echo '{\"error\":{\"code\":\"denied\"}}'", &n, &err), &err,
		       ERR_CORRUPT, "no reason given");
}

static void ask__worker_dies__says_how(void **state)
{
	static const struct {
		const char *script;
		const char *part;
	} deaths[] = {
		{ "ulimit -c 0; kill -SEGV $$", "crashed on it (signal 11)" },
		{ "ulimit -c 0; echo '{\"a\":1}'; kill -ABRT $$", "gave up on it (memory" },
		{ "ulimit -c 0; kill -SYS $$", "forbidden system call" },
		{ "kill -XCPU $$", "processor time" },
		{ "kill -KILL $$", "was killed" },
		{ "exit 7", "without a word (exit status 7)" },
		{ "printf '{\"end\":true}'", "without a word" },
	};

	for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
		struct error err = { 0 };
		int n;

		assert_refused(ask(*state, deaths[i].script, &n, &err), &err, ERR_CORRUPT, deaths[i].part);
		assert_int_equal(strncmp(err.text, "da\\nta: ", 8), 0);
	}
}

static void ask__answer_is_garbage__is_refused(void **state)
{
	struct error err = { 0 };
	int n;

	assert_refused(ask(*state, "echo garbage", &n, &err), &err, ERR_INVALID, "JSON");
	assert_refused(ask(*state, "echo '{\"bad\":true}'", &n, &err), &err, ERR_CORRUPT,
		       "a bad record");
}

static void ask__endless_answer__is_cut_off(void **state)
{
	struct error err = { 0 };
	int n;

	assert_refused(ask(*state, "exec /bin/cat /dev/zero", &n, &err), &err, ERR_LIMIT, "33 MiB");
}

static void ask__silent_worker__is_stopped_at_the_deadline(void **state)
{
	struct error err = { 0 };
	int n;

	assert_refused(ask_within(*state, "exec /bin/sleep 3600", 50 * 1000 * 1000, &n, &err), &err, ERR_TIMEOUT,
		       "was stopped");
	assert_refused(ask_within(*state, "exec >&-\nexec /bin/sleep 3600", 50 * 1000 * 1000, &n, &err), &err,
		       ERR_TIMEOUT, "was stopped");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void ask__children_collected_elsewhere__still_answers(void **state)
{
	struct error err = { 0 };
	int n;

	signal(SIGCHLD, SIG_IGN);
	assert_ok(ask(*state, "echo '{\"end\":true}'", &n, &err), &err);
	assert_refused(ask(*state, "exit 9", &n, &err), &err, ERR_CORRUPT, "without a word");
	signal(SIGCHLD, SIG_DFL);
}

static void ask__no_worker__names_the_path(void **state)
{
	struct place *p = *state;
	struct tensor_options opt = { .worker_path = "/nonexistent/wb-tensor" };
	struct error err = { 0 };
	int n = 0;

	assert_refused(tensor_client_ask(p->fd, "d", "list", &opt, count_record, &n, &err), &err, ERR_NOT_FOUND,
		       "/nonexistent/wb-tensor");
}

static void ask__not_a_regular_file__is_refused_before_a_worker_starts(void **state)
{
	struct tensor_options opt = { .worker_path = "/nonexistent/wb-tensor" };
	struct error err = { 0 };
	int n = 0;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_refused(tensor_client_ask(fd, "d", "list", &opt, count_record, &n, &err), &err, ERR_INVALID,
		       "d: a folder");
	assert_refused(tensor_client_ask(null, "d", "list", &opt, count_record, &n, &err), &err, ERR_INVALID,
		       "not a regular file");
	assert_refused(tensor_client_ask(-1, "d", "list", &opt, count_record, &n, &err), &err, ERR_SYSTEM, "d: ");
	close(fd);
	close(null);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_open, place_close)

static const struct CMUnitTest tests[] = {
	IN_PLACE(ask__complete_answer__hands_records_on),
	IN_PLACE(ask__worker__gets_the_file_the_word_and_no_environment),
	IN_PLACE(ask__error_record__is_escaped_and_named),
	IN_PLACE(ask__worker_dies__says_how),
	IN_PLACE(ask__answer_is_garbage__is_refused),
	IN_PLACE(ask__endless_answer__is_cut_off),
	IN_PLACE(ask__silent_worker__is_stopped_at_the_deadline),
	IN_PLACE(ask__children_collected_elsewhere__still_answers),
	IN_PLACE(ask__no_worker__names_the_path),
	cmocka_unit_test(ask__not_a_regular_file__is_refused_before_a_worker_starts),
};

WB_TEST_MAIN(tests)
