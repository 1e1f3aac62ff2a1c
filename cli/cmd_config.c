/* wb config */
#include "config.h"

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "engine/settings.h"
#include "store/store.h"

struct config_options {
	bool origin;
};

static const struct option_spec config_specs[] = {
	OPTION_FLAG(0, "origin", struct config_options, origin, "say where each value comes from"),
	OPTION_END,
};

static void print_json(struct app *app, const struct settings *s, const struct setting_key *k)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "key", k->name);
	jval_set_text(v, "value", settings_get(s, k->name));
	jval_set_text(v, "origin", settings_origin(s, k->name));
	output_json(&app->out, v);
}

static void print_all(struct app *app, const struct settings *s, bool origin)
{
	const struct table_column columns[] = { { "KEY", false, 0 }, { "VALUE", false, 8 }, { origin ? "FROM" : "WHAT", false, 10 } };
	CLEANUP(table_free) struct table *t = table_new(columns, 3);

	for (const struct setting_key *k = setting_keys; k->name; k++) {
		const char *value = settings_get(s, k->name);

		if (app->globals.json)
			print_json(app, s, k);
		table_cell_styled(t, STYLE_NAME, k->name);
		table_cell(t, value ? value : "-");
		table_cell_styled(t, STYLE_FAINT, origin ? settings_origin(s, k->name) : k->help);
	}
	if (!app->globals.json)
		table_print(t, &app->out);
}

/* 1 printed, 0 not set: an answer of "no". */
static int print_one(struct app *app, const struct settings *s, const char *name, bool origin, struct error *err)
{
	const struct setting_key *k = setting_find(name);
	const char *value = settings_get(s, name);

	if (!k)
		return setting_unknown(name, err);
	if (app->globals.json) {
		print_json(app, s, k);
	} else if (value) {
		output_untrusted(&app->out, value);
		if (origin) {
			output_puts(&app->out, "\t");
			output_untrusted(&app->out, settings_origin(s, name));
		}
		output_puts(&app->out, "\n");
	}
	return value ? STATUS_YES : STATUS_NO;
}

/* The store's folder where there is one: settings can be read without. Heap text or NULL. */
static int find_store(struct app *app, char **out, struct error *err)
{
	CLEANUP(free) char *path = NULL;

	if (store_locate(app->globals.store, NULL, &path, err) < 0)
		return -1;
	*out = store_exists(path) ? take_ptr(&path) : NULL;
	return 0;
}

static int config_run(struct app *app, const struct call *call, struct error *err)
{
	const struct config_options *o = call->options;
	CLEANUP(settings_free) struct settings *s = NULL;
	CLEANUP(free) char *store = NULL;

	if (find_store(app, &store, err) < 0)
		return -1;
	if (call->count == 2) {
		if (!store) {
			error_set(err, ERR_NOT_FOUND, "there is no store to keep the setting in");
			return error_hint(err, "'wb init' makes one");
		}
		if (settings_save(store, call->operands[0], call->operands[1], err) < 0)
			return -1;
		return STATUS_YES;
	}
	if (settings_load(store, &s, err) < 0)
		return -1;
	if (call->count == 1)
		return print_one(app, s, call->operands[0], o->origin, err);
	print_all(app, s, o->origin);
	return STATUS_YES;
}

const struct command cmd_config = {
	.name = "config",
	.summary = "read or change settings",
	.group = GROUP_OPERATE,
	.operands = "[KEY [VALUE]]",
	.about = "Settings come from the store's config.yaml, then from\n"
		 "~/.config/wb/config.yaml, then built in. Changes go into the store's file.",
	.examples = {
		{ "wb config", "every setting" },
		{ "wb config --origin", "and which file it comes from" },
		{ "wb config run.memory 4G", "limit runs that name no limit" },
	},
	.options = config_specs,
	.options_size = sizeof(struct config_options),
	.run = config_run,
};
