/* One function a command. */
#include "config.h"

#include "tui/perform.h"

#include <pwd.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/compare.h"
#include "engine/run.h"
#include "engine/watch.h"
#include "store/object.h"
#include "store/tensor.h"
#include "tracker/tracker.h"

enum { ID_SHOWN = 12, SYNC_WAIT_MS = 0, RUNS_MAX = 10000, TENSORS_MAX = 2000, LINE_MAX_ = 2048 };

/* One use of a command: what it says, and what to answer. */
struct use {
	struct engine *engine;
	struct tracker *tracker;
	const struct jval *command;
	const struct jval *runs;
	size_t count;
	struct jval *answer;
	struct jval *undo;   /* "all" of what takes it back; owned until given */
	struct jval *undo_list;
};

static const char *run_at(const struct use *u, size_t i)
{
	const char *id = jval_text(jval_at(u->runs, i));

	return id ? id : "";
}

static void answer_text(struct use *u, const char *fmt, ...) WB_PRINTF(2, 3);

static void answer_text(struct use *u, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LINE_MAX_);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	jval_set_text(u->answer, "text", buf_text(&b));
}

/* "run 0192f3a1b2c3" or "3 runs". Heap text. */
static char *runs_text(const struct use *u)
{
	return u->count == 1 ? mem_printf("run %.*s", ID_SHOWN, run_at(u, 0)) : mem_printf("%zu runs", u->count);
}

static struct jval *undo_step(struct use *u, const char *what, const char *run_id)
{
	struct jval *step = jval_push(u->undo_list, jval_object());

	jval_set_text(step, "do", what);
	jval_push(jval_set(step, "runs", jval_array()), jval_new_text(run_id));
	return step;
}

static int do_tag(struct use *u, struct error *err)
{
	const char *key = jval_get_text(u->command, "key"), *value = jval_get_text(u->command, "value");
	CLEANUP(free) char *runs = runs_text(u);

	for (size_t i = 0; i < u->count; i++) {
		CLEANUP(run_release) struct run before = { .experiment = NULL };
		const char *old;
		struct jval *step;

		if (tracker_get(u->tracker, run_at(u, i), &before, err) < 0)
			return -1;
		old = run_tag(&before, key);
		if (value ? tracker_set_tag(u->tracker, run_at(u, i), key, value, err) < 0
			  : tracker_remove_tag(u->tracker, run_at(u, i), key, err) < 0)
			return -1;
		if (!old && !value)
			continue;
		step = undo_step(u, old ? "tag" : "untag", run_at(u, i));
		jval_set_text(step, "key", key);
		if (old)
			jval_set_text(step, "value", old);
	}
	if (value)
		answer_text(u, "%s tagged %s=%s", runs, key, value);
	else
		answer_text(u, "%s: tag %s removed", runs, key);
	return 0;
}

/* Heap text: the login name, or the user's number where it has none. */
static char *author(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? mem_strdup(user->pw_name) : mem_printf("%u", (unsigned)getuid());
}

static int do_note(struct use *u, struct error *err)
{
	const char *text = jval_get_text(u->command, "text");
	int64_t now_ms = clock_now(engine_clock(u->engine)) / 1000000;
	CLEANUP(free) char *who = author();
	CLEANUP(free) char *runs = runs_text(u);

	for (size_t i = 0; i < u->count; i++) {
		struct jval *step;

		if (tracker_add_note(u->tracker, run_at(u, i), who, text, now_ms, err) < 0)
			return -1;
		step = undo_step(u, "unnote", run_at(u, i));
		jval_set_text(step, "author", who);
		jval_set_text(step, "text", text);
		jval_set_int(step, "time_ms", now_ms);
	}
	answer_text(u, "noted on %s", runs);
	return 0;
}

static int do_unnote(struct use *u, struct error *err)
{
	for (size_t i = 0; i < u->count; i++)
		if (tracker_remove_note(u->tracker, run_at(u, i), jval_get_text(u->command, "author"),
					jval_get_text(u->command, "text"), jval_get_int(u->command, "time_ms", 0), err) < 0)
			return -1;
	answer_text(u, "note taken back");
	return 0;
}

static int do_delete(struct use *u, struct error *err)
{
	CLEANUP(free) char *runs = runs_text(u);

	for (size_t i = 0; i < u->count; i++) {
		if (tracker_delete(u->tracker, run_at(u, i), clock_now(engine_clock(u->engine)), err) < 0)
			return -1;
		undo_step(u, "restore", run_at(u, i));
	}
	answer_text(u, "%s deleted; u brings %s back", runs, u->count == 1 ? "it" : "them");
	return 0;
}

static int do_restore(struct use *u, struct error *err)
{
	CLEANUP(free) char *runs = runs_text(u);

	for (size_t i = 0; i < u->count; i++)
		if (tracker_restore(u->tracker, run_at(u, i), err) < 0)
			return -1;
	answer_text(u, "%s brought back", runs);
	return 0;
}

