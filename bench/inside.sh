# A CPU-bound training loop, inside a run and outside; each times its own loop, start-up left out.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
headline "inside: seconds of a training loop, in a run and bare (budget: 1.01 x)"
python=$(python_with) || { echo "not measured: there is no python3"; exit 0; }
project 1
cat >loop.py <<'END'
import time
begun = time.perf_counter()
w = [0.0] * 64
x = [(i * 37 % 101) / 101 for i in range(64)]
for step in range(60000):
    y = sum(a * b for a, b in zip(w, x))
    g = 2 * (y - 1)
    w = [a - 0.01 * g * b for a, b in zip(w, x)]
print("seconds", time.perf_counter() - begun)
END
round=0
while [ $round -lt 9 ]; do
	"$python" loop.py | sed -n 's/^seconds //p' >>"$WORK/bare"
	wb run -- "$python" loop.py 2>/dev/null | sed -n 's/^seconds //p' >>"$WORK/inside"
	round=$((round + 1))
done
median() { sort -g "$1" | sed -n 5p; }
awk -v bare="$(median "$WORK/bare")" -v inside="$(median "$WORK/inside")" 'BEGIN {
	printf "%-28s %9.2f ms  x %.3f\n%-28s %9.2f ms  x %.3f\n", "bare", bare * 1000, 1, "in a run", inside * 1000, inside / bare }'
