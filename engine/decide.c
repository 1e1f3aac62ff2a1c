/* Policy files in, request in, recorded decision out. */
#include "config.h"

#include "engine/decide.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/gpus.h"
#include "engine/host.h"
#include "engine/netrule.h"
#include "engine/policies.h"
#include "store/object.h"
#include "store/store.h"

/* --- the question --- */

static struct jval *time_to_jval(int64_t now_ns)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);
	struct jval *v = jval_object();
	time_t s = (time_t)(now_ns / 1000000000);
	struct tm tm = { 0 };

	/* Local time: "working hours" means the hours of the people who share this machine. */
	localtime_r(&s, &tm);
	clock_format_rfc3339(&text, now_ns);
	jval_set_int(v, "ns", now_ns);
	jval_set_text(v, "rfc3339", buf_text(&text));
	jval_set_text(v, "weekday", days[tm.tm_wday]);
	jval_set_int(v, "hour", tm.tm_hour);
	return v;
}

/* By name; by number where it has none. */
static void add_group(struct jval *groups, gid_t id)
{
	const struct group *g = getgrgid(id);
	CLEANUP(free) char *text = g ? mem_strdup(g->gr_name) : mem_printf("%lld", (long long)id);

	jval_push(groups, jval_new_text(text));
}

/* All of them, the one that files are made with first: a group that a rule asks for must not be missing. */
static struct jval *groups_to_jval(void)
{
	struct jval *groups = jval_array();
	int n = getgroups(0, NULL);
	CLEANUP(free) gid_t *ids = mem_calloc(n > 0 ? (size_t)n : 1, sizeof *ids);
	gid_t main_group = getegid();

	n = getgroups(n, ids);
	add_group(groups, main_group);
	for (int i = 0; i < n; i++)
		if (ids[i] != main_group)
			add_group(groups, ids[i]);
	return groups;
}

static struct jval *user_to_jval(void)
{
	struct jval *v = jval_object();

	jval_set_text(v, "name", host_user_name().text);
	jval_set_int(v, "uid", (int64_t)getuid());
	jval_set(v, "groups", groups_to_jval());
	return v;
}

static struct jval *host_to_jval(int64_t gpus)
{
	struct jval *v = jval_object();

	jval_set_text(v, "name", host_name().text);
	jval_set_int(v, "gpus", gpus);
	return v;
}

static struct jval *run_to_jval(const struct run_spec *s)
{
	struct jval *v = jval_object();

	jval_set_text(v, "name", s->name ? s->name : "");
	jval_set(v, "tags", pairs_to_jval(&s->tags));
	return v;
}

static struct jval *resources_to_jval(const struct run_spec *s)
{
	struct jval *v = jval_object();

	jval_set_int(v, "gpus", s->gpus);
	jval_set_num(v, "cpus", s->cpus);
	jval_set_int(v, "memory_bytes", (int64_t)s->memory_bytes);
	jval_set_int(v, "disk_bytes", (int64_t)s->disk_bytes);
	jval_set_num(v, "wall_seconds", (double)s->wall_ns / 1e9);
	return v;
}

static struct jval *source_to_jval(const struct run_source *src, int64_t now_ns)
{
	struct jval *v = jval_object(), *sources;

	jval_set_text(v, "name", src->name);
	jval_set_text(v, "path", src->given);
	jval_set_text(v, "sha256", digest_hex(&src->digest).text);
	jval_set_int(v, "bytes", (int64_t)src->bytes);
	jval_set(v, "tags", words_to_jval(&src->tags));
	sources = jval_set(v, "tag_sources", jval_object());
	for (size_t i = 0; i < src->tags.n; i++)
		jval_set_text(sources, src->tags.items[i], "wb.tags");
	jval_set_num(v, "age_days", now_ns > src->mtime_ns ? (double)(now_ns - src->mtime_ns) / 86400e9 : 0);
	return v;
}

/* "example.org:443" -> {"host","port"}; without a port, one of each that it stands for. */
static struct jval *network_to_jval(const struct words *nets)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < nets->n; i++) {
		uint16_t ports[NETRULE_PORTS];
		struct error ignored = { 0 };
		struct netrule rule;
		size_t n = netrule_parse(nets->items[i], &rule, &ignored) == 0 ? netrule_ports(&rule, ports) : 0;

