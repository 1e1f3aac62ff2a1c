#!/bin/sh
# kill -9 of the supervisor, of `wb run`, of both, of the supervisor's helper and of readers, at random moments of
# runs that log 10 000 metrics, until WB_KILLS of the moments met a living supervisor: the store stays whole, every
# acknowledged metric is there. WB_SEED repeats a sweep's moments.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
"$PYTHON" "$SRC/tests/journey/killed.py" "${WB_KILLS:-50}"
