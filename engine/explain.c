/* From a record to what stood in a run's way. */
#include "config.h"

#include "engine/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "engine/explain_host.h"
#include "engine/explain_log.h"

/* In percent of a limit. */
enum { NEAR_PERCENT = 90 };

void explanation_release(struct explanation *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->items[i].what);
		free(x->items[i].allow);
		free(x->items[i].why);
	}
	free(x->items);
	free(x->cause);
	*x = (struct explanation){ 0 };
}

const char *explain_kind_name(enum explain_kind kind)
{
	static const char *const names[EXPLAIN_KINDS] = {
		[EXPLAIN_SETUP] = "setup",   [EXPLAIN_POLICY] = "policy",   [EXPLAIN_LIMIT] = "limit",     [EXPLAIN_HIDDEN] = "file",
		[EXPLAIN_WRITE] = "write",   [EXPLAIN_NETWORK] = "network", [EXPLAIN_GPU] = "gpu",
		[EXPLAIN_CALL] = "call",     [EXPLAIN_OUTPUT] = "output",
	};

	return names[kind];
}

/* Takes what and allow (heap, may be NULL); why is copied. */
static void add(struct explanation *x, enum explain_kind kind, char *what, char *allow, const char *why, uint64_t count)
{
	mem_reserve(&x->items, &x->cap, x->n + 1);
	x->items[x->n++] = (struct explain_item){ kind, what, allow, mem_strdup(why), count };
}

/* Takes it. The first that is set stays. */
static void set_cause(struct explanation *x, char *cause, bool is_sure)
{
	if (x->cause) {
		free(cause);
		return;
	}
	x->cause = cause;
	x->is_sure = is_sure;
}

/* --- what was refused --- */

static bool is_file_call(const char *call)
{
	static const char *const names[] = { "open", "openat", "openat2", "creat", "stat", "lstat", "newfstatat", "statx",
					     "access", "faccessat", "faccessat2", "readlink", "readlinkat" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(call, names[i]))
			return true;
	return false;
}

static bool is_network_call(const char *call)
{
	return str_eq(call, "connect") || str_eq(call, "sendto") || str_eq(call, "sendmsg") || str_eq(call, "sendmmsg");
}

static bool is_gpu_path(const char *path)
{
	return str_starts(path, "/dev/nvidia") || str_starts(path, "/dev/kfd") || str_starts(path, "/dev/dri") ||
	       str_starts(path, "/proc/driver/nvidia");
}

/* "-i PATH", to be pasted into a shell: names are the run's choice. Heap text. */
static char *input_option(const char *path)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * LIMIT_KIB);

	buf_puts(&out, "-i ");
	str_quote_shell(&out, path);
	return buf_take(&out);
}

/* Nothing to advise anybody to declare. */
static bool is_secret(const char *path)
{
	static const char *const names[] = { "/.ssh/", "/.aws/", "/.gnupg/", "/.kube/", "/.netrc", "/.git-credentials", "/etc/shadow",
					     "/etc/gshadow", "/etc/sudoers", "/.docker/", "/.config/gcloud/" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strstr(path, names[i]))
			return true;
	return false;
}

static void add_network(struct explanation *x, const struct run *r, const char *object, uint64_t count)
{
	bool has_net = jval_count(jval_get(jval_get(r->start, "spec"), "nets")) > 0;
	CLEANUP(free) char *allow = NULL;
	const char *why = "no program goes around the broker: it is reached through $HTTPS_PROXY";

	if (str_starts(object, "127.") || str_starts(object, "[::1]"))
		why = "the host's loopback is not the run's, and nothing of the run listens there";
	else if (str_starts(object, "unix "))
		why = "sockets of the host are not visible inside";
	else if (!has_net)
		why = "a run has no network";
	if (!str_starts(object, "unix ") && !str_starts(object, "127.") && !str_starts(object, "[::1]"))
		allow = mem_printf("--net %s", object);
	add(x, EXPLAIN_NETWORK, mem_strdup(object), take_ptr(&allow), why, count);
}

