# Data with certain tags is trained on and does not leave: its runs are diode runs, and nobody sits at one.
#
# Settings in a data.yaml beside the rules:
#     closed_data: {tags: [PII, PHI], output: 4096}

package wb.closed_data

import rego.v1

default tags := ["PII", "PHI"]

tags := data.closed_data.tags

default output := 0

output := data.closed_data.output

closed contains name if {
	some item in input.data
	some tag in item.tags
	tag in tags
	name := item.name
}

deny contains msg if {
	some name in closed
	not input.sandbox.diode
	msg := sprintf("input '%s' does not leave: run with --diode, which lets only metrics out", [name])
}

deny contains msg if {
	some name in closed
	input.sandbox.tty
	msg := sprintf("input '%s' does not leave: no --tty and no 'wb shell' with it", [name])
}

deny contains msg if {
	some name in closed
	input.sandbox.diode_out > output
	msg := sprintf("input '%s' does not leave: %d bytes of output asked, %d allowed (--diode-out)", [
		name,
		input.sandbox.diode_out,
		output,
	])
}
