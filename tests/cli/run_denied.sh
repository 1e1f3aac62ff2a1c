# The starter policy, and a policy that is broken.
need_sandbox
project
try_run run --gpus 9 -- true
try_run run --net example.org:443 -- true
wb show --json @ | pick_json status exit_code
try_run run --dry-run -q --gpus 9 -- true | grep -v '^[a-z]'
printf 'package p\n\ndeny contains msg if {\n\tinput.params.lr >\n}\n' >.wb/policy/broken.rego
try_run run -- true
try_run show @ | grep -A2 '^Policy'
