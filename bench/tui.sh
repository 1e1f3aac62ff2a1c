# The full screen, driven on a pseudo terminal: opening, moving, memory, and a chart of many points.
TMPDIR=${TMPDIR:-/dev/shm}
[ -w "$TMPDIR" ] || TMPDIR=/tmp
export TMPDIR
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
runs=${RUNS:-100000}
headline "full screen: wb among $runs runs (budget: 100 ms)"
project 1
"$BUILD/bench/fill_runs" .wb "$runs"
# The hints are the last row: when they are there, the page is. What is measured once is measured five times.
for i in 1 2 3 4 5; do
	"$BUILD/bench/tui_pty" label "wb: start to a painted page" see help -- wb
done
"$BUILD/bench/tui_pty" label "wb: start to a painted page" see help label "wb: cursor move (budget 2 ms)" moves 300 \
	label "wb: to the last run" key G see 'run-0 ' label "wb: to the first" key g see "run-$((runs - 1))" \
	label "wb: filter among all" key "/metrics.accuracy > 0.99
" see 'accuracy > 0.99' label "wb: memory (budget 60 MiB)" memory -- wb
headline "chart: 50 000 points, complete (budget: 100 ms)"
mkdir "$WORK/long"
cd "$WORK/long"
wb init >/dev/null
"$BUILD/tests/support/tui_store" .wb long
wb ls >/dev/null
# Their number is written beside the chart, in the same update, once every point is in it. A vt100 gets it letter by
# letter: it cannot insert or repeat.
TERM=vt100
for i in 1 2 3; do
	"$BUILD/bench/tui_pty" label "wb: start" see help label "wb: key to the complete chart" key 2 see points -- wb
done
"$BUILD/bench/tui_pty" label "wb: start" see help label "wb: key to the complete chart" key 2 see points \
	label "wb: memory" memory -- wb
