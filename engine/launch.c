/* Handing a job to wb-supervisor. */
#include "config.h"

#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
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

/* Bytes in memory that nobody can change any more. Returns the descriptor, at their start. */
static int seal(const void *p, size_t n, struct error *err)
{
	CLEANUP(close) int fd = memfd_create("wb-job", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_sys(err, "memfd_create");
	if (fs_write_all(fd, "the run's plan", p, n, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return error_sys(err, "sealing the run's plan");
	return take_fd(&fd);
}

static int seal_job(const struct job *job, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_PLAN);
	CLEANUP(jval_free) struct jval *v = job_to_jval(job);

	jval_format(v, JVAL_COMPACT, &text);
	if (buf_check(&text, "the run's plan", err) < 0)
		return -1;
	return seal(text.data, text.len, err);
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

/*
 * Starts the supervisor in a session of its own with wanted (none of them below n) as its descriptors 0 to n-1 and no
 * others. Spawned, not forked: this process has much memory that a child would have to map first. 0 or an errno.
 */
static int spawn_supervisor(const char *path, char *const *envp, const int *wanted, int n, pid_t *out_pid)
{
	char *const argv[] = { (char *)(uintptr_t)"wb-supervisor", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int rc = 0;

	/* What is sent to our group before the child has its own session is not meant for it: settle() throws it away. */
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < n && rc == 0; i++)
		rc = posix_spawn_file_actions_adddup2(&actions, wanted[i], i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, n);
	if (rc == 0)
		rc = posix_spawn(out_pid, path, &actions, &attr, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return rc;
}

/* A wanted descriptor may sit where another belongs: those are moved up first. 0 or an errno. */
static int spawn_moved(const char *path, char *const *envp, int wanted[JOB_FD_COUNT], pid_t *out_pid)
{
	int moved[JOB_FD_COUNT];
	int rc = 0;

	for (int i = 0; i < JOB_FD_COUNT; i++) {
		moved[i] = wanted[i] < JOB_FD_COUNT ? fcntl(wanted[i], F_DUPFD_CLOEXEC, JOB_FD_COUNT) : -1;
		if (moved[i] < 0 && wanted[i] < JOB_FD_COUNT && rc == 0)
			rc = errno;
		if (moved[i] >= 0)
			wanted[i] = moved[i];
	}
	if (rc == 0)
		rc = spawn_supervisor(path, envp, wanted, JOB_FD_COUNT, out_pid);
	for (int i = 0; i < JOB_FD_COUNT; i++) {
		if (moved[i] >= 0)
			close(moved[i]);
	}
	return rc;
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
	CLEANUP(close) int upstream_fd = -1;
	CLEANUP(close) int stdin_fd = -1;
	CLEANUP(close) int log_fd = -1;
	CLEANUP(close) int ready_read = -1;
	CLEANUP(close) int ready_write = -1;
	int ready[2], result;
	pid_t pid;

	*out_failure = SANDBOX_FAIL_SETUP;
	job_fd = seal_job(job, err);
	if (job_fd >= 0 && job->net_upstream) {
		upstream_fd = seal(fds->upstream, sizeof *fds->upstream, err);
		if (upstream_fd < 0)
			return -1;
	}
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
	/* In the order of enum JOB_FD. */
	{
		int wanted[JOB_FD_COUNT] = {
			stdin_fd, log_fd, log_fd, job_fd, ready_write, fds->life_fd, fds->spool_fd, fds->lease_fd,
			/* A place for each: without GPUs, a kept layer or a proxy, another copy. */
			fds->gpus_fd >= 0 ? fds->gpus_fd : fds->lease_fd,
			fds->kept_fd >= 0 ? fds->kept_fd : fds->lease_fd,
			upstream_fd >= 0 ? upstream_fd : fds->lease_fd,
		};

		errno = spawn_moved(path, env.items, wanted, &pid);
		if (errno)
			return error_sys(err, "starting wb-supervisor");
	}
	close(take_fd(&ready_write));
	result = read_ready(ready_read, out_failure, err);
	if (result < 0)
		waitpid(pid, NULL, 0);
	return result;
}
