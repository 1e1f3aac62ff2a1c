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
expect 0 wb run -n after -- true
expect 0 wb ls
out_has before
out_has after
expect 0 wb verify --all
