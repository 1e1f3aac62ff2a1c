try policy check
project
try policy check
try policy check --json
try policy check --format json

cat >braces.rego <<'REGO'
package team

import rego.v1

deny contains msg if {
	input.resources.gpus > 4
	msg := "too many GPUs"
REGO
cat >names.rego <<'REGO'
package team

import rego.v1

deny contains msg if {
	input.resources.gpus > 4
	msg := sprintff("%d GPUs", [input.resources.gpus])
}

deny contains "too long" if input.resources.wall_seconds > limit

allowed if not denied
denied if not allowed
REGO
cat >short.rego <<'REGO'
package team

default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"; input.tag != "PII" }
REGO
cat >quiet.rego <<'REGO'
package team

import rego.v1

denny contains "too many GPUs" if input.resources.gpu > 4
warn contains "many GPUs" if input.resources.gpu > 2
REGO
printf 'package team\n# caf\351\n' >latin1.rego
printf '{"limits": {"gpus": 4}}' >a.json
printf '{"limits": {"gpus": 5}}' >b.json
try policy check braces.rego
try policy check names.rego
try policy check short.rego
try policy check --dialect v1 short.rego
try policy check quiet.rego
try policy check --strict quiet.rego
try policy check latin1.rego
try policy check a.json b.json
try policy check --json braces.rego
try policy check --format json names.rego
mkdir empty
try policy check empty
try policy check nowhere.rego
try policy check --dialect v2
