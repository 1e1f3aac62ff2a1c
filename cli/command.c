/* Finding commands and holding them to their usage. */
#include "config.h"

#include "cli/command.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const struct command *command_find(const struct command *const *list, const char *name)
{
	for (; *list; list++)
		if (str_eq((*list)->name, name))
			return *list;
	return NULL;
}

/* What other tools call it. */
static const char *by_other_name(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {
		{ "list", "ls" }, { "status", "ls" }, { "history", "ls" }, { "search", "ls" }, { "ps", "ls" }, { "runs", "ls" },
		{ "delete", "rm" }, { "remove", "rm" }, { "restore", "rm --restore" }, { "undelete", "rm --restore" }, { "prune", "gc" },
		{ "kill", "stop" }, { "cancel", "stop" }, { "compare", "diff" }, { "describe", "show" }, { "info", "show" },
		{ "get", "artifacts get" }, { "download", "artifacts get" }, { "cat", "artifacts cat" }, { "exec", "run" },
		{ "repeat", "rerun" }, { "reproduce", "rerun" }, { "tui", "ui" }, { "check", "verify" }, { "fsck", "verify" },
		{ "start", "run" }, { "train", "run" }, { "replay", "rerun" }, { "repro", "rerun" }, { "view", "show" }, { "inspect", "show" },
		{ "params", "show" }, { "lineage", "show" }, { "new", "init" }, { "create", "init" }, { "clean", "gc" }, { "cleanup", "gc" },
		{ "tail", "logs -f" }, { "watch", "logs -f" }, { "jobs", "ls" }, { "experiments", "ls" }, { "top", "ui" }, { "browse", "ui" },
		{ "chart", "plot" }, { "graph", "plot" }, { "fetch", "artifacts get" }, { "settings", "config" }, { "env", "doctor" },
		{ "why", "explain" }, { "abort", "stop" }, { "bash", "shell" }, { "sh", "shell" }, { "comment", "note" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(names[i].theirs, name))
			return names[i].ours;
	return NULL;
}

int command_unknown(const struct command *const *list, const char *under, const char *name, struct error *err)
{
	CLEANUP(arg_list_release) struct arg_list names = { 0 };
	const char *nearest;

	for (; *list; list++)
		arg_list_push(&names, (*list)->name);
	nearest = str_nearest(name, names.items, names.count);
	error_set(err, ERR_INVALID, "unknown command '%s'", name);
	if (str_eq(under, "wb") && by_other_name(name))
		nearest = by_other_name(name);
	if (nearest)
		return error_hint(err, "did you mean '%s %s'?", under, nearest);
	return error_hint(err, str_eq(under, "wb") ? "'%s help' lists the commands" : "'%s --help' lists the commands", under);
}

/* The next blank-separated word of an operands text; returns its length, 0 at the end. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " ");
	return strcspn(*at, " ");
}

static bool is_repeated(const char *word, size_t n)
{
	static const char ellipsis[] = "…";

	return n >= sizeof ellipsis - 1 && memmem(word, n, ellipsis, sizeof ellipsis - 1);
}

void command_arity(const struct command *c, size_t *min, size_t *max)
{
	const char *at = c->operands ? c->operands : "";

	*min = *max = 0;
	for (size_t n; (n = next_word(&at)); at += n) {
		if (*at != '[')
			(*min)++;
		if (*max != SIZE_MAX)
			(*max)++;
		if (is_repeated(at, n))
			*max = SIZE_MAX;
	}
}

/* The name of required operand number index (from 0), which the command has. */
static char *operand_name(const struct command *c, size_t index)
{
	const char *at = c->operands;
	size_t n = next_word(&at);

	for (; index || *at == '['; n = next_word(&at)) {
		index -= *at != '[';
		at += n;
	}
	/* "PATH…" is asked for as PATH. */
	return mem_strndup(at, strcspn(at, " ]") < n ? strcspn(at, " ]") : n - (is_repeated(at, n) ? strlen("…") : 0));
}

int command_check_operands(const struct command *c, const struct arg_list *operands, struct error *err)
{
	size_t min, max;

	command_arity(c, &min, &max);
	if (operands->count < min) {
		CLEANUP(free) char *name = operand_name(c, operands->count);

		return error_set(err, ERR_INVALID, "%s is missing", name);
	}
	if (operands->count > max)
		return error_set(err, ERR_INVALID, "'%s' is one word too many", operands->items[max]);
	return 0;
}
