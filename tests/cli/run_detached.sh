need_sandbox
project
try_run run -d --json -- sh -c 'while [ ! -e /nowhere ]; do sleep 0.05; done'
wb ls --json | pick_json status
try_run stop @
try_run stop @
try_run stop --json @
wb show --json @ | pick_json status
try_run run -q -d -- sh -c 'echo from the run; exit 5'
try_run attach @
try_run logs -f @
