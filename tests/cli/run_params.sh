need_sandbox
project
try run -q -p lr=0.1 -p 'two words=x y' -- echo '{lr}' '{two words}' '{other}' '{'
try run -q -p lr=1 -p lr=2 -- sh -c 'echo $WB_PARAM_lr'
HERE=caller wb run -q --env HERE --env THERE=given --env EMPTY= -- sh -c 'echo "$HERE $THERE [$EMPTY]"'
try run --env MISSING -- true
try run -q --seed 7 -- sh -c 'echo $WB_SEED $PYTHONHASHSEED'
try run -q --parent nobody -- true
