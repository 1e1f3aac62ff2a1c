/* The list of commands: one line each. */
#include "config.h"

#include "cli/commands.h"

const struct command *const commands[] = {
	&cmd_help,
	&cmd_version,
	NULL,
};
