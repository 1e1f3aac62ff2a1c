/* Limits over the whole tree of the run, samples of what it uses, and ending it. */
#include "config.h"

#include <signal.h>
#include <unistd.h>

#include "engine/sup.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

enum {
	POLL_MS = 50,       /* with a limit that was asked for */
	POLL_PIDS_MS = 100, /* without, but nobody else counts its processes */
	POLL_IDLE_MS = 500,
	METRIC_EVERY_S = 5,
};

static void grace_over(struct loop *loop, void *data, unsigned events)
{
	(void)loop;
	(void)events;
	sup_kill(data);
}

void sup_kill(struct supervisor *s)
{
	if (s->over)
		return;
	loop_stop(s->loop, &s->grace_timer);
	sup_cgroup_kill(s);
	sandbox_kill(&s->child);
}

void sup_stop(struct supervisor *s, int sig, int64_t grace_ns)
{
	struct error err = { 0 };

	if (s->over)
		return;
	sandbox_signal(&s->child, sig);
	/* A stopped process would not see the request. */
	sandbox_signal(&s->child, SIGCONT);
	if (s->grace_timer.active)
		return;
	if (loop_watch_timer(s->loop, &s->grace_timer, grace_ns, 0, grace_over, s, &err) < 0)
		sup_kill(s);
}

/* Ends the run for it. Time is up: a moment to save. The others cannot wait. */
static void end_for(struct supervisor *s, enum sup_limit which, uint64_t limit, uint64_t amount,
		    const struct usage_process *who)
{
	if (s->reached.is_set || s->over)
		return;
	sup_reached(s, which, limit, amount, who);
	if (which == SUP_TIME)
		sup_stop(s, SIGTERM, s->job->limits.time_grace_ns);
	else
		sup_kill(s);
}

static int wall_arm(struct supervisor *s, int64_t after_ns, struct error *err);

static void wall_rings(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	uint64_t limit = (uint64_t)s->job->limits.wall_ns;
	uint64_t ran = (uint64_t)(clock_mono(&clock_system) - s->start_mono_ns);
	struct error err = { 0 };

	(void)events;
	if (ran >= limit) {
		end_for(s, SUP_TIME, limit, ran, &s->usage.top_cpu);
		return;
	}
	/* The first of the two times it rings. */
	loop_stop(loop, &s->wall_timer);
	if (wall_arm(s, (int64_t)(limit - ran), &err) < 0)
		sup_trouble(s, &err);
	sup_near(s, SUP_TIME, limit, ran);
}

static int wall_arm(struct supervisor *s, int64_t after_ns, struct error *err)
{
	return loop_watch_timer(s->loop, &s->wall_timer, after_ns, 0, wall_rings, s, err);
}

static void check(struct supervisor *s, enum sup_limit which, uint64_t limit, uint64_t amount, const struct usage_process *who)
{
	if (!limit)
		return;
	if (amount > limit)
		end_for(s, which, limit, amount, who);
	else
		sup_near(s, which, limit, amount);
}

static void check_usage(struct supervisor *s)
{
	const struct job_limits *l = &s->job->limits;
	const struct sandbox_usage *u = &s->usage;

	if (u->memory_bytes > s->peak_memory)
		s->peak_memory = u->memory_bytes;
	check(s, SUP_PIDS, (uint64_t)l->pids, u->tasks, &u->common);
	check(s, SUP_MEMORY, l->memory_bytes, u->memory_bytes, &u->top_memory);
	/* This one the kernel holds, per process: the run sees "too many open files" and decides itself. */
	sup_near(s, SUP_FILES, (uint64_t)l->files, u->max_files);
	sup_near(s, SUP_OUTPUT, l->log_bytes, runlog_bytes(s->log));
}

/* The kernel ended it, or saw more than a look did. */
static bool judge_cgroup(struct supervisor *s)
{
	const struct cgroup_usage *u = &s->cgroup_used;
	const struct job_limits *l = &s->job->limits;

	/* Its own first process is one of those counted. */
	if (l->memory_bytes && u->oom_kills)
		sup_reached(s, SUP_MEMORY, l->memory_bytes, u->memory_peak > l->memory_bytes ? u->memory_peak : l->memory_bytes,
			    &s->usage.top_memory);
	else if (u->pids_peak > (uint64_t)l->pids + 1)
		sup_reached(s, SUP_PIDS, (uint64_t)l->pids, u->pids_peak - 1, &s->usage.common);
	return s->reached.is_set;
}

void sup_judge(struct supervisor *s)
{
	const struct job_limits *l = &s->job->limits;
	uint64_t peak = s->has_exit && s->exit.max_rss_bytes > 0 ? (uint64_t)s->exit.max_rss_bytes : 0;

	if (s->reached.is_set || judge_cgroup(s))
		return;
	/* Of files that were only mapped some may count here; more than the looks saw of them would have to come in one go. */
	if (l->memory_bytes && peak > l->memory_bytes + s->peak_mapped)
		sup_reached(s, SUP_MEMORY, l->memory_bytes, peak, NULL);
	else if (l->disk_bytes && sup_disk_charged(s) > l->disk_bytes)
		sup_reached(s, SUP_DISK, l->disk_bytes, s->disk_used, NULL);
	else if (l->disk_bytes && s->disk_uncounted)
		sup_reached(s, SUP_DISK_FILES, l->disk_bytes, s->disk_used, NULL);
}

