/* Rendering help. */
#include "config.h"

#include "cli/help.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/app.h"

enum { INDENT = 2, GAP = 2, LEFT_MAX = 30 };

static const char *const group_titles[GROUP_COUNT_] = {
	[GROUP_RUN] = "Run",
	[GROUP_LOOK] = "Look",
	[GROUP_KEEP] = "Keep",
	[GROUP_GOVERN] = "Govern",
	[GROUP_OPERATE] = "Operate",
};

static size_t columns_of(const char *s)
{
	return text_width(s, strlen(s));
}

/* "  left        right"; a left part that is too long gets its own line. */
static void print_pair(struct output *out, const char *left, size_t width, const char *right)
{
	size_t taken = columns_of(left);

	output_printf(out, "%*s", INDENT, "");
	output_styled(out, STYLE_NAME, left);
	if (taken > width) {
		output_printf(out, "\n%*s", INDENT, "");
		taken = 0;
	}
	output_printf(out, "%*s%s\n", (int)(width - taken + GAP), "", right);
}

static char *option_left(const struct option_spec *s)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	if (s->letter)
		buf_printf(&b, "-%c, ", s->letter);
	else
		buf_puts(&b, "    ");
	buf_printf(&b, "--%s", s->name);
	if (s->operand)
		buf_printf(&b, " %s", s->operand);
	return buf_take(&b);
}

static void print_options(struct output *out, const struct option_spec *specs)
{
	size_t width = 0;

	for (const struct option_spec *s = specs; s->name; s++) {
		CLEANUP(free) char *left = option_left(s);
		size_t taken = columns_of(left);

		if (s->help && taken > width && taken <= LEFT_MAX)
			width = taken;
	}
	for (const struct option_spec *s = specs; s->name; s++) {
		CLEANUP(free) char *left = option_left(s);

		if (s->help)
			print_pair(out, left, width, s->help);
	}
}

static void print_title(struct output *out, const char *title)
{
	output_puts(out, "\n");
	output_styled(out, STYLE_STRONG, title);
	output_puts(out, "\n");
}

static void print_group(struct output *out, int group)
{
	bool any = false;

	for (const struct command *const *c = commands; *c; c++) {
		if ((int)(*c)->group != group)
			continue;
		if (!any)
			print_title(out, group_titles[group]);
		any = true;
		print_pair(out, (*c)->name, 10, (*c)->summary);
	}
}

void help_print_all(struct output *out)
{
	output_puts(out, "wb runs machine-learning experiments in a sandbox, from frozen code, under a policy,\n"
			 "and keeps a record that can be searched, compared and repeated.\n");
	print_title(out, "Usage");
	output_puts(out, "  wb [-C DIR] [--store DIR] [--json] [--color WHEN] [-q|-v] COMMAND …\n");
	for (int group = 0; group < GROUP_COUNT_; group++)
		print_group(out, group);
	print_title(out, "Options before the command");
	print_options(out, app_specs_before);
	print_title(out, "Options before or after it");
	print_options(out, app_specs_anywhere);
	output_puts(out, "\nRUN is the beginning of a run's id (4 characters or more), its name, @ for the\n"
			 "newest run, or @~N for the N-th before it. 'wb help COMMAND' says more.\n");
}

char *help_usage(const char *path, const struct command *c)
{
	if (c->subcommands)
		return mem_printf("%s COMMAND …", path);
	return mem_printf("%s%s%s%s%s", path, c->options ? " [options]" : "",
			  c->flags & COMMAND_STOPS_AT_OPERAND ? " [--]" : "", c->operands && *c->operands ? " " : "",
			  c->operands ? c->operands : "");
}

static size_t names_width(const struct command *const *list)
{
	size_t width = 10;

	for (; *list; list++)
		if (columns_of((*list)->name) > width)
			width = columns_of((*list)->name);
	return width;
}

void help_print_command(struct output *out, const char *path, const struct command *c)
{
	CLEANUP(free) char *usage = help_usage(path, c);

	output_styled(out, STYLE_STRONG, path);
	output_printf(out, ": %s\n", c->summary);
	print_title(out, "Usage");
	output_printf(out, "  %s\n", usage);
	if (c->about)
		output_printf(out, "\n%s\n", c->about);
	if (c->subcommands) {
		print_title(out, "Commands");
		for (const struct command *const *sub = c->subcommands; *sub; sub++)
			print_pair(out, (*sub)->name, names_width(c->subcommands), (*sub)->summary);
	}
	if (c->options) {
		print_title(out, "Options");
		print_options(out, c->options);
	}
	if (c->examples[0].line)
		print_title(out, "Examples");
	for (size_t i = 0; i < sizeof c->examples / sizeof c->examples[0] && c->examples[i].line; i++) {
		output_printf(out, "  %s\n", c->examples[i].line);
		output_style(out, STYLE_FAINT);
		output_printf(out, "      %s", c->examples[i].what);
		output_style(out, STYLE_PLAIN);
		output_puts(out, "\n");
	}
	output_puts(out, "\n--json, --store DIR, --color WHEN, -q, -v and -h work here too: see 'wb help'.\n");
}

static struct jval *options_to_jval(const struct option_spec *specs)
{
	struct jval *list = jval_array();

	for (const struct option_spec *s = specs; s && s->name; s++) {
		const char letter[] = { s->letter, '\0' };
		struct jval *o;

		if (!s->help)
			continue;
		o = jval_push(list, jval_object());
		jval_set_text(o, "name", s->name);
		jval_set_text(o, "letter", s->letter ? letter : NULL);
		jval_set_text(o, "operand", s->operand);
		jval_set_text(o, "help", s->help);
	}
	return list;
}

static struct jval *entry_to_jval(const struct command *c)
{
	struct jval *o = jval_object();

	jval_set_text(o, "name", c->name);
	jval_set_text(o, "group", group_titles[c->group]);
	jval_set_text(o, "summary", c->summary);
	return o;
}

struct jval *help_to_jval(const char *path, const struct command *c)
{
	CLEANUP(free) char *usage = c ? help_usage(path, c) : NULL;
	const struct command *const *list = c ? c->subcommands : commands;
	struct jval *v = jval_object();
	struct jval *entries;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "command", path);
	if (c) {
		jval_set_text(v, "summary", c->summary);
		jval_set_text(v, "usage", usage);
		jval_set(v, "options", options_to_jval(c->options));
	} else {
		jval_set(v, "options", options_to_jval(app_specs_anywhere));
	}
	entries = jval_set(v, "commands", jval_array());
	for (; list && *list; list++)
		jval_push(entries, entry_to_jval(*list));
	return v;
}
