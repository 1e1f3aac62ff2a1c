/*
 * What the terminal remembers between uses, a store at a time: columns and
 * order of the table of runs. Kept in $XDG_CONFIG_HOME/wb/ui.json; a store of a
 * team is shared, the taste of its members is not.
 */
#ifndef WB_TUI_PREFS_H
#define WB_TUI_PREFS_H

#include <stdbool.h>

#include "base/error.h"
#include "engine/spec.h"

struct prefs {
	char *path;           /* NULL: nothing is kept */
	char *store;
	struct words columns; /* none: chosen by what the runs have */
	char *order;
	bool changed;
};

/* path NULL: the user's own place. A file that is missing is no error; one that cannot be read says why. */
int prefs_load(struct prefs *p, const char *path, const char *store, struct error *err) WB_MUST_CHECK;

/* Writes if something changed; what other stores have in the file stays. */
int prefs_save(struct prefs *p, struct error *err) WB_MUST_CHECK;
void prefs_release(struct prefs *p);

void prefs_set_order(struct prefs *p, const char *order);

#endif
