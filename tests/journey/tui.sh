# Sourced by the journeys through the full screen: a terminal of their own, in a private tmux server.
# Nothing here sleeps for a time that is hoped to be enough: see() waits for what must appear.
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/journey/lib.sh"

command -v tmux >/dev/null || skip "tmux is not installed"
PATIENCE=20
# The user of a test may have a shell that lets nobody in.
SHELL=/bin/sh
export SHELL

mux() { tmux -L "wb-test-$$" -f /dev/null "$@"; }

close_terminal()
{
	mux kill-server 2>/dev/null
	remove_place
}

# A terminal of WIDTH x HEIGHT with a shell in it.
open_terminal() # WIDTH HEIGHT
{
	mux new-session -d -x "$1" -y "$2" "PS1='shell> ' exec sh" || skip "tmux does not start here"
	trap close_terminal EXIT
	mux set-option -g status off
	mux resize-window -x "$1" -y "$2"
	see 'shell>'
}

screen() { mux capture-pane -p; }
shows() { screen | grep -qF -- "$1"; }
lacks() { ! shows "$1"; }
shows_like() { screen | grep -qE -- "$1"; }

complain() # WORDS
{
	screen | sed 's/^/screen: /'
	fail "$@"
}

# Waits until the screen shows (or no longer shows) a text, or matches a pattern.
see() { wait_for $PATIENCE shows "$1" || complain "the screen never shows: $1"; }
see_no() { wait_for $PATIENCE lacks "$1" || complain "the screen goes on showing: $1"; }
see_like() { wait_for $PATIENCE shows_like "$1" || complain "the screen never matches: $1"; }

# Keys by tmux's names; a text as it is.
key() { mux send-keys "$@"; }
type() { mux send-keys -l -- "$1"; }
line() { type "$1" && key Enter; }
