#!/bin/sh
# A run with a terminal: what it finds, what reaches it, and that the user's terminal is given back whatever happens.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with termios fcntl pty) || skip "no python3 with termios"
"$python" -c 'import pty; pty.openpty()' 2>/dev/null || skip "no pseudo terminals on this machine"
project

with_terminal() # CASE
{
	echo "+ $1"
	TERM=xterm timeout --kill-after=5 180 "$python" "$SRC/tests/journey/terminal.py" "$1" "$python" >"$WORK/out" 2>"$WORK/err" </dev/null ||
		fail "with a terminal: $1"
}

for case in looks looks_without_namespaces interrupts signals loses_supervisor leaves_mess suspends detaches filters pastes loses_terminal; do
	with_terminal $case
done

# Without a terminal there is none to join.
expect 125 wb run --tty -- true
err_has '--tty: standard input is not a terminal'
err_has 'hint: '
expect 125 wb run -d --tty -- true
err_has '--detach and a terminal (--tty) do not go together'
expect 125 wb run --diode --tty -- true
err_has '--diode and --tty do not go together'
expect 0 wb run --tty --dry-run -- true
out_has 'tty      a terminal of its own'
out_has 'device   /dev/tty'

# A run without --tty still has no terminal at all.
expect 0 wb run -- "$python" -c 'import os
try:
    os.open("/dev/tty", os.O_RDWR); print("DONE")
except OSError as e:
    print("refused", [os.isatty(i) for i in range(3)])'
out_has 'refused [False, False, False]'

# A policy may refuse it.
cat >.wb/policy/alone.rego <<'END2'
package wb.alone
deny contains "nobody sits at a run with inputs" if {
	input.sandbox.tty
	count(input.data) > 0
}
END2
echo data >data.txt
with_terminal denied
