/* wb doctor */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "engine/gpulease.h"
#include "engine/host.h"
#include "engine/settings.h"
#include "engine/upstream.h"
#include "sandbox/interp.h"
#include "sandbox/probe.h"
#include "sandbox/scope.h"
#include "sandbox/selftest.h"
#include "store/snapshot_ops.h"
#include "store/store.h"
#include "tracker/db.h"
#include "tracker/tracker.h"

/* One line of the report. Texts are owned. */
struct check {
	char *name;
	char *detail;
	char *fix;      /* NULL: nothing to do */
	bool ok;
	bool required;  /* a failure means that runs do not work, or are weaker */
};

struct checks {
	struct check *items;
	size_t count, cap;
};

static void checks_release(struct checks *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].name);
		free(c->items[i].detail);
		free(c->items[i].fix);
	}
	free(c->items);
}
DEFINE_CLEANUP_VALUE(checks_release, struct checks);

static void add_check(struct checks *c, const char *name, bool ok, bool required, const char *detail, const char *fix)
{
	mem_reserve(&c->items, &c->cap, c->count + 1);
	c->items[c->count++] = (struct check){
		.name = mem_strdup(name),
		.detail = mem_strdup(detail),
		.fix = fix && *fix ? mem_strdup(fix) : NULL,
		.ok = ok,
		.required = required,
	};
}

struct doctor_options {
	bool quick;
	struct arg_int tier_min;
	const char *inside;
};

/* The weakest tier that will do: as runs here have it. */
static int accepted_tier(struct app *app, const struct doctor_options *o)
{
	CLEANUP(settings_free) struct settings *s = NULL;
	CLEANUP(free) char *path = NULL;
	struct error ignored = { 0 };
	int tier = 2;

	if (store_locate(app->globals.store, NULL, &path, &ignored) == 0 &&
	    settings_load(store_exists(path) ? path : NULL, &s, &ignored) == 0)
		tier = settings_get(s, "run.tier_min")[0] - '0';
	return o->tier_min.given && (int)o->tier_min.value < tier ? (int)o->tier_min.value : tier;
}

/* Where somebody outside has taken things away before we came. */
static void check_surroundings(struct checks *c)
{
	bool docker = fs_exists(AT_FDCWD, "/.dockerenv"), podman = fs_exists(AT_FDCWD, "/run/.containerenv");

	if (docker || podman)
		add_check(c, "container", false, false,
			  docker ? "this is a docker container: its own filter and masks count here" :
			  "this is a podman container: its own filter and masks count here",
			  "--security-opt seccomp=unconfined --security-opt systempaths=unconfined (and apparmor=unconfined) "
			  "open what tier 1 needs; wb's own filter is stricter than the one that goes");
	if (geteuid() == 0)
		add_check(c, "root", false, false,
			  "runs of root: a file that a run may see it may read, and the kernel does not count root's processes",
			  "use wb as an ordinary user: it needs no root for anything");
}

/* Where the session has no cgroup to divide: does a systemd make one for a run with limits? Tried. */
static void ask_systemd(struct sandbox_layer *l)
{
	CLEANUP(free) char *helper = NULL;
	CLEANUP(free) char *socket = NULL;
	struct scope_manager manager;
	struct error why = { 0 };
	unsigned holds = 0;

	if (l->ok)
		return;
	if (host_scope_find(&helper, &socket, &why) == 1) {
		manager = (struct scope_manager){ .helper = helper, .socket = socket };
		if (scope_try(&manager, &holds, &why) == 0 && !(holds & CGROUP_MEMORY))
			error_set(&why, ERR_UNSUPPORTED, "systemd's scope has no memory controller");
	}
	if (why.code) {
		CLEANUP(free) char *detail = mem_printf("%s; %s", l->detail, why.text);

		snprintf(l->detail, sizeof l->detail, "%s", detail);
		return;
	}
	l->ok = true;
	snprintf(l->detail, sizeof l->detail, "systemd makes a scope for each run with limits: memory%s%s",
		 holds & CGROUP_PIDS ? ", pids" : "", holds & CGROUP_CPU ? ", cpu" : "");
}

