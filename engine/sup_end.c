/* The end of a run: what it left is collected, its record sealed. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/collect.h"
#include "engine/kept.h"
#include "engine/manifest.h"
#include "engine/signal_name.h"
#include "engine/sup.h"
#include "engine/tensor_index.h"

/* Longer than any collection of garbage should take. */
#define LOCK_WAIT_NS INT64_C(600000000000)

/* In what units the use of memory by a diode run is told. */
#define DIODE_MEMORY INT64_C(67108864)
#define SECOND_NS INT64_C(1000000000)

/* Removing the traces of more files than this takes a while: nobody waits for it. */
enum { MANY_FILES = 1000 };

struct ending {
	const char *state;
	char detail[32];
	int exit_code; /* -1: none */
	int signal;    /* 0: none */
};

static void judge_exit(const struct supervisor *s, struct ending *e)
{
	int status = s->exit.status;

	e->exit_code = -1;
	if (!s->has_exit) {
		e->signal = SIGKILL;
		e->state = "KILLED";
	} else if (WIFSIGNALED(status)) {
		e->signal = WTERMSIG(status);
		e->state = "KILLED";
	} else {
		e->exit_code = WEXITSTATUS(status);
		e->state = e->exit_code ? "FAILED" : "FINISHED";
	}
	if (e->signal)
		snprintf(e->detail, sizeof e->detail, "%s", signal_name(e->signal));
	else if (e->exit_code)
		snprintf(e->detail, sizeof e->detail, "%d", e->exit_code);
}

static struct ending judge(const struct supervisor *s)
{
	struct ending e = { 0 };

	judge_exit(s, &e);
	if (s->reached.is_set) {
		e.state = "LIMIT";
		snprintf(e.detail, sizeof e.detail, "%s", sup_limit_name(s->reached.which));
	} else if (s->has_trouble) {
		bool full = s->trouble.sys == ENOSPC || s->trouble.sys == EDQUOT;

		e.state = full ? "LIMIT" : "FAILED";
		snprintf(e.detail, sizeof e.detail, "%s", full ? "disk" : "record");
	} else if (s->stop_asked && !str_eq(e.state, "FINISHED")) {
		e.state = "KILLED";
		snprintf(e.detail, sizeof e.detail, "user");
	}
	return e;
}

static struct jval *notes_to_jval(const struct collected *c)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < c->n_notes; i++) {
		struct jval *v = jval_push(array, jval_object());

		jval_set_text(v, "path", c->notes[i].path);
		jval_set_text(v, "why", c->notes[i].why);
	}
	return array;
}

/* {"bytes","sha256"} of a file of the run, or null. */
static struct jval *sealed_file(int dirfd, const char *name)
{
	struct error ignored = { 0 };
	struct digest digest;
	uint64_t bytes;
	CLEANUP(close) int fd = fs_open(dirfd, name, &ignored);
	struct jval *v;

	if (fd < 0 || digest_of_fd(fd, name, &digest, &bytes, &ignored) < 0)
		return jval_new_null();
	v = jval_object();
	jval_set_int(v, "bytes", (int64_t)bytes);
	jval_set_text(v, "sha256", digest_hex(&digest).text);
	return v;
}

static struct jval *result_to_jval(const struct ending *e)
{
	struct jval *v = jval_object();

	jval_set_text(v, "state", e->state);
	jval_set_text(v, "detail", e->detail);
	jval_set(v, "exit_code", e->exit_code >= 0 ? jval_new_int(e->exit_code) : jval_new_null());
	jval_set(v, "signal", e->signal ? jval_new_int(e->signal) : jval_new_null());
	return v;
}

/*
 * Completes and writes manifest.json and makes it, the spool and the log durable; *out is the digest of its bytes. It is a
 * new file under its final name: whoever reads it is led there by the END, which is written only when all of this one is
 * durable.
 */
