/*
 * wb-scope: asks a systemd manager for a transient scope around one process.
 *
 *     wb-scope SOCKET UNIT PID       one line: "ok", it is in there, or why not
 *
 * It is in there itself, and stays until its standard input ends. SOCKET is a manager's own (.../systemd/private) or a bus
 * on which it has its name. org.freedesktop.systemd1(5) has the call. Whoever starts it waits a second and then kills it.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

#define MANAGER "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

enum { PATIENCE_US = 2000000 };

/* What is known of the job that the manager made of the request. */
struct job {
	char *path;
	char result[32]; /* "": not over yet */
};

/* One line, whatever the manager put into it. */
static int say(const char *what, const char *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
	struct error ignored = { 0 };

	buf_printf(&text, "%s: ", what);
	text_escape(&text, why, strlen(why));
	buf_putc(&text, '\n');
	/* Whoever does not listen has given up. */
	if (fs_write_all(STDOUT_FILENO, "the pipe", text.data, text.len, &ignored) < 0)
		return 2;
	return 1;
}

/* A descriptor, or -1 with a line said. The peer must be who may move our processes, and see them under the same numbers. */
static int manager_connect(const char *path)
{
	CLEANUP(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct ucred peer = { 0 };
	socklen_t size = sizeof peer;

	if (strlen(path) >= sizeof un.sun_path) {
		say("its socket", "the path is too long");
		return -1;
	}
	memcpy(un.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof un) || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) {
		say("nobody answers", strerror(errno));
		return -1;
	}
	if (peer.uid != 0 && peer.uid != geteuid()) {
		say("not asked", "its socket is another user's");
		return -1;
	}
	if (peer.pid <= 0) {
		say("not asked", "it is outside of this container and knows our processes by other numbers");
		return -1;
	}
	return take_fd(&fd);
}

static int job_removed(sd_bus_message *m, void *data, sd_bus_error *ignored)
{
	struct job *j = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)ignored;
	if (j->path && sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 && str_eq(path, j->path))
		snprintf(j->result, sizeof j->result, "%s", result);
	return 0;
}

static int request_make(sd_bus *bus, const char *unit, uint32_t pid, sd_bus_message **out)
{
	int r = sd_bus_message_new_method_call(bus, out, MANAGER, "StartTransientUnit");

	if (r >= 0)
		r = sd_bus_message_append(*out, "ss", unit, "fail");
	if (r >= 0)
		r = sd_bus_message_append(*out, "a(sv)", 5, "Description", "s", "wb run", "Delegate", "b", 1, "CollectMode", "s",
					  "inactive-or-failed", "TasksMax", "t", UINT64_MAX, "PIDs", "au", 2, (uint32_t)getpid(), pid);
	return r < 0 ? r : sd_bus_message_append(*out, "a(sa(sv))", 0);
}

/* The job's path; NULL with a line said. */
static char *scope_request(sd_bus *bus, const char *unit, uint32_t pid)
{
	sd_bus_message *request = NULL, *reply = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	const char *path = NULL;
	char *copy = NULL;
	int r = request_make(bus, unit, pid, &request);

	if (r >= 0)
		r = sd_bus_call(bus, request, PATIENCE_US, &error, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		say("systemd refused", error.message ? error.message : strerror(-r));
	else
		copy = mem_strdup(path);
	sd_bus_error_free(&error);
	sd_bus_message_unref(request);
	sd_bus_message_unref(reply);
	return copy;
}

static int scope_await(sd_bus *bus, struct job *j)
{
	int64_t deadline = clock_mono(&clock_system) + PATIENCE_US * INT64_C(1000);

	while (!j->result[0]) {
		int r = sd_bus_process(bus, NULL);

		if (r < 0)
			return say("systemd went away", strerror(-r));
		if (r == 0 && (clock_mono(&clock_system) > deadline || sd_bus_wait(bus, 100000) < 0))
			return say("systemd did not finish", "no word of the scope");
	}
	return str_eq(j->result, "done") ? 0 : say("systemd could not make the scope", j->result);
}

static int scope_start(const char *socket, const char *unit, uint32_t pid)
{
	const char *slash = strrchr(socket, '/');
	bool is_own = slash && str_eq(slash, "/private");
	int fd = manager_connect(socket), r, rc = 1;
	sd_bus *bus = NULL;
	struct job job = { 0 };

	if (fd < 0)
		return 1;
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, !is_own);
	if (r >= 0)
		r = sd_bus_start(bus);
	/* Nobody but a bus puts the sender's name in. */
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, is_own ? NULL : "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
					"org.freedesktop.systemd1.Manager", "JobRemoved", job_removed, &job);
	if (r < 0)
		say("no connection", strerror(-r));
	else
		job.path = scope_request(bus, unit, pid);
	if (job.path)
		rc = scope_await(bus, &job);
	free(job.path);
	sd_bus_unref(bus);
	return rc;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	char ignored[64];
	int64_t pid;
	int rc;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (argc != 4 || str_parse_i64(argv[3], &pid, &err) < 0 || pid < 2 || pid > INT32_MAX)
		return 2;
	rc = scope_start(argv[1], argv[2], (uint32_t)pid);
	if (rc || fs_write_all(STDOUT_FILENO, "the pipe", "ok\n", 3, &err) < 0)
		return 1;
	while (read(STDIN_FILENO, ignored, sizeof ignored) > 0)
		continue;
	return 0;
}