static int do_stop(struct use *u, struct error *err)
{
	CLEANUP(free) char *runs = runs_text(u);
	size_t stopped = 0;

	for (size_t i = 0; i < u->count; i++) {
		int rc = run_stop(u->engine, run_at(u, i), jval_get_bool(u->command, "kill", false), err);

		if (rc < 0)
			return -1;
		stopped += rc > 0;
	}
	if (stopped == u->count)
		answer_text(u, "%s stopped", runs);
	else if (!stopped)
		answer_text(u, "%s had ended already", runs);
	else
		answer_text(u, "%zu of %s stopped; the others had ended", stopped, runs);
	return tracker_sync(u->tracker, SYNC_WAIT_MS, NULL, err);
}

static int rerun_one(struct use *u, const char *id, struct error *err)
{
	CLEANUP(run_spec_release) struct run_spec spec = { 0 };
	CLEANUP(run_started_release) struct run_started s = { 0 };

	if (run_spec_of(u->engine, id, &spec, err) < 0 || run_start(u->engine, &spec, 0, &s, err) < 0)
		return -1;
	if (s.denied) {
		const char *why = s.decision ? s.decision : "";

		return error_set(err, ERR_DENIED, "run %.*s: denied by policy: %.*s", ID_SHOWN, s.id.text, (int)strcspn(why, "\n"), why);
	}
	if (s.setup_status) {
		*err = s.why;
		return -1;
	}
	answer_text(u, "run %.*s started", ID_SHOWN, s.id.text);
	jval_set_text(u->answer, "run_id", s.id.text);
	return 0;
}

static int do_rerun(struct use *u, struct error *err)
{
	for (size_t i = 0; i < u->count; i++)
		if (rerun_one(u, run_at(u, i), err) < 0)
			return -1;
	return tracker_sync(u->tracker, SYNC_WAIT_MS, NULL, err);
}

/* What a delete is of, and what a repeat would run. */
static int do_about(struct use *u, struct error *err)
{
	bool deletes = str_eq(jval_get_text(u->command, "verb"), "delete");
	CLEANUP(buf_release) struct buf b = BUF_INIT(LINE_MAX_);
	uint64_t bytes = 0;

	for (size_t i = 0; i < u->count && (deletes || u->count == 1); i++) {
		CLEANUP(run_release) struct run run = { .experiment = NULL };

		if (tracker_get(u->tracker, run_at(u, i), &run, err) < 0)
			return -1;
		for (size_t k = 0; k < run.output_count; k++)
			bytes += run.outputs[k].bytes;
		if (!deletes)
			run_command_format(&b, jval_get(run.start, "command"), SIZE_MAX);
	}
	if (deletes) {
		str_format_size(&b, bytes);
		buf_puts(&b, " of outputs");
	}
	jval_set_text(u->answer, "about", buf_text(&b));
	return 0;
}

static int do_sync(struct use *u, struct error *err)
{
	return tracker_sync(u->tracker, SYNC_WAIT_MS, NULL, err);
}

/* "3x4", as everywhere. */
static void shape_text(struct buf *b, const struct tensor_shape *s)
{
	for (unsigned i = 0; i < s->rank; i++)
		buf_printf(b, "%s%llu", i ? "x" : "", (unsigned long long)s->dims[i]);
	if (!s->rank)
		buf_puts(b, s->is_null ? "empty" : "scalar");
}

static void add_tensors(struct use *u, const struct tensor_list *list)
{
	struct jval *lines = jval_set(u->answer, "tensors", jval_array());

	for (size_t i = 0; i < list->count && i < TENSORS_MAX; i++) {
		const struct tensor_info *t = &list->tensors[i];
		CLEANUP(buf_release) struct buf b = BUF_INIT(LINE_MAX_);

		buf_printf(&b, "%s  ", t->path);
		shape_text(&b, &t->shape);
		buf_printf(&b, "  %s", t->dtype);
		if (!str_eq(t->compression, "none"))
			buf_printf(&b, "  %s", t->compression);
		jval_push(lines, jval_new_text_n(buf_text(&b), b.len));
	}
	if (list->count > TENSORS_MAX)
		jval_push(lines, jval_new_text("…"));
}

static const char *output_digest(const struct run *r, const char *path)
{
	for (size_t i = 0; i < r->output_count; i++)
		if (str_eq(r->outputs[i].path, path))
			return r->outputs[i].sha256;
	for (size_t i = 0; i < r->input_count; i++)
		if (str_eq(r->inputs[i].path, path))
			return r->inputs[i].sha256;
	return NULL;
}

