/*
 * wb-supervisor: one process a run, the only parent of it. This header is
 * private to engine/sup_*.c.
 *
 * One loop serves the run's output, its event door, its denied calls, the
 * control socket, the limits and the clock; nothing in it blocks on the run or
 * on a viewer. The spool is written by this process alone.
 */
#ifndef WB_ENGINE_SUP_H
#define WB_ENGINE_SUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "engine/diode.h"
#include "engine/job.h"
#include "engine/runlog.h"
#include "engine/ttyframe.h"
#include "sandbox/apply.h"
#include "sandbox/cgroup.h"
#include "sandbox/scope.h"
#include "sandbox/notify.h"
#include "sandbox/pty.h"
#include "sandbox/usage.h"
#include "store/store.h"
#include "tracker/spool.h"

enum { SUP_CLIENTS = 32, SUP_DENIALS = 256 };

struct sup_stream {
	struct supervisor *sup;
	struct loop_watch watch;
	int fd;
	enum runlog_stream stream;
};

struct sup_client {
	struct supervisor *sup;
	struct loop_watch watch;
	int fd; /* -1: free */
	bool watching;
	bool typing;              /* it has a terminal: frames come from it (sup_tty.c) */
	bool paused;
	struct ttyframe_reader frames;
};

struct sup_denial {
	char call[32];
	char object[512];
	uint64_t count;
};

/* The limits of a run. Those on open files, on output and on the network do not end it. */
enum sup_limit { SUP_MEMORY, SUP_PIDS, SUP_DISK, SUP_DISK_FILES, SUP_TIME, SUP_FILES, SUP_OUTPUT, SUP_NETWORK, SUP_LIMITS };

struct sup_reached {
	bool is_set;
	enum sup_limit which;
	uint64_t limit, amount;       /* bytes, a count, or nanoseconds */
	int64_t at_ns;                /* since the start */
	struct usage_process who;
	char text[400];               /* a sentence for people */
};

struct supervisor {
	struct job *job;
	struct store *store;
	int run_dirfd;
	struct loop *loop;
	struct spool *spool;
	struct runlog_writer *log;
	int64_t start_mono_ns;
	int64_t start_ns;
	bool kept;                    /* its writable layer was put aside */

	struct sandbox_child child;
	struct loop_watch child_watch;
	struct sandbox_exit exit;
	bool has_exit;
	bool over;                    /* no process of the run is left */

	struct sup_stream out, err;
	struct buf held;              /* output that is not in the log yet */
	int64_t held_ms;              /* since when the door's answer is awaited; 0: it is not */

	int door_fd;
	pid_t door_pid;
	bool door_over;               /* it ended before the run did */
	struct loop_watch door_watch;
	struct buf door_in;
	uint64_t bad_lines;
	char bad_sample[160];

	struct notifier *notifier;
	struct loop_watch notify_watch;
	struct sup_denial denials[SUP_DENIALS];
	size_t denial_count;
	uint64_t denials_untold;      /* distinct ones past the table */

	struct pty pty;               /* with the plan's tty */
	struct buf typed;             /* for its master */
	struct loop_watch typed_watch;

	int ctl_fd;
	struct loop_watch ctl_watch;
	struct sup_client clients[SUP_CLIENTS];

	struct sup_net *net;          /* NULL: this run has no network broker */
	struct diode *diode;          /* NULL: this run is none */
	struct sup_gpu *gpu;          /* NULL: nobody measures GPUs for it */

	struct cgroup *cgroup;        /* of the run alone; NULL: none */
	unsigned cgroup_holds;        /* CGROUP_*: limits that the kernel held */
	struct cgroup_usage cgroup_used;
	struct scope_hold scope;      /* what keeps systemd's scope around it, where that is one */
	char no_cgroup[640];          /* why limits are held by looking; "": they are not, or there are none */
	struct usage_meter *meter;
	struct sandbox_usage usage;
	uint64_t peak_memory;
	uint64_t peak_mapped;         /* resident, but only mapped from files */
	uint64_t disk_used;
	bool disk_uncounted;          /* there are more files than anybody counts, or in deeper folders */
	unsigned looks;
	bool kernel_counts;           /* the limit on processes is held by the kernel too */
	int64_t last_cpu_ns, last_sample_ns, next_metric_ns, next_disk_ns;
	uint64_t samples;
	struct loop_watch poll_timer, sync_timer, wall_timer, grace_timer;

	struct sup_reached reached;   /* the limit that ended it */
	bool warned[SUP_LIMITS];      /* it was said that the limit is near */
	bool stop_asked;              /* by a person */
	struct error trouble;         /* first failure to record; ends the run */
	bool has_trouble;
};

/* sup_door.c: the event door, a confined process of its own. */
int sup_door_start(struct supervisor *s, struct error *err) WB_MUST_CHECK;
/* Every writer is dead: takes what is still on its way, then the door ends. */
void sup_door_finish(struct supervisor *s);
/* Asks the door to take all that was sent until now; sup_held_release() follows. False: there is no door to ask. */
bool sup_door_ask(struct supervisor *s);
/* Waits no longer for a door that has not answered for two seconds. */
void sup_door_watchdog(struct supervisor *s);

