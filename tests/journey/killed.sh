#!/bin/sh
# kill -9 of the supervisor, of `wb run` and of both, at many moments of a run that logs 10 000 metrics: the store
# stays whole, every metric that was acknowledged is there, and no run is RUNNING for ever. WB_KILLS says how often.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with socket) || skip "no python3"
project
# Prints how many metrics were acknowledged as durable, again and again.
cat >metrics.py <<'END'
import wb
for step in range(10000):
    wb.log(loss=1.0 / (step + 1), step=step)
    if step % 50 == 49 and wb.flush():
        print(step + 1, flush=True)
END

supervisors() # those of this test, by the store they work in
{
	for d in /proc/[0-9]*; do
		[ "$(cat "$d/comm" 2>/dev/null)" = wb-supervisor ] || continue
		case $(readlink "$d/cwd" 2>/dev/null) in "$WORK"*) echo "${d#/proc/}"; continue ;; esac
		! ls -l "$d/fd" 2>/dev/null | grep -qF "$WORK/p/.wb/" || echo "${d#/proc/}"
	done
}

kills=${WB_KILLS:-12}
hits=0
i=0
while [ $i -lt "$kills" ]; do
	wb run -n "run$i" -- "$python" metrics.py >"$WORK/acked$i" 2>/dev/null &
	front=$!
	# Not a wait: the moment of the kill, moving through the run's life from before its sandbox on.
	sleep "0.$(printf '%02d' $((i * 37 % 61)))"
	victims=$(supervisors)
	[ -z "$victims" ] || hits=$((hits + 1))
	case $((i % 3)) in
	0) [ -z "$victims" ] || kill -9 $victims 2>/dev/null ;;
	1) kill -9 $front 2>/dev/null ;;
	2) kill -9 $victims $front 2>/dev/null ;;
	esac
	wait $front 2>/dev/null
	i=$((i + 1))
done
[ $hits -gt 0 ] || fail "no supervisor was ever seen: nothing was killed in the middle"

nothing_runs() { wb ls --json "status = 'RUNNING'" >"$WORK/running" && [ ! -s "$WORK/running" ]; }
wait_for 120 nothing_runs || fail "a run is still RUNNING"
expect 0 wb verify --all
i=0
total=0
while [ $i -lt "$kills" ]; do
	acked=$(tail -1 "$WORK/acked$i")
	if [ -n "$acked" ]; then
		expect 0 wb metrics "run$i" loss --json
		there=$(wc -l <"$WORK/out")
		[ "$there" -ge "$acked" ] || fail "run$i: $acked metrics were acknowledged, $there are there"
		total=$((total + acked))
	fi
	i=$((i + 1))
done
[ $total -gt 0 ] || fail "nothing was ever acknowledged"
echo "$hits of $kills kills hit a living supervisor; $total acknowledged metrics are all there"
expect 0 wb run -- true
