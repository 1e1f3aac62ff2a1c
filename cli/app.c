/* From a command line to a running command and back to an exit status. */
#include "config.h"

#include "cli/app.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/fail.h"
#include "cli/help.h"
#include "engine/engine.h"
#include "engine/settings.h"
#include "store/store.h"

const struct option_spec app_specs_before[] = {
	OPTION_STRING('C', "directory", struct app_globals, dir, "DIR", "work as if started in DIR"),
	OPTION_FLAG(0, "version", struct app_globals, version, "print the version"),
	OPTION_END,
};

const struct option_spec app_specs_anywhere[] = {
	OPTION_STRING(0, "store", struct app_globals, store, "DIR",
		      "the store to use; else the nearest .wb, $WB_STORE, the user's own"),
	OPTION_FLAG(0, "json", struct app_globals, json, "print JSON, one object a line"),
	OPTION_CHOICE(0, "color", struct app_globals, color, "auto|always|never", "when to colour (auto: on a terminal)"),
	OPTION_FLAG('q', "quiet", struct app_globals, quiet, "say only what was asked for"),
	OPTION_FLAG('v', "verbose", struct app_globals, verbose, "say more"),
	OPTION_FLAG('h', "help", struct app_globals, help, "print help"),
	OPTION_END,
};

enum { DETAIL_MAX = 64 * 1024 };

/* What the words of a command line select. */
struct selection {
	const struct command *command; /* NULL: none was named */
	char *path;                    /* "wb policy check" */
	struct arg_list rest;          /* what follows the command's name */
};

static void selection_release(struct selection *s)
{
	free(s->path);
	arg_list_release(&s->rest);
}
DEFINE_CLEANUP_VALUE(selection_release, struct selection);

static int parse_globals(struct app *app, bool before, int argc, char *const *argv, struct arg_list *rest,
			 struct error *err)
{
	const struct args_target targets[] = {
		{ app_specs_anywhere, &app->globals },
		{ app_specs_before, &app->globals },
	};

	return args_parse(targets, before ? 2 : 1, true, argc, argv, rest, err);
}

static enum output_color color_choice(const char *word)
{
	if (str_eq(word, "always"))
		return COLOR_ALWAYS;
	return str_eq(word, "never") ? COLOR_NEVER : COLOR_AUTO;
}

/* --color may stand anywhere: what was parsed after the outputs were made counts too. */
static void settle_color(struct app *app)
{
	enum output_color when = app->globals.color ? color_choice(app->globals.color) : app->color;

	app->out.color = output_wants_color(app->out.fd, when);
	app->err.color = output_wants_color(app->err.fd, when);
}

/* A settings file with mistakes is told by the commands that live by it. */
static void load_color(struct app *app)
{
	CLEANUP(settings_free) struct settings *s = NULL;
	struct error ignored = { 0 };

	if (app->globals.color || settings_load(store_path(engine_store(app->engine)), &s, &ignored) < 0)
		return;
	app->color = color_choice(settings_get(s, "ui.color"));
	settle_color(app);
}

static int open_engine(struct app *app, bool create, struct engine **out, struct error *err)
{
	const struct engine_options options = {
		.store = app->globals.store, .clock = app->clock, .create = create,
		.gpu_root = app->gpu_root, .gpu_leases = app->gpu_leases,
	};

	if (!app->engine) {
		if (engine_open(&options, &app->engine, err) < 0)
			return -1;
		load_color(app);
	}
	*out = app->engine;
	return 0;
}

int app_engine(struct app *app, struct engine **out, struct error *err)
{
	return open_engine(app, false, out, err);
}

int app_engine_create(struct app *app, struct engine **out, struct error *err)
{
	return open_engine(app, true, out, err);
}

/* Options up to the first word, that word in list, and once more where it has commands of its own. */
static int select_command(struct app *app, int argc, char *const *argv, struct selection *s, struct error *err)
{
	const struct command *const *list = commands;

	s->path = mem_strdup("wb");
	if (parse_globals(app, true, argc, argv, &s->rest, err) < 0)
		return -1;
	while (list && s->rest.count) {
		CLEANUP(free) char *above = take_ptr(&s->path);
		struct arg_list rest = { 0 };
		const struct command *found = command_find(list, s->rest.items[0]);
		int failed = 0;

		s->path = mem_printf("%s %s", above, found ? found->name : "");
		if (!found)
			return command_unknown(list, above, s->rest.items[0], err);
		s->command = found;
		list = found->subcommands;
		if (list)
			failed = parse_globals(app, false, (int)s->rest.count - 1, (char *const *)s->rest.items + 1, &rest, err);
		else
			for (size_t i = 1; i < s->rest.count; i++)
				arg_list_push(&rest, s->rest.items[i]);
		arg_list_release(&s->rest);
		s->rest = rest;
		if (failed < 0)
			return -1;
	}
	return 0;
}