static int check_sandbox(struct checks *c, int accepted, int *out_tier, struct error *err)
{
	struct sandbox_caps caps;
	CLEANUP(buf_release) struct buf reason = BUF_INIT(4096);
	char text[64];

	if (sandbox_probe(&caps, err) < 0)
		return error_wrap(err, "probing the sandbox");
	*out_tier = sandbox_caps_tier(&caps);
	ask_systemd(&caps.layers[LAYER_CGROUP]);
	/* What tier 1 needs is missed where the tier that there is will not do. */
	for (size_t i = 0; i < LAYER_COUNT; i++)
		add_check(c, caps.layers[i].name, caps.layers[i].ok,
			  caps.layers[i].required && (*out_tier == 0 || *out_tier > accepted), caps.layers[i].detail,
			  caps.layers[i].ok ? NULL : caps.layers[i].fix);
	sandbox_caps_reason(&caps, &reason);
	if (*out_tier)
		snprintf(text, sizeof text, "tier %d", *out_tier);
	else
		snprintf(text, sizeof text, "none: runs are refused");
	if (reason.len) {
		CLEANUP(free) char *detail = mem_printf("%s (%s)", text, buf_text(&reason));

		add_check(c, "sandbox", *out_tier && *out_tier <= accepted, true, detail, NULL);
	} else {
		add_check(c, "sandbox", *out_tier && *out_tier <= accepted, true, text, NULL);
	}
	check_surroundings(c);
	return 0;
}

static const char *environment(const char *name)
{
	return getenv(name);
}

/* --net needs the network namespace that the proxy listens in, and cages for those who serve it. */
static void check_network(struct app *app, struct checks *c, int tier)
{
	static const char name[] = "named hosts (--net)";
	bool caged = CONFINE_KNOWS_PROCESSOR;
	CLEANUP(settings_free) struct settings *s = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB);
	CLEANUP(free) char *path = NULL;
	struct upstream upstream;
	struct error err = { 0 };
	int found;

	if (tier != 1 || !caged) {
		add_check(c, name, false, false,
			  caged ? "only in tier 1: there a run's network is its own" : "no cage for this processor", NULL);
		return;
	}
	if (store_locate(app->globals.store, NULL, &path, &err) < 0 ||
	    settings_load(store_exists(path) ? path : NULL, &s, &err) < 0)
		found = -1;
	else
		found = upstream_find(settings_get(s, "network.proxy"), environment, &upstream, &err);
	if (found < 0) {
		add_check(c, name, false, false, err.text, err.hint);
		return;
	}
	buf_puts(&text, "a broker leads a run to the hosts that were named, and nowhere else");
	if (found) {
		buf_puts(&text, "; by way of ");
		upstream_describe(&upstream, &text);
		buf_puts(&text, ", which resolves the names");
	}
	add_check(c, name, true, false, buf_text(&text), NULL);
}

/* No store is fine: the first run makes one. One that cannot be opened is not. */
static void check_store(struct app *app, struct checks *c)
{
	struct error err = { 0 };
	CLEANUP(free) char *path = NULL;
	struct engine *e;
	struct tracker *t;

	if (store_locate(app->globals.store, NULL, &path, &err) < 0) {
		add_check(c, "store", false, true, err.text, err.hint);
		return;
	}
	if (!store_exists(path)) {
		CLEANUP(free) char *detail = mem_printf("%s: not made yet", path);

		add_check(c, "store", true, false, detail, NULL);
		return;
	}
	if (app_engine(app, &e, &err) < 0 || engine_tracker(e, &t, &err) < 0) {
		add_check(c, "store", false, true, err.text, err.hint);
		return;
	}
	add_check(c, "store", true, true, store_path(engine_store(e)), NULL);
}

static void check_sqlite(struct checks *c)
{
	CLEANUP(free) char *detail = mem_printf("%s%s", db_version(), db_is_wal_safe() ? "" :
						", whose write-ahead log has a rare race: wb keeps writers apart by a lock");

	add_check(c, "sqlite", true, false, detail, NULL);
}

/* What "python3" comes to, by the rules that a run's command is found by. */
static void check_python(struct checks *c)
{
	CLEANUP(interp_free) struct interp *in = NULL;
	CLEANUP(free) char *cwd = NULL;
	CLEANUP(free) char *detail = NULL;
	struct error err = { 0 };
	struct interp_query q = {
		.command = "python3",
		.path = getenv("PATH"),
		.home = getenv("HOME"),
		.env = getenv,
	};

	if (fs_realpath(".", &cwd, &err) < 0) {
		add_check(c, "python3", false, false, err.text, NULL);
		return;
	}
	q.cwd = cwd;
	if (interp_resolve(&q, &in, &err) < 0) {
		add_check(c, "python3", false, false, err.text, err.hint);
		return;
	}
	detail = mem_printf("%s (%s%s%s)", in->exec, interp_kind_name(in->kind), in->version ? " " : "",
			    in->version ? in->version : "");
	add_check(c, "python3", true, false, detail, NULL);
}

