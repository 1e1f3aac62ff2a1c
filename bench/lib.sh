# Sourced by every bench: a place of its own, and a headline.
set -eu
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}/tests/support/place.sh"
timeit=$BUILD/bench/timeit

headline() # WORDS
{
	echo
	echo "== $*"
}

# Ends the bench, as not measured, when a program it compares with is not here.
need() # PROGRAM...
{
	for program; do
		command -v "$program" >/dev/null || {
			echo "not measured: $program is not installed"
			exit 0
		}
	done
}

# A project of N small files in ./p, with its own store, entered.
project() # N
{
	mkdir -p "$WORK/p"
	cd "$WORK/p"
	i=0
	while [ $i -lt "$1" ]; do
		d=src$((i / 50))
		mkdir -p $d
		echo "value = $i" >$d/file$i.py
		i=$((i + 1))
	done
	wb init >/dev/null
}
