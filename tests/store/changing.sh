#!/bin/sh
# Projects that change while they are frozen: every snapshot ends well, whole and checked; what could not be had is listed.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/support/place.sh"
. "$SRC/tests/store/lib.sh"

background=
in_background() { "$@" & background="$background $!"; }
# Asked, not killed: a program that they have just started would go on writing.
stop_background() { : >stop; for p in $background; do wait "$p" 2>/dev/null; done; rm stop; background=; }
trap 'stop_background; remove_place' EXIT

mkdir -p p/many p/steady
i=0; while [ $i -lt 300 ]; do echo "steady $i" >p/steady/f$i; i=$((i + 1)); done
head -c 7000000 /dev/zero | tr '\0' . >p/train.log

append() { exec >>p/train.log; while [ ! -e stop ]; do echo "step loss=0.1 ...................................................."; done; }
churn() { while [ ! -e stop ]; do for n in 1 2 3 4 5 6 7 8 9; do echo $n >p/many/a$n; done; rm -f p/many/* 2>/dev/null; done; }
rename() { while [ ! -e stop ]; do echo x >p/x; mv p/x p/y; mkdir p/x; mv p/x p/many/d; rmdir p/many/d 2>/dev/null; ln -sf y p/z; rm -f p/z; done; }
shrink() { while [ ! -e stop ]; do head -c 100000 /dev/zero >p/shrinks; : >p/shrinks; done; }

case_is "appended, truncated, renamed and removed meanwhile"
in_background append
in_background churn
in_background rename
in_background shrink
torn= vanished= n=0
while [ $n -lt 15 ] || { [ -z "$torn" ] && [ $n -lt 300 ]; }; do
	take p || break
	"$tool" "$store" verify "$tree" >/dev/null || bad "verify of snapshot $n"
	has steady/f0; has steady/f299; has train.log
	grep -q '^torn: train.log' notes && torn=yes
	grep -q '^vanished: ' notes && vanished=yes
	n=$((n + 1))
	# Kept below the size of a large file, for a blob is what can tear.
	[ "$(wc -c <p/train.log)" -lt 8000000 ] || : >p/train.log
done
stop_background
echo "# $n snapshots, torn files ${torn:-not} seen, vanished ones ${vanished:-not}"
[ -n "$torn" ] || bad "a file that grew all the time was never reported as torn"

case_is "quiet again: the true bytes, though the stat cache saw it all"
rm -rf p/many p/x p/y p/z
take p
want=$(git_tree p)
[ "$tree" = "$want" ] || bad "tree $tree, git says $want"

case_is "changed within one tick, at the same size"
n=0
while [ $n -lt 200 ]; do
	echo "$n$n" | cut -c1-2 >p/racy
	take p
	[ "$(shadow cat-file blob "$tree:racy")" = "$(cat p/racy)" ] || bad "an old version of racy was kept"
	n=$((n + 1))
done

case_is "many snapshots of one project at a time"
i=0; while [ $i -lt 8 ]; do
	in_background sh -c '"$0" "$1" take p >"$2" 2>/dev/null || echo failed >"$2"' "$tool" "$store" "took.$i"
	i=$((i + 1))
done
for p in $background; do wait "$p"; done
background=
[ "$(cut -d' ' -f2 took.? | sort -u | wc -l)" = 1 ] || bad "they differ: $(cat took.?)"

case_is "killed at any moment: the next one is right"
n=0
while [ $n -lt 40 ]; do
	i=0; while [ $i -lt 30 ]; do echo "round $n file $i" >p/steady/f$i; i=$((i + 1)); done
	"$tool" "$store" take p >/dev/null 2>&1 &
	victim=$!
	i=0; while [ $i -lt $((n * 3)) ]; do i=$((i + 1)); : >p/.tick; done; rm -f p/.tick
	kill -9 $victim 2>/dev/null; wait $victim 2>/dev/null
	n=$((n + 1))
done
take p
want=$(git_tree p)
[ "$tree" = "$want" ] || bad "tree $tree, git says $want"
"$tool" "$store" verify "$tree" >/dev/null || bad verify
finish