/* What wb starts, loads or shows inside must lie beside it, or where it is installed. */
static void check_part(struct checks *c, const char *title, const char *name)
{
	CLEANUP(free) char *path = NULL;
	struct error err = { 0 };
	bool ok = host_find_part(name, &path, &err) == 0;

	add_check(c, title, ok, true, ok ? path : err.text, ok ? NULL : err.hint);
}

static void check_snapshots(struct checks *c)
{
	const struct snapshot_ops *ops;
	struct error err = { 0 };
	bool ok = snapshot_ops_get(&ops, &err) == 0;

	add_check(c, "code snapshots", ok, true, ok ? "wb-git.so and libgit2 load" : err.text, ok ? NULL : err.hint);
}

static void check_gpu(struct checks *c, const struct gpu *g, const struct gpulease_claims *claims)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT(LIMIT_KIB);
	CLEANUP(free) char *name = mem_printf("gpu %u", g->index);
	const struct gpulease_claim *holder = gpulease_holder(claims, g->key);

	gpu_describe(g, &detail);
	if (*g->trouble) {
		buf_printf(&detail, ": %s", g->trouble);
	} else if (holder) {
		buf_printf(&detail, ": leased by run %.12s of %s since ", holder->run_id, holder->user);
		clock_format_local(&detail, holder->since_ms * 1000000);
	} else {
		buf_puts(&detail, ": free");
	}
	add_check(c, name, !*g->trouble, false, buf_text(&detail),
		  !*g->trouble ? NULL : g->vendor == GPU_AMD ? "be in the groups that own /dev/kfd and /dev/dri (render, video)" :
		  "`nvidia-smi` as root makes the driver's nodes; a container must be given them");
}

static void check_gpus(struct app *app, struct checks *c)
{
	CLEANUP(gpu_list_release) struct gpu_list all = { 0 };
	CLEANUP(gpulease_claims_release) struct gpulease_claims claims = { 0 };
	CLEANUP(buf_release) struct buf queue = BUF_INIT(LIMIT_KIB);
	const char *dir = app->gpu_leases;
	const struct gpu_list none = { 0 };
	struct error err = { 0 };

	gpu_find(app->gpu_root ? app->gpu_root : "", &all);
	if (!all.n) {
		add_check(c, "gpus", true, false, "none: neither /proc/driver/nvidia nor /sys/class/kfd tells of one", NULL);
		return;
	}
	if ((!dir && gpulease_find_dir(&dir, &err) < 0) || gpulease_list(dir, &claims, &err) < 0) {
		add_check(c, "gpus", false, false, err.text, err.hint);
		return;
	}
	for (size_t i = 0; i < all.n; i++)
		check_gpu(c, &all.items[i], &claims);
	gpulease_describe(&claims, &none, &queue);
	if (queue.len)
		add_check(c, "gpu queue", true, false, buf_text(&queue), NULL);
}

/* Our own program, run inside, tries; nothing is tried where nothing could be confined. */
static int test_sandbox(int tier, struct selftest *out, struct error *err)
{
	CLEANUP(free) char *program = NULL;

	if (!tier)
		return 0;
	if (fs_realpath("/proc/self/exe", &program, err) < 0)
		return -1;
	return selftest_run(tier, program, out, err) < 0 ? error_wrap(err, "testing the sandbox") : 0;
}

static void tests_to_json(const struct selftest *t, struct jval *list)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct selftest_result *r = &t->results[i];
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "name", r->name);
		jval_set_bool(o, "ok", r->ok);
		jval_set_bool(o, "skipped", r->skipped);
		jval_set_text(o, "detail", r->detail);
		jval_set_num(o, "ms", (double)r->ns / 1e6);
	}
}

static void print_tests(struct app *app, const struct selftest *t)
{
	if (!t->count)
		return;
	output_puts(&app->out, "\nTried in sandboxes of their own: what must work, and attacks that must not\n");
	for (unsigned i = 0; i < t->count; i++) {
		const struct selftest_result *r = &t->results[i];

		output_styled(&app->out, !r->ok ? STYLE_BAD : r->skipped ? STYLE_WARN : STYLE_GOOD,
			      !r->ok ? "FAIL" : r->skipped ? "--  " : "ok  ");
		output_printf(&app->out, "  %-36s %7.1f ms  ", r->name, (double)r->ns / 1e6);
		output_untrusted(&app->out, r->detail);
		output_puts(&app->out, "\n");
	}
}

