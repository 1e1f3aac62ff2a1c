#!/bin/sh
# docs/tour.md is true: its commands work, and print what stands there but for ids, numbers and times.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
sh "$SRC/docs/tour.sh" >"$WORK/real" || skip "no python3 with numpy and h5py"
general <"$WORK/real" >"$WORK/real.general"
general <"$SRC/docs/tour.md" >"$WORK/printed.general"
diff "$WORK/printed.general" "$WORK/real.general" || fail "docs/tour.md shows something else: make tour"
