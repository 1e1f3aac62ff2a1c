package wb.closed_data_test

import data.wb.closed_data
import rego.v1

asking(tag, sandbox) := {"data": [{"name": "patients", "tags": [tag]}], "sandbox": sandbox}

open := {"tier": 1, "layers": [], "diode": false, "diode_out": 0, "tty": false}

shut := {"tier": 1, "layers": [], "diode": true, "diode_out": 0, "tty": false}

talking := {"tier": 1, "layers": [], "diode": true, "diode_out": 5000, "tty": false}

sitting := {"tier": 1, "layers": [], "diode": false, "diode_out": 0, "tty": true}

test_data_that_may_leave if {
	count(closed_data.deny) == 0 with input as asking("PUBLIC", sitting) with data.closed_data as {}
}

test_diode if {
	count(closed_data.deny) == 0 with input as asking("PII", shut) with data.closed_data as {}
}

test_no_diode if {
	deny := closed_data.deny with input as asking("PHI", open) with data.closed_data as {}
	deny == {"input 'patients' does not leave: run with --diode, which lets only metrics out"}
}

test_older_question if {
	count(closed_data.deny) == 1 with input as asking("PII", {"tier": 1, "layers": []}) with data.closed_data as {}
}

test_terminal if {
	deny := closed_data.deny with input as asking("PII", sitting) with data.closed_data as {}
	"input 'patients' does not leave: no --tty and no 'wb shell' with it" in deny
}

test_output if {
	count(closed_data.deny) == 1 with input as asking("PII", talking) with data.closed_data as {}
	count(closed_data.deny) == 0 with input as asking("PII", talking) with data.closed_data as {"output": 5000}
}

test_settings if {
	count(closed_data.deny) == 1 with input as asking("INTERNAL", open) with data.closed_data as {"tags": ["INTERNAL"]}
}