static void print_json(struct app *app, const struct checks *c, const struct selftest *t, int tier, bool fine)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *list;

	jval_set_int(v, "v", 1);
	jval_set_bool(v, "ok", fine);
	jval_set_int(v, "tier", tier);
	list = jval_set(v, "checks", jval_array());
	for (size_t i = 0; i < c->count; i++) {
		struct jval *o = jval_push(list, jval_object());

		jval_set_text(o, "name", c->items[i].name);
		jval_set_bool(o, "ok", c->items[i].ok);
		jval_set_bool(o, "required", c->items[i].required);
		jval_set_text(o, "detail", c->items[i].detail);
		jval_set_text(o, "fix", c->items[i].fix);
	}
	tests_to_json(t, jval_set(v, "tests", jval_array()));
	output_json(&app->out, v);
}

static void print_people(struct app *app, const struct checks *c)
{
	size_t width = 0;

	for (size_t i = 0; i < c->count; i++)
		if (strlen(c->items[i].name) > width)
			width = strlen(c->items[i].name);
	for (size_t i = 0; i < c->count; i++) {
		const struct check *k = &c->items[i];

		output_styled(&app->out, k->ok ? STYLE_GOOD : k->required ? STYLE_BAD : STYLE_WARN,
			      k->ok ? "ok  " : k->required ? "FAIL" : "--  ");
		output_printf(&app->out, "  %-*s  ", (int)width, k->name);
		output_untrusted(&app->out, k->detail);
		output_puts(&app->out, "\n");
		if (!k->fix)
			continue;
		output_printf(&app->out, "%*s", (int)width + 8, "");
		output_styled(&app->out, STYLE_BUSY, "to fix: ");
		output_untrusted(&app->out, k->fix);
		output_puts(&app->out, "\n");
	}
}

static int doctor_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(checks_release) struct checks c = { 0 };
	bool fine = true;
	const struct doctor_options *o = call->options;
	CLEANUP(free) struct selftest *tests = mem_zalloc(sizeof *tests);
	int tier = 0;

	if (o->inside)
		selftest_inside(o->inside);
	if (check_sandbox(&c, accepted_tier(app, o), &tier, err) < 0 || (!o->quick && test_sandbox(tier, tests, err) < 0))
		return -1;
	fine = tests->failed == 0;
	check_network(app, &c, tier);
	check_part(&c, "wb-supervisor", "wb-supervisor");
	check_part(&c, "wb-tensor", "wb-tensor");
	check_part(&c, "wb-archive", "wb-archive");
	check_part(&c, "wb-gpu", "wb-gpu");
	check_part(&c, "module wb", "python");
	check_snapshots(&c);
	check_store(app, &c);
	check_sqlite(&c);
	check_python(&c);
	check_gpus(app, &c);
	for (size_t i = 0; i < c.count; i++)
		fine = fine && (c.items[i].ok || !c.items[i].required);
	if (app->globals.json)
		print_json(app, &c, tests, tier, fine);
	else
		print_people(app, &c);
	if (!app->globals.json)
		print_tests(app, tests);
	return fine ? STATUS_YES : STATUS_NO;
}

static const struct option_spec doctor_specs[] = {
	OPTION_FLAG(0, "quick", struct doctor_options, quick, "look at the layers only, try no attacks"),
	OPTION_INT(0, "tier-min", struct doctor_options, tier_min, "1|2", 1, 2, "the weakest sandbox that will do (run.tier_min)"),
	OPTION_STRING(0, "inside", struct doctor_options, inside, "NAME", NULL),
	OPTION_END,
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "say what this machine allows, and how to get the rest",
	.group = GROUP_OPERATE,
	.about = "Tries each layer of the sandbox, and looks for the store, the helper programs and\n"
		 "python3. Then it attacks: each of some thirty attacks, and of a run's needs, in a\n"
		 "sandbox of its own. 'ok' works, '--' can be done without, 'FAIL' weakens or\n"
		 "prevents runs.\n"
		 "\n"
		 "Exit status 0 when runs can be confined as they must be (tier 2 will do, unless\n"
		 "run.tier_min or --tier-min asks for 1) and every attack was stopped, else 1.",
	.examples = {
		{ "wb doctor", "layer by layer, then by attacks" },
		{ "wb doctor --tier-min 1", "is the strongest sandbox to be had?" },
		{ "wb doctor --quick --json", "for a script" },
	},
	.options = doctor_specs,
	.options_size = sizeof(struct doctor_options),
	.run = doctor_run,
};