static void add_denial(struct explanation *x, const struct run *r, const struct run_denial *d)
{
	static const char writing[] = " for writing";

	/* The broker's refusals are among its connections, with more words. */
	if (str_eq(d->call, "proxy"))
		return;
	if (str_ends(d->object, writing)) {
		add(x, EXPLAIN_WRITE, mem_strndup(d->object, strlen(d->object) - strlen(writing)), NULL,
		    "write into the working folder, $WB_OUTPUTS or $TMPDIR", d->count);
	} else if (d->object[0] == '/' && is_file_call(d->call)) {
		if (is_gpu_path(d->object))
			add(x, EXPLAIN_GPU, mem_strdup(d->object), mem_strdup("--gpus 1"), NULL, d->count);
		else if (is_secret(d->object))
			add(x, EXPLAIN_HIDDEN, mem_strdup(d->object), NULL, "a secret of the host: what wants it, and why?", d->count);
		else
			add(x, EXPLAIN_HIDDEN, mem_strdup(d->object), input_option(d->object), NULL, d->count);
	} else if (is_network_call(d->call)) {
		add_network(x, r, d->object, d->count);
	} else {
		add(x, EXPLAIN_CALL, mem_printf("%s%s%s", d->call, *d->object ? " " : "", d->object), NULL,
		    "no option allows it", d->count);
	}
}

/* What the broker refused comes with its own advice: "--net HOST:PORT". */
static void add_connections(struct explanation *x, const struct run *r)
{
	const struct jval *list = run_network(r);

	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *c = jval_at(list, i);
		const char *host = jval_get_text(c, "host"), *hint = jval_get_text(c, "hint");

		if (!str_eq(jval_get_text(c, "decision"), "deny"))
			continue;
		add(x, EXPLAIN_NETWORK, mem_printf("%s:%" PRId64, host ? host : "?", jval_get_int(c, "port", 0)), mem_strdup(hint),
		    jval_get_text(c, "reason"), (uint64_t)jval_get_int(c, "count", 0));
	}
}

static void add_policy(struct explanation *x, const struct run *r)
{
	const struct jval *policy = jval_get(r->start, "policy");
	const struct jval *detail = jval_get(jval_get(policy, "detail"), "reasons");
	const struct jval *reasons = jval_get(policy, "reasons");

	if (!str_eq(jval_get_text(policy, "decision"), "deny"))
		return;
	for (size_t i = 0; i < jval_count(reasons); i++) {
		const struct jval *more = jval_at(detail, i);
		const char *text = jval_text(jval_at(reasons, i)), *file = jval_get_text(more, "file");
		const char *rule = jval_get_text(more, "rule");
		CLEANUP(free) char *place = file ? mem_printf("%s:%" PRId64 "%s%s", file, jval_get_int(more, "row", 0),
							     rule ? ", rule " : "", rule ? rule : "") : NULL;

		if (i == 0)
			set_cause(x, mem_printf("the policy refused it: %s", text ? text : ""), true);
		add(x, EXPLAIN_POLICY, mem_strdup(text ? text : ""), take_ptr(&place), NULL, 0);
	}
}

/* --- limits --- */

enum unit { UNIT_BYTES, UNIT_COUNT, UNIT_SECONDS };

static const struct limit {
	const char *name;    /* as in limit_reached */
	const char *key;     /* of START's limits */
	const char *option;
	enum unit unit;
} limits[] = {
	{ "memory", "memory_bytes", "--memory", UNIT_BYTES },
	{ "disk", "disk_bytes", "--disk", UNIT_BYTES },
	{ "time", "wall_seconds", "--time", UNIT_SECONDS },
	{ "pids", "pids", "--pids", UNIT_COUNT },
	{ "files", "files", "--files", UNIT_COUNT },
	{ "output", "output_bytes", "--output", UNIT_BYTES },
};

static void put_amount(struct buf *b, enum unit unit, double v)
{
	if (unit == UNIT_BYTES)
		str_format_size(b, (uint64_t)v);
	else if (unit == UNIT_SECONDS)
		str_format_duration(b, (int64_t)(v * 1e9));
	else
		buf_printf(b, "%.0f", v);
}

/* Twice as much or somewhat more, in a form that the option takes. */
static char *twice(const struct limit *l, double v)
{
	double wanted = 2 * v;
	uint64_t bytes = LIMIT_KIB;

	while (l->unit == UNIT_BYTES && (double)bytes < wanted)
		bytes *= 2;

	if (l->unit == UNIT_COUNT)
		return mem_printf("%s %.0f", l->option, wanted);
	if (l->unit == UNIT_SECONDS)
		return wanted >= 7200 && (int64_t)wanted % 3600 == 0 ? mem_printf("%s %" PRId64 "h", l->option, (int64_t)wanted / 3600) :
		       wanted >= 1 ? mem_printf("%s %" PRId64 "s", l->option, (int64_t)(wanted + 0.5)) : mem_printf("%s 2s", l->option);
	if (bytes % (LIMIT_MIB * 1024) == 0)
		return mem_printf("%s %" PRIu64 "G", l->option, bytes / (LIMIT_MIB * 1024));
	if (bytes >= LIMIT_MIB)
		return mem_printf("%s %" PRIu64 "M", l->option, bytes / LIMIT_MIB);
	return mem_printf("%s %" PRIu64 "K", l->option, bytes / LIMIT_KIB ? bytes / LIMIT_KIB : 1);
}

