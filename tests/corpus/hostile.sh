#!/bin/sh
# Hundreds of hostile tensor files and bundles (make_hostile.py) through the real wb: never a crash, always one
# clear line, nothing outside, nothing left behind.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
mkdir "$WORK/h" "$WORK/stand"
PYTHONDONTWRITEBYTECODE=1 "$PYTHON" -W ignore "$SRC/tests/corpus/make_hostile.py" "$WORK/h" "$SRC" >"$WORK/count" ||
	fail "the files could not be made"
[ "$(cat "$WORK/count")" -ge 200 ] || fail "only $(cat "$WORK/count") files"
wb() { command wb --store "$WORK/s/.wb" "$@"; }
mkdir "$WORK/s" && (cd "$WORK/s" && command wb init -q) || fail "no store"
cd "$WORK/stand" || exit 99
faults=0

wrong() # NAME WORDS
{
	echo "FAILED: $1: $2"
	sed 's/^/    /' "$WORK/err" | head -5
	faults=$((faults + 1))
}

# What is below a folder: names, sizes, contents of the store's lists. Lock files and the database come with use.
state() # FOLDER
{
	(cd "$1" && find . -type f ! -name '*lock' ! -name 'wb.db*' ! -name '.lock' | LC_ALL=C sort)
}

# One line "wb: ..." and at most one hint, without control bytes.
check_refusal() # NAME
{
	[ "$(grep -c '^wb: ' "$WORK/err")" = 1 ] || wrong "$1" "not one line of error"
	[ "$(grep -vc -e '^wb: ' -e '^hint: ' "$WORK/err")" = 0 ] || wrong "$1" "more than an error and a hint"
	! LC_ALL=C grep -q '[[:cntrl:]]' "$WORK/err" || wrong "$1" "control bytes in the error"
}

ask() # NAME EXPECTED COMMAND...
{
	name=$1 expected=$2
	shift 2
	timeout 60 "$BUILD/wb" --store "$WORK/s/.wb" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	case $expected-$status in
	ok-0|any-0) ;;
	refused-2|any-2) check_refusal "$name" ;;
	*) wrong "$name" "status $status of wb $*, and $expected was expected" ;;
	esac
	! LC_ALL=C tr -d '\n' <"$WORK/out" | LC_ALL=C grep -q '[[:cntrl:]]' || wrong "$name" "control bytes in the answer"
}

# WB_SWEEP_STEP=N takes every N-th file only.
awk -v step="${WB_SWEEP_STEP:-1}" 'NR % step == 0' "$WORK/h/list" >"$WORK/chosen"
wb ls >/dev/null 2>&1
state "$WORK/s/.wb" >"$WORK/before"
while read -r kind name expected; do
	if [ "$kind" = tensor ]; then
		ask "$name" "$expected" tensor ls "$WORK/h/$name"
		ask "$name" "$expected" tensor stat "$WORK/h/$name"
		continue
	fi
	ask "$name" "$expected" import "$WORK/h/$name"
	if [ $status != 0 ]; then
		state "$WORK/s/.wb" >"$WORK/after"
		cmp -s "$WORK/before" "$WORK/after" || {
			wrong "$name" "something was left behind"
			diff "$WORK/before" "$WORK/after" | head -5
			cp "$WORK/after" "$WORK/before"
		}
		continue
	fi
	# Taken in: then it must be sound in every respect.
	ask "$name" ok verify
	rm -rf "$WORK/s/.wb" && (cd "$WORK/s" && command wb init -q) && wb ls >/dev/null 2>&1
done <"$WORK/chosen"
[ -z "$(ls -A "$WORK/stand")" ] || wrong "all" "files in the working folder: $(ls -A "$WORK/stand")"
[ ! -e /tmp/wb-escape ] || wrong "all" "a file outside"
[ $faults = 0 ] || fail "$faults faults in $(cat "$WORK/count") files"
echo "$(cat "$WORK/count") files: each answered or refused in one line, nothing left behind"
