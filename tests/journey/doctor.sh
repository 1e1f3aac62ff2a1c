#!/bin/sh
# What wb doctor tries, and what its exit status means.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
expect 0 wb doctor
out_has "read a file of yours"
expect 0 wb doctor --json
"$PYTHON" - "$WORK/out" <<'PY' || fail "the self-test is not what it should be"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["ok"] and d["v"] == 1 and d["tier"] in (1, 2), d
assert len(d["tests"]) >= 20, len(d["tests"])
assert all(t["ok"] and t["detail"] for t in d["tests"]), d["tests"]
assert sum(t["skipped"] for t in d["tests"]) <= 4, d["tests"]
PY
expect 0 wb doctor --quick --json
out_has '"tests":[]'
# Nothing is left of it.
for left in /tmp/wb-self-test-*; do
	[ ! -O "$left" ] || fail "a folder was left: $left"
done
exit 0
