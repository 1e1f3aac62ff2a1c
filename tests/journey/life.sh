#!/bin/sh
# The everyday commands over a few small runs.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
printf 'lr is %s\n' "one" >notes.txt
cat >job.sh <<'END'
echo "lr=$WB_PARAM_lr"
echo "to stderr" >&2
wb log metric loss=0.5 step=1
wb log metric loss=0.25 step=2
echo result >"$WB_OUTPUTS/result.txt"
END
expect 0 wb run -n first -p lr=0.1 -t team=blue -- sh job.sh
out_has "lr=0.1"
err_has "to stderr"
printf 'lr is %s\n' "two" >notes.txt
expect 0 wb run -n second -p lr=0.2 -- sh job.sh
expect 3 wb run -n third -- sh -c 'exit 3'

expect 0 wb ls
out_has first
out_has FAILED
expect 0 wb ls "params.lr = '0.1'"
out_has first
out_lacks second
expect 0 wb show first
out_has blue
expect 0 wb metrics first loss --json
same "points" 2 "$(wc -l <"$WORK/out")"
expect 0 wb diff first second
out_has lr
out_has "+lr is two"
expect 0 wb logs first
out_has "lr=0.1"
expect 0 wb tag first stage=kept
expect 0 wb note first "looks good"
expect 0 wb show first
out_has kept
out_has "looks good"

expect 0 wb checkout first "$WORK/restored"
same "the file as it was" "lr is one" "$(cat "$WORK/restored/notes.txt")"
expect 0 wb artifacts ls first
out_has result.txt
expect 0 wb artifacts cat first result.txt
same "the artifact" result "$(cat "$WORK/out")"
expect 0 wb rm third
expect 0 wb ls
out_lacks third
expect 0 wb verify --all