static void encode_system(struct supervisor *s, const char *key, double value)
{
	spool_encode_metric(spool_buffer(s->spool), key, value, (int64_t)s->samples, sup_now_ms());
}

void sup_usage_record(struct supervisor *s)
{
	int64_t now = clock_mono(&clock_system), since = now - s->last_sample_ns;
	int64_t cpu = (int64_t)s->usage.cpu_ns - s->last_cpu_ns;
	struct error err = { 0 };

	/* Of a diode run only its total is told, and that coarsely. */
	if (since <= 0 || s->diode)
		return;
	encode_system(s, "system/memory_bytes", (double)s->usage.rss_bytes);
	encode_system(s, "system/cpu_percent", cpu > 0 ? 100.0 * (double)cpu / (double)since : 0);
	encode_system(s, "system/processes", s->usage.processes);
	encode_system(s, "system/read_bytes", (double)s->usage.read_bytes);
	encode_system(s, "system/write_bytes", (double)s->usage.write_bytes);
	s->last_sample_ns = now;
	s->last_cpu_ns = (int64_t)s->usage.cpu_ns;
	s->samples++;
	if (spool_commit(s->spool, &err) < 0)
		sup_trouble(s, &err);
}

/* Soon at first, so that a run of some milliseconds is seen; never for more than a twentieth of a processor's time. */
static int64_t next_look(const struct supervisor *s, int64_t took_ns)
{
	static const int64_t first_ms[] = { 2, 5, 10, 20 };
	const struct job_limits *l = &s->job->limits;
	bool is_asked = l->memory_bytes || l->disk_bytes || l->pids < SPEC_PIDS;
	int64_t next = (is_asked ? POLL_MS : s->kernel_counts ? POLL_IDLE_MS : POLL_PIDS_MS) * MS;

	if (is_asked && s->looks < sizeof first_ms / sizeof *first_ms)
		next = first_ms[s->looks] * MS;
	return took_ns * 20 > next ? took_ns * 20 : next;
}

static void look(struct loop *loop, void *data, unsigned events);

static int look_arm(struct supervisor *s, int64_t took_ns, struct error *err)
{
	int64_t next = next_look(s, took_ns);

	s->looks++;
	return loop_watch_timer(s->loop, &s->poll_timer, next, 0, look, s, err);
}

static int take_sample(struct supervisor *s, struct error *err)
{
	const struct job_limits *l = &s->job->limits;
	const struct usage_ask ask = {
		.look_closer = l->memory_bytes - l->memory_bytes / 10,
		.max_tasks = (unsigned)l->pids,
		.files = l->files > 0,
	};

	if (usage_sample(s->meter, &ask, &s->usage, err) < 0)
		return -1;
	if (s->usage.mapped_bytes > s->peak_mapped)
		s->peak_mapped = s->usage.mapped_bytes;
	return 0;
}

static void check_disk(struct supervisor *s)
{
	uint64_t limit = s->job->limits.disk_bytes, used = sup_disk_charged(s);

	/* What cannot be counted cannot be held to a limit. */
	if (s->disk_uncounted && used <= limit)
		end_for(s, SUP_DISK_FILES, limit, used, &s->usage.top_writer);
	else
		check(s, SUP_DISK, limit, used, &s->usage.top_writer);
}

static void look(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	struct error err = { 0 };
	int64_t now = clock_mono(&clock_system);

	(void)events;
	loop_stop(loop, &s->poll_timer);
	if (s->over)
		return;
	if (take_sample(s, &err) == 0) {
		check_usage(s);
		if (s->job->limits.disk_bytes && now >= s->next_disk_ns) {
			check_disk(s);
			/* A big tree is walked at most a tenth of the time. */
			s->next_disk_ns = now + 10 * (clock_mono(&clock_system) - now);
		}
		if (now >= s->next_metric_ns) {
			sup_usage_record(s);
			s->next_metric_ns = now + METRIC_EVERY_S * SECOND;
		}
	}
	if (look_arm(s, clock_mono(&clock_system) - now, &err) < 0)
		sup_trouble(s, &err);
}

static void sync_spool(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	struct error err = { 0 };

	(void)loop;
	(void)events;
	if (spool_sync(s->spool, &err) < 0)
		sup_trouble(s, &err);
	sup_door_watchdog(s);
}

int sup_limits_start(struct supervisor *s, struct error *err)
{
	const struct job_limits *l = &s->job->limits;

	s->start_mono_ns = clock_mono(&clock_system);
	s->start_ns = clock_now(&clock_system);
	s->last_sample_ns = s->start_mono_ns;
	s->next_metric_ns = s->start_mono_ns + SECOND;
	if (usage_meter_new(&s->child, &s->meter, err) < 0)
		return -1;
	/* In tier 1 it is this run's own count, and holds whoever is not root outside. */
	s->kernel_counts = s->child.tier == 1 && geteuid() != 0;
	if (look_arm(s, 0, err) < 0)
		return -1;
	/* Promised is 200 ms; half of it leaves room for a slow disk. */
	if (loop_watch_timer(s->loop, &s->sync_timer, 100 * MS, 100 * MS, sync_spool, s, err) < 0)
		return -1;
	/* First when it is near. */
	return l->wall_ns ? wall_arm(s, l->wall_ns - l->wall_ns / 10, err) : 0;
}
