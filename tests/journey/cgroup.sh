#!/bin/sh
# Limits that the kernel holds, in a cgroup of the run's own: where this user has been given a part of the hierarchy. Where
# not, but User-mode Linux is installed, the same is walked in a kernel of its own.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/hogs.sh"
. "$SRC/tests/journey/uml.sh"
self=$SRC/tests/journey/cgroup.sh

# The first process of that kernel: no more of a system than the walk needs.
if [ $$ = 1 ]; then
	mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
	mount -t tmpfs tmpfs /dev/shm
	WB_TEST_INSIDE=1 sh "$self" >"$RESULTS/log" 2>&1
	echo $? >"$RESULTS/status"
	uml_power_off
fi

python=$(python_with os) || skip "no python3"
[ -n "${WB_TEST_INSIDE:-}" ] || need_sandbox
project

expect 0 wb run --memory 256M --json -- true
if [ "$(json limits_by.memory)" != cgroup ]; then
	[ -z "${WB_TEST_INSIDE:-}" ] || fail "no memory controller inside"
	why="no memory controller of cgroup v2 is ours here"
	need_uml "$why"
	# Its first process is root, whose files on the host are the user's.
	[ "$(id -u)" = 0 ] || skip "$why, and in User-mode Linux root alone can walk this"
	! nm -D "$BUILD/wb" 2>/dev/null | grep -q __asan_init || skip "$why, and a sanitizer does not start in User-mode Linux"
	uml_walk 400 "$self"
fi

write_hogs
# One process: the kernel ends the run, and that is told as the limit that it is, not as signal 9.
expect 121 wb run --memory 64M --json -- "$python" -c 'x = b"x" * (200 << 20)'
same "status" "LIMIT(memory) cgroup" "$(json status) $(json limits_by.memory)"
same "limit" 67108864 "$(json limit_reached.limit)"
# Several, none of them over it by itself; and memory that no process has mapped.
expect 121 wb run --memory 64M --json -- "$python" children.py
same "status" "LIMIT(memory)" "$(json status)"
expect 121 wb run --memory 64M --disk 1G --json -- sh -c 'head -c 90000000 /dev/zero >/dev/shm/b; sleep 60'
same "status" "LIMIT(memory)" "$(json status)"
expect 121 wb run --memory 64M --json -- "$python" memfd.py
same "status" "LIMIT(memory)" "$(json status)"
# Cached pages of a file are no reason to end: the kernel takes them back.
expect 0 wb run --memory 64M --json -- sh -c 'head -c 90000000 /dev/zero >big; cat big >/dev/null; rm big'

expect 121 wb run --pids 40 --json -- "$python" forks.py
same "status" "LIMIT(pids) cgroup" "$(json status) $(json limits_by.pids)"

# Half a processor, and no way to see where in the host's hierarchy the run is.
expect 0 wb run --cpus 0.5 --json -- sh -c 'cat /proc/self/cgroup; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
same "cpus" cgroup "$(json limits_by.cpus)"
grep -q '^0::/$' "$WORK/err" || fail "the run sees: $(grep '^0::' "$WORK/err")"

# Nothing is left, not even of a supervisor and a first process that were killed: whoever comes next sweeps.
expect 0 wb run -d --memory 64M --json -- sleep 1000
run=$(json run_id)
top=$(sed -n 's/.* \/ \(\/[^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo | head -1)
leaf=$(find "$top" -type d -name "wb-$run*")
[ -n "$leaf" ] || fail "the run has no cgroup"
kill -STOP $(cat "$leaf/cgroup.procs")
kill -9 "$(echo "$leaf" | sed 's/.*-\([0-9]*\)-[0-9]*$/\1/')"
lost() { wb show --json "$run" >"$WORK/out" && [ "$(json status)" = LOST ]; }
wait_for 60 lost || fail "the run is $(json status)"
expect 0 wb run --memory 64M --json -- true
same "cgroups left" "" "$(find "$top" -type d -name 'wb-*')"
