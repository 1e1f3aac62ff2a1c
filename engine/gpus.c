/* Getting a run its GPUs. */
#include "config.h"

#include "engine/gpus.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/store.h"

#define POLL_NS 200000000L
#define WAITING_FILE "waiting"
#define STOP_FILE "stop"

const char *gpus_root(struct engine *e)
{
	const char *root = engine_gpu_root(e);

	return root ? root : "";
}

static int find_dir(struct engine *e, const char **out, struct error *err)
{
	*out = engine_gpu_leases(e);
	return *out ? 0 : gpulease_find_dir(out, err);
}

int gpus_claims(struct engine *e, const struct gpu_list *all, struct gpulease_claims *out, struct error *err)
{
	const char *dir;

	if (!all->n)
		return 0;
	return find_dir(e, &dir, err) < 0 || gpulease_list(dir, out, err) < 0 ? -1 : 0;
}

static int64_t count_usable(const struct gpu_list *all)
{
	int64_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += !*all->items[i].trouble;
	return n;
}

int gpus_usage(struct engine *e, const char *experiment, struct gpus_usage *out, struct error *err)
{
	CLEANUP(gpu_list_release) struct gpu_list all = { 0 };
	CLEANUP(gpulease_claims_release) struct gpulease_claims claims = { 0 };
	struct gpus_usage usage = { 0 };

	gpu_find(gpus_root(e), &all);
	if (gpus_claims(e, &all, &claims, err) < 0)
		return error_wrap(err, "the GPUs in use");
	usage.host = count_usable(&all);
	for (size_t i = 0; i < claims.n; i++) {
		const struct gpulease_claim *c = &claims.items[i];
		int64_t n = c->ticket ? 0 : (int64_t)c->n_keys;

		usage.user += c->uid == geteuid() ? n : 0;
		usage.experiment += str_eq(c->experiment, experiment) ? n : 0;
	}
	*out = usage;
	return 0;
}

void gpus_release(struct gpus *g)
{
	gpu_list_release(&g->granted);
	gpulease_free(g->lease);
	*g = (struct gpus){ 0 };
}

/* "1 of 2 GPUs is leased: GPU 0 by run …" */
static void describe_busy(struct engine *e, const struct gpu_list *all, struct buf *out)
{
	CLEANUP(gpulease_claims_release) struct gpulease_claims claims = { 0 };
	struct error ignored = { 0 };
	int64_t taken = 0, usable = count_usable(all);

	if (gpus_claims(e, all, &claims, &ignored) < 0)
		return;
	for (size_t i = 0; i < all->n; i++)
		taken += gpulease_holder(&claims, all->items[i].key) != NULL;
	buf_printf(out, "%lld of %lld GPU%s leased: ", (long long)taken, (long long)usable,
		   usable == 1 ? " is" : taken == 1 ? "s is" : "s are");
	gpulease_describe(&claims, all, out);
}

int gpus_try(struct engine *e, const struct run_spec *spec, const char *run_id, struct gpus *out, struct error *err)
{
	CLEANUP(gpu_list_release) struct gpu_list all = { 0 };
	CLEANUP(gpus_release) struct gpus g = { 0 };
	CLEANUP(buf_release) struct buf why = BUF_INIT(sizeof err->text);
	const char *dir;
	int got;

	if (!spec->gpus)
		return 1;
	gpu_find(gpus_root(e), &all);
	if (find_dir(e, &dir, err) < 0 ||
	    gpulease_open(dir, run_id, spec->experiment ? spec->experiment : "Default", &g.lease, err) < 0)
		return error_wrap(err, "leasing GPUs");
	got = gpulease_try(g.lease, &all, spec->gpus, spec->gpu_wait_ns > 0, &g.granted, err);
	if (got < 0)
		return -1;
	if (got == 0 && spec->gpu_wait_ns <= 0) {
		describe_busy(e, &all, &why);
		error_set(err, ERR_BUSY, "%s", buf_text(&why));
		return error_hint(err, "--gpu-wait 10m waits for %s", spec->gpus == 1 ? "it" : "them");
	}
	*out = g;
	g = (struct gpus){ 0 };
	return got;
}

/* --- waiting --- */

/* A fifth of a second, or until a signal that is blocked: its number, or 0. */
static int pause_for_signal(void)
{
	const struct timespec wait = { .tv_nsec = POLL_NS };
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	got = sigtimedwait(&set, NULL, &wait);
	return got == SIGINT || got == SIGTERM ? got : 0;
}

static void tell(const struct gpus_waiter *w, const char *text)
{
	struct error ignored = { 0 };

	if (w->tell)
		w->tell(w->data, text);
	if (fs_write_atomic(w->run_dirfd, WAITING_FILE, text, strlen(text), 0600, &ignored) < 0)
		errno = 0;
}

