# Sourced by every journey: a user's way through the real programs, from an empty home to an answer.
# A journey is a script that ends with status 0 when all its steps held, 77 when this machine cannot
# walk it (the reason printed).
set -u
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/support/place.sh"

skip() # REASON
{
	echo "skip: $*"
	exit 77
}

fail() # WORDS
{
	echo "FAILED: $*"
	for f in "$WORK/out" "$WORK/err"; do
		[ ! -s "$f" ] || sed "s|^|${f##*/}: |" "$f" | tail -40
	done
	exit 1
}

# Runs a command; its streams go to $WORK/out and $WORK/err, its status must be STATUS.
expect() # STATUS COMMAND...
{
	expected=$1
	shift
	printf '+ %s\n' "$*" | cat -v
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	[ $status = "$expected" ] || fail "status $status instead of $expected from: $*"
}

# The streams of the last expect hold a text (fixed string).
out_has() { grep -qF -- "$1" "$WORK/out" || fail "standard output lacks: $1"; }
err_has() { grep -qF -- "$1" "$WORK/err" || fail "standard error lacks: $1"; }
out_lacks() { ! grep -qF -- "$1" "$WORK/out" || fail "standard output has: $1"; }
err_lacks() { ! grep -qF -- "$1" "$WORK/err" || fail "standard error has: $1"; }

# same WHAT EXPECTED ACTUAL
same() { [ "$2" = "$3" ] || fail "$1: '$3' instead of '$2'"; }

PYTHON=$(python_with json) || skip "no python3"

# A value out of the JSON that the last expect printed: json run_id, json metrics.loss, json artifacts.0.path
json() # PATH
{
	"$PYTHON" -c '
import json, sys
value = json.load(open(sys.argv[1]))
for part in sys.argv[2].split("."):
    value = value[int(part)] if isinstance(value, list) else value[part]
print(value if isinstance(value, str) else json.dumps(value))' "$WORK/out" "$1"
}

# Does this machine confine runs at all? Otherwise the journey cannot be walked here.
need_sandbox()
{
	wb doctor --quick >"$WORK/out" 2>"$WORK/err" || skip "no sandbox on this machine: $(head -1 "$WORK/err")"
}

# A project of its own in $WORK/p, entered.
project()
{
	mkdir -p "$WORK/p"
	cd "$WORK/p" || exit 99
	expect 0 wb init
}

# What wb printed, on standard input, without what differs from machine to machine.
general()
{
	sed -E -e 's/[0-9a-f]{12,}/ID/g' -e 's/(\<now\>|[0-9.]+(ms|[smhd])( [0-9]+[sm])? ago)/WHEN/g' -e 's/[0-9]+m [0-9]+s/N/g' \
		-e 's/[0-9]+([.:-][0-9]+)*(ms|s)?/N/g' -e 's/ [KMG]?i?B / BYTES /; s/[KMG]iB$/BYTES/' \
		-e 's/^by .*/by WHO/' -e 's/^sandbox .*/sandbox LAYERS/' -e 's/ +/ /g' -e 's/N-N/N/g'
}
