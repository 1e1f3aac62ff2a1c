#!/bin/sh
# Open, filter, open a run, look at its tabs, help, quit: over runs that ended long ago.
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/journey/tui.sh"

project
"$BUILD/tests/support/tui_store" .wb many
open_terminal 80 24

# `wb` without a command, on a terminal.
line 'stty -g >before; wb; status=$?; stty -g >after; echo "status $status"'
see 'runs  1 of 250'
see 'run-250'

# What is wrong with a filter is told while it is typed; Enter takes a good one.
type '/metrics.loss <'
see 'expected a value, found the end'
line ' 0.06'
see 'filter: metrics.loss < 0.06'
see 'of 14'
see_no 'run-250'

# Open the second, go through its tabs, come back.
key j Enter
see '[Overview]'
see 'run-220'
see 'Metrics'
type ']'
see '[Charts]'
see 'linear'
type 's'
see 'smooth 0.6'
type '3'
see 'the run has no log'
type '4'
see 'left no files'
key Escape
see '[Overview]'
key Escape
see 'runs  2 of 14'

# Help is searched, and does nothing that is typed into it.
type '?'
see 'each also by name'
line '/bring'
line '/brought'
see 'delete the run'
type 'q'
see 'runs  2 of 14'
type ':hel'
key Tab Enter
see 'each also by name'
key Escape

# A tag is set and seen by the command line; a delete is asked about, and undone.
line ':tag stage=kept'
see 'tagged stage=kept'
expect 0 wb show --json run-220
same "the tag" kept "$(json tags.stage)"
type 'd'
see 'delete run-220'
see ' of outputs?'
type 'y'
see 'of 13'
type 'u'
see 'undo the last delete'
type 'y'
see 'brought back'
see 'of 14'

# A smaller and a larger window.
mux resize-window -x 60 -y 20
see 'of 14'
mux resize-window -x 39 -y 9
see 'wb needs 40x10'
mux resize-window -x 120 -y 30
see 'of 14'

# Leaving gives the terminal back as it was.
key Escape
see 'of 250'
type 'q'
see 'status 0'
see_no 'EXPERIMENT'
cmp "$WORK/p/before" "$WORK/p/after" || fail "the terminal's settings changed"