		for (size_t port = 0; port < n; port++) {
			struct jval *v = jval_push(array, jval_object());
			CLEANUP(free) char *host = mem_printf("%s%s", rule.is_suffix ? "*." : "", rule.host);

			jval_set_text(v, "host", host);
			jval_set_int(v, "port", ports[port]);
		}
	}
	return array;
}

static void set_known(struct jval *v, const char *key, const char *text)
{
	jval_set_text(v, key, text ? text : "");
}

static struct jval *code_to_jval(const struct snapshot *code)
{
	struct jval *v = jval_object();

	jval_set_text(v, "tree", code->tree.hex);
	set_known(v, "commit", code->git.commit);
	set_known(v, "branch", code->git.branch);
	/* Unknown counts as dirty: a rule that wants a clean tree must not pass by ignorance. */
	jval_set_bool(v, "dirty", !code->git.dirty_known || code->git.dirty || code->git.untracked);
	set_known(v, "remote", code->git.remote);
	return v;
}

static struct jval *sandbox_to_jval(const struct decide_request *r)
{
	struct jval *v = jval_object();

	jval_set_int(v, "tier", r->tier);
	jval_set(v, "layers", jval_copy(r->layers));
	jval_set_text(v, "profile", box_profile_name(&r->spec->box));
	jval_set_bool(v, "diode", r->spec->diode);
	jval_set_int(v, "diode_out", (int64_t)r->spec->diode_out);
	jval_set_bool(v, "tty", r->spec->tty);
	return v;
}

int decide_input(struct engine *e, const struct decide_request *r, struct jval **out, struct error *err)
{
	const struct run_spec *s = r->spec;
	const char *experiment = s->experiment ? s->experiment : "Default";
	struct gpus_usage gpus;
	int64_t now = clock_now(engine_clock(e));
	struct jval *v, *data, *usage;

	if (gpus_usage(e, experiment, &gpus, err) < 0)
		return -1;
	v = jval_object();
	jval_set_int(v, "schema", 1);
	jval_set_text(v, "action", "run.start");
	jval_set(v, "time", time_to_jval(now));
	jval_set(v, "user", user_to_jval());
	jval_set(v, "host", host_to_jval(gpus.host));
	jval_set_text(v, "experiment", experiment);
	jval_set(v, "run", run_to_jval(s));
	jval_set(v, "command", words_to_jval(r->command));
	jval_set(v, "params", pairs_to_jval(&s->params));
	jval_set(v, "resources", resources_to_jval(s));
	data = jval_set(v, "data", jval_array());
	for (size_t i = 0; i < r->sources->n; i++)
		jval_push(data, source_to_jval(&r->sources->items[i], now));
	jval_set(v, "network", network_to_jval(&s->nets));
	jval_set(v, "secrets", words_to_jval(&s->secrets));
	jval_set(v, "code", code_to_jval(r->code));
	jval_set(v, "sandbox", sandbox_to_jval(r));
	jval_set(v, "approvals", jval_array());
	usage = jval_set(v, "usage", jval_object());
	jval_set_int(usage, "user_gpus", gpus.user);
	jval_set_int(usage, "experiment_gpus", gpus.experiment);
	*out = v;
	return 0;
}

/* --- the answer --- */

void decided_release(struct decided *d)
{
	jval_free(d->record);
	free(d->text);
	policy_files_release(&d->files);
	*d = (struct decided){ 0 };
}

