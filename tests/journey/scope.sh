#!/bin/sh
# Asking systemd for a scope, with a manager that is none at the other end: what is asked, and every way of getting none.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
[ -x "$BUILD/wb-scope" ] || skip "built without libsystemd"

# manager MODE: one that answers so, at $WORK/MODE/private
manager()
{
	mkdir -p "$WORK/$1"
	"$PYTHON" "$SRC/tests/journey/manager.py" "$WORK/$1/private" "$1" >"$WORK/$1/asked" &
	managers="${managers:-} $!"
	wait_for 60 grep -q ready "$WORK/$1/asked" || fail "the fake manager does not start"
}
trap 'kill $managers 2>/dev/null; remove_place' EXIT

manager done
expect 0 "$BUILD/wb-scope" "$WORK/done/private" wb-0123.scope $$
same "the answer" ok "$(cat "$WORK/out")"
same "what was asked" "wb-0123.scope Delegate PIDs CollectMode TasksMax" "$(tail -1 "$WORK/done/asked")"
# It stays until its standard input ends: the scope must not be empty before the kernel's figures are read.
mkfifo "$WORK/in"
"$BUILD/wb-scope" "$WORK/done/private" wb-4567.scope $$ <"$WORK/in" >"$WORK/said" &
holder=$!
exec 9>"$WORK/in"
wait_for 60 grep -q ok "$WORK/said" || fail "no answer"
kill -0 $holder || fail "it does not hold the scope"
exec 9>&-
wait $holder || fail "it does not end well"

manager failed
expect 1 "$BUILD/wb-scope" "$WORK/failed/private" wb-0123.scope $$
out_has "systemd could not make the scope: failed"
manager refuse
expect 1 "$BUILD/wb-scope" "$WORK/refuse/private" wb-0123.scope $$
out_has "systemd refused: "
same "lines, none of which moves a cursor" 1 "$(grep -c 'scopes today$' "$WORK/out")"
! grep -q "$(printf '\033')" "$WORK/out" || fail "bytes of the manager's reach the terminal"
manager gone
expect 1 "$BUILD/wb-scope" "$WORK/gone/private" wb-0123.scope $$
out_has "systemd refused: "
expect 1 "$BUILD/wb-scope" "$WORK/nobody/private" wb-0123.scope $$
out_has "nobody answers: No such file or directory"
# Whoever starts it waits for a second; this is its own end.
manager silent
expect 1 "$BUILD/wb-scope" "$WORK/silent/private" wb-0123.scope $$
expect 2 "$BUILD/wb-scope" "$WORK/silent/private" wb-0123.scope 1

# A run goes on without, at once, and says why. Root asks the machine's own systemd: nothing to pretend there.
[ "$(id -u)" != 0 ] || exit 0
need_sandbox
project
mkdir -p "$XDG_RUNTIME_DIR/systemd"
ln -s "$WORK/silent/private" "$XDG_RUNTIME_DIR/systemd/private"
expect 0 wb run --memory 256M --json -- true
case $(json limits_by.memory) in
cgroup) skip "this session's cgroup can be divided: nobody is asked" ;;
looks) ;;
*) fail "limits_by is $(json limits_by)" ;;
esac
case $(json no_cgroup) in
*"did not answer within a second"* | "no cgroup v2 here" | "cgroup v2 has no controller for these limits here") ;;
*) fail "the reason is: $(json no_cgroup)" ;;
esac
expect 0 wb run --json -- true
out_lacks '"no_cgroup"'