static void add_limit(struct explanation *x, const struct limit *l, double limit, double amount, const char *why)
{
	CLEANUP(buf_release) struct buf what = BUF_INIT(256);

	buf_printf(&what, "%s: ", l->name);
	put_amount(&what, l->unit, amount);
	buf_puts(&what, " of ");
	put_amount(&what, l->unit, limit);
	/* Of memory more may have been wanted than there was when it was looked at. */
	add(x, EXPLAIN_LIMIT, buf_take(&what), twice(l, limit), why, 0);
}

/* How much of a limit the run is known to have used; -1: unknown. */
static double used_of(const struct run *r, const char *name)
{
	const struct jval *usage = jval_get(r->end, "usage");

	if (str_eq(name, "memory"))
		return jval_get_num(usage, "peak_memory_bytes", -1);
	if (str_eq(name, "time") && r->duration_ns >= 0)
		return (double)r->duration_ns / 1e9;
	return -1;
}

/* "near the disk limit: …", as the supervisor warned. */
static const char *warned_of(const struct run *r, const char *name)
{
	CLEANUP(free) char *words = mem_printf("near the %s limit: ", name);

	for (size_t i = 0; i < r->warning_count; i++)
		if (str_starts(r->warnings[i], words))
			return r->warnings[i] + strlen(words);
	return NULL;
}

static void add_limits(struct explanation *x, const struct run *r)
{
	const struct jval *asked = jval_get(r->start, "limits"), *reached = jval_get(r->end, "limit_reached");

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct limit *l = &limits[i];
		double limit = jval_get_num(asked, l->key, 0), used = used_of(r, l->name);
		const char *warned = warned_of(r, l->name);

		if (str_eq(jval_get_text(reached, "name"), l->name))
			add_limit(x, l, jval_get_num(reached, "limit", limit), jval_get_num(reached, "reached", limit), "this ended it");
		else if (limit > 0 && used >= limit * NEAR_PERCENT / 100)
			add_limit(x, l, limit, used, "near");
		else if (warned && limit > 0)
			add(x, EXPLAIN_LIMIT, mem_printf("%s: %s", l->name, warned), twice(l, limit), "near", 0);
	}
	if (jval_get_int(jval_get(r->end, "usage"), "log_dropped_bytes", 0) > 0)
		add(x, EXPLAIN_OUTPUT, mem_strdup("the end of what it printed"), twice(&limits[5], jval_get_num(asked, "output_bytes", 0)),
		    "not kept", 0);
}

static void add_not_kept(struct explanation *x, const struct run *r)
{
	const struct jval *list = jval_get(r->end, "not_collected");

	for (size_t i = 0; i < jval_count(list); i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT(16 * LIMIT_KIB);

		text_escape_str(&path, jval_get_text(jval_at(list, i), "path") ? jval_get_text(jval_at(list, i), "path") : "?");
		add(x, EXPLAIN_OUTPUT, buf_take(&path), NULL, jval_get_text(jval_at(list, i), "why"), 0);
	}
}

/* --- the cause --- */

static const struct explain_item *first_of(const struct explanation *x, enum explain_kind kind)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->items[i].kind == kind)
			return &x->items[i];
	return NULL;
}

/* Without "." and "..", as the text has them. Heap text. */
static char *simple(const char *path)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(8 * LIMIT_KIB);
	const char *last;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			buf_truncate(&out, (last = strrchr(buf_text(&out), '/')) ? (size_t)(last - out.data) : 0);
		else if (n && !(n == 1 && path[0] == '.'))
			buf_printf(&out, "/%.*s", (int)n, path);
		path += n + (path[n] == '/');
	}
	return mem_strdup(out.len ? buf_text(&out) : "/");
}

static char *simple_join(const char *dir, const char *name)
{
	CLEANUP(free) char *path = fs_join(dir, name);

	return simple(path);
}

/* The name as the run meant it, on this machine: below its project's working folder. */
static char *place_of(const struct run *r, const char *name)
{
	const char *project = jval_get_text(r->start, "project");
	const char *cwd = jval_get_text(jval_get(r->start, "spec"), "cwd");
	CLEANUP(free) char *dir = project ? (cwd && *cwd ? fs_join(project, cwd) : mem_strdup(project)) : NULL;

	return name[0] == '/' ? simple(name) : dir ? simple_join(dir, name) : NULL;
}

