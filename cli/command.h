/*
 * What a command is: one const table entry, from which come parsing, usage,
 * help and the nearest name to a mistyped one. A new command is one file
 * cmd_NAME.c and one line in commands.c.
 */
#ifndef WB_CLI_COMMAND_H
#define WB_CLI_COMMAND_H

#include <stddef.h>

#include "base/error.h"
#include "cli/args.h"

struct app;
struct command;

enum command_group { GROUP_RUN, GROUP_LOOK, GROUP_KEEP, GROUP_GOVERN, GROUP_OPERATE, GROUP_COUNT_ };

enum command_flag {
	COMMAND_STOPS_AT_OPERAND = 1, /* what follows the first operand belongs to somebody else */
};

enum {
	STATUS_YES = 0,   /* done, or the answer is yes */
	STATUS_NO = 1,    /* the answer is no, or a check failed */
	STATUS_ERROR = 2, /* usage, or it could not be done */
};

/* One use of a command. */
struct call {
	const struct command *command;
	const void *options;           /* the command's own struct, filled */
	const char *const *operands;
	size_t count;
	bool dashed;                   /* "--" stood before the first operand */
	bool adopted;                  /* the first operand is a word of wb's own: see struct command */
};

struct command_example {
	const char *line;
	const char *what;
};

struct command {
	const char *name;
	const char *summary;             /* one line in `wb help` */
	enum command_group group;
	unsigned flags;                  /* enum command_flag */
	int error_status;                /* exit status of an error; 0 means STATUS_ERROR */
	/*
	 * "RUN [PATH]", "COMMAND [ARG]…": usage text and arity in one. A word that
	 * begins with '[' may be left out, one with "…" may be repeated.
	 */
	const char *operands;
	const char *usage_hint;          /* NULL, or what follows the usage where the operands are wrong: "; ..." */
	const char *about;               /* what one should know, whole lines of at most 78 columns */
	struct command_example examples[6];
	const struct option_spec *options;
	size_t options_size;             /* of the struct that options fill */
	const struct command *const *subcommands; /* ends with NULL; then run is NULL */
	/*
	 * With COMMAND_STOPS_AT_OPERAND, may be NULL: 1 when the first operand, without "--" before it, is a word of wb's
	 * own after all. Options may then follow it, and other words only after a "--".
	 */
	int (*adopt)(struct app *app, const char *word, struct error *err);
	/* Returns the exit status, or -1 with err set. */
	int (*run)(struct app *app, const struct call *call, struct error *err);
};

/* Every command, in the order of `wb help`; ends with NULL. */
extern const struct command *const commands[];

/* The command called name in list, or NULL. */
const struct command *command_find(const struct command *const *list, const char *name);

/* ERR_INVALID: no such command, with the nearest name or the list as hint. under is "wb" or "wb policy". */
int command_unknown(const struct command *const *list, const char *under, const char *name,
		    struct error *err) WB_MUST_CHECK;

/* How many operands the command takes. *max is SIZE_MAX when there is no end. */
void command_arity(const struct command *c, size_t *min, size_t *max);

/* Checks the number of operands; the error names the missing or the superfluous one. */
int command_check_operands(const struct command *c, const struct arg_list *operands, struct error *err) WB_MUST_CHECK;

#endif
