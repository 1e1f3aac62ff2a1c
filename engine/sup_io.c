/* The run's output and its denied calls: into the log, into the record. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/sys.h"
#include "engine/sup.h"

int64_t sup_now_ms(void)
{
	return clock_now(&clock_system) / 1000000;
}

void sup_trouble(struct supervisor *s, const struct error *why)
{
	if (s->has_trouble)
		return;
	s->has_trouble = true;
	s->trouble = *why;
	sup_kill(s);
}

/*
 * Output is held back until the event door has taken what the run said before it: whoever sees a line of output finds
 * every event that the run sent before printing it in the spool, even if the supervisor dies at that very moment.
 */
struct held_piece {
	int64_t at_ns;
	uint32_t len;
	uint32_t stream;
};

enum { HELD_MAX = 512 * 1024, STREAM_PIECE = 64 * 1024, STREAM_ROUNDS = 64 };

static void hold(struct sup_stream *st, const char *piece, size_t n)
{
	struct held_piece head = { .at_ns = clock_now(&clock_system), .len = (uint32_t)n, .stream = st->stream };
	struct diode *d = st->sup->diode;

	if (d) {
		n = diode_output(d, n);
		if (n == 0)
			return;
		/* Which stream, and when, would say more than the bytes that were allowed. */
		head = (struct held_piece){ .at_ns = st->sup->start_ns, .len = (uint32_t)n, .stream = RUNLOG_OUT };
	}
	buf_append(&st->sup->held, &head, sizeof head);
	buf_append(&st->sup->held, piece, n);
}

void sup_held_write(struct supervisor *s)
{
	struct error err = { 0 };
	size_t at = 0;

	while (at < s->held.len) {
		struct held_piece head;

		memcpy(&head, s->held.data + at, sizeof head);
		at += sizeof head;
		if (runlog_append(s->log, (enum runlog_stream)head.stream, head.at_ns, s->held.data + at, head.len, &err) < 0) {
			sup_trouble(s, &err);
			break;
		}
		at += head.len;
	}
	buf_clear(&s->held);
	sup_ctl_poke(s);
}

/* Reads once. 1 more may follow, 0 nothing now, -1 end. */
static int stream_read(struct sup_stream *st)
{
	char piece[STREAM_PIECE];
	ssize_t n = sys_read(st->fd, piece, sizeof piece);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (n == 0)
		return -1;
	hold(st, piece, (size_t)n);
	return 1;
}

static void stream_close(struct sup_stream *st)
{
	if (st->fd < 0)
		return;
	loop_stop(st->sup->loop, &st->watch);
	close(st->fd);
	st->fd = -1;
}

static void stream_ready(struct loop *loop, void *data, unsigned events)
{
	struct sup_stream *st = data;
	struct supervisor *s = st->sup;
	int more = 1;

	(void)events;
	/* Bounded for what is read and not held: a diode's output. */
	for (int round = 0; more > 0 && s->held.len < HELD_MAX && round < STREAM_ROUNDS; round++)
		more = stream_read(st);
	if (more < 0)
		stream_close(st);
	if (s->held.len == 0)
		return;
	loop_stop(loop, &s->out.watch);
	loop_stop(loop, &s->err.watch);
	if (!sup_door_ask(s))
		sup_held_release(s);
}

static void stream_watch(struct sup_stream *st)
{
	struct error err = { 0 };

	if (st->fd >= 0 && loop_watch_fd(st->sup->loop, &st->watch, st->fd, LOOP_READ, stream_ready, st, &err) < 0)
		sup_trouble(st->sup, &err);
}

void sup_held_release(struct supervisor *s)
{
	if (s->held.len == 0)
		return;
	sup_held_write(s);
	stream_watch(&s->out);
	stream_watch(&s->err);
}

static int stream_start(struct supervisor *s, struct sup_stream *st, int fd, enum runlog_stream stream, struct error *err)
{
	*st = (struct sup_stream){ .sup = s, .fd = fd, .stream = stream };
	return loop_watch_fd(s->loop, &st->watch, fd, LOOP_READ, stream_ready, st, err);
}

int sup_streams_start(struct supervisor *s, int out_fd, int err_fd, struct error *err)
{
	s->held = (struct buf)BUF_INIT(2 * HELD_MAX);
	if (stream_start(s, &s->out, out_fd, RUNLOG_OUT, err) < 0)
		return -1;
	/* A terminal is one stream. */
	return err_fd < 0 ? 0 : stream_start(s, &s->err, err_fd, RUNLOG_ERR, err);
}

void sup_streams_drain(struct supervisor *s)
{
	/* Standard error last, as a person would have seen it. */
	struct sup_stream *streams[] = { &s->out, &s->err };

	sup_held_write(s);
	for (size_t i = 0; i < 2; i++) {
		while (streams[i]->fd >= 0 && stream_read(streams[i]) > 0)
			sup_held_write(s);
		stream_close(streams[i]);
	}
}

void sup_denial_add(struct supervisor *s, const char *call, const char *words)
{
	const char *object = s->diode ? "" : words;
	struct sup_denial *slot;

	for (size_t i = 0; i < s->denial_count; i++) {
		slot = &s->denials[i];
		if (strcmp(slot->call, call) == 0 && strcmp(slot->object, object) == 0) {
			slot->count++;
			return;
		}
	}
	if (s->denial_count == SUP_DENIALS) {
		s->denials_untold++;
		return;
	}
	slot = &s->denials[s->denial_count++];
	snprintf(slot->call, sizeof slot->call, "%s", call);
	snprintf(slot->object, sizeof slot->object, "%s", object);
	slot->count = 1;
}

/* One call a round of the loop, so that a flood of denied ones starves neither limits nor output. */
static void notify_ready(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	struct error err = { 0 };
	struct denial d;
	int got = events & LOOP_HANGUP ? notifier_handle(s->notifier, &d, &err) : notifier_handle_ready(s->notifier, &d, &err);

	if (got > 0)
		sup_denial_add(s, d.call, d.object);
	if (got < 0 && err.code != ERR_BUSY)
		loop_stop(loop, &s->notify_watch);
}

int sup_notify_start(struct supervisor *s, struct error *err)
{
	if (s->child.notify_fd < 0)
		return 0;
	if (notifier_new(s->child.notify_fd, s->job->plan, &s->notifier, err) < 0)
		return -1;
	return loop_watch_direct(s->loop, &s->notify_watch, s->child.notify_fd, notify_ready, s, err);
}

static int by_call(const void *a, const void *b)
{
	return strcmp(((const struct sup_denial *)a)->call, ((const struct sup_denial *)b)->call);
}

/* Neither their order nor how often says anything. */
static void denials_level(struct supervisor *s)
{
	qsort(s->denials, s->denial_count, sizeof *s->denials, by_call);
	for (size_t i = 0; i < s->denial_count; i++)
		s->denials[i].count = diode_count(s->denials[i].count);
	s->denials_untold = diode_count(s->denials_untold);
}

void sup_denials_write(struct supervisor *s)
{
	struct buf *b = spool_buffer(s->spool);
	struct error err = { 0 };

	if (s->diode)
		denials_level(s);
	for (size_t i = 0; i < s->denial_count; i++)
		spool_encode_denial(b, s->denials[i].call, s->denials[i].object, s->denials[i].count);
	if (s->denials_untold)
		spool_encode_denial(b, "other", "further distinct calls", s->denials_untold);
	if (spool_commit(s->spool, &err) < 0)
		sup_trouble(s, &err);
}
