#!/bin/sh
# A shell on the project and on what runs left: exact files where they were kept, else artifacts; and that they are freed.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with termios fcntl pty) || skip "no python3 with termios"
project
mkdir -p code/deep gone
echo one >code/a.txt
echo two >code/b.txt
echo three >code/deep/c.txt
echo four >gone/d.txt
echo top >top.txt
echo data >"$WORK/data.txt"
cat >fail.sh <<'END2'
echo changed >a.txt
rm b.txt
rm -r deep && mkdir deep && echo new >deep/n.txt
rm -r ../gone
ln -s a.txt link
mkfifo pipe
printf x >script && chmod 750 script
mkdir -m 700 private && echo kept >private/p
echo result >"$WB_OUTPUTS/result.txt"
: >empty
exit ${1:-3}
END2
cp fail.sh code/fail.sh

# What fail.sh left, seen from code/.
look='set -e
[ "$(cat a.txt)" = changed ]
[ ! -e b.txt ]
[ "$(ls deep)" = n.txt ]
[ ! -e ../gone ]
[ "$(readlink link)" = a.txt ]
[ -p pipe ] || [ -n "${NO_PIPE:-}" ]
[ "$(stat -c %a script)" = 750 ]
[ "$(cat private/p)" = kept ]
[ "$(cat "$WB_OUTPUTS/result.txt")" = result ]
[ -e empty ] && [ ! -s empty ]
[ "$WB_PARAM_lr" = 0.5 ]
[ "$(cat "$WB_INPUTS/data")" = data ]
echo all as it was'
(cd code && expect 3 wb run --keep-on-failure -p lr=0.5 -i data="$WORK/data.txt" -- sh fail.sh) || exit 1
err_has 'its files are kept as they were'
expect 0 wb show --json @
run=$(json run_id)
expect 0 wb show "$run"
out_has "'wb shell $(echo "$run" | cut -c1-12)' opens them"
layer() { (cd ".wb/runs/$run/kept" && find . -printf '%p %y %m %s %T@ %l\n' | sort); }
layer >"$WORK/layer"

expect 0 wb shell "$run" -- sh -c "$look"
out_has 'all as it was'
# Looking changed nothing, neither there nor in the record of the shell.
expect 0 wb show --json @
same "what looking left" '[]' "$(json artifacts)"
grep -q '"tags":{"wb.kind":"shell"}' "$WORK/out" || fail "the shell has not its tag"
same "its parent" "$run" "$(json parent)"
same "what it was opened on" "$run" "$(json shell_of)"
expect 4 wb shell "$run" -- sh -c 'echo mine >a.txt; rm -r deep; rm "$WB_OUTPUTS/result.txt"; echo also >more; exit 4'
expect 0 wb artifacts ls @
out_has more
out_has a.txt
layer | cmp -s - "$WORK/layer" || fail "a shell changed the layer that it stood on"
expect 0 wb shell "$run" -- sh -c "$look"

# Where no overlay can be had it is copied, with the same result; what a private copy left is opened too.
expect 0 wb shell --tier 2 "$run" -- true
expect 0 wb shell "$run" --tier 2 -- env NO_PIPE=1 sh -c "$look"
expect 0 wb show --json @
same "what looking at a copy left" '[]' "$(json artifacts)"
(cd code && expect 5 wb run --tier 2 --keep-on-failure -p lr=0.5 -i data="$WORK/data.txt" -- sh fail.sh 5) || exit 1
expect 0 wb shell @ -- env NO_PIPE=1 sh -c "$look"
expect 0 wb shell @~1 --tier 2 -- env NO_PIPE=1 sh -c "$look"

# Killed and limited runs are kept as well; one that ends well is not, nor one without the option.
expect 137 wb run --keep-on-failure -- sh -c 'echo here >k; kill -9 $$'
expect 0 wb shell @ -- cat k
out_has here
expect 124 wb run --keep-on-failure --time 1s -- sh -c 'echo there >k; exec sleep 100'
expect 0 wb shell @ -- cat k
out_has there
expect 0 wb run --keep-on-failure -- sh -c 'echo fine >k'
[ -z "$(find .wb/runs -path "*/$(wb ls --json -n 1 | grep -o '"run_id":"[0-9a-f]*' | cut -d'"' -f4)/kept")" ] || fail "a good run was kept"
expect 3 wb run -- sh -c 'mkdir -p sub; echo art >sub/art.txt; echo two >code/b.txt; exit 3'
err_lacks 'are kept'
expect 0 wb shell @ -- sh -c 'cat sub/art.txt "$WB_OUTPUTS/sub/art.txt"; cat code/a.txt'
same "artifacts laid out" "art art one" "$(tr '\n' ' ' <"$WORK/out" | sed 's/ $//')"

