#!/bin/sh
# Detach, follow, interrupt the viewer, attach again, end.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
cat >slow.sh <<'END'
echo started
while [ ! -e stop-now ] && [ "$(cut -d. -f1 /proc/uptime)" -lt "$1" ]; do sleep 0.05; done
echo ended
END
deadline=$(($(cut -d. -f1 /proc/uptime) + 60))
expect 0 wb run -d --json -- sh slow.sh $deadline
run=$(json run_id)
expect 0 wb show --json "$run"
same "status" RUNNING "$(json status)"
wb logs -f "$run" >"$WORK/followed" 2>&1 &
viewer=$!
wait_for 20 grep -q started "$WORK/followed" || fail "logs -f shows nothing"
kill -INT $viewer
wait $viewer
expect 0 wb show --json "$run"
same "status after the viewer left" RUNNING "$(json status)"
expect 0 wb stop "$run"
expect 0 wb show --json "$run"
same "status" "KILLED(user)" "$(json status)"
# Stopping what has ended is no error, but not a yes either.
expect 1 wb stop "$run"
err_has "ended already"

# A supervisor that is held still is let go on, so that it can end its run.
expect 0 wb run -d --json -- sleep 60
run=$(json run_id)
held=0
for process in /proc/[0-9]*; do
	[ "$(cat "$process/comm" 2>/dev/null)" = wb-supervisor ] || continue
	[ "$(readlink "$process/cwd" 2>/dev/null)" = "$PWD" ] || continue
	kill -STOP "${process#/proc/}" && held=$((held + 1))
done
[ $held -gt 0 ] || fail "no supervisor was found"
expect 0 timeout 60 wb stop "$run"
expect 0 wb show --json "$run"
same "status" "KILLED(user)" "$(json status)"
