#!/bin/sh
# A run that is under way: it appears, its log is followed, its metrics are drawn, it is tagged and stopped.
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/journey/tui.sh"

need_sandbox
project
cat >train.py <<'END'
import os, socket, sys, time
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["WB_EVENTS"])
step = 0
while True:
    print("epoch", step, flush=True)
    door.sendall(b"metric loss=%f step=%d\n" % (1 / (1 + step), step))
    step += 1
    time.sleep(0.05)
END
open_terminal 100 24
line 'wb ui'
see 'no runs yet'

expect 0 wb run -d --json -n long-one -p lr=0.1 -- "$PYTHON" train.py
id=$(json run_id)

# It comes in by itself.
see 'long-one'
see 'RUNNING'
key Enter
see '[Overview]'
see 'running for'

# The log goes on growing while it is looked at.
type '3'
see 'following'
see_like 'epoch [0-9]+'
first=$(screen | sed -n 's/^epoch \([0-9]*\).*/\1/p' | tail -1)
later() { [ "$(screen | sed -n 's/^epoch \([0-9]*\).*/\1/p' | tail -1)" -gt "$first" ]; }
wait_for $PATIENCE later || complain "the log does not grow"

# So does the chart.
type '2'
see 'loss'
see_like '━━ loss'

# Deleting a run that is running makes no sense; stopping it asks first.
type 'd'
see 'still running'
type 't'
line 'stage=halted'
see 'tagged stage=halted'
type 'x'
see 'stop long-one'
type 'n'
see 'nothing was done'
type 'x'
see 'stop long-one'
type 'y'
see 'stopped'
see 'KILLED'
type 'x'
see 'the run has ended'

# The same again, from the page.
type 'r'
see 'repeat'
type 'y'
see_like 'run [0-9a-f]{12} started'
type '1'
see 'of 2'
see 'RUNNING'
type 'g'
type 'X'
see 'kill at once'
type 'y'
see 'stopped'
see_no 'RUNNING'
type 'Q'
see 'shell>'

expect 0 wb show --json "$id"
same "the state" "KILLED(user)" "$(json status)"
same "the tag" halted "$(json tags.stage)"
