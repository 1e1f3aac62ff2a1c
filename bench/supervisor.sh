# What a run costs besides its own work: the supervisor's memory, and a call that the sandbox denies and reports.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
headline "supervisor: its memory, and a call that is denied and reported"
python=$(python_with ctypes) || { echo "not measured: there is no python3"; exit 0; }
project 100
cat >busy.py <<'END'
import os, socket, time
with socket.socket(socket.AF_UNIX) as s:
    s.connect(os.environ["WB_EVENTS"])
    for i in range(100):
        s.sendall(b"".join(b"metric m%d=%d step=%d\n" % (k, i, i) for k in range(1000)))
print("x" * 1000000)
print("ready", flush=True)
time.sleep(600)
END
cat >denied.py <<'END'
import ctypes, sys, time
call, count = ctypes.CDLL(None, use_errno=True).syscall, 20000
best = 1e9
for _ in range(5):
    begun = time.perf_counter()
    for _ in range(count):
        call(272, 0x10000000)  # unshare, a user namespace
    best = min(best, time.perf_counter() - begun)
assert ctypes.get_errno() == 1, ctypes.get_errno()
print("microseconds", best / count * 1e6)
END
run=$(wb run -d --memory 1G --disk 1G -- "$python" busy.py)
wait_for 60 sh -c "wb logs $run | grep -q ready"
for p in /proc/[0-9]*; do
	[ "$(cat "$p/comm" 2>/dev/null)" = wb-supervisor ] && ls -l "$p/fd" 2>/dev/null | grep -q "$run" || continue
	rss=$(awk '/^VmHWM/ { print $2 }' "$p/status")
	[ "$rss" -le "${most:-0}" ] || most=$rss
done
wb stop --kill "$run" 2>/dev/null
denied=$(wb run -- "$python" denied.py 2>/dev/null | sed -n 's/^microseconds //p')
awk -v rss="$most" -v denied="$denied" 'BEGIN {
	printf "%-28s %9.2f MiB  (budget 15 MiB)\n%-28s %9.2f us  (budget 15 us)\n", "memory at most", rss / 1024,
	       "denied call", denied }'
