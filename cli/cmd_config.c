/* wb config */
#include "config.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "engine/project.h"
#include "engine/settings.h"
#include "store/store.h"

struct config_options {
	bool origin;
	bool unset;
	const char *task;
	const char *profile;
};

static const struct option_spec config_specs[] = {
	OPTION_FLAG(0, "origin", struct config_options, origin, "say where each value comes from"),
	OPTION_FLAG(0, "unset", struct config_options, unset, "take KEY out of the store's file again"),
	OPTION_STRING(0, "task", struct config_options, task, "NAME", "as for this task of wb.yaml"),
	OPTION_STRING(0, "profile", struct config_options, profile, "NAME", "and with this profile of it"),
	OPTION_END,
};

/* A value in force. */
struct row {
	char *name;
	char *value; /* NULL: not set */
	char *origin;
	const char *help;
};

struct rows {
	struct row *items;
	size_t n, cap;
};

static void rows_release(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].name);
		free(r->items[i].value);
		free(r->items[i].origin);
	}
	free(r->items);
}
DEFINE_CLEANUP_VALUE(rows_release, struct rows);

static const struct row *rows_find(const struct rows *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->items[i].name, name))
			return &r->items[i];
	return NULL;
}

/* Replaces the row of that name, or adds one. */
static void rows_set(struct rows *r, const char *name, const char *value, const char *origin, const char *help)
{
	struct row *row = (struct row *)rows_find(r, name);

	if (!row) {
		mem_reserve(&r->items, &r->cap, r->n + 1);
		row = &r->items[r->n++];
		*row = (struct row){ .name = mem_strdup(name), .help = help };
	}
	free(row->value);
	free(row->origin);
	row->value = mem_strdup(value);
	row->origin = mem_strdup(origin);
}

static void print_json(struct app *app, const struct row *row)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "key", row->name);
	jval_set_text(v, "value", row->value);
	jval_set_text(v, "origin", row->origin);
	output_json(&app->out, v);
}

static void print_all(struct app *app, const struct rows *rows, bool origin)
{
	const struct table_column columns[] = { { "KEY", false, 0 }, { "VALUE", false, 8 }, { origin ? "FROM" : "WHAT", false, 10 } };
	CLEANUP(table_free) struct table *t = table_new(columns, 3);

	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->items[i];

		if (app->globals.json)
			print_json(app, row);
		table_cell_styled(t, STYLE_NAME, row->name);
		table_cell(t, row->value ? row->value : "-");
		table_cell_styled(t, STYLE_FAINT, origin ? row->origin : row->help);
	}
	if (!app->globals.json)
		table_print(t, &app->out);
}

/* 1 printed, 0 not set: an answer of "no". */
static int print_one(struct app *app, const struct rows *rows, const char *name, bool origin, struct error *err)
{
	const struct row *row = rows_find(rows, name);

	if (!row)
		return setting_unknown(name, err);
	if (app->globals.json) {
		print_json(app, row);
	} else if (row->value) {
		output_untrusted(&app->out, row->value);
		if (origin) {
			output_puts(&app->out, "\t");
			output_untrusted(&app->out, row->origin);
		}
		output_puts(&app->out, "\n");
	}
	return row->value ? STATUS_YES : STATUS_NO;
}

/* The store's folder, and what named it; settings can be read where there is none. */
static int find_store(struct app *app, char **out, const char **out_origin, struct error *err)
{
	static const char *const origins[] = {
		[STORE_BY_OVERRIDE] = "command line", [STORE_BY_PROJECT] = "the folder you are in", [STORE_BY_ENVIRONMENT] = "$WB_STORE",
		[STORE_BY_USER] = "built in",
	};
	CLEANUP(free) char *path = NULL;
	int found = store_locate(app->globals.store, NULL, &path, err);

	if (found < 0)
		return -1;
	*out_origin = origins[found];
	*out = store_exists(path) ? take_ptr(&path) : NULL;
	return 0;
}

static void add_settings(struct app *app, const struct settings *s, struct rows *rows)
{
	const char *no_color = getenv("NO_COLOR");

	for (const struct setting_key *k = setting_keys; k->name; k++)
		rows_set(rows, k->name, settings_get(s, k->name), settings_origin(s, k->name), k->help);
	if (app->globals.color)
		rows_set(rows, "ui.color", app->globals.color, "command line", NULL);
	else if (no_color && *no_color && str_eq(settings_get(s, "ui.color"), "auto"))
		rows_set(rows, "ui.color", "never", "$NO_COLOR", NULL);
}

static const char *help_of(enum project_kind kind)
{
	switch (kind) {
	case PROJECT_COMMAND:
		return "what 'wb run' runs";
	case PROJECT_GPUS:
		return "GPUs of a run";
	case PROJECT_GPU_WAIT:
		return "how long a run waits for them";
	case PROJECT_PARAM:
		return "default of a param";
	case PROJECT_INPUT:
		return "input of a run";
	case PROJECT_ENV:
		return "variable of a run";
	case PROJECT_TAG:
		return "tag of a run";
	case PROJECT_DIODE:
		return "only metrics leave a run";
	case PROJECT_DIODE_OUT:
		return "how much of a diode run's output is kept";
	case PROJECT_SEED:
		return "seed of a run";
	case PROJECT_WORKDIR:
		return "how its working folder is made";
	default:
		return "";
	}
}

