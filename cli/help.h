/* Help texts, made from the tables of commands and options. */
#ifndef WB_CLI_HELP_H
#define WB_CLI_HELP_H

#include "cli/command.h"
#include "cli/output.h"

/* `wb help`: every command with its summary, by group. */
void help_print_all(struct output *out);

/* `wb help COMMAND`; path is "wb policy check". */
void help_print_command(struct output *out, const char *path, const struct command *c);

/* "wb tag [options] RUN K=V…": heap text. */
char *help_usage(const char *path, const struct command *c);

/* The same facts as data, for --json. The caller owns it. */
struct jval *help_to_jval(const char *path, const struct command *c);

#endif