static int need_subcommand(const struct selection *s, struct error *err)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT(sizeof err->hint);

	for (const struct command *const *sub = s->command->subcommands; *sub; sub++)
		buf_printf(&names, "%s%s", names.len ? ", " : "", (*sub)->name);
	error_set(err, ERR_INVALID, "'%s' needs a command", s->path);
	return error_hint(err, "one of: %s", buf_text(&names));
}

/* "--store $FOLDER" with the variable unset must not reach another store. */
static int refuse_no_name(const char *option, const char *value, struct error *err)
{
	if (!value || *value)
		return 0;
	error_set(err, ERR_INVALID, "%s: the folder's name is empty", option);
	return error_hint(err, "name a folder, or leave %s out", option);
}

/* -C is the working directory from here on, so that every relative path means what the user meant. */
static int enter_dir(struct app *app, struct error *err)
{
	if (refuse_no_name("-C", app->globals.dir, err) < 0 || refuse_no_name("--store", app->globals.store, err) < 0)
		return -1;
	if (app->globals.dir && chdir(app->globals.dir) < 0)
		return error_sys(err, "-C %s", app->globals.dir);
	app->globals.dir = NULL;
	return 0;
}

/* What follows an adopted word: options, and after "--" words for the command that it stands for. */
static int parse_adopted(const char *path, const struct args_target *targets, size_t n_targets, struct arg_list *operands,
			 struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list more = { 0 };

	if (args_parse(targets, n_targets, false, (int)operands->count - 1, (char *const *)operands->items + 1, &more, err) < 0)
		return -1;
	if (more.count && !more.dashed) {
		error_set(err, ERR_INVALID, "'%s' is one word too many after '%s'", more.items[0], operands->items[0]);
		return error_hint(err, "words for its command stand behind '--': %s %s -- %s …", path, operands->items[0],
				  more.items[0]);
	}
	operands->count = 1;
	for (size_t i = 0; i < more.count; i++)
		arg_list_push(operands, more.items[i]);
	return 0;
}

/* "wb ls -C DIR": known, but only in front of the command. */
static bool belongs_in_front(const struct error *err, const struct option_spec **out)
{
	for (const struct option_spec *o = app_specs_before; o->name; o++) {
		CLEANUP(free) char *word = mem_printf("unknown option '--%s'", o->name);
		CLEANUP(free) char *letter = o->letter ? mem_printf("unknown option '-%c'", o->letter) : NULL;

		*out = o;
		if (str_eq(err->text, word) || str_eq(err->text, letter))
			return true;
	}
	return false;
}

static int refuse_options(const struct selection *s, struct error *err)
{
	const struct option_spec *front;

	if (belongs_in_front(err, &front))
		error_hint(err, "it stands before the command: wb --%s%s%s %s", front->name, front->operand ? " " : "",
			   front->operand ? front->operand : "", s->path + strlen("wb "));
	else if (!err->hint[0])
		error_hint(err, "'%s --help' lists its options", s->path);
	return error_wrap(err, "%s", s->path + strlen("wb "));
}

/* 1 when the first operand is adopted. */
static int parse_options(struct app *app, const struct selection *s, const struct args_target *targets, size_t n_targets,
			 struct arg_list *operands, struct error *err)
{
	const struct command *c = s->command;
	int adopted;

	if (args_parse(targets, n_targets, c->flags & COMMAND_STOPS_AT_OPERAND, (int)s->rest.count,
		       (char *const *)s->rest.items, operands, err) < 0)
		return refuse_options(s, err);
	if (!c->adopt || operands->dashed || !operands->count || app->globals.help)
		return 0;
	if (enter_dir(app, err) < 0)
		return -1;
	adopted = c->adopt(app, operands->items[0], err);
	if (adopted <= 0)
		return adopted;
	return parse_adopted(s->path, targets, n_targets, operands, err) < 0 ? refuse_options(s, err) : 1;
}