/* 1, or 0 where there is no wb.yaml. */
static int load_project(struct app *app, bool has_store, struct project **out, struct error *err)
{
	struct engine *e;
	const char *root = ".";

	if (has_store && (app_engine(app, &e, err) < 0 || engine_project_dir(e, &root, err) < 0)) {
		/* Where nothing can be run, no project has a say. */
		error_clear(err);
		return 0;
	}
	return project_load(root, out, err);
}

static int add_project(struct app *app, const struct config_options *o, bool has_store, struct rows *rows, struct error *err)
{
	CLEANUP(project_free) struct project *p = NULL;
	CLEANUP(project_values_release) struct project_values values = { 0 };

	if (load_project(app, has_store, &p, err) < 0)
		return -1;
	if (!p && (o->task || o->profile))
		return error_set(err, ERR_NOT_FOUND, "this project has no %s", PROJECT_FILE);
	if (!p)
		return 0;
	if (project_merge(p, o->task, o->profile, &values, err) < 0)
		return -1;
	for (size_t i = 0; i < values.n; i++) {
		const struct project_value *v = values.items[i];
		CLEANUP(free) char *origin = mem_printf("%s:%zu", project_path(p), v->line);

		rows_set(rows, v->name, v->text, origin, help_of(v->kind));
	}
	return 0;
}

/* As data: what is in force now. */
static int print_now(struct app *app, const char *store, const char *name, struct error *err)
{
	CLEANUP(settings_free) struct settings *s = NULL;

	if (!app->globals.json)
		return 0;
	if (settings_load(store, &s, err) < 0)
		return -1;
	print_json(app, &(struct row){ .name = (char *)name, .value = (char *)settings_get(s, name),
				       .origin = (char *)settings_origin(s, name) });
	return 0;
}

static int unset(struct app *app, const char *store, const struct call *call, struct error *err)
{
	int taken;

	if (call->count != 1) {
		error_set(err, ERR_INVALID, call->count ? "--unset takes a KEY and no VALUE" : "--unset needs a KEY");
		return error_hint(err, "'wb config --origin' lists what is set, and where");
	}
	taken = store ? settings_unset(store, call->operands[0], err) : 0;
	if (taken < 0 || (store && print_now(app, store, call->operands[0], err) < 0))
		return -1;
	return taken ? STATUS_YES : STATUS_NO;
}

static int save(struct app *app, const char *store, const struct call *call, struct error *err)
{
	const char *name = call->operands[0];

	if (!store) {
		error_set(err, ERR_NOT_FOUND, "there is no store to keep the setting in");
		return error_hint(err, "'wb init' makes one");
	}
	if (settings_save(store, name, call->operands[1], err) < 0 || print_now(app, store, name, err) < 0)
		return -1;
	return STATUS_YES;
}

static int config_run(struct app *app, const struct call *call, struct error *err)
{
	const struct config_options *o = call->options;
	CLEANUP(settings_free) struct settings *s = NULL;
	CLEANUP(rows_release) struct rows rows = { 0 };
	CLEANUP(free) char *store = NULL;
	const char *store_origin;

	if (find_store(app, &store, &store_origin, err) < 0)
		return -1;
	if (o->unset)
		return unset(app, store, call, err);
	if (call->count == 2)
		return save(app, store, call, err);
	if (settings_load(store, &s, err) < 0)
		return -1;
	/* A path that is too long for the table of settings, and none of them. */
	if (o->origin || call->count)
		rows_set(&rows, "store", store, store_origin, "where runs are kept");
	add_settings(app, s, &rows);
	if (add_project(app, o, store != NULL, &rows, err) < 0)
		return -1;
	if (call->count == 1)
		return print_one(app, &rows, call->operands[0], o->origin, err);
	print_all(app, &rows, o->origin);
	return STATUS_YES;
}

const struct command cmd_config = {
	.name = "config",
	.summary = "read or change settings",
	.group = GROUP_OPERATE,
	.operands = "[KEY [VALUE]]",
	.about = "The values in force: from the command line and the environment, the project's\n"
		 "wb.yaml, the store's config.yaml, ~/.config/wb/config.yaml, or built in; the first\n"
		 "that has one counts. Changes go into the store's file.\n"
		 "\n"
		 "Exit status of KEY alone, and of --unset: 1 where it is not set.",
	.examples = {
		{ "wb config", "every setting" },
		{ "wb config --origin", "and which line of which file it comes from" },
		{ "wb config --origin --task train --profile big", "what 'wb run train --profile big' would take" },
		{ "wb config run.memory 4G", "limit runs that name no limit" },
		{ "wb config --unset run.memory", "and no longer" },
	},
	.options = config_specs,
	.options_size = sizeof(struct config_options),
	.run = config_run,
};
