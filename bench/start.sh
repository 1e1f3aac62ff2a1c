# How long a command that reads nothing takes to start, beside git's.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
need git
headline "start: wb version (budget: 3 ms)"
"$timeit" -n 51 "true" true -- "git --version" git --version -- "wb version" wb version