static int write_manifest(struct supervisor *s, const struct ending *e, const struct collected *c, struct digest *out,
			  struct error *err)
{
	static const char name[] = "manifest.json";
	CLEANUP(close) int fd = -1;
	struct jval *m = s->job->manifest;
	int fds[2 + RUNLOG_FDS];

	jval_set(m, "result", result_to_jval(e));
	jval_set(m, "log", sealed_file(s->run_dirfd, "log"));
	/* The record up to, not including, its END, which names this manifest. */
	jval_set(m, "spool", sealed_file(s->run_dirfd, "spool"));
	if (sys_unlinkat(s->run_dirfd, name, 0) < 0 && errno != ENOENT)
		return error_sys(err, "%s", name);
	fd = sys_openat(s->run_dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
	if (fd < 0)
		return error_sys(err, "making %s", name);
	if (manifest_write(fd, m, c, out, err) < 0) {
		sys_unlinkat(s->run_dirfd, name, 0);
		return -1;
	}
	fds[0] = fd;
	fds[1] = s->run_dirfd;
	runlog_fds(s->log, fds + 2);
	return spool_sync_with(s->spool, fds, 2 + RUNLOG_FDS, err);
}

/* A measurement for the record: of a diode run in whole units. */
static int64_t coarse(const struct supervisor *s, int64_t value, int64_t unit)
{
	return s->diode ? diode_coarse(value, unit) : value;
}

static struct jval *usage_to_jval(const struct supervisor *s)
{
	struct jval *v = jval_object();
	uint64_t peak = s->peak_memory;

	if (s->has_exit && (uint64_t)s->exit.max_rss_bytes > peak)
		peak = (uint64_t)s->exit.max_rss_bytes;
	jval_set_int(v, "peak_memory_bytes", coarse(s, (int64_t)peak, DIODE_MEMORY));
	jval_set_num(v, "cpu_s", (double)coarse(s, s->exit.user_ns + s->exit.system_ns, SECOND_NS) / 1e9);
	jval_set_int(v, "log_bytes", (int64_t)runlog_bytes(s->log));
	if (runlog_dropped(s->log) && !s->diode)
		jval_set_int(v, "log_dropped_bytes", (int64_t)runlog_dropped(s->log));
	return v;
}

/* What the diode kept back: whether there was output, how many events. */
static struct jval *withheld_to_jval(const struct diode *d)
{
	struct jval *v = jval_object();

	jval_set_bool(v, "output", d->withheld);
	jval_set_int(v, "events", (int64_t)diode_count(d->refused));
	return v;
}

/* Lists as long as the run makes them. */
static void set_lists(struct supervisor *s, struct jval *end, const struct collected *c)
{
	struct jval *tensors;

	sup_net_record(s, end);
	tensors = tensor_index(s->store, c);
	if (tensors)
		jval_set(end, "tensors", tensors);
	if (c->n_notes)
		jval_set(end, "not_collected", notes_to_jval(c));
	if (c->notes_untold)
		jval_set_int(end, "not_collected_more", (int64_t)c->notes_untold);
}

/* What of END is known to fit into the room that is kept for it. */
static struct jval *end_document(struct supervisor *s, const struct ending *e, const struct digest *manifest)
{
	struct jval *v = result_to_jval(e);

