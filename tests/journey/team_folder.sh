#!/bin/sh
# A project in a team's folder: what is made there has a group that no map of the run knows, and the kernel refuses
# to copy such a file up into an overlay (EOVERFLOW). Changing, moving and removing the project's files works all the same.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
mine=$(id -g)
if [ "$(id -u)" = 0 ]; then
	team=100
	[ "$mine" != 100 ] || team=101
else
	team=$(id -G | tr ' ' '\n' | grep -vx "$mine" | head -1)
	[ -n "$team" ] || skip "this user is in one group only"
fi
mkdir -p "$WORK/p" && chgrp "$team" "$WORK/p" && chmod 2775 "$WORK/p"
[ "$(stat -c %g "$WORK/p")" = "$team" ] || skip "groups cannot be given here"
project
same "the store's group, mode" "$mine 700" "$(stat -c '%g %a' .wb)"
mkdir sub old
echo one >tracked
echo two >sub/second
echo three >gone
echo four >old/file
same "the group of a file made there" "$team" "$(stat -c %g tracked)"
cat >change.sh <<'END'
set -e
echo more >>tracked
echo more >>sub/second
chmod 600 sub/second
rm gone
mv old new
[ "$(cat tracked)" = "one
more" ]
echo changed
END
wb run --tier 1 -- true >/dev/null 2>&1 </dev/null && ways="auto overlay copy" || ways="auto copy"
for way in $ways; do
	expect 0 wb run --json --workdir $way -- sh change.sh
	same "what it changed" '["new/file", "sub/second", "tracked"]' "$("$PYTHON" -c '
import json, sys
print(json.dumps([a["path"] for a in json.load(open(sys.argv[1]))["artifacts"]]))' "$WORK/out")"
done
same "the project's own file" one "$(cat tracked)"
same "its group" "$team" "$(stat -c %g tracked)"
