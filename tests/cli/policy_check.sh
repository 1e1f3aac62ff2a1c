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
	input.resources.gpus > limit
	msg := sprintff("%d GPUs", [input.resources.gpus])
}

allowed if not denied
denied if not allowed
REGO
cat >short.rego <<'REGO'
package team

default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"; input.tag != "PII" }
REGO
printf 'package team\n# caf\351\n' >latin1.rego
printf '{"limits": {"gpus": 4}}' >a.json
printf '{"limits": {"gpus": 5}}' >b.json
try policy check braces.rego
try policy check names.rego
try policy check short.rego
try policy check --dialect v1 short.rego
try policy check latin1.rego
try policy check a.json b.json
try policy check --json braces.rego
try policy check --format json names.rego
mkdir empty
try policy check empty
try policy check nowhere.rego
try policy check --dialect v2
