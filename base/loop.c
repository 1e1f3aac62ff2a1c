/* The event loop, over epoll and timerfd. */
#include "config.h"

#include "base/loop.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/mem.h"

enum { BATCH = 32 };

struct loop {
	struct loop_watch *direct;
	int epoll_fd;
	bool quit;
	/* The round being handled: loop_stop() blanks entries here, so that a stopped watcher is not called. */
	struct epoll_event ready[BATCH];
	int ready_count;
};

int loop_new(struct loop **out, struct error *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct loop *loop;

	if (fd < 0)
		return error_sys(err, "epoll_create1");
	loop = mem_zalloc(sizeof *loop);
	loop->epoll_fd = fd;
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll_fd);
	free(loop);
}

static uint32_t to_epoll(unsigned events)
{
	return (events & LOOP_READ ? EPOLLIN : 0) | (events & LOOP_WRITE ? EPOLLOUT : 0);
}

static unsigned from_epoll(uint32_t events)
{
	return (events & EPOLLIN ? LOOP_READ : 0) | (events & EPOLLOUT ? LOOP_WRITE : 0) |
	       (events & (EPOLLHUP | EPOLLERR) ? LOOP_HANGUP : 0);
}

int loop_watch_fd(struct loop *loop, struct loop_watch *w, int fd, unsigned events, loop_fn *fn, void *data,
		  struct error *err)
{
	struct epoll_event ev = { .events = to_epoll(events), .data.ptr = w };

	*w = (struct loop_watch){ .fn = fn, .data = data, .fd = fd };
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return error_sys(err, "watching a descriptor");
	w->active = true;
	return 0;
}

int loop_watch_direct(struct loop *loop, struct loop_watch *w, int fd, loop_fn *fn, void *data, struct error *err)
{
	if (loop->direct)
		return error_set(err, ERR_INTERNAL, "the loop has a direct watch already");
	*w = (struct loop_watch){ .fn = fn, .data = data, .fd = fd, .active = true };
	loop->direct = w;
	return 0;
}

int loop_watch_change(struct loop *loop, struct loop_watch *w, unsigned events, struct error *err)
{
	struct epoll_event ev = { .events = to_epoll(events), .data.ptr = w };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) < 0)
		return error_sys(err, "watching a descriptor");
	return 0;
}

static struct timespec to_timespec(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

int loop_watch_timer(struct loop *loop, struct loop_watch *w, int64_t first_ns, int64_t every_ns, loop_fn *fn,
		     void *data, struct error *err)
{
	/* A zero it_value would disarm the timer instead of firing at once. */
	struct itimerspec spec = {
		.it_value = to_timespec(first_ns > 0 ? first_ns : 1),
		.it_interval = to_timespec(every_ns),
	};
	CLEANUP(close) int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL) < 0)
		return error_sys(err, "starting a timer");
	if (loop_watch_fd(loop, w, fd, LOOP_READ, fn, data, err) < 0)
		return -1;
	w->is_timer = true;
	take_fd(&fd);
	return 0;
}

void loop_stop(struct loop *loop, struct loop_watch *w)
{
	if (!w->active)
		return;
	if (loop->direct == w)
		loop->direct = NULL;
	else
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	if (w->is_timer)
		close(w->fd);
	w->active = false;
	for (int i = 0; i < loop->ready_count; i++)
		if (loop->ready[i].data.ptr == w)
			loop->ready[i].data.ptr = NULL;
}

static void dispatch(struct loop *loop, const struct epoll_event *ev)
{
	struct loop_watch *w = ev->data.ptr;
	uint64_t ticks;

	if (!w)
		return;
	if (w->is_timer && read(w->fd, &ticks, sizeof ticks) < 0)
		return;
	w->fn(loop, w->data, from_epoll(ev->events));
}

static int step_others(struct loop *loop, int timeout_ms, struct error *err)
{
	int n = epoll_wait(loop->epoll_fd, loop->ready, BATCH, timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : error_sys(err, "waiting for events");
	loop->ready_count = n;
	for (int i = 0; i < n; i++)
		dispatch(loop, &loop->ready[i]);
	loop->ready_count = 0;
	return n;
}

int loop_step(struct loop *loop, int timeout_ms, struct error *err)
{
	struct loop_watch *w = loop->direct;
	struct pollfd p[2] = { { .fd = w ? w->fd : -1, .events = POLLIN }, { .fd = loop->epoll_fd, .events = POLLIN } };
	int others = 0;

	if (!w)
		return step_others(loop, timeout_ms, err);
	if (poll(p, 2, timeout_ms) < 0)
		return errno == EINTR ? 0 : error_sys(err, "waiting for events");
	if (p[0].revents)
		w->fn(loop, w->data, (p[0].revents & POLLIN ? LOOP_READ : 0) | (p[0].revents & ~POLLIN ? LOOP_HANGUP : 0));
	if (p[1].revents)
		others = step_others(loop, 0, err);
	return others < 0 ? -1 : others + (p[0].revents ? 1 : 0);
}

int loop_run(struct loop *loop, struct error *err)
{
	loop->quit = false;
	while (!loop->quit)
		if (loop_step(loop, -1, err) < 0)
			return -1;
	return 0;
}

void loop_quit(struct loop *loop)
{
	loop->quit = true;
}
