/* wb tag */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/table.h"
#include "tracker/tracker.h"

struct tag_options {
	struct arg_list drop;
};

static const struct option_spec tag_specs[] = {
	OPTION_LIST('d', "delete", struct tag_options, drop, "KEY", "remove this tag; may be repeated"),
	OPTION_END,
};

static void print_tags(struct app *app, const struct run *r)
{
	const struct table_column columns[] = { { "TAG", false, 12 }, { "VALUE", false, 16 } };
	CLEANUP(table_free) struct table *t = table_new(columns, 2);

	for (size_t i = 0; i < r->tag_count; i++) {
		table_cell(t, r->tags[i].key);
		table_cell(t, r->tags[i].value);
	}
	if (r->tag_count)
		table_print(t, &app->out);
}

static void print_json(struct app *app, const struct run *r)
{
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *tags;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", r->id);
	tags = jval_set(v, "tags", jval_object());
	for (size_t i = 0; i < r->tag_count; i++)
		jval_set_text(tags, r->tags[i].key, r->tags[i].value);
	output_json(&app->out, v);
}

static int edit_tags(struct app *app, const struct call *call, const struct arg_pairs *pairs, struct error *err)
{
	const struct tag_options *o = call->options;
	struct tracker *t;
	char id[33];

	if (pick_tracker(app, &t, err) < 0 || tracker_resolve(t, call->operands[0], id, err) < 0)
		return -1;
	for (size_t i = 0; i < o->drop.count; i++) {
		int removed = tracker_remove_tag(t, id, o->drop.items[i], err);

		if (removed < 0)
			return -1;
		if (!removed) {
			error_set(err, ERR_NOT_FOUND, "the run has no tag '%s'", o->drop.items[i]);
			return error_hint(err, "'wb tag %.12s' lists its tags", id);
		}
	}
	for (size_t i = 0; i < pairs->count; i++)
		if (tracker_set_tag(t, id, pairs->items[i].key, pairs->items[i].value, err) < 0)
			return -1;
	return 0;
}

static int tag_run(struct app *app, const struct call *call, struct error *err)
{
	const struct tag_options *o = call->options;
	CLEANUP(arg_pairs_release) struct arg_pairs pairs = { 0 };
	CLEANUP(run_release) struct run r;

	run_init(&r);
	for (size_t i = 1; i < call->count; i++)
		if (arg_pairs_push(&pairs, call->operands[i], "tag", err) < 0)
			return -1;
	if ((pairs.count || o->drop.count) && edit_tags(app, call, &pairs, err) < 0)
		return -1;
	/* Editing says nothing unless asked, as is the custom. */
	if ((pairs.count || o->drop.count) && !app->globals.json)
		return STATUS_YES;
	if (pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	if (app->globals.json)
		print_json(app, &r);
	else
		print_tags(app, &r);
	return STATUS_YES;
}

const struct command cmd_tag = {
	.name = "tag",
	.summary = "set, remove or list the tags of a run",
	.group = GROUP_KEEP,
	.operands = "RUN [KEY=VALUE]…",
	.examples = {
		{ "wb tag @ kind=baseline owner=ana", "set two tags" },
		{ "wb tag @ -d owner", "remove one" },
		{ "wb tag @", "list them" },
	},
	.options = tag_specs,
	.options_size = sizeof(struct tag_options),
	.run = tag_run,
};