static int print_help(struct app *app, const struct selection *s)
{
	CLEANUP(jval_free) struct jval *v = app->globals.json ? help_to_jval(s->path, s->command) : NULL;

	if (v)
		output_json(&app->out, v);
	else
		help_print_command(&app->out, s->path, s->command);
	return STATUS_YES;
}

static int call_command(struct app *app, const struct selection *s, void *options, struct error *err)
{
	const struct command *c = s->command;
	CLEANUP(arg_list_release) struct arg_list operands = { 0 };
	CLEANUP(free) char *usage = help_usage(s->path, c);
	const struct args_target targets[] = { { c->options, options }, { app_specs_anywhere, &app->globals } };
	struct call call;
	int adopted = parse_options(app, s, targets, 2, &operands, err);

	if (adopted < 0)
		return -1;
	settle_color(app);
	if (app->globals.help)
		return print_help(app, s);
	if (command_check_operands(c, &operands, err) < 0) {
		error_hint(err, "usage: %s%s", usage,
			   c->usage_hint ? c->usage_hint : str_starts(err->text, "RUN ") ? "; @ is the newest run, 'wb ls' lists them" : "");
		return error_wrap(err, "%s", s->path + strlen("wb "));
	}
	if (enter_dir(app, err) < 0)
		return -1;
	call = (struct call){
		.command = c, .options = options, .operands = operands.items, .count = operands.count, .dashed = operands.dashed,
		.adopted = adopted,
	};
	return c->run(app, &call, err);
}

static int run_selection(struct app *app, const struct selection *s, struct error *err)
{
	const struct command *c = s->command;
	CLEANUP(free) void *options = NULL;
	struct args_target target;
	int status;

	settle_color(app);
	if (app->globals.version || (!c && app->globals.help)) {
		const struct call call = { .command = app->globals.version ? &cmd_version : &cmd_help };

		return call.command->run(app, &call, err);
	}
	/* Who sits at a terminal wants to see; who does not has forgotten something. */
	if (!c && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		const struct call call = { .command = &cmd_ui };

		return enter_dir(app, err) < 0 ? -1 : cmd_ui.run(app, &call, err);
	}
	if (!c) {
		error_set(err, ERR_INVALID, "no command given");
		return error_hint(err, "'wb help' lists the commands");
	}
	if (c->subcommands && !app->globals.help)
		return need_subcommand(s, err);
	if (c->subcommands)
		return print_help(app, s);
	options = mem_zalloc(c->options_size ? c->options_size : 1);
	target = (struct args_target){ c->options, options };
	status = call_command(app, s, options, err);
	args_release(&target);
	return status;
}

static int report(struct app *app, const struct selection *s, int status, struct error *err)
{
	const struct command *c = s->command;
	const int failed = c && c->error_status ? c->error_status : STATUS_ERROR;
	struct error flush = { 0 };

	settle_color(app);
	if (output_flush(&app->out, &flush) < 0 && status >= 0) {
		*err = flush;
		status = -1;
	}
	if (status < 0) {
		fail_advise(err, s->path, buf_text(&app->detail));
		fail_print(&app->err, err, buf_text(&app->detail));
		status = failed;
	}
	/* Nothing is left to tell it to when standard error fails. */
	if (output_flush(&app->err, &flush) < 0)
		status = status ? status : failed;
	return status;
}

int app_main_with_gpus(int argc, char *const *argv, const char *root, const char *leases)
{
	struct app app = { .clock = &clock_system, .detail = BUF_INIT(DETAIL_MAX), .gpu_root = root, .gpu_leases = leases };
	CLEANUP(selection_release) struct selection s = { 0 };
	struct error err = { 0 };
	int status;

	output_init(&app.out, STDOUT_FILENO, COLOR_AUTO);
	output_init(&app.err, STDERR_FILENO, COLOR_AUTO);
	status = select_command(&app, argc - 1, argv + 1, &s, &err);
	if (status == 0)
		status = run_selection(&app, &s, &err);
	status = report(&app, &s, status, &err);
	engine_close(app.engine);
	buf_release(&app.detail);
	output_release(&app.out);
	output_release(&app.err);
	return status;
}

int app_main(int argc, char *const *argv)
{
	return app_main_with_gpus(argc, argv, NULL, NULL);
}
