project
try run
try run --
try run --memmory 1G -- true
try run -memory 1G -- true
try run -p lr -- true
try run -p =1 -- true
try run -t kind -- true
try run --gpus -1 -- true
try run --gpus many -- true
try run --cpus 0 -- true
try run --cpus 1e20 -- true
try run --net-bytes 1M -- true
try run --memory 0 -- true
try run --memory much -- true
try run --time 0 -- true
try run --time soon -- true
try run --gpu-wait 0 --gpus many -- true
try run --gpu-wait -1 -- true
try run --name @mine -- true
try run --name '' -- true
try run --experiment '' -- true
try run --tier 4 -- true
try run --tty -- true
try run --secret token -- true
try --store "" run -- true
try run --env NO_SUCH_VARIABLE_HERE -- true
try run --env WB_EVENTS=/x -- true
try run --env WB_PARAM_lr=1 -- true
try run --dry-run -d -- true
try run --parent nosuchrun -- true
try rerun
try rerun nosuchrun
try rerun @
try run --diode --tty -- true
try run --diode --net example.org -- true
try run --diode --keep-on-failure -- true
try run --diode-out 4K -- true
try run --diode --diode-out many -- true
try run --tty -d -- true
try shell
try shell nosuchrun
try shell nosuchrun -- true
