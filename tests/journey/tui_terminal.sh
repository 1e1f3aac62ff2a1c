#!/bin/sh
# The terminal is given back whatever ends the program; and terminals that cannot show it are told so.
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/journey/tui.sh"

project
"$BUILD/tests/support/tui_store" .wb one
open_terminal 80 24
line 'stty -g >before; echo "now" "known"'
see 'now known'
line 'clear'
see_no 'now known'

TTY=$(mux display-message -p '#{pane_tty}')
pid_of_screen() { ps -t "${TTY#/dev/}" -o pid= -o comm= | awk '$2 == "wb-tui" { print $1; exit }'; }

see_prompt() { see_like '^shell> ?$'; }

# The screen is gone, the shell answers, and its settings are what they were.
is_restored() # WORDS
{
	# What is typed before the shell asks for it is lost with the mode of the terminal.
	see_prompt
	line "stty -g >after; echo 'back' 'from' $1"
	see "back from $1"
	cmp -s before after || {
		diff before after
		fail "the terminal's settings changed after $1"
	}
	line 'clear'
	see_no 'back from'
}

# A sanitizer keeps the crash handlers for itself, and reports on the screen as it stands.
crashes="SEGV ABRT"
! nm -D "$BUILD/wb-tui" 2>/dev/null | grep -q __asan_init || crashes=
for signal in TERM HUP INT $crashes; do
	line 'wb'
	see 'brave'
	pid=$(pid_of_screen)
	[ -n "$pid" ] || fail "no process wb-tui on $TTY"
	kill -$signal "$pid"
	is_restored "SIG$signal"
done

# Ctrl-Z goes to the shell, fg comes back to the same screen.
line 'set -m; wb'
see 'brave'
key C-z
see_like '(Stopped|Suspended)'
line 'stty -g >after; echo "in" "between"'
see 'in between'
cmp before after || fail "the terminal's settings changed while it was suspended"
line 'fg'
see 'runs  1 of 1'
see_no 'in between'
type '?'
see 'each also by name'
type 'q'
see 'STARTED'
type 'q'
is_restored 'fg'

# Without colours the row under the cursor is still told from the others.
line 'NO_COLOR=1 wb'
see 'brave'
mux capture-pane -p -e >"$WORK/cells"
grep -q "$(printf '\033')\\[[0-9;]*7m.*brave" "$WORK/cells" || fail "no row is shown as selected without colours"
! grep -qE "$(printf '\033')\\[[0-9;]*(3[0-7]|4[0-7]|38;5;[0-9]+|48;5;[0-9]+)m" "$WORK/cells" || fail "NO_COLOR is not heeded"
type 'q'
is_restored 'NO_COLOR'

# Terminals with 8, 16 and 256 colours, and the Linux console, which has no braille.
for term in xterm xterm-16color xterm-256color linux vt100; do
	infocmp "$term" >/dev/null 2>&1 || continue
	line "TERM=$term wb"
	see 'brave'
	type '2j'
	see 'linear y'
	[ "$term" != linux ] || see '*  acc'
	type 'Q'
	see_prompt
	line 'clear'
	see_no 'Charts'
done

# One that cannot show it is told what to use instead; a pipe too.
line 'TERM=dumb wb'
see "TERM=dumb cannot show a full screen"
see "'wb ls'"
line 'clear; TERM=nonesuch-terminal wb ui'
see 'nothing is known about the terminal'
line 'clear; wb ui | cat'
see 'the full screen needs a terminal'
expect 2 wb ui
err_has 'the full screen needs a terminal'
expect 2 wb
err_has 'no command given'