/* The policy itself is broken: denied, with its errors as reasons. */
static struct jval *record_of_fault(const struct policy_diags *diags)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	struct jval *v = jval_object(), *reasons, *detail = NULL;
	struct error ignored = { 0 };

	jval_set_text(v, "decision", "deny");
	reasons = jval_set(v, "reasons", jval_array());
	for (size_t i = 0; i < diags->n; i++) {
		const struct policy_diag *d = &diags->items[i];
		CLEANUP(buf_release) struct buf line = BUF_INIT(LIMIT_KIB * 8);

		if (d->severity != POLICY_SEV_ERROR)
			continue;
		buf_printf(&line, "the policy has an error: %s", d->file);
		if (d->row)
			buf_printf(&line, ":%u:%u", d->row, d->col);
		buf_printf(&line, ": %s", d->message);
		jval_push(reasons, jval_new_text(buf_text(&line)));
	}
	jval_set(v, "warnings", jval_array());
	policy_diags_json(diags, &text);
	if (jval_parse(buf_text(&text), text.len, &detail, &ignored) == 0)
		jval_set(v, "detail", detail);
	return v;
}

/* Reasons and warnings as the texts that the record promises; where they came from goes beside them. */
static struct jval *texts_of(const struct policy_reason *reasons, size_t n)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < n; i++)
		jval_push(array, jval_new_text(reasons[i].text));
	return array;
}

static struct jval *record_of(const struct policy_decision *d)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	struct error ignored = { 0 };
	struct jval *v = jval_object(), *full = NULL;
	struct policy_decision shown = *d;

	jval_set_text(v, "decision", d->verdict == POLICY_ALLOW ? "allow" : "deny");
	jval_set(v, "reasons", texts_of(d->reasons, d->nreasons));
	jval_set(v, "warnings", texts_of(d->warnings, d->nwarnings));
	/* The files are named later, and all of them. */
	shown.nsources = 0;
	policy_decision_json(&shown, &text);
	if (jval_parse(buf_text(&text), text.len, &full, &ignored) == 0)
		jval_set(v, "detail", full);
	return v;
}

int decide_layers(const struct policies *p, const struct policy_asked *a, struct policy_decision *out, struct error *err)
{
	struct policy_asked asked = *a;

	for (size_t i = 0; i < p->nlayers; i++) {
		struct policy_decision d = { 0 };

		if (policy_decide_again(p->layers[i], &asked, &d, err) < 0)
			return -1;
		if (i == 0)
			*out = d;
		else
			policy_decision_join(out, &d);
		/* What chance said to one is said to the next. */
		if (!a->given && out->chance)
			asked.given_len = strlen(asked.given = out->chance);
	}
	return 0;
}

/* All that took part, data too, in place of the list of modules. */
static void name_files(const struct policy_files *files, struct jval *detail)
{
	struct jval *list = jval_set(detail, "policies", jval_array());

	for (size_t i = 0; i < files->n; i++) {
		const struct policy_file *f = &files->items[i];
		struct jval *v = jval_push(list, jval_object());

		jval_set_text(v, "file", f->path);
		if (f->text)
			jval_set_text(v, "sha256", digest_hex(&f->digest).text);
		jval_set_text(v, "layer", policy_layer_name(f->layer));
		jval_set_text(v, "kind", policy_file_kind_name(f->kind));
		if (*f->below)
			jval_set_text(v, "below", f->below);
	}
}

/* Tier 3 hides no files: where nobody wrote a policy, nobody has said that a run may have it. */
static bool is_undecided(const struct policies *p, const struct jval *input)
{
	return p->files.n == 0 && jval_get_int(jval_get(input, "sandbox"), "tier", 1) >= 3;
}

static struct jval *record_of_undecided(struct buf *why)
{
	static const char reason[] = "the sandbox would be tier 3, which hides no files, and there is no policy that allows it";
	struct jval *v = jval_object(), *reasons;

	jval_set_text(v, "decision", "deny");
	reasons = jval_set(v, "reasons", jval_array());
	jval_push(reasons, jval_new_text(reason));
	jval_set(v, "warnings", jval_array());
	jval_set(v, "detail", jval_object());
	buf_printf(why, "Denied, as there is no policy:\n  - %s\n", reason);
	return v;
}

static bool is_past(void *end_ns)
{
	return clock_mono(&clock_system) > *(const int64_t *)end_ns;
}

