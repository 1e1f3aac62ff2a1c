/* The policy that files make. */
#include "config.h"

#include "engine/policies.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "engine/policy_host.h"
#include "engine/settings.h"
#include "engine/yamldata.h"

enum { DECISION_NS = 1000000000 };

void policies_release(struct policies *p)
{
	for (size_t i = 0; i < p->nlayers; i++)
		policy_free(p->layers[i]);
	policy_diags_release(&p->diags);
	policy_files_release(&p->files);
	*p = (struct policies){ 0 };
}

/* The file's JSON under the folders that it lies in: "a/b" gives {"a":{"b":...}}. */
static int add_json_below(struct policy *policy, const struct policy_file *f, const char *json, size_t len, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(2 * LIMIT_JSON);
	CLEANUP(jval_free) struct jval *key = NULL;
	unsigned levels = 0;

	for (const char *at = f->below; *at; levels++) {
		size_t n = strcspn(at, "/");

		jval_free(key);
		key = jval_new_text_n(at, n);
		buf_putc(&text, '{');
		jval_format(key, JVAL_COMPACT, &text);
		buf_putc(&text, ':');
		at += n + (at[n] == '/');
	}
	buf_append(&text, json, len);
	for (; levels; levels--)
		buf_putc(&text, '}');
	if (buf_check(&text, f->path, err) < 0)
		return -1;
	return policy_add_data(policy, f->path, buf_text(&text), text.len, err);
}

static int add_data(struct policy *policy, const struct policy_file *f, struct error *err)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *v = NULL;

	if (f->kind == POLICY_FILE_JSON && !*f->below)
		return policy_add_data(policy, f->path, f->text, f->len, err);
	if (f->kind == POLICY_FILE_JSON)
		return add_json_below(policy, f, f->text, f->len, err);
	if (yamldata_parse(f->path, f->text, f->len, &v, err) < 0)
		return -1;
	jval_format(v, JVAL_COMPACT, &json);
	return add_json_below(policy, f, buf_text(&json), json.len, err);
}

static void add_file(struct policy *policy, const struct policy_file *f, const struct policies_options *options,
		     struct policy_diags *diags)
{
	struct error why = { 0 };

	if (!f->text)
		policy_diags_add_file(diags, f->path, f->why);
	else if (f->kind != POLICY_FILE_REGO && add_data(policy, f, &why) < 0)
		policy_diags_add_file(diags, f->path, &why);
	else if (f->kind == POLICY_FILE_REGO &&
		 policy_add_module(policy, f->path, f->text, f->len, options->dialect, diags) < 0)
		return; /* said in diags */
}

static struct policy *new_layer(void)
{
	struct policy *p = policy_new();

	policy_set_host(p, &policy_host_system);
	return p;
}

void policies_of_files(struct policy_files *files, const struct policies_options *options, struct policies *out)
{
	static const struct policies_options as_a_run = { .dialect = POLICY_AUTO, .errors_only = true };
	const struct policies_options *o = options ? options : &as_a_run;
	struct policies made = { .nlayers = 1 };
	struct policy_check check = { .strict = o->strict, .errors_only = o->errors_only };

	made.files = *files;
	*files = (struct policy_files){ 0 };
	made.layers[0] = new_layer();
	for (size_t i = 0; i < made.files.n; i++) {
		const struct policy_file *f = &made.files.items[i];

		if (!o->joined && made.nlayers == 1 && i && f->layer != made.files.items[0].layer)
			made.layers[made.nlayers++] = new_layer();
		if (!o->joined && f->layer == POLICY_LAYER_SITE)
			policy_set_origin(made.layers[made.nlayers - 1], "site policy");
		add_file(made.layers[made.nlayers - 1], f, o, &made.diags);
	}
	/* Without a file that has errors, what needs it would be called wrong too. */
	for (size_t i = 0; i < made.nlayers && !made.diags.errors; i++)
		if (policy_compile(made.layers[i], &check, &made.diags) < 0)
			break; /* said in diags */
	for (; made.diags.errors && made.nlayers; made.nlayers--)
		policy_free(made.layers[made.nlayers - 1]);
	made.budget = (struct policies_budget){ .steps = policy_budget_default.steps, .time_ns = DECISION_NS };
	*out = made;
}

static int budget_of_store(const char *store_path, struct policies_budget *out, struct error *err)
{
	CLEANUP(settings_free) struct settings *s = NULL;
	const char *steps, *time;

	if (settings_load(store_path, &s, err) < 0)
		return -1;
	steps = settings_get(s, "policy.steps");
	time = settings_get(s, "policy.time");
	if ((steps && str_parse_u64(steps, &out->steps, err) < 0) || (time && str_parse_duration(time, &out->time_ns, err) < 0))
		return -1;
	return 0;
}

int policies_of_store(const char *store_path, const struct policies_options *options, struct policies *out,
		      struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files files = { 0 };

	if (policy_files_of_store(store_path, options && options->with_tests, &files, err) < 0)
		return -1;
	policies_of_files(&files, options, out);
	return budget_of_store(store_path, &out->budget, err);
}

int policies_of_paths(const char *const *paths, size_t n, const struct policies_options *options, struct policies *out,
		      struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files files = { 0 };

	if (policy_files_of_paths(paths, n, &files, err) < 0)
		return -1;
	policies_of_files(&files, options, out);
	return 0;
}
