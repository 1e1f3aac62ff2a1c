#!/bin/sh
# Limits over the whole process tree, and stopping what does not want to stop.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with os) || skip "no python3"
project

expect 124 wb run --time 1s --json -- sleep 60
same "status" "LIMIT(time)" "$(json status)"

cat >eat.py <<'END'
held = []
while True:
    held.append(bytearray(16 << 20))
    for i in range(0, 16 << 20, 4096):
        held[-1][i] = 1
    if len(held) > 128:
        break
END
expect 121 wb run --memory 256M --json -- "$python" eat.py
same "status" "LIMIT(memory)" "$(json status)"

# Two hundred processes that ignore SIGTERM, each known by its arguments.
mark=wb-mark-$$
cat >forks.py <<'END'
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for i in range(200):
    if os.fork() == 0:
        break
else:
    print("all started", flush=True)
while True:
    time.sleep(1)
END
expect 0 wb run -d --json -- "$python" forks.py "$mark"
same "status" RUNNING "$(json status)"
run=$(json run_id)
all_started() { wb logs "$run" 2>/dev/null | grep -q "all started"; }
wait_for 30 all_started || fail "the processes did not start"
expect 0 wb stop "$run"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >"$WORK/arguments"
left=$(grep -cx "$mark" "$WORK/arguments")
same "processes left" 0 "$left"
expect 0 wb show --json "$run"
same "status" "KILLED(user)" "$(json status)"
