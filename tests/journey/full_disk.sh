#!/bin/sh
# A full disk: one clear error, what was acknowledged is still there, and with space again all goes on.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
if [ "${1:-}" != inside ]; then
	need_sandbox
	if [ "$(id -u)" = 0 ]; then
		set -- unshare --mount
	else
		set -- unshare --user --map-root-user --mount
	fi
	"$@" true 2>/dev/null || skip "no mount namespace for a small disk"
	"$@" sh "$SRC/tests/journey/full_disk.sh" inside
	exit
fi
small=$WORK/small
mkdir "$small"
mount -t tmpfs -o size=4m,mode=700 small "$small" 2>/dev/null || skip "no small disk can be mounted"
trap 'cd /; umount "$small"; remove_place' EXIT
mkdir "$small/p"
cd "$small/p" || exit 99
expect 0 wb init
expect 0 wb run -n before -- sh -c 'wb log metric loss=0.5 step=1'

dd if=/dev/zero of="$small/filler" bs=4k >/dev/null 2>&1
expect 125 wb run -n full -- true
err_has "No space left"
same "lines of error" 1 "$(grep -c '^wb: ' "$WORK/err")"
expect 0 wb metrics before loss --json
out_has '"value":0.5'

rm "$small/filler"

# The disk fills while a run logs. What it had been told is durable is there, and the run has an end.
cat >fill.py <<'END'
import os, socket
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["WB_EVENTS"])
answers = door.makefile()
disk = open("filler", "wb", buffering=0)
acked = 0
try:
    for step in range(1, 100000):
        door.sendall(b"metric loss=%d step=%d\n" % (step, step))
        if step % 50 == 0:
            door.sendall(b"sync %d\n" % step)
            if answers.readline() != "ok %d\n" % step:
                break
            acked = step
            print(acked, flush=True)
        try:
            disk.write(bytes(4096))
        except OSError:
            pass
except OSError:
    pass
END
expect 121 wb run -n filling -- "$PYTHON" fill.py
err_has "LIMIT(disk)"
err_has "No space left on device"
acked=$(tail -1 "$WORK/out")
rm -f "$small/p/filler"
nothing_runs() { wb ls --json "status = 'RUNNING'" >"$WORK/running" && [ ! -s "$WORK/running" ]; }
wait_for 30 nothing_runs || fail "the run on the full disk is RUNNING for ever"
expect 0 wb metrics filling loss --json
[ "$(wc -l <"$WORK/out")" -ge "$acked" ] || fail "acknowledged metrics are missing"

# What is told of a run's end may be more than there is room for: it ends all the same.
mkdir "$WORK/gate"
cat >links.py <<'END'
import os, time
for i in range(900):
    os.symlink("x", "link-%d-%s" % (i, "x" * 60))
print("ready", flush=True)
end = time.monotonic() + 60
while not os.path.exists(os.environ["WB_INPUTS"] + "/gate/go") and time.monotonic() < end:
    time.sleep(0.02)
END
expect 0 wb run -d -n links -i gate="$WORK/gate" -- "$PYTHON" links.py
is_ready() { wb logs links | grep -q ready; }
wait_for 60 is_ready || fail "the run with links did not begin"
dd if=/dev/zero of="$small/filler" bs=4k >/dev/null 2>&1
truncate -s -16K "$small/filler"
touch "$WORK/gate/go"
timeout 60 wb logs -f links >/dev/null || fail "the run with links did not end"
rm "$small/filler"
expect 0 wb show links --json
out_has '"state":"FINISHED"'
out_has '"not_collected_more":900'

expect 0 wb run -n after -- true
expect 0 wb ls
out_has before
out_has after
expect 0 wb verify --all
