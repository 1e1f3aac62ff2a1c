# The same code, params, inputs and seed again, whatever the project looks like now.
need_sandbox
project
echo 'cat in.txt; echo $WB_SEED {lr} "$1"; wb log loss=$1 step=1' >train.sh
echo one >in.txt
try_run run -q -n first --seed 7 -p lr=0.5 -i in.txt -- sh train.sh '{lr}'
echo 'echo changed' >train.sh
try_run rerun -q -n second first
try_run diff first second
try_run diff --exit-code first second
echo two >in.txt
try_run rerun -n third first
try_run diff first third
rm in.txt
try_run rerun first
try_run rerun nobody
