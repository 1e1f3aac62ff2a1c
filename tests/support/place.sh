# Sourced by shell tests: a fresh place to work in, the built programs first on PATH, and an
# environment that does not depend on who runs the tests.
#
#   $WORK    a folder of the test's own, removed at the end (WB_TEST_KEEP=1 keeps it); it is the
#            working directory, and $HOME is below it
#   $SRC     the source tree        $BUILD  the build tree

SRC=${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
SRC=$(cd "$SRC" && pwd -P) || exit 99
BUILD=${WB_TEST_BUILDDIR:-$SRC/build}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/wb-test.XXXXXX") || exit 99
WORK=$(cd "$WORK" && pwd -P)
export WORK SRC BUILD

HOME=$WORK/home
XDG_DATA_HOME=$HOME/.local/share
XDG_CONFIG_HOME=$HOME/.config
XDG_CACHE_HOME=$HOME/.cache
XDG_RUNTIME_DIR=$WORK/runtime
mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR" || exit 99
PATH=$BUILD:$PATH
LC_ALL=C.UTF-8
TZ=UTC
TERM=dumb
COLUMNS=80
export HOME XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR PATH LC_ALL TZ TERM COLUMNS
unset WB_STORE WB_LOG WB_FAULT WB_EVENTS WB_RUN_ID WB_INPUTS WB_OUTPUTS NO_COLOR CLICOLOR_FORCE PAGER
unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
umask 022
cd "$WORK" || exit 99

remove_place()
{
	cd / || return
	if [ -n "${WB_TEST_KEEP:-}" ]; then
		echo "# kept $WORK"
	else
		chmod -R u+rwX "$WORK" 2>/dev/null
		rm -rf "$WORK"
	fi
}
trap remove_place EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# A Python that has the named modules, or nothing: the first on PATH may lack them.
python_with() # MODULE...
{
	modules=$(echo "$*" | tr ' ' ',')
	for candidate in python3 /usr/bin/python3; do
		if "$candidate" -c "import ${modules:-sys}" >/dev/null 2>&1; then
			echo "$candidate"
			return 0
		fi
	done
	return 1
}

# Runs a command until it succeeds, for at most SECONDS; its last answer is the answer.
wait_for() # SECONDS COMMAND...
{
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$deadline" ]; then
			"$@"
			return
		fi
		sleep 0.05
	done
}
