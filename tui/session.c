/* One loop: keys, signals, the clock, workers; loading in between, when nobody waits for a key. */
#include "config.h"

#include "tui/session.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/sys.h"
#include "engine/engine.h"
#include "store/store.h"
#include "tui/app.h"
#include "tui/term.h"
#include "tui/worker.h"

#define TICK_NS INT64_C(500000000)

struct session {
	struct loop *loop;
	struct loop_watch keys, signals, tick;
	struct engine *engine;
	struct app *app;
	struct term *term;
	struct workers *workers;
	struct screen *screen;
	int signal_fd;
	int ended_by;  /* a signal, or 0 */
	bool gone;     /* the terminal is */
};

static void session_release(struct session *s)
{
	workers_close(s->workers);
	term_close(s->term);
	app_free(s->app);
	screen_free(s->screen);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	loop_free(s->loop);
	engine_close(s->engine);
}
DEFINE_CLEANUP_VALUE(session_release, struct session);

static void submit(void *data, const struct jval *command, unsigned ticket)
{
	struct session *s = data;

	workers_submit(s->workers, command, ticket);
}

static void copy(void *data, const char *text)
{
	struct session *s = data;

	term_copy(s->term, text);
}

static void on_answer(void *data, unsigned ticket, const struct jval *answer)
{
	struct session *s = data;

	app_answer(s->app, ticket, answer);
}

static void resize(struct session *s)
{
	term_resize(s->term);
	screen_free(s->screen);
	s->screen = screen_new(term_width(s->term), term_height(s->term));
	app_touch(s->app);
}

static void suspend(struct session *s)
{
	term_suspend(s->term);
	app_resume(s->app);
	resize(s);
}

static void on_keys(struct loop *loop, void *data, unsigned events)
{
	struct session *s = data;
	tui_key key;
	bool any = false;

	(void)loop;
	while ((key = term_read(s->term)) != TK_NONE) {
		any = true;
		if (key == TK_LAST_)
			continue;
		if (key == TK_CTRL('L'))
			term_forget(s->term);
		app_key(s->app, key);
		if (app_wish(s->app) != APP_GOES_ON)
			return;
	}
	s->gone = !any && events & LOOP_HANGUP;
}

static void on_signal(struct loop *loop, void *data, unsigned events)
{
	struct session *s = data;
	struct signalfd_siginfo info;

	(void)loop;
	(void)events;
	while (sys_read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCONT)
			term_forget(s->term);
		if (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT)
			resize(s);
		else if (info.ssi_signo == SIGTSTP)
			suspend(s);
		else if (info.ssi_signo == SIGCHLD)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				continue;
		else
			s->ended_by = (int)info.ssi_signo;
	}
}

static void on_tick(struct loop *loop, void *data, unsigned events)
{
	struct session *s = data;

	(void)loop;
	(void)events;
	workers_sync(s->workers);
	app_tick(s->app);
}

static int watch_signals(struct session *s, struct error *err)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	sigaddset(&mask, SIGTSTP);
	sigaddset(&mask, SIGCONT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGQUIT);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return error_sys(err, "signalfd");
	return loop_watch_fd(s->loop, &s->signals, s->signal_fd, LOOP_READ, on_signal, s, err);
}

/* Everything that can fail comes before the terminal is taken, so that it is told in plain text. */
static int start(struct session *s, const char *store, bool color, struct error *err)
{
	const struct engine_options where = { .store = store };
	struct app_options options = { .submit = submit, .copy = copy, .data = s };

	if (engine_open(&where, &s->engine, err) < 0 || loop_new(&s->loop, err) < 0 || watch_signals(s, err) < 0 ||
	    workers_open(s->loop, store_path(engine_store(s->engine)), on_answer, s, &s->workers, err) < 0 ||
	    term_open(color, &s->term, err) < 0)
		return -1;
	options.engine = s->engine;
	options.ascii = term_is_ascii(s->term);
	if (app_new(&options, &s->app, err) < 0)
		return -1;
	s->screen = screen_new(term_width(s->term), term_height(s->term));
	return loop_watch_fd(s->loop, &s->keys, STDIN_FILENO, LOOP_READ, on_keys, s, err) < 0 ||
	       loop_watch_timer(s->loop, &s->tick, 1, TICK_NS, on_tick, s, err) < 0 ? -1 : 0;
}

static void show(struct session *s)
{
	app_draw(s->app, s->screen);
	term_present(s->term, s->screen);
}

static int run(struct session *s, struct error *err)
{
	bool more = true;

	/* Drawing tells what is wished for: the first screen that is seen has its rows. Their number comes after it. */
	app_draw(s->app, s->screen);
	more = app_step(s->app);
	show(s);
	while (!s->ended_by && !s->gone) {
		enum app_wish wish;

		if (loop_step(s->loop, more ? 0 : -1, err) < 0)
			return -1;
		wish = app_wish(s->app);
		if (wish == APP_QUITS)
			break;
		if (wish == APP_SUSPENDS)
			suspend(s);
		if (app_is_dirty(s->app))
			show(s);
		more = app_step(s->app);
		if (!more && app_is_dirty(s->app))
			show(s);
	}
	return 0;
}

int session_run(const char *store, bool color, struct error *err)
{
	CLEANUP(session_release) struct session s = { .signal_fd = -1 };
	struct error ignored = { 0 };

	if (start(&s, store, color, err) < 0 || run(&s, err) < 0)
		return -1;
	/* What could not be kept is no reason to hold the user back. */
	if (app_save(s.app, &ignored) < 0)
		return s.ended_by;
	return s.ended_by ? s.ended_by : s.gone ? SIGHUP : 0;
}
