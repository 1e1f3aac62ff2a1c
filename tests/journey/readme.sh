#!/bin/sh
# The screen of README.md is what the programs print: words and shape are compared, not ids, numbers and times.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox

sh "$SRC/docs/screen.sh" >"$WORK/real" || skip "no python3 with numpy and h5py"
general <"$WORK/real" >"$WORK/real.general"
awk '/^```console$/ { on = 1; next } /^```$/ { on = 0 } on' "$SRC/README.md" | general >"$WORK/printed.general"
[ -s "$WORK/printed.general" ] || fail "README.md has no screen"
diff "$WORK/printed.general" "$WORK/real.general" || fail "README.md shows something else: make screen"