# Below a folder: its own artifacts lie there, what it changed of the root lies at the root.
(cd code && expect 0 wb run -- sh -c 'echo own >own.txt; echo root >../top.txt') || exit 1
(cd code && expect 0 wb shell @ -- sh -c 'cat own.txt ../top.txt; pwd') || exit 1
out_has own
out_has root
out_has /p/code

# Freed by gc and rm, but not under a shell that is open on it.
expect 0 wb show --json "$run"
"$python" "$SRC/tests/journey/terminal.py" holds "$run" >"$WORK/held" 2>&1 || { cat "$WORK/held"; fail "gc beside a shell"; }
[ -d ".wb/runs/$run/kept" ] || fail "gc took the layer from under a shell"
expect 0 wb gc
out_has 'the kept files of'
[ ! -e ".wb/runs/$run/kept" ] || fail "gc left the layer"
expect 0 wb show "$run"
out_has 'have been freed since'
expect 0 wb shell "$run" -- sh -c 'cat a.txt; cat "$WB_OUTPUTS/result.txt"; ls b.txt'
same "artifacts after gc" "changed result b.txt" "$(tr '\n' ' ' <"$WORK/out" | sed 's/ $//')"
expect 3 wb run --keep-on-failure -- sh -c 'echo x >x; exit 3'
expect 0 wb show --json @
run=$(json run_id)
expect 0 wb rm "$run"
[ ! -e ".wb/runs/$run/kept" ] || fail "rm left the layer"

# A run whose supervisor was killed left its layer where it worked.
wb run -d --json --keep-on-failure -- sh -c 'echo lost >l; echo up; exec sleep 1000' >"$WORK/out" || fail "no detached run"
run=$(json run_id)
is_up() { wb logs "$run" 2>/dev/null | grep -q up; }
wait_for 30 is_up || fail "the run does not come up"
for pid in $(ls /proc | grep '^[0-9]*$'); do
	[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = wb-supervisor ] || continue
	! ls -l "/proc/$pid/fd" 2>/dev/null | grep -q "$run" || kill -9 "$pid"
done
is_lost() { wb show "$run" 2>/dev/null | grep -q LOST; }
wait_for 30 is_lost || fail "the run is not lost"
expect 0 wb shell "$run" -- cat l
out_has lost
expect 0 wb gc
[ ! -e ".wb/runs/$run/work" ] || fail "gc left what the lost run worked in"

# Inputs that changed or are gone are said.
expect 0 wb run -i data="$WORK/data.txt" -- true
echo other >"$WORK/data.txt"
expect 0 wb shell @ -- true
err_has "input 'data' is not what it was"
rm "$WORK/data.txt"
expect 0 wb shell @~1 -- sh -c '[ ! -e "$WB_INPUTS/data" ]'
err_has "input 'data' of run"

# What cannot be opened.
expect 0 wb run -d --json -- sleep 1000
run=$(json run_id)
expect 125 wb shell "$run" -- true
err_has 'is still running'
expect 0 wb stop "$run"
if wb run --diode -- true 2>/dev/null; then
	expect 125 wb shell @ -- true
	err_has 'was a diode run'
fi
expect 125 wb shell nosuchrun -- true
expect 125 wb shell
err_has 'a shell needs a terminal'
expect 125 wb shell --diode --net example.org:1 -- true
expect 125 wb run --diode --keep-on-failure -- true
err_has '--diode and --keep-on-failure do not go together'

# The project as it stands, and the policy's word.
expect 7 wb shell -p lr=2 -- sh -c 'cat code/a.txt; echo $WB_PARAM_lr; exit 7'
same "the project" "one 2" "$(tr '\n' ' ' <"$WORK/out" | sed 's/ $//')"
"$python" "$SRC/tests/journey/terminal.py" shells "$python" >"$WORK/shown" 2>&1 || { cat "$WORK/shown"; fail "an interactive shell"; }
cat >.wb/policy/shell.rego <<'END2'
package wb.shell
deny contains "no shells here" if input.run.tags["wb.kind"] == "shell"
END2
expect 120 wb shell -- true
err_has 'no shells here'