/* Says what it waits for whenever that has changed. */
static void tell_change(struct engine *e, const struct run_spec *spec, const struct gpu_list *all, const struct gpus_waiter *w,
			struct buf *last)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * LIMIT_KIB);

	buf_printf(&text, "waiting for %lld GPU%s, ", (long long)spec->gpus, spec->gpus == 1 ? "" : "s");
	describe_busy(e, all, &text);
	if (last->len && str_eq(buf_text(&text), buf_text(last)))
		return;
	buf_clear(last);
	buf_puts(last, buf_text(&text));
	tell(w, buf_text(&text));
}

bool gpus_unask_stop(int run_dirfd)
{
	return sys_unlinkat(run_dirfd, STOP_FILE, 0) == 0;
}

int gpus_wait(struct engine *e, const struct run_spec *spec, const struct gpus_waiter *w, struct gpus *g, int *out_signal,
	      struct error *err)
{
	int64_t start = clock_mono(&clock_system), told = 0;
	CLEANUP(buf_release) struct buf last = BUF_INIT(4 * LIMIT_KIB);
	int got = 0;

	*out_signal = 0;
	while (got == 0) {
		CLEANUP(gpu_list_release) struct gpu_list all = { 0 };
		int64_t now = clock_mono(&clock_system);

		gpu_find(gpus_root(e), &all);
		if (now - told >= 1000000000 || !told) {
			tell_change(e, spec, &all, w, &last);
			told = now;
		}
		if (now - start >= spec->gpu_wait_ns) {
			error_set(err, ERR_TIMEOUT, "no %s in time: %s", spec->gpus == 1 ? "GPU became free" : "GPUs became free",
				  buf_text(&last));
			return error_hint(err, "wait longer with --gpu-wait, or ask for fewer with --gpus");
		}
		*out_signal = pause_for_signal();
		if (*out_signal || gpus_unask_stop(w->run_dirfd))
			return error_set(err, ERR_CANCELLED, "stopped while %s", buf_text(&last));
		got = gpulease_try(g->lease, &all, spec->gpus, true, &g->granted, err);
	}
	g->waited_ns = clock_mono(&clock_system) - start;
	sys_unlinkat(w->run_dirfd, WAITING_FILE, 0);
	return got < 0 ? -1 : 0;
}

int gpus_ask_stop(int run_dirfd, struct error *err)
{
	CLEANUP(close) int fd = sys_openat(run_dirfd, STOP_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);

	return fd < 0 ? error_sys(err, "asking the run to stop") : 0;
}

char *gpus_waiting(int run_dirfd)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(8 * LIMIT_KIB);
	struct error ignored = { 0 };

	return fs_read_file(run_dirfd, WAITING_FILE, &text, &ignored) < 0 ? NULL : buf_take(&text);
}

void gpus_mark_waiting(struct engine *e, struct run *r)
{
	CLEANUP(close) int dirfd = -1;
	struct error ignored = { 0 };

	if (r->state != RUN_RUNNING)
		return;
	dirfd = store_run_dir(engine_store(e), r->id, false, &ignored);
	if (dirfd < 0 || !fs_exists(dirfd, WAITING_FILE))
		return;
	free(r->detail);
	r->detail = mem_strdup("waiting");
}

/* --- telling --- */

static void set_known(struct jval *v, const char *key, const char *text)
{
	jval_set(v, key, *text ? jval_new_text(text) : jval_new_null());
}

struct jval *gpus_to_jval(const struct gpu_list *l)
{
	struct jval *list = jval_array();

	for (size_t i = 0; i < l->n; i++) {
		const struct gpu *g = &l->items[i];
		struct jval *v = jval_push(list, jval_object());

		jval_set_int(v, "index", g->index);
		jval_set_text(v, "vendor", gpu_vendor_name(g->vendor));
		set_known(v, "name", g->name);
		set_known(v, "uuid", g->uuid);
		set_known(v, "pci", g->pci);
		if (g->instance[0] < 0)
			continue;
		jval_set_int(v, "gpu_instance", g->instance[0]);
		jval_set_int(v, "compute_instance", g->instance[1]);
	}
	return list;
}

void gpus_sample_words(const struct gpu_list *l, const char *root, struct words *out)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct gpu *g = &l->items[i];
		CLEANUP(free) char *word = g->vendor == GPU_AMD ? mem_printf("amd:%s/sys/bus/pci/devices/%s", root, g->pci) :
				   /* What its GPU does as a whole would be other people's work too. */
				   g->instance[0] >= 0 ? mem_printf("nvidia:%d:%d:%d", g->minor, g->instance[0], g->instance[1]) :
							 mem_printf("nvidia:%d", g->minor);

		words_add(out, word);
	}
}

void gpus_summary(const struct gpu_list *l, struct buf *out)
{
	for (size_t i = 0, same; i < l->n; i += same) {
		const char *name = *l->items[i].name ? l->items[i].name : gpu_vendor_name(l->items[i].vendor);

		for (same = 1; i + same < l->n && str_eq(l->items[i + same].name, l->items[i].name);)
			same++;
		buf_printf(out, "%s%s", i ? ", " : "", name);
		if (same > 1)
			buf_printf(out, " x%zu", same);
	}
}
