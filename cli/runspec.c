/* From the options of a run to its specification. */
#include "config.h"

#include "cli/runspec.h"

#include <string.h>

#include "base/mem.h"
#include "cli/app.h"
#include "cli/pick.h"
#include "engine/engine.h"
#include "engine/settings.h"
#include "engine/spec.h"
#include "store/store.h"

/* "K=V", or "K": the caller's own value. */
static int add_env(struct run_spec *spec, const char *text, struct error *err)
{
	const char *value;

	if (strchr(text, '='))
		return pairs_set_text(&spec->env, text, "--env", err);
	value = getenv(text);
	if (!value) {
		error_set(err, ERR_NOT_FOUND, "--env %s: the variable is not set", text);
		return error_hint(err, "give it a value: --env %s=VALUE", text);
	}
	pairs_set(&spec->env, text, value);
	return 0;
}

static int fill_lists(const struct runspec *o, struct run_spec *spec, struct error *err)
{
	for (size_t i = 0; i < o->params.count; i++)
		pairs_set(&spec->params, o->params.items[i].key, o->params.items[i].value);
	for (size_t i = 0; i < o->tags.count; i++)
		pairs_set(&spec->tags, o->tags.items[i].key, o->tags.items[i].value);
	for (size_t i = 0; i < o->nets.count; i++)
		words_add(&spec->nets, o->nets.items[i]);
	for (size_t i = 0; i < o->secrets.count; i++)
		words_add(&spec->secrets, o->secrets.items[i]);
	for (size_t i = 0; i < o->inputs.count; i++)
		if (run_spec_add_input(spec, o->inputs.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < o->env.count; i++)
		if (add_env(spec, o->env.items[i], err) < 0)
			return -1;
	return 0;
}

static int fill_spec(struct app *app, const struct runspec *o, const struct call *call, struct run_spec *spec,
		     struct error *err)
{
	for (size_t i = 0; i < call->count; i++)
		words_add(&spec->argv, call->operands[i]);
	spec->experiment = mem_strdup(o->experiment);
	spec->name = mem_strdup(o->name);
	spec->gpus = o->gpus.value;
	spec->cpus = o->cpus.value;
	spec->memory_bytes = o->memory.bytes;
	spec->wall_ns = o->time.ns;
	spec->disk_bytes = o->disk.bytes;
	spec->has_seed = o->seed.given;
	spec->seed = o->seed.value;
	spec->tier = (int)o->tier.value;
	if (fill_lists(o, spec, err) < 0)
		return -1;
	if (o->parent) {
		char id[33];

		if (pick_run_id(app, o->parent, id, err) < 0)
			return error_wrap(err, "--parent");
		spec->parent = mem_strdup(id);
	}
	return 0;
}

static int apply_settings(struct engine *e, struct run_spec *spec, struct error *err)
{
	CLEANUP(settings_free) struct settings *s = NULL;

	if (settings_load(store_path(engine_store(e)), &s, err) < 0)
		return -1;
	return settings_apply(s, spec, err);
}

int runspec_fill(struct app *app, struct engine *e, const struct runspec *o, const struct call *call,
		 struct run_spec *out, struct error *err)
{
	if (fill_spec(app, o, call, out, err) < 0 || apply_settings(e, out, err) < 0)
		return -1;
	return run_spec_check(out, err);
}
