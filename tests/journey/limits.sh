#!/bin/sh
# Limits over the whole process tree: each ends the run with its name, its figures, its time and its culprit.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/hogs.sh"
need_sandbox
python=$(python_with os) || skip "no python3"
project

# reached LIMIT UNIT: what the record of the last run says of it.
reached() # NAME UNIT LIMIT PROCESS
{
	same "status" "LIMIT($1)" "$(json status)"
	same "limit" "$1 $2 $3" "$(json limit_reached.name) $(json limit_reached.unit) $(json limit_reached.limit)"
	same "process" "$4" "$(json limit_reached.process)"
	"$PYTHON" - "$WORK/out" <<'END' || fail "the record contradicts itself"
import json, sys
run = json.load(open(sys.argv[1]))
reached = run["limit_reached"]
assert reached["reached"] >= reached["limit"], reached
assert 0 <= reached["at_s"] <= run["duration_s"], (reached, run["duration_s"])
assert run["reason"], run
END
}

cat >eat.py <<'END'
import sys
held = []
for i in range(2048):
    held.append(bytearray(1 << 20))
    for at in range(0, 1 << 20, 4096):
        held[-1][at] = 1
END
write_hogs
# The first thread ends; what the others hold counts all the same.
cat >leader.py <<'END'
import ctypes, threading, time
def eat():
    time.sleep(0.2)
    held = bytearray(400 << 20)
    for at in range(0, len(held), 4096):
        held[at] = 1
    time.sleep(60)
threading.Thread(target=eat).start()
ctypes.CDLL(None).pthread_exit(None)
END
# Four processes share 100 MiB, and a file of 300 MiB is mapped: neither is used twice, nor more than once.
cat >shared.py <<'END'
import mmap, os, time
held = bytearray(100 << 20)
for at in range(0, len(held), 4096):
    held[at] = 1
f = open("big", "wb")
f.truncate(300 << 20)
with open("big", "rb") as f:
    seen = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    for at in range(0, len(seen), 4096):
        seen[at]
first = os.fork()
second = os.fork()
time.sleep(0.4)
if first and second:
    os.remove("big")
END
# A segment stays when it is let go.
cat >segment.py <<'END'
import ctypes, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
size = 200 << 20
shm = libc.shmget(0, ctypes.c_size_t(size), 0o600 | 0o1000)
at = libc.shmat(shm, None, 0)
ctypes.memset(at, 1, size)
libc.shmdt(ctypes.c_void_p(at))
time.sleep(60)
END
# Reading zeros far apart takes no memory but the tables that lead to them: 96 MiB.
cat >tables.py <<'END'
import ctypes, mmap, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
size = 48 << 30
at = libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, -1, ctypes.c_long(0))
for i in range(0, size, 2 << 20):
    ctypes.string_at(at + i, 1)
time.sleep(60)
END
cat >threads.py <<'END'
import threading, time
for i in range(400):
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        break
time.sleep(60)
END

cat >deleted.py <<'END'
import os, time
fd = os.open("file", os.O_RDWR | os.O_CREAT)
os.unlink("file")
for i in range(64):
    os.write(fd, os.urandom(1 << 20))
time.sleep(60)
END
cat >events.py <<'END'
import os, socket
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["WB_EVENTS"])
n = 0
while True:
    s.sendall(b"".join(b"tag k%d=%s\n" % (n + i, b"x" * 7000) for i in range(100)))
    n += 100
END
cat >sparse.py <<'END'
import os, time
with open("sparse", "wb") as f:
    f.seek(6 << 20)
    f.write(b"x")
with open("file", "wb") as f:
    f.write(os.urandom(4 << 20))
for i in range(20):
    os.link("file", "name%d" % i)
    os.link("sparse", "sparse%d" % i)
time.sleep(0.5)
END

