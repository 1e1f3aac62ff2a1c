/* Limits over the whole tree of the run, samples of what it uses, and ending it. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/sup.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

enum {
	POLL_MS = 50,       /* with a memory or disk limit */
	POLL_IDLE_MS = 500, /* without */
	LIMIT_GRACE_MS = 300,
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

static void set_limit(struct supervisor *s, const char *name, const char *text)
{
	s->limit = name;
	if (s->diode)
		snprintf(s->limit_text, sizeof s->limit_text, "it went past its limit of %s", name);
	else
		snprintf(s->limit_text, sizeof s->limit_text, "%s", text);
}

static void limit_reached(struct supervisor *s, const char *name, const char *text)
{
	if (s->limit || s->over)
		return;
	set_limit(s, name, text);
	/* Time is up: a moment to save. Memory and disk cannot wait. */
	if (str_eq(name, "time"))
		sup_stop(s, SIGTERM, LIMIT_GRACE_MS * MS);
	else
		sup_kill(s);
}

static void wall_over(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	CLEANUP(buf_release) struct buf text = BUF_INIT(200);

	(void)loop;
	(void)events;
	buf_puts(&text, "it ran longer than ");
	str_format_duration(&text, s->job->limits.wall_ns);
	limit_reached(s, "time", buf_text(&text));
}

/* Allocated bytes below a folder of the run, bounded in entries; links are not followed. */
static uint64_t disk_below(int dirfd, const char *name, unsigned *budget)
{
	CLEANUP(closedir) DIR *dir = NULL;
	struct dirent *entry;
	uint64_t total = 0;
	int fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (*budget && (entry = readdir(dir))) {
		struct stat st;

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		--*budget;
		total += (uint64_t)st.st_blocks * 512;
		if (S_ISDIR(st.st_mode))
			total += disk_below(fd, entry->d_name, budget);
	}
	return total;
}

/* Measures, and says what is too much. */
static bool disk_is_over(struct supervisor *s, struct buf *text)
{
	const struct job_collect *c = &s->job->collect;
	uint64_t limit = s->job->limits.disk_bytes;
	unsigned budget = 200000;

	s->disk_used = disk_below(AT_FDCWD, c->tree_dir, &budget) + disk_below(AT_FDCWD, c->outputs_dir, &budget);
	if (s->disk_used <= limit)
		return false;
	buf_puts(text, "its files took ");
	str_format_size(text, s->disk_used);
	buf_puts(text, ", the limit is ");
	str_format_size(text, limit);
	return true;
}

static void check_disk(struct supervisor *s)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(200);

	if (disk_is_over(s, &text))
		limit_reached(s, "disk", buf_text(&text));
}

void sup_disk_judge(struct supervisor *s)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(200);

	if (s->job->limits.disk_bytes && !s->limit && disk_is_over(s, &text))
		set_limit(s, "disk", buf_text(&text));
}

static void check_memory(struct supervisor *s)
{
	uint64_t limit = s->job->limits.memory_bytes;
	CLEANUP(buf_release) struct buf text = BUF_INIT(200);

	if (s->usage.memory_bytes > s->peak_memory)
		s->peak_memory = s->usage.memory_bytes;
	if (!limit || s->usage.memory_bytes <= limit)
		return;
	buf_printf(&text, "its %u process%s used ", s->usage.processes, s->usage.processes == 1 ? "" : "es");
	str_format_size(&text, s->usage.memory_bytes);
	buf_puts(&text, ", the limit is ");
	str_format_size(&text, limit);
	limit_reached(s, "memory", buf_text(&text));
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

static void poll_usage(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	struct error err = { 0 };
	int64_t now = clock_mono(&clock_system);

	(void)loop;
	(void)events;
	if (s->over || usage_sample(s->meter, s->job->limits.memory_bytes, &s->usage, &err) < 0)
		return;
	check_memory(s);
	if (s->job->limits.disk_bytes && now >= s->next_disk_ns) {
		check_disk(s);
		/* A big tree is walked at most a tenth of the time. */
		s->next_disk_ns = now + 10 * (clock_mono(&clock_system) - now) + POLL_MS * MS;
	}
	if (now >= s->next_metric_ns) {
		sup_usage_record(s);
		s->next_metric_ns = now + METRIC_EVERY_S * SECOND;
	}
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
	int64_t every = (l->memory_bytes || l->disk_bytes ? POLL_MS : POLL_IDLE_MS) * MS;

	s->start_mono_ns = clock_mono(&clock_system);
	s->start_ns = clock_now(&clock_system);
	s->last_sample_ns = s->start_mono_ns;
	s->next_metric_ns = s->start_mono_ns + SECOND;
	if (usage_meter_new(&s->child, &s->meter, err) < 0)
		return -1;
	if (loop_watch_timer(s->loop, &s->poll_timer, every, every, poll_usage, s, err) < 0)
		return -1;
	/* Promised is 200 ms; half of it leaves room for a slow disk. */
	if (loop_watch_timer(s->loop, &s->sync_timer, 100 * MS, 100 * MS, sync_spool, s, err) < 0)
		return -1;
	if (l->wall_ns && loop_watch_timer(s->loop, &s->wall_timer, l->wall_ns, 0, wall_over, s, err) < 0)
		return -1;
	return 0;
}
