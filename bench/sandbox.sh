# The sandbox alone, without a record: tier 1 and tier 2 beside bubblewrap with all namespaces.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
need bwrap
headline "sandbox: start and end of /bin/true (budget: tier 1 at 1.0 x bubblewrap)"
bwrap --unshare-all --ro-bind / / true 2>/dev/null || { echo "not measured: bubblewrap does not work here"; exit 0; }
launch=$BUILD/tests/sandbox/launch
"$timeit" -n 101 "bubblewrap" bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp true -- \
	"tier 1" "$launch" --quiet true -- "tier 1, no reports" "$launch" --quiet --no-report true -- \
	"tier 2" "$launch" --quiet --tier 2 true -- "no sandbox" true
