# A model is promoted when its gates were passed, measured on this very artifact.
#
# Asked where the action is model.promote. Settings in a data.yaml beside the rules; each gate and its least value:
#     gates: {fairness: 0.8, robustness: 0.7}

package wb.promotion_gates

import rego.v1

default floors := {"fairness": 0.8, "robustness": 0.7}

floors := data.gates

deny contains msg if {
	input.action == "model.promote"
	some name, least in floors
	not passed(name, least)
	msg := sprintf("gate %s was not passed on this artifact with %v or more: %s", [name, least, found(name)])
}

passed(name, least) if {
	gate := input.gates[name]
	gate.passed == true
	gate.value >= least
	gate.artifact_sha256 == input.artifact.sha256
}

found(name) := "it was not measured" if not input.gates[name]

else := "it was measured on another artifact" if input.gates[name].artifact_sha256 != input.artifact.sha256

else := sprintf("it has %v", [input.gates[name].value])