static int do_tensors(struct use *u, struct error *err)
{
	const char *id = jval_get_text(u->command, "run"), *path = jval_get_text(u->command, "path"), *hex;
	CLEANUP(tensor_list_release) struct tensor_list list = { 0 };
	CLEANUP(run_release) struct run r = { .experiment = NULL };
	CLEANUP(close) int fd = -1;
	struct digest d;

	if (tracker_get(u->tracker, id ? id : "", &r, err) < 0)
		return -1;
	jval_set_text(u->answer, "path", path);
	hex = path ? output_digest(&r, path) : NULL;
	if (!hex || !digest_parse(hex, &d))
		return error_set(err, ERR_NOT_FOUND, "%s is not kept in the store", path ? path : "");
	fd = object_open(engine_store(u->engine), &d, NULL, err);
	if (fd < 0)
		return -1;
	if (!tensor_is_container(fd))
		return error_set(err, ERR_INVALID, "%s is no tensor file", path);
	if (tensor_list(fd, path, NULL, &list, err) < 0)
		return -1;
	add_tensors(u, &list);
	return 0;
}

/* The earlier one is a, whichever was marked first. */
static int do_compare(struct use *u, struct error *err)
{
	CLEANUP(run_release) struct run one = { .experiment = NULL };
	CLEANUP(run_release) struct run other = { .experiment = NULL };
	struct jval *found = NULL;
	bool turned;

	if (u->count != 2) {
		error_set(err, ERR_INVALID, "two runs are compared, and there %s %zu", u->count == 1 ? "is" : "are", u->count);
		return error_hint(err, "Space marks one");
	}
	if (tracker_get(u->tracker, run_at(u, 0), &one, err) < 0 || tracker_get(u->tracker, run_at(u, 1), &other, err) < 0)
		return -1;
	turned = other.start_ns < one.start_ns;
	if (compare_runs(u->engine, turned ? &other : &one, turned ? &one : &other, &found, err) < 0)
		return -1;
	jval_set(u->answer, "compared", found);
	return 0;
}

static int do_one(struct use *u, struct error *err);

static int do_all(struct use *u, struct error *err)
{
	const struct jval *commands = jval_get(u->command, "commands");

	for (size_t i = 0; i < jval_count(commands); i++) {
		struct use step = *u;
		struct jval *undo = jval_object();
		int failed;

		/* What takes back a taking back is not kept. */
		step.command = jval_at(commands, i);
		step.runs = jval_get(step.command, "runs");
		step.count = jval_count(step.runs);
		step.undo_list = jval_set(undo, "commands", jval_array());
		failed = str_eq(jval_get_text(step.command, "do"), "all")
			? error_set(err, ERR_INVALID, "a command within a command within a command") : do_one(&step, err);
		jval_free(undo);
		if (failed < 0)
			return -1;
	}
	if (jval_count(commands) > 1)
		answer_text(u, "%zu changes taken back", jval_count(commands));
	return 0;
}

static int do_one(struct use *u, struct error *err)
{
	static const struct {
		const char *name;
		int (*fn)(struct use *u, struct error *err);
	} verbs[] = {
		{ "stop", do_stop },	 { "rerun", do_rerun },	    { "tag", do_tag },	 { "untag", do_tag },
		{ "note", do_note },	 { "unnote", do_unnote },   { "delete", do_delete }, { "restore", do_restore },
		{ "sync", do_sync },	 { "tensors", do_tensors }, { "about", do_about },  { "all", do_all },
		{ "compare", do_compare },
	};
	const char *what = jval_get_text(u->command, "do");

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (what && str_eq(what, verbs[i].name))
			return verbs[i].fn(u, err);
	return error_set(err, ERR_INVALID, "no such command: %s", what ? what : "(none)");
}

/* Texts that a verb needs are there, before it is called. */
static int check(const struct use *u, struct error *err)
{
	static const struct { const char *verb, *needs; } texts[] = {
		{ "tag", "key" }, { "tag", "value" }, { "untag", "key" }, { "note", "text" }, { "unnote", "author" }, { "unnote", "text" },
		{ "about", "verb" },
	};
	const char *what = jval_get_text(u->command, "do");

	if (u->count > RUNS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d runs at once", RUNS_MAX);
	for (size_t i = 0; what && i < sizeof texts / sizeof *texts; i++)
		if (str_eq(what, texts[i].verb) && !jval_get_text(u->command, texts[i].needs))
			return error_set(err, ERR_INVALID, "%s without %s", what, texts[i].needs);
	return 0;
}

struct jval *perform(struct engine *e, const struct jval *command)
{
	struct use u = { .engine = e, .command = command, .answer = jval_object(), .undo = jval_object() };
	struct error err = { 0 };
	bool ok;

	u.runs = jval_get(command, "runs");
	u.count = jval_count(u.runs);
	jval_set_text(u.undo, "do", "all");
	u.undo_list = jval_set(u.undo, "commands", jval_array());
	ok = engine_tracker(e, &u.tracker, &err) == 0 && check(&u, &err) == 0 && do_one(&u, &err) == 0;
	jval_set_bool(u.answer, "ok", ok);
	if (!ok) {
		jval_set_text(u.answer, "text", err.text);
		jval_set_text(u.answer, "hint", err.hint);
	}
	/* What was done before a failure can be taken back too. */
	if (jval_count(u.undo_list)) {
		jval_set(u.answer, "undo", u.undo);
		jval_set_text(u.answer, "undo_text", jval_get_text(command, "do"));
	} else {
		jval_free(u.undo);
	}
	return u.answer;
}
