#!/bin/sh
# Prints docs/tour.md with what the programs of a build answer now: every line that begins with "$ " in its console
# blocks is run, lines that begin with "> " go on with it. `make tour` puts it there.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/tests/support/place.sh"
python=$(python_with numpy h5py) || { echo "no python3 with numpy and h5py" >&2; exit 77; }
PATH=$BUILD:$(dirname "$(command -v "$python")"):$PATH
cp -R "$SRC/examples/digits" "$WORK/digits" && chmod -R u+w "$WORK/digits" && rm -rf "$WORK/digits/.wb"
cd "$WORK/digits" || exit 1

run() # LINES
{
	[ -z "$1" ] || sh -c "$1" </dev/null 2>&1 | sed "s|$WORK|~|g"
}

command=
block=
while IFS= read -r line; do
	case $block$line in
	'```console')
		block=in:
		printf '%s\n' "$line"
		;;
	'in:```')
		run "$command"
		command=
		block=
		printf '%s\n' "$line"
		;;
	'in:$ '*)
		run "$command"
		[ -z "$command" ] || echo
		command=${line#??}
		printf '%s\n' "$line"
		;;
	'in:> '*)
		command="$command
${line#??}"
		printf '%s\n' "$line"
		;;
	in:*) ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$SRC/docs/tour.md"
