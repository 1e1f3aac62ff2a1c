/* Handing a job to wb-supervisor. */
#include "config.h"

#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/host.h"

/* Our own diagnostics are the only environment that the supervisor gets. */
static const char *const passed_env[] = { "WB_LOG", "WB_FAULT", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };

/* The job in memory that nobody can change any more. Returns the descriptor, at its start. */
static int seal_job(const struct job *job, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_PLAN);
	CLEANUP(jval_free) struct jval *v = job_to_jval(job);
	CLEANUP(close) int fd = memfd_create("wb-job", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	jval_format(v, JVAL_COMPACT, &text);
	if (buf_check(&text, "the run's plan", err) < 0)
		return -1;
	if (fd < 0)
		return error_sys(err, "memfd_create");
	if (fs_write_all(fd, "the run's plan", text.data, text.len, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return error_sys(err, "sealing the run's plan");
	return take_fd(&fd);
}

/* Data that was piped or redirected in is the run's; a terminal, a folder or a device is not. */
static int choose_stdin(struct error *err)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDIN_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode)))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 20);
	else
		fd = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	return fd >= 0 ? fd : error_sys(err, "standard input of the run");
}

/* After fork: places the descriptors and becomes the supervisor. Only async-signal-safe calls. */
static _Noreturn void become_supervisor(const char *path, char *const *envp, const int *wanted, size_t n)
{
	char *const argv[] = { (char *)(uintptr_t)"wb-supervisor", NULL };
	static const int from_terminal[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	int high[16];
	sigset_t none;

	setsid();
	/* One sent to the viewer's whole group meanwhile was for the viewer: ignored, it is no longer pending here. */
	for (size_t i = 0; i < sizeof from_terminal / sizeof *from_terminal; i++) {
		signal(from_terminal[i], SIG_IGN);
		signal(from_terminal[i], SIG_DFL);
	}
	/* Up and out of the way first: a wanted descriptor may sit where another belongs. */
	for (size_t i = 0; i < n; i++)
		high[i] = fcntl(wanted[i], F_DUPFD, 40);
	for (size_t i = 0; i < n; i++)
		if (high[i] < 0 || dup2(high[i], (int)i) < 0)
			_exit(125);
	close_range((unsigned)n, ~0u, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, argv, envp);
	_exit(125);
}

static void make_env(struct words *out)
{
	for (size_t i = 0; i < sizeof passed_env / sizeof *passed_env; i++) {
		const char *value = getenv(passed_env[i]);
		CLEANUP(free) char *pair = value ? mem_printf("%s=%s", passed_env[i], value) : NULL;

		if (pair)
			words_add(out, pair);
	}
}

/* Reads the supervisor's one line. */
static int read_ready(int fd, enum sandbox_failure *out_failure, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 64);
	CLEANUP(jval_free) struct jval *v = NULL;
	const char *what, *hint;

	*out_failure = SANDBOX_FAIL_SETUP;
	if (fs_read_fd(fd, "the supervisor's answer", &text, err) < 0)
		return -1;
	if (text.len == 0) {
		error_set(err, ERR_INTERNAL, "wb-supervisor ended before the run was started");
		return error_hint(err, "its own messages are in the run's folder, supervisor.log");
	}
	if (jval_parse(buf_text(&text), text.len, &v, err) < 0)
		return -1;
	if (jval_get_bool(v, "ok", false))
		return 0;
	*out_failure = (enum sandbox_failure)jval_get_int(v, "failure", SANDBOX_FAIL_SETUP);
	what = jval_get_text(v, "text");
	hint = jval_get_text(v, "hint");
	error_set(err, (enum error_code)jval_get_int(v, "code", ERR_INTERNAL), "%s", what ? what : "no reason given");
	return error_hint(err, "%s", hint ? hint : "");
}

int launch_supervisor(const struct job *job, const struct launch_fds *fds, enum sandbox_failure *out_failure,
		      struct error *err)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(words_release) struct words env = { 0 };
	CLEANUP(close) int job_fd = -1;
	CLEANUP(close) int stdin_fd = -1;
	CLEANUP(close) int log_fd = -1;
	CLEANUP(close) int ready_read = -1;
	CLEANUP(close) int ready_write = -1;
	int ready[2], result;
	pid_t pid;

	*out_failure = SANDBOX_FAIL_SETUP;
	job_fd = seal_job(job, err);
	stdin_fd = job_fd < 0 ? -1 : choose_stdin(err);
	if (stdin_fd < 0 || host_find_part("wb-supervisor", &path, err) < 0)
		return -1;
	log_fd = sys_openat(fds->run_dirfd, "supervisor.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log_fd < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return error_sys(err, "starting wb-supervisor");
	ready_read = ready[0];
	ready_write = ready[1];
	make_env(&env);
	words_add(&env, "LC_ALL=C.UTF-8");
	pid = fork();
	if (pid < 0)
		return error_sys(err, "starting wb-supervisor");
	if (pid == 0) {
		/* In the order of enum JOB_FD. */
		const int wanted[JOB_FD_COUNT] = {
			stdin_fd, log_fd, log_fd, job_fd, ready_write, fds->life_fd, fds->spool_fd, fds->lease_fd,
		};

		become_supervisor(path, env.items, wanted, JOB_FD_COUNT);
	}
	close(take_fd(&ready_write));
	result = read_ready(ready_read, out_failure, err);
	if (result < 0)
		waitpid(pid, NULL, 0);
	return result;
}