/* sup_net.c: the network broker, two confined processes; nothing where the plan has no proxy. */
int sup_net_start(struct supervisor *s, struct error *err) WB_MUST_CHECK;
/* Every process of the run is gone: what they sent goes out, then the broker ends. */
void sup_net_finish(struct supervisor *s);
/* Adds what was connected to to the END document. */
void sup_net_record(const struct supervisor *s, struct jval *end);

/* sup_gpu.c: samples of the run's GPUs, by a process of its own; nothing where it has none. */
void sup_gpu_start(struct supervisor *s);
/* Its GPUs are nobody's any more. */
void sup_gpu_finish(struct supervisor *s);

/* sup_io.c: output, denials, and what goes into the spool. */
int sup_streams_start(struct supervisor *s, int out_fd, int err_fd, struct error *err) WB_MUST_CHECK;
void sup_streams_drain(struct supervisor *s);
/* Writes the held output to the log. */
void sup_held_write(struct supervisor *s);
/* The same, and reads on. */
void sup_held_release(struct supervisor *s);
int sup_notify_start(struct supervisor *s, struct error *err) WB_MUST_CHECK;
/* Counts something that was refused to the run; object is the run's own words. */
void sup_denial_add(struct supervisor *s, const char *call, const char *object);
void sup_denials_write(struct supervisor *s);
/* The run cannot be recorded any further: says so once and ends it. */
void sup_trouble(struct supervisor *s, const struct error *why);
int64_t sup_now_ms(void);

/* sup_ctl.c: viewers and stop requests. */
int sup_ctl_start(struct supervisor *s, struct error *err) WB_MUST_CHECK;
void sup_ctl_poke(struct supervisor *s);
/* Shows watchers one line of text. */
void sup_ctl_tell(struct supervisor *s, const char *text);
/* What it is at, where that takes a while. */
void sup_ctl_inform(struct supervisor *s, const char *text);
void sup_ctl_close(struct supervisor *s);
/* stop, interrupt, kill, watch. */
void sup_ctl_obey(struct sup_client *c, const char *word);

/* sup_tty.c: the run's terminal. *out_fd is where its output is read. */
int sup_tty_open(struct supervisor *s, struct sandbox_io *io, int *out_fd, struct error *err) WB_MUST_CHECK;
/* From here on the client sends frames. */
void sup_tty_join(struct sup_client *c, int rows, int cols);
/* Takes what came from it. False: it does not keep to the form. */
bool sup_tty_read(struct sup_client *c, const char *p, size_t n);

/* sup_limits.c */
int sup_limits_start(struct supervisor *s, struct error *err) WB_MUST_CHECK;
/* Asks politely with sig, kills after grace_ns. A second call only shortens the wait. */
void sup_stop(struct supervisor *s, int sig, int64_t grace_ns);
void sup_kill(struct supervisor *s);
/* When it is over: a run that was faster than the looks at it is held to its limits all the same. */
void sup_judge(struct supervisor *s);
/* Adds the last sample's metrics to the spool. */
void sup_usage_record(struct supervisor *s);

/* sup_cgroup.c: where one can be had, a cgroup for the run. Without it the looks hold the limits. */
void sup_cgroup_start(struct supervisor *s, struct sandbox_io *io);
void sup_cgroup_kill(struct supervisor *s);
/* What was used of it so far: in tier 2 the holder of a scope ends with the run. */
void sup_cgroup_look(struct supervisor *s);
/* The run is over, or was never born: reads what it used, and removes it. */
void sup_cgroup_end(struct supervisor *s);
/* Who held the limits that were given: {"memory":"cgroup"|"looks", …}. */
struct jval *sup_held_to_jval(const struct supervisor *s);
/* Why the kernel does not hold limits that were given; NULL: it does. Borrowed. */
const char *sup_no_cgroup(const struct supervisor *s);

/* sup_cpus.c: from here on this process and the run's use only so many processors, those that are least in use; 0: all. */
void sup_cpus_choose(int cpus);

/* sup_disk.c: bytes that the run takes on disk and in its tmpfs mounts, as of the last look. */
uint64_t sup_disk_used(struct supervisor *s);
/* The same, and what its events take: --disk is about all of it. */
uint64_t sup_disk_charged(struct supervisor *s);

/* sup_reached.c */
const char *sup_limit_name(enum sup_limit which);
/* Records which limit ends the run; ending it is the caller's. who may be NULL. */
void sup_reached(struct supervisor *s, enum sup_limit which, uint64_t limit, uint64_t amount,
		 const struct usage_process *who);
/* {"name","unit","limit","reached","at_s","pid","process"} (docs/json.md). */
struct jval *sup_reached_to_jval(const struct sup_reached *r);
/* Warns, once a limit, when amount is nine tenths of it or more. A limit of 0 is none. */
void sup_near(struct supervisor *s, enum sup_limit which, uint64_t limit, uint64_t amount);
/* Into the record, and to viewers at once. */
void sup_warn(struct supervisor *s, const char *text);

/* sup_end.c: collect, seal, END. */
void sup_end(struct supervisor *s);

#endif
