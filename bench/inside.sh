# A CPU-bound training loop, inside a run and outside; each times its own loop, start-up left out. The two take turns, and
# what counts is the median of the pairs' ratios: a machine whose speed drifts changes both of a pair alike.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
headline "inside: seconds of a training loop, in a run and bare (budget: 1.01 x)"
python=$(python_with) || { echo "not measured: there is no python3"; exit 0; }
project 1
cat >loop.py <<'END'
import time
begun = time.perf_counter()
w = [0.0] * 64
x = [(i * 37 % 101) / 101 for i in range(64)]
for step in range(30000):
    y = sum(a * b for a, b in zip(w, x))
    g = 2 * (y - 1)
    w = [a - 0.01 * g * b for a, b in zip(w, x)]
print("seconds", time.perf_counter() - begun)
END
bare() { "$python" loop.py | sed -n 's/^seconds //p'; }
inside() { wb run -- "$python" loop.py 2>/dev/null | sed -n 's/^seconds //p'; }
# Each comes first as often as second; a pair of warming up is not counted.
bare >/dev/null
inside >/dev/null
round=0
while [ $round -lt 21 ]; do
	a=$(bare)
	b=$(inside)
	c=$(inside)
	d=$(bare)
	echo "$a $b"
	echo "$d $c"
	round=$((round + 1))
done >"$WORK/pairs"
median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
awk -v bare="$(awk '{ print $1 }' "$WORK/pairs" | median)" -v inside="$(awk '{ print $2 }' "$WORK/pairs" | median)" \
	-v ratio="$(awk '{ print $2 / $1 }' "$WORK/pairs" | median)" 'BEGIN {
	printf "%-28s %9.2f ms  x %.3f\n%-28s %9.2f ms  x %.3f\n", "bare", bare * 1000, 1, "in a run", inside * 1000, ratio }'