static bool has_item(const struct explanation *x, enum explain_kind kind, const char *what)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->items[i].kind == kind && str_eq(x->items[i].what, what))
			return true;
	return false;
}

/* Is it, or does it lie in, what could not be read when the code was frozen? */
static bool was_unreadable(const struct run *r, const char *place)
{
	const struct jval *skipped = jval_get(jval_get(r->start, "snapshot"), "skipped");
	const char *project = jval_get_text(r->start, "project");

	for (size_t i = 0; place && project && i < jval_count(skipped); i++) {
		const struct jval *item = jval_at(skipped, i);
		const char *path = jval_get_text(item, "path");
		CLEANUP(free) char *whole = path && str_eq(jval_get_text(item, "why"), "unreadable") ? fs_join(project, path) : NULL;
		size_t n = whole ? strlen(whole) : 0;

		if (n && strncmp(place, whole, n) == 0 && (!place[n] || place[n] == '/'))
			return true;
	}
	return false;
}

static void explain_missing(const struct explain_ask *ask, const char *name, struct explanation *x)
{
	CLEANUP(free) char *place = place_of(ask->run, name);
	CLEANUP(buf_release) struct buf safe = BUF_INIT(8 * LIMIT_KIB);

	text_escape_str(&safe, place ? place : name);
	if (was_unreadable(ask->run, place)) {
		set_cause(x, mem_printf("it did not find %s, which the frozen code lacks: you may not read it", buf_text(&safe)), false);
		return;
	}
	if (!*name || !place || !ask->outside || !ask->outside(ask->data, place)) {
		set_cause(x, *name ? mem_printf("it looked for a file that is not there: %s", buf_text(&safe)) :
				     mem_strdup("it looked for a file that is not there"), false);
		return;
	}
	set_cause(x, mem_printf("it did not find %s, which exists, but not inside the run", buf_text(&safe)), false);
	if (!has_item(x, EXPLAIN_HIDDEN, buf_text(&safe)))
		add(x, EXPLAIN_HIDDEN, mem_strdup(buf_text(&safe)), input_option(buf_text(&safe)), NULL, 0);
}

/* No call tells which host it was: names cannot be looked up inside. Its last words may. */
static void explain_no_network(const struct explain_ask *ask, struct explanation *x)
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(LIMIT_KIB);
	char host[NETRULE_HOST];
	uint16_t port = 0;

	if (!explain_host_find(ask->tail, ask->tail_len, host, &port)) {
		set_cause(x, mem_strdup("it wanted to reach the network, and a run has none but what --net names"), false);
		add(x, EXPLAIN_NETWORK, mem_strdup("a host that it names in its output"), mem_strdup("--net HOST"), NULL, 0);
		return;
	}
	netrule_format_place(host, port, &place);
	set_cause(x, mem_printf("it wanted to reach %s, and a run has no network but what --net names", buf_text(&place)), false);
	add(x, EXPLAIN_NETWORK, mem_strdup(buf_text(&place)), mem_printf("--net %s", buf_text(&place)), NULL, 0);
}

static void explain_words(const struct explain_ask *ask, struct explanation *x)
{
	struct explain_clue c = explain_clue_find(ask->tail ? ask->tail : "", ask->tail ? ask->tail_len : 0);
	CLEANUP(buf_release) struct buf name = BUF_INIT(8 * LIMIT_KIB);
	const struct explain_item *write = first_of(x, EXPLAIN_WRITE), *net = first_of(x, EXPLAIN_NETWORK);
	bool has_gpu = jval_get_int(jval_get(ask->run->start, "limits"), "gpus", 0) > 0;

	text_escape_str(&name, c.name);
	switch (c.kind) {
	case CLUE_NONE: return;
	case CLUE_MISSING: explain_missing(ask, c.name, x); return;
	case CLUE_MODULE:
		set_cause(x, mem_printf("its Python has no module '%s': the one that the run found lacks it, so install it there, or name another Python in "
				     "the command", buf_text(&name)), false);
		return;
	case CLUE_READONLY:
		set_cause(x, write ? mem_printf("it could not write %s: %s", write->what, write->why) :
				     mem_printf("it was refused a file: %s", *c.name ? buf_text(&name) : "see its output"), false);
		return;
	case CLUE_NETWORK:
		if (net)
			set_cause(x, mem_printf("it could not reach %s: %s", net->what, net->why), false);
		else
			explain_no_network(ask, x);
		return;
	case CLUE_GPU:
		if (has_gpu)
			set_cause(x, mem_strdup("its program found no GPU, though it had one: driver and library may not fit"), false);
		else
			set_cause(x, mem_strdup("it wanted a GPU, and had none"), false);
		if (!has_gpu && !first_of(x, EXPLAIN_GPU))
			add(x, EXPLAIN_GPU, mem_strdup("a GPU"), mem_strdup("--gpus 1"), NULL, 0);
		return;
	case CLUE_GPU_MEMORY: set_cause(x, mem_strdup("the GPU's memory was not enough"), false); return;
	case CLUE_MEMORY: set_cause(x, mem_strdup("it asked for more memory than it could get"), false); return;
	case CLUE_FILES: set_cause(x, mem_strdup("it opened more files at once than --files allows"), false); return;
	case CLUE_SPACE: set_cause(x, mem_strdup("there was no space left where it wrote"), false); return;
	case CLUE_PROCESSES: set_cause(x, mem_strdup("it could not start more processes or threads"), false); return;
	}
}

