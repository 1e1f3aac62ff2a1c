/* The program behind a terminal: loop, terminal, app and workers joined. */
#ifndef WB_TUI_SESSION_H
#define WB_TUI_SESSION_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Opens the store and shows it until the user leaves. Returns 0, or the number
 * of the signal that ended it (the terminal is restored by then), or -1.
 */
int session_run(const char *store, bool color, struct error *err) WB_MUST_CHECK;

#endif
