/*
 * Ignore rules in git's syntax (gitignore(5)), matched without git: a scan asks
 * for every entry of the project on every run.
 *
 * Patterns come from whoever wrote the project, so matching takes time
 * proportional to pattern length times path length, whatever the pattern.
 */
#ifndef WB_STORE_IGNORE_H
#define WB_STORE_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct ignore_rules;

enum ignore_verdict {
	IGNORE_NONE, /* no pattern speaks of it */
	IGNORE_OUT,
	IGNORE_IN,   /* a later "!pattern" brings it back */
};

/* The rules of one file. NULL when it holds none. */
struct ignore_rules *ignore_parse(const char *text, size_t n);
void ignore_free(struct ignore_rules *r);
DEFINE_CLEANUP(ignore_free, struct ignore_rules *);

/* path: relative to the folder that the rules belong to. The last pattern that matches decides. r may be NULL. */
enum ignore_verdict ignore_match(const struct ignore_rules *r, const char *path, bool is_dir);

#endif
