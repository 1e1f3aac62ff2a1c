/* Runs for the tests of the full screen. */
#ifndef WB_TESTS_SUPPORT_TUI_FIXTURE_H
#define WB_TESTS_SUPPORT_TUI_FIXTURE_H

#include <stdbool.h>

/*
 * Writes them into an existing, empty store. Kinds: one, many, rich, long, wide, hostile;
 * false for any other. A failure ends the process.
 */
bool tui_fixture_fill(int store, const char *kind);

#endif
