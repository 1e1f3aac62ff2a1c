# The first page of a long list of runs, beside git's newest commit.
TMPDIR=${TMPDIR:-/dev/shm}
[ -w "$TMPDIR" ] || TMPDIR=/tmp
export TMPDIR
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
need git
runs=${RUNS:-100000}
headline "list: wb ls among $runs runs (budget: 15 ms)"
project 1
git init -q . && git -c user.name=b -c user.email=b@example.com commit -q --allow-empty -m one
"$BUILD/bench/fill_runs" .wb "$runs"
"$timeit" -n 21 "git log -1" git log -1 -- "wb ls" wb ls -- "wb ls FILTER" wb ls "metrics.accuracy > 0.99 and params.lr = '0.5'"
