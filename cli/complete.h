/* What may come next on a command line, from the tables of commands and options. */
#ifndef WB_CLI_COMPLETE_H
#define WB_CLI_COMPLETE_H

#include <stddef.h>

struct app;

/*
 * words[0..n) follow "wb"; the last is the one being typed, maybe empty. Prints
 * a candidate a line, with a tab and what it means where there is more to say;
 * ":files", ":folders" or ":programs" stands for what the shell itself knows.
 * What cannot be found out (no store, a file with mistakes) adds nothing.
 */
void complete_print(struct app *app, const char *const *words, size_t n);

#endif
