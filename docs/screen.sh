#!/bin/sh
# Prints the screen of README.md: the example, walked by the programs of a build. `make screen` puts it there.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/tests/support/place.sh"
python=$(python_with numpy h5py) || { echo "no python3 with numpy and h5py" >&2; exit 77; }
PATH=$BUILD:$(dirname "$(command -v "$python")"):$PATH
cp -R "$SRC/examples/digits" "$WORK/digits" && chmod -R u+w "$WORK/digits" && rm -rf "$WORK/digits/.wb"
cd "$WORK/digits" || exit 1
wb init >/dev/null || exit 1

try() # LINE
{
	printf '$ %s\n' "$1"
	sh -c "$1" 2>&1 | sed "s|$WORK|~|g"
}

try "wb run -n first -p lr=0.1 -i digits.h5 -- python3 train.py | tail -2"
echo
try "wb show first"
echo
try "wb rerun -q first -n again >/dev/null; wb diff first again"
echo
try "wb run -i patients.h5 -- python3 train.py"
