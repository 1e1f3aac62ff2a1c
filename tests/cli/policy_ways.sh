# Three layers of an explanation: a sentence with the arithmetic of the fix, the ways to be allowed, the trace.
short() { sed "s,$WORK/p/.wb/policy/,,"; }
project
cat >.wb/policy/starter.rego <<'REGO'
package team

import rego.v1

max_hours := 8

default allow := false

allow if {
	input.user.name == "root"
}

allow if {
	input.resources.gpus < 5
	input.resources.wall_seconds <= max_hours * 3600
	every item in input.data {
		item.tags != ["PII"]
	}
	input.code.reviewed
}

allow if {
	some group in input.user.groups
	group == "admin"
}
REGO
policy_question 6 '' ada | sed 's/"wall_seconds":0/"wall_seconds":36000/' >input.json
try policy explain --input input.json | short
try policy explain --input input.json --json | grep -o '"ways":.*' | short
cat >.wb/policy/starter.rego <<'REGO'
package team

import rego.v1

limits := {"gpus": 4, "memory": 68719476736}

deny contains "too many GPUs" if input.resources.gpus > limits.gpus

deny contains "too much memory" if {
	some unused in [1]
	limits.memory < input.resources.memory_bytes
}

deny contains msg if {
	some item in input.data
	"PII" in item.tags
	msg := sprintf("%s is personal", [item.name])
}

warn contains "hardly any CPU" if input.resources.cpus < 2
REGO
policy_question 6 '"PII"' ada | sed 's/"memory_bytes":0/"memory_bytes":137438953472/; s/"cpus":0/"cpus":1/' >input.json
try policy explain --input input.json | short
try policy explain --input input.json --trace | short | sed '1,/All that/d'
try policy eval -d .wb/policy -i input.json --format github | short
# Short style, as in the book.
cat >.wb/policy/starter.rego <<'REGO'
package team

default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"; input.tag != "PII" }
REGO
try policy explain --input input.json | short