static void explain_state(const struct explain_ask *ask, struct explanation *x)
{
	const struct run *r = ask->run;
	const char *reason = jval_get_text(r->end, "reason"), *hint = jval_get_text(r->end, "hint");

	switch (r->state) {
	case RUN_LIMIT:
		set_cause(x, mem_printf("it went past its %s limit%s%s", r->detail, reason ? ": " : "", reason ? reason : ""), true);
		return;
	case RUN_KILLED:
		if (str_eq(r->detail, "user"))
			set_cause(x, mem_printf("somebody stopped it%s%s", reason ? ": " : "", reason ? reason : ""), true);
		else if (str_eq(r->detail, "SIGKILL"))
			set_cause(x, mem_strdup("it was killed, and not by wb: the machine may have run out of memory"), false);
		else
			set_cause(x, mem_printf("it was ended by the signal %s", r->detail), true);
		return;
	case RUN_RUNNING:
		set_cause(x, mem_strdup("it is running still: what it was refused is known when it has ended"), true);
		return;
	case RUN_LOST:
		set_cause(x, mem_strdup("its supervisor is gone without a word: the machine went down, or somebody killed it"), true);
		return;
	case RUN_FAILED:
		if (r->exit_code < 0 && reason) {
			set_cause(x, mem_printf("it could not be started: %s", reason), true);
			if (hint && *hint)
				add(x, EXPLAIN_SETUP, mem_strdup(reason), mem_strdup(hint), NULL, 0);
			return;
		}
		explain_words(ask, x);
		return;
	default:
		return;
	}
}

static int compare_items(const void *a, const void *b)
{
	const struct explain_item *x = a;
	const struct explain_item *y = b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : strcmp(x->what, y->what);
}

/* One thing that was wanted in several ways is told once. */
static void sort_and_join(struct explanation *x)
{
	size_t kept = 0;

	if (x->n)
		qsort(x->items, x->n, sizeof *x->items, compare_items);
	for (size_t i = 0; i < x->n; i++) {
		struct explain_item *last = kept ? &x->items[kept - 1] : NULL;

		if (!last || compare_items(last, &x->items[i]) != 0) {
			x->items[kept++] = x->items[i];
			continue;
		}
		last->count += x->items[i].count;
		free(x->items[i].what);
		free(x->items[i].allow);
		free(x->items[i].why);
	}
	x->n = kept;
}

void explain_run(const struct explain_ask *ask, struct explanation *out)
{
	const struct run *r = ask->run;

	out->traced = jval_get_bool(jval_get(r->start, "spec"), "trace_files", false);
	add_policy(out, r);
	for (size_t i = 0; i < r->denial_count; i++)
		add_denial(out, r, &r->denials[i]);
	add_connections(out, r);
	add_limits(out, r);
	add_not_kept(out, r);
	explain_state(ask, out);
	sort_and_join(out);
}

struct jval *explanation_to_jval(const struct explanation *x)
{
	struct jval *v = jval_object(), *list;

	jval_set_text(v, "cause", x->cause);
	jval_set_bool(v, "sure", x->cause && x->is_sure);
	jval_set_bool(v, "traced", x->traced);
	list = jval_set(v, "findings", jval_array());
	for (size_t i = 0; i < x->n; i++) {
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "kind", explain_kind_name(x->items[i].kind));
		jval_set_text(o, "what", x->items[i].what);
		jval_set(o, "count", x->items[i].count ? jval_new_int((int64_t)x->items[i].count) : jval_new_null());
		jval_set_text(o, "allow", x->items[i].allow);
		jval_set_text(o, "why", x->items[i].why);
	}
	return v;
}