for tier in 1 2; do
	wb run --tier $tier -- true 2>"$WORK/err" || { echo "# no tier $tier here: $(head -1 "$WORK/err")"; continue; }
	expect 124 wb run --tier $tier --time 1s --json -- sleep 60
	reached time seconds 1.0 sleep
	err_has "warning: near the time limit"

	expect 121 wb run --tier $tier --memory 256M --json -- "$python" eat.py
	reached memory bytes 268435456 "$(basename "$(readlink -f "$python")" | cut -c 1-15)"
	expect 121 wb run --tier $tier --memory 200M --json -- "$python" children.py
	same "status" "LIMIT(memory)" "$(json status)"
	expect 121 wb run --tier $tier --memory 200M --json -- "$python" leader.py
	same "status" "LIMIT(memory)" "$(json status)"
	expect 0 wb run --tier $tier --memory 250M --json -- "$python" shared.py
	# Memory in no process's map.
	expect 121 wb run --tier $tier --memory 100M --json -- "$python" memfd.py
	same "status" "LIMIT(memory)" "$(json status)"
	expect 121 wb run --tier $tier --memory 64M --json -- "$python" tables.py
	same "status" "LIMIT(memory)" "$(json status)"
	# Over before it can be looked at: what the kernel says of it afterwards counts.
	expect 121 wb run --tier $tier --memory 32M --json -- "$python" -c 'x = b"x" * (64 << 20)'
	same "status" "LIMIT(memory)" "$(json status)"

	expect 121 wb run --tier $tier --pids 100 --json -- "$python" forks.py
	same "status" "LIMIT(pids)" "$(json status)"
	same "limit" 100 "$(json limit_reached.limit)"
	expect 121 wb run --tier $tier --pids 100 --json -- "$python" threads.py
	same "status" "LIMIT(pids)" "$(json status)"
	expect 0 wb run --tier $tier --pids 100 --json -- sh -c 'for i in 1 2 3 4 5 6 7 8; do /bin/true; done'

	expect 121 wb run --tier $tier --disk 8M --json -- sh -c 'cat /dev/zero | head -c 64000000 >file; sleep 60'
	same "status" "LIMIT(disk)" "$(json status)"
	expect 121 wb run --tier $tier --disk 8M --json -- sh -c 'cat /dev/zero | head -c 64000000 >$TMPDIR/file; sleep 60'
	same "status" "LIMIT(disk)" "$(json status)"

	# A file that has lost its name takes its room all the same.
	expect 121 wb run --tier $tier --disk 8M --json -- "$python" deleted.py
	same "status" "LIMIT(disk)" "$(json status)"
	# Nor does what it sends as events come for nothing.
	expect 121 wb run --tier $tier --disk 8M --time 60s --json -- "$python" events.py
	same "status" "LIMIT(disk)" "$(json status)"
	# A hole takes none, and one file of twenty names is one.
	expect 0 wb run --tier $tier --disk 8M --json -- "$python" sparse.py

	# Those do not end it.
	expect 1 wb run --tier $tier --files 20 --json -- "$python" -c '[open("/dev/null") for i in range(40)]'
	err_has "Too many open files"
	expect 0 wb run --tier $tier --output 1M --json -- "$python" -c 'print("x" * 3000000)'
	same "kept" 1048576 "$(json usage.log_bytes)"
	same "dropped" 1951425 "$(json usage.log_dropped_bytes)"
	err_has "of what it printed the first 1.0 MiB are kept"
done

# Children that end while others are made do not disturb that.
for tier in 1 2; do
	wb run --tier $tier -- true 2>"$WORK/err" || continue
	expect 0 wb run --tier $tier -- sh -c 'i=0; while [ $i -lt 300 ]; do /bin/true & i=$((i + 1)); done; wait'
done

# A run that writes into memory that no process has mapped.
if wb run --tier 1 -- true 2>"$WORK/err"; then
	expect 121 wb run --tier 1 --memory 64M --disk 1G --json -- sh -c 'head -c 50000000 /dev/zero >/tmp/a; head -c 50000000 /dev/zero >/dev/shm/b; sleep 60'
	same "status" "LIMIT(memory)" "$(json status)"
	expect 121 wb run --tier 1 --memory 100M --json -- "$python" segment.py
	same "status" "LIMIT(memory)" "$(json status)"
	expect 121 wb run --tier 1 --disk 8M --json -- sh -c 'head -c 32000000 /dev/zero >/dev/shm/b; sleep 60'
	same "status" "LIMIT(disk)" "$(json status)"
fi

# What is too deep to be counted cannot be held to a limit; and it is gone afterwards.
expect 121 wb run --disk 100M --json -- "$python" -c 'import os, time
for i in range(3000):
    os.mkdir("d")
    os.chdir("d")
time.sleep(60)'
same "status" "LIMIT(disk)" "$(json status)"
same "left of it" "" "$(find .wb/runs -name work)"

# No more processors than asked for, whichever they are.
expect 0 wb run --cpus 1 -- "$python" -c 'import os; print("processors", len(os.sched_getaffinity(0)))'
out_has "processors 1"

# Values that mean nothing are refused, and those of wb.yaml hold.
expect 125 wb run --pids 0 -- true
expect 125 wb run --files 3 -- true
expect 125 wb run --grace 0 -- true
printf 'limits:\n  pids: 60\n  grace: 1s\n  files: 64\n  output: 1M\n' >wb.yaml
expect 121 wb run --json -- "$python" forks.py
same "limit" 60 "$(json limit_reached.limit)"
same "limits" "60 64 1048576 1.0" "$(json limits.pids) $(json limits.files) $(json limits.output_bytes) $(json limits.grace_seconds)"
expect 0 wb show @
out_has "60 processes"
out_has "LIMIT(pids)"
out_has "the limit is 60"
