# A whole recorded run of nothing, beside the bare sandbox of bubblewrap.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
need bwrap
headline "run: wb run -- true in a project of 100 files, everything recorded (budget: 4 x bubblewrap)"
project 100
bwrap --unshare-all --ro-bind / / true 2>/dev/null || { echo "not measured: bubblewrap does not work here"; exit 0; }
"$timeit" -n 21 "bubblewrap" bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp true -- "wb run" wb run true
