#!/bin/sh
# The example as a user walks it: train, repeat to the last digit, compare, be refused.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with numpy h5py) || skip "no python3 with numpy and h5py"
cp -R "$SRC/examples/digits" "$WORK/p" && chmod -R u+w "$WORK/p" && rm -rf "$WORK/p/.wb"
cd "$WORK/p" || exit 99
expect 0 wb init

expect 0 wb run -p lr=0.1 -i digits.h5 --json -- "$python" train.py
first=$(json run_id)
same "version of the JSON" 1 "$(json v)"
same "status" FINISHED "$(json status)"
same "exit code" 0 "$(json exit_code)"
same "policy" allow "$(json policy.decision)"
same "param lr" 0.1 "$(json params.lr)"
case $(json artifacts) in *weights.h5*) ;; *) fail "weights.h5 is no artifact" ;; esac
accuracy=$(json metrics.test_accuracy)
awk -v a="$accuracy" 'BEGIN { exit !(a >= 0.95) }' || fail "held-out accuracy $accuracy is below 0.95"

expect 0 wb rerun @ --json
same "status of the rerun" FINISHED "$(json status)"
same "accuracy, to the last digit" "$accuracy" "$(json metrics.test_accuracy)"
second=$(json run_id)
[ "$first" != "$second" ] || fail "the rerun has the first run's id"
expect 0 wb metrics "$first" loss --json
sed 's/"time_ms":[0-9]*,//' "$WORK/out" >"$WORK/loss1"
expect 0 wb metrics "$second" loss --json
sed 's/"time_ms":[0-9]*,//' "$WORK/out" >"$WORK/loss2"
cmp -s "$WORK/loss1" "$WORK/loss2" || fail "the losses of run and rerun differ"
[ "$(wc -l <"$WORK/loss1")" -gt 1 ] || fail "no history of losses"

expect 0 wb diff @~1 @
out_has "nothing differs but times"

expect 0 wb tensor ls @:weights.h5
out_has w1
expect 0 wb artifacts get @ weights.h5 -o "$WORK/copy.h5"
[ -s "$WORK/copy.h5" ] || fail "artifacts get wrote nothing"

expect 120 wb run -i patients.h5 -- "$python" train.py
err_has PII
expect 0 wb ls
out_has DENIED
expect 0 wb verify --all