	jval_set_int(v, "end_ns", coarse(s, clock_now(&clock_system), SECOND_NS));
	jval_set_int(v, "duration_ns", coarse(s, clock_mono(&clock_system) - s->start_mono_ns, SECOND_NS));
	jval_set_int(v, "tier", s->child.tier);
	jval_set_int(v, "landlock_abi", s->child.landlock_abi);
	jval_set(v, "usage", usage_to_jval(s));
	if (s->job->gpus) {
		jval_set(v, "gpus", jval_copy(s->job->gpus));
		jval_set_num(v, "gpu_wait_s", (double)s->job->gpu_wait_ns / 1e9);
	}
	jval_set(v, "limits_by", sup_held_to_jval(s));
	if (sup_no_cgroup(s))
		jval_set_text(v, "no_cgroup", sup_no_cgroup(s));
	if (s->reached.is_set) {
		jval_set_text(v, "reason", s->reached.text);
		jval_set(v, "limit_reached", sup_reached_to_jval(&s->reached));
	} else if (s->has_trouble) {
		jval_set_text(v, "reason", s->trouble.text);
	}
	if (s->diode)
		jval_set(v, "withheld", withheld_to_jval(s->diode));
	else if (s->bad_lines) {
		jval_set_int(v, "bad_lines", (int64_t)s->bad_lines);
		jval_set_text(v, "bad_sample", s->bad_sample);
	}
	if (s->kept) {
		struct jval *kept = jval_set(v, "kept", jval_object());

		jval_set_int(kept, "bytes", (int64_t)s->disk_used);
	}
	jval_set_text(v, "manifest_sha256", manifest ? digest_hex(manifest).text : NULL);
	return v;
}

static void write_outputs(struct supervisor *s, const struct collected *c)
{
	struct error err = { 0 };

	for (size_t i = 0; i < c->n_files; i++) {
		spool_encode_output(spool_buffer(s->spool), c->files[i].path, c->files[i].bytes,
				    digest_hex(&c->files[i].digest).text);
		if (spool_commit(s->spool, &err) < 0)
			sup_trouble(s, &err);
	}
}

/* A diode's refusals and lines that were no events count alike, and their words stay inside. */
static void describe_refused(struct supervisor *s, struct buf *text)
{
	struct diode *d = s->diode;
	uint64_t n;

	d->refused += s->bad_lines;
	n = diode_count(d->refused);
	if (n)
		buf_printf(text, "%s%llu event%s refused: only metrics leave a diode run, and no more than its bounds",
			   n == DIODE_COUNT_MAX ? "at least " : "", (unsigned long long)n, n == 1 ? " was" : "s were");
}

static void describe_bad_lines(const struct supervisor *s, struct buf *text)
{
	if (s->bad_lines)
		buf_printf(text, "%llu event line%s not recorded; the first: %s", (unsigned long long)s->bad_lines,
			   s->bad_lines == 1 ? " was" : "s were", s->bad_sample);
}

static void write_bad_lines(struct supervisor *s)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
	struct error err = { 0 };

	if (s->diode)
		describe_refused(s, &text);
	else
		describe_bad_lines(s, &text);
	if (!text.len)
		return;
	spool_encode_warning(spool_buffer(s->spool), buf_text(&text), sup_now_ms());
	if (spool_commit(s->spool, &err) < 0)
		sup_trouble(s, &err);
}

/* What was only for the run's own time: the writable layer and its scratch. */
static void remove_scratch(struct supervisor *s)
{
	struct error ignored = { 0 };

	if (s->job->scratch && fs_remove_tree(AT_FDCWD, s->job->scratch, &ignored) < 0)
		error_clear(&ignored);
	if (fs_remove_tree(s->run_dirfd, "work", &ignored) < 0 || fs_remove_tree(s->run_dirfd, "out", &ignored) < 0)
		/* gc finds what is left. */
		return;
}

/* Before the record is sealed, which says so. */
static void keep_layer(struct supervisor *s)
{
	struct ending e = judge(s);
	struct error err = { 0 };
	uint64_t bytes;

	if (!s->job->keep || s->diode || str_eq(e.state, "FINISHED"))
		return;
	bytes = sup_disk_used(s);
	s->kept = kept_take(s->run_dirfd, s->job->collect.copied, &err) == 0;
	s->disk_used = bytes;
	if (!s->kept && error_wrap(&err, "its files were not kept") < 0)
		sup_warn(s, err.text);
}

static int write_end(struct supervisor *s, const struct jval *end, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);

	jval_format(end, JVAL_COMPACT, &text);
	return spool_finish(s->spool, buf_text(&text), text.len, err);
}

