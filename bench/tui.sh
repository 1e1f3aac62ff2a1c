# The full screen, driven on a pseudo terminal: opening, moving, memory, and a chart of many points.
TMPDIR=${TMPDIR:-/dev/shm}
[ -w "$TMPDIR" ] || TMPDIR=/tmp
export TMPDIR
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
runs=${RUNS:-100000}
headline "full screen among $runs runs (budgets: open 100 ms, move 2 ms, 60 MiB)"
project 1
"$BUILD/bench/fill_runs" .wb "$runs"
# The hints are the last row: when they are there, the page is.
"$BUILD/bench/tui_pty" see help moves 300 memory key G see 'run-0 ' key g see "run-$((runs - 1))" \
	key "/metrics.accuracy > 0.99
" see 'accuracy > 0.99' memory -- wb
headline "a chart of 50 000 points, the last of them a spike (budget: 100 ms)"
mkdir "$WORK/long"
cd "$WORK/long"
wb init >/dev/null
"$BUILD/tests/support/tui_store" .wb long
# The greatest value is on the axis only once every point was read.
"$BUILD/bench/tui_pty" see help key 2 see '800┤' memory moves 100 -- wb