int decide_by(const struct policies *p, const struct jval *input, struct decided *out, struct error *err)
{
	int64_t end_ns = clock_mono(&clock_system) + p->budget.time_ns;
	struct policy_budget budget = policy_budget_default;

	budget.steps = p->budget.steps;
	budget.expired = is_past;
	budget.arg = &end_ns;
	return decide_again(p, input, &(struct policy_asked){ .budget = &budget }, out, err);
}

int decide_again(const struct policies *p, const struct jval *input, const struct policy_asked *known, struct decided *out,
		 struct error *err)
{
	CLEANUP(policy_decision_release) struct policy_decision d = { .verdict = POLICY_FAULT };
	CLEANUP(buf_release) struct buf why = BUF_INIT(LIMIT_MIB), text = BUF_INIT(LIMIT_JSON);
	struct policy_asked asked = *known;
	bool undecided = is_undecided(p, input);
	struct jval *record, *detail;
	int64_t start = clock_mono(&clock_system);

	jval_format(input, JVAL_COMPACT, &text);
	asked.input = buf_text(&text);
	asked.len = text.len;
	asked.parsed = input;
	if (decide_layers(p, &asked, &d, err) < 0)
		return -1;
	if (undecided) {
		record = record_of_undecided(&why);
	} else if (p->nlayers) {
		record = record_of(&d);
		policy_explain(&d, &why);
	} else {
		record = record_of_fault(&p->diags);
		buf_puts(&why, "Denied, because the policy has errors:\n");
		policy_diags_print(&p->diags, &why);
	}
	detail = jval_copy(jval_get(record, "detail"));
	detail = jval_set(record, "detail", detail ? detail : jval_object());
	name_files(&p->files, detail);
	jval_set_int(record, "ns", clock_mono(&clock_system) - start);
	jval_set(record, "input", jval_copy(input));
	*out = (struct decided){
		.denied = d.verdict != POLICY_ALLOW || undecided,
		.failed = d.verdict == POLICY_FAULT,
		.record = record,
		.text = buf_take(&why),
	};
	return 0;
}

int decide_about(const char *store_path, const struct jval *input, struct decided *out, struct error *err)
{
	CLEANUP(policies_release) struct policies policies = { 0 };

	if (policies_of_store(store_path, NULL, &policies, err) < 0 || decide_by(&policies, input, out, err) < 0)
		return -1;
	out->files = policies.files;
	policies.files = (struct policy_files){ 0 };
	return 0;
}

int decide_look(const char *store_path, const struct jval *input, struct buf *ways, struct buf *trace, struct error *err)
{
	CLEANUP(policies_release) struct policies policies = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);

	if (policies_of_store(store_path, NULL, &policies, err) < 0)
		return -1;
	jval_format(input, JVAL_COMPACT, &text);
	for (size_t i = 0; i < policies.nlayers; i++)
		if (policy_look(policies.layers[i], buf_text(&text), text.len, ways, trace, err) < 0)
			return -1;
	return 0;
}

int decide_keep(struct store *s, const struct decided *d, struct error *err)
{
	for (size_t i = 0; i < d->files.n; i++) {
		const struct policy_file *f = &d->files.items[i];
		struct digest same;
		int found = f->text ? object_find(s, &f->digest, NULL, err) : 1;

		if (found < 0 || (!found && object_put_bytes(s, f->text, f->len, &same, err) < 0))
			return error_wrap(err, "keeping %s", f->path);
	}
	return 0;
}

const char *decide_kept(const struct jval *start, size_t i)
{
	const struct jval *policies = jval_get(jval_get(jval_get(start, "policy"), "detail"), "policies");

	for (size_t k = 0; k < jval_count(policies); k++) {
		const struct jval *f = jval_at(policies, k);

		/* A record that says no kind is of a time when digests alone were kept. */
		if (jval_get_text(f, "kind") && jval_get_text(f, "sha256") && i-- == 0)
			return jval_get_text(f, "sha256");
	}
	return NULL;
}

int decide_run(struct engine *e, const struct decide_request *r, struct decided *out, struct error *err)
{
	CLEANUP(jval_free) struct jval *input = NULL;

	if (decide_input(e, r, &input, err) < 0)
		return -1;
	return decide_about(store_path(engine_store(e)), input, out, err);
}
