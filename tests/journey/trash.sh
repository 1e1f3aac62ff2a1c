#!/bin/sh
# Garbage is collected while runs come and go, and imports are killed: whatever is recorded stays whole.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
for i in 1 2 3 4 5 6 7 8; do
	wb run -q -- sh -c "echo $i >same; echo x >x" >/dev/null 2>>"$WORK/err" || echo "run $i" >>"$WORK/failed"
	[ $((i % 3)) != 0 ] || wb rm @ 2>>"$WORK/err" || echo "rm $i" >>"$WORK/failed"
done &
runs=$!
collected=0
while kill -0 $runs 2>/dev/null; do
	wb gc -q 2>>"$WORK/err" || echo "gc" >>"$WORK/failed"
	collected=$((collected + 1))
done
wait $runs
[ ! -e "$WORK/failed" ] || fail "beside each other: $(sort "$WORK/failed" | uniq -c)"
[ $collected -gt 1 ] || fail "gc ran $collected times"
expect 0 wb verify
expect 0 wb gc
expect 0 wb verify

# What a deleted run had frozen is stored anew for the next run of the same files, the large one too.
truncate -s 9M large
expect 0 wb run -q -n first -- true
expect 0 wb rm first
expect 0 wb gc
expect 0 wb run -q -n second -- sh -c 'test -s large'
expect 0 wb verify --all
expect 0 wb checkout second "$WORK/out-of-it"
cmp large "$WORK/out-of-it/large" || fail "the large file came back changed"
rm large

# A bundle large enough that some of these moments lie in the middle of taking it in.
expect 0 wb run -q -- sh -c 'i=0; while [ $i -lt 60 ]; do head -c 300000 /dev/urandom >f$i; i=$((i + 1)); done'
expect 0 wb export @ "$WORK/many.tar.zst"
mkdir "$WORK/q" && cd "$WORK/q" || exit 99
expect 0 wb init
for moment in 01 02 04 06 09 13 18 25 35 50; do
	timeout -s KILL 0.$moment wb import "$WORK/many.tar.zst" >/dev/null 2>&1
	expect 0 wb verify
	# Either it is not there, or it is there whole.
	if [ "$(wb ls --json | wc -l)" = 1 ]; then
		expect 0 wb verify @
		expect 0 wb rm @
	fi
	expect 0 wb gc
done
expect 0 wb gc --json
same "leftovers after gc" 0 "$(json leftovers)"
expect 0 wb import "$WORK/many.tar.zst"
expect 0 wb verify