/* On a full disk the run ends all the same: how it ended matters more than what is told of its files. */
static int write_short_end(struct supervisor *s, struct jval *end, const struct collected *c, struct error *err)
{
	error_clear(err);
	spool_drop(s->spool);
	if (!jval_get_text(end, "reason"))
		jval_set_text(end, "reason", "the disk was full when it ended: what else was to be told of its end is not recorded");
	if (c->n_notes + c->notes_untold)
		jval_set_int(end, "not_collected_more", (int64_t)(c->n_notes + c->notes_untold));
	return write_end(s, end, err);
}

static void seal(struct supervisor *s, const struct collected *c)
{
	struct ending e = judge(s);
	struct digest manifest;
	struct error err = { 0 };
	bool have_manifest;
	CLEANUP(jval_free) struct jval *end = NULL, *whole = NULL;

	have_manifest = spool_flush(s->spool, &err) == 0 && write_manifest(s, &e, c, &manifest, &err) == 0;
	if (!have_manifest) {
		sup_trouble(s, &err);
		spool_drop(s->spool);
		e = judge(s);
	}
	end = end_document(s, &e, have_manifest ? &manifest : NULL);
	whole = jval_copy(end);
	set_lists(s, whole, c);
	/* Without END the next reader of the store records the run as LOST, which is then true. */
	if (write_end(s, whole, &err) < 0 &&
	    ((err.sys != ENOSPC && err.sys != EDQUOT) || write_short_end(s, end, c, &err) < 0))
		sup_trouble(s, &err);
}

/* It was over before the first look: what the kernel says of it afterwards is all there is. */
static void record_only_usage(struct supervisor *s)
{
	if (s->samples || !s->has_exit)
		return;
	s->usage.rss_bytes = (uint64_t)s->exit.max_rss_bytes;
	s->usage.cpu_ns = (uint64_t)(s->exit.user_ns + s->exit.system_ns);
	s->usage.processes = 1;
	sup_usage_record(s);
}

static void warn_of_output(struct supervisor *s)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(256);

	if (!runlog_dropped(s->log) || s->diode)
		return;
	buf_puts(&text, "of what it printed the first ");
	str_format_size(&text, runlog_bytes(s->log));
	buf_puts(&text, " are kept, ");
	str_format_size(&text, runlog_dropped(s->log));
	buf_puts(&text, " are not");
	sup_warn(s, buf_text(&text));
}

/* Somebody may be waiting for it: told after a second, and at ever longer intervals. */
struct waiting {
	struct supervisor *sup;
	int64_t start_ns;
	int64_t next_ns;
};

static void tell_progress(void *data, size_t files)
{
	struct waiting *w = data;
	int64_t spent = clock_mono(&clock_system) - w->start_ns;
	char text[64];

	if (spent < w->next_ns)
		return;
	w->next_ns = 2 * spent;
	snprintf(text, sizeof text, "collecting what it wrote: %zu files so far", files);
	sup_ctl_inform(w->sup, text);
}

void sup_end(struct supervisor *s)
{
	struct waiting waiting = { .sup = s, .start_ns = clock_mono(&clock_system), .next_ns = SECOND_NS };
	CLEANUP(collected_release) struct collected c = { .progress = tell_progress, .progress_data = &waiting };
	CLEANUP(close) int lock = -1;
	struct error err = { 0 };

	sup_gpu_finish(s);
	sup_door_finish(s);
	sup_net_finish(s);
	sup_streams_drain(s);
	sup_denials_write(s);
	record_only_usage(s);
	sup_judge(s);
	warn_of_output(s);
	write_bad_lines(s);
	/* Objects that no record names yet are garbage to a collector: it waits until this run's record names them. */
	lock = store_lock(s->store, STORE_SHARED, LOCK_WAIT_NS, &err);
	if (lock < 0 || (!s->diode && collect_outputs(s->store, &s->job->collect, &c, &err) < 0)) {
		sup_trouble(s, &err);
		collected_release(&c);
	}
	write_outputs(s, &c);
	keep_layer(s);
	seal(s, &c);
	if (c.n_files > MANY_FILES)
		sup_ctl_close(s);
	remove_scratch(s);
}
