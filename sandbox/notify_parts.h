/* Private to notify*.c: one waiting call, and looks into the process that made it. */
#ifndef WB_SANDBOX_NOTIFY_PARTS_H
#define WB_SANDBOX_NOTIFY_PARTS_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sandbox/notify.h"
#include "sandbox/plan.h"

/* What is answered: an errno, a value, or "go on". */
struct answer {
	bool go_on;
	int error;      /* positive errno; 0: val */
	int64_t val;
	int fd;         /* >= 0: the caller gets a copy of it, and its number as the answer; owned */
	bool fd_cloexec;
};

/*
 * Ports of the run's loopback that somebody listened on a moment ago. To look one up the kernel walks all connections of
 * the machine, some milliseconds each; that a listener may be gone by now costs no more than a line in a report.
 */
enum { PORTS_KNOWN = 16 };
struct known_ports {
	struct {
		unsigned port;
		int64_t until_ns;
	} at[PORTS_KNOWN];
	unsigned next;
};

struct call {
	const struct seccomp_notif *req;
	struct known_ports *ports;
	const struct sandbox_plan *plan;
	int nr;
	uint64_t arg[6];
	pid_t pid;
};

enum { CALL_PATH = 4096 };

/* Reads n bytes of the caller's memory; the number read, 0 on failure. */
size_t call_read(const struct call *c, uint64_t at, void *to, size_t n);
/* Reads a text; false when it has no end within size. */
bool call_text(const struct call *c, uint64_t at, char *to, size_t size);
/* The absolute path, as the caller sees it, that (dirfd, path) names; links are not resolved. */
bool call_path(const struct call *c, int dirfd, uint64_t at, char *to, size_t size);
/* A copy of the caller's descriptor, or -1. */
int call_fd(const struct call *c, int fd);

/* Removes empty, "." and ".." components in place. path is absolute. */
void path_simplify(char *path);

/* "93.184.216.34:443", "[::1]:80", "unix /run/x.sock", "unix @name". False for other families. */
struct peer {
	int family;
	bool loopback;
	bool abstract;
	unsigned port;
	char path[128];   /* unix */
	char text[180];
};
bool peer_parse(const void *addr, size_t len, struct peer *out);

/* notify_decode.c: what a forbidden call wanted, in words. */
void denied_describe(const struct call *c, struct denial *d);

/* notify_look.c: true when the layers below will refuse this open, change or connect. */
bool look_is_denied(const struct call *c, struct denial *d);

/* notify_mediate.c: tier 2. True when *d is to be recorded. */
bool mediate(const struct call *c, struct answer *a, struct denial *d);
/* notify_shm.c: what a run of tier 2 has in /dev/shm. */
struct shm;
struct shm *shm_new(void);
void shm_free(struct shm *t);
/* True when the call was about a name in /dev/shm; it is answered then. */
bool shm_serves(struct shm *t, const struct call *c, struct answer *a);

/* notify_comm.c: tier 2. True when a process opened the name of a thread of its own to write; it is answered then. */
bool comm_serves(const struct call *c, struct answer *a);
/* The first thread of a thread's process; 0 when it is gone. */
pid_t thread_leader(pid_t tid);

/* Answers EPERM for that reason; true. */
bool refuse(struct answer *a, struct denial *d, const char *reason);

/* The object that (dirfd, path) names for the caller, held by an O_PATH descriptor; -1 with errno. */
int called_open(const struct call *c, int dirfd, uint64_t at, bool follow);
/* What a run owns are the folders that it was given; devices and /proc are only there for it to use. */
bool called_is_ours(const struct call *c, int fd);

/* notify_own.c: tier 2. True when *d is to be recorded. */
bool mediate_owner(const struct call *c, struct answer *a, struct denial *d);
bool mediate_attribute(const struct call *c, struct answer *a, struct denial *d);
bool mediate_watch(const struct call *c, struct answer *a, struct denial *d);

/* notify_signal.c: tier 2's signals and processor masks reach the run's own processes only. True as above. */
bool mediate_signal(const struct call *c, struct answer *a, struct denial *d);
bool mediate_affinity(const struct call *c, struct answer *a, struct denial *d);

/* Escaped for the record, and cut to what it holds. */
void denial_object(struct denial *d, const char *fmt, ...) WB_PRINTF(2, 3);
void denial_reason(struct denial *d, const char *reason, const char *hint);

#endif
