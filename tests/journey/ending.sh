#!/bin/sh
# Ending what does not want to end: asked first, killed after its grace time, and nothing of it is left.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with os) || skip "no python3"
project
mark=wb-mark-$$

# Threads that bear the mark among their arguments: a process whose first thread has ended shows none itself.
left()
{
	cat /proc/[0-9]*/task/*/cmdline 2>/dev/null | tr '\0' '\n' >"$WORK/arguments"
	grep -cx "$mark" "$WORK/arguments"
}
none_left() { [ "$(left)" = 0 ]; }
logged() { wb logs "$run" 2>/dev/null | grep -q "$1"; }

# Two hundred processes that ignore SIGTERM, in sessions of their own, half of them stopped; the first thread of one ends.
cat >stubborn.py <<'END'
import ctypes, os, signal, sys, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for i in range(200):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        if i % 2:
            os.kill(os.getpid(), signal.SIGSTOP)
        if i == 0:
            threading.Thread(target=time.sleep, args=(600,)).start()
            ctypes.CDLL(None).pthread_exit(None)
        break
else:
    print("all started", flush=True)
while True:
    time.sleep(1)
END
# Asks for a moment, and says what it did with it.
cat >saves.py <<'END'
import signal, sys, time
def save(*_):
    time.sleep(0.3)
    print("saved", flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
while True:
    time.sleep(1)
END

for tier in 1 2; do
	wb run --tier $tier -- true 2>"$WORK/err" || { echo "# no tier $tier here: $(head -1 "$WORK/err")"; continue; }
	expect 0 wb run --tier $tier -d --json --grace 200ms -- "$python" stubborn.py "$mark"
	run=$(json run_id)
	wait_for 60 logged "all started" || fail "the processes did not start"
	expect 0 wb stop "$run"
	same "processes left" 0 "$(left)"
	expect 0 wb show --json "$run"
	same "status" "KILLED(user)" "$(json status)"

	# The same at its time limit.
	expect 124 wb run --tier $tier --time 1s --grace 200ms --json -- "$python" stubborn.py "$mark"
	same "processes left" 0 "$(left)"

	# Who wants to end well is given the time for it, also when it was stopped before.
	expect 0 wb run --tier $tier -d --json -- "$python" saves.py "$mark"
	run=$(json run_id)
	wait_for 60 logged ready || fail "it did not start"
	expect 0 wb stop "$run"
	expect 0 wb logs "$run"
	out_has saved
	expect 0 wb run --tier $tier -d --json --grace 60s -- "$python" saves.py "$mark"
	run=$(json run_id)
	wait_for 60 logged ready || fail "it did not start"
	for pid in $(grep -lxz "$mark" /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\n'); do
		kill -STOP "$pid" 2>/dev/null # grep has it among its own
	done
	expect 0 timeout 50 wb stop "$run"
	expect 0 wb logs "$run"
	out_has saved
	expect 124 wb run --tier $tier --time 1s --grace 60s --json -- "$python" saves.py
	err_has saved
	same "status and code" "LIMIT(time) 3" "$(json status) $(json exit_code)"

	# kill -9 of the supervisor: whoever guards the run takes all of it along.
	expect 0 wb run --tier $tier -d --json -- "$python" stubborn.py "$mark"
	run=$(json run_id)
	wait_for 60 logged "all started" || fail "the processes did not start"
	# The only processes with this run's folder as their business are its supervisor and its door.
	supervisor=
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = wb-supervisor ] || continue
		ls -l "$p/fd" 2>/dev/null | grep -q "$run" && supervisor="$supervisor ${p#/proc/}"
	done
	[ -n "$supervisor" ] || fail "no supervisor found"
	kill -9 $supervisor
	wait_for 30 none_left || fail "$(left) processes outlive their supervisor in tier $tier"
	lost() { wb show --json "$run" >"$WORK/out" && [ "$(json status)" = LOST ]; }
	wait_for 30 lost || fail "the run is $(json status)"

	# kill -9 of the first process alone: the supervisor sees it and ends what is left, and says that it was killed.
	expect 0 wb run --tier $tier -d --json -- "$python" stubborn.py "$mark"
	run=$(json run_id)
	wait_for 60 logged "all started" || fail "the processes did not start"
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = wb-supervisor ] && ls -l "$p/fd" 2>/dev/null | grep -q "$run" || continue
		for child in $(cat "$p"/task/*/children 2>/dev/null); do
			[ "$(cat "/proc/$child/comm" 2>/dev/null)" != wb-init ] || kill -9 "$child"
		done
	done
	ended() { wb show --json "$run" >"$WORK/out" && [ "$(json status)" != RUNNING ]; }
	wait_for 30 ended || fail "the run goes on without its first process"
	same "status" "KILLED(SIGKILL)" "$(json status)"
	same "processes left" 0 "$(left)"

	# A terminal that hangs up leaves the run running; it is there to be stopped.
	"$python" - "$tier" "$mark" <<'END' || fail "the hang-up"
import os, pty, signal, subprocess, sys, time
tier, mark = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    os.execvp("wb", ["wb", "run", "-n", "hung-up", "--tier", tier, "--", sys.executable, "saves.py", mark])
seen = b""
while b"ready" not in seen:
    seen += os.read(master, 4096)
os.close(master)
os.waitpid(pid, 0)
END
	same "processes after the hang-up" 1 "$(left)"
	expect 0 wb show --json @
	same "status" RUNNING "$(json status)"
	expect 0 wb stop @
	same "processes left" 0 "$(left)"

	# Exit statuses, all of them, come back as they are.
	expect 0 "$python" - $tier <<'END'
import json, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
def code(n):
    p = subprocess.run(["wb", "run", "--json", "--tier", sys.argv[1], "--", "sh", "-c", "exit %d" % n], capture_output=True)
    return n, p.returncode, json.loads(p.stdout)["exit_code"]
with ThreadPoolExecutor(4) as pool:
    wrong = [r for r in pool.map(code, range(256)) if not r[0] == r[1] == r[2]]
print(wrong)
sys.exit(bool(wrong))
END
done
