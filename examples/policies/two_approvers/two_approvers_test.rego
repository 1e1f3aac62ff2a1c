package wb.two_approvers_test

import data.wb.two_approvers
import rego.v1

day := 86400000000000

approval(by, age) := {"subject": "prod/cars", "kind": "experiment", "by": by, "reason": "fine", "at_ns": (100 - age) * day}

asking(approvals) := {
	"experiment": "prod/cars",
	"user": {"name": "ada"},
	"time": {"ns": 100 * day},
	"approvals": approvals,
}

test_other_experiments if {
	count(two_approvers.deny) == 0 with input as {"experiment": "digits", "user": {"name": "ada"}, "approvals": []} with data.approvals as {}
}

test_two if count(two_approvers.deny) == 0 with input as asking([approval("eve", 1), approval("bob", 14)]) with data.approvals as {}

test_one if {
	deny := two_approvers.deny with input as asking([approval("eve", 1)]) with data.approvals as {}
	deny == {"experiment prod/cars needs 2 approvals of the last 14 days by others than ada, and has 1"}
}

test_one_twice if count(two_approvers.deny) == 1 with input as asking([approval("eve", 1), approval("eve", 2)]) with data.approvals as {}

test_by_oneself if count(two_approvers.deny) == 1 with input as asking([approval("eve", 1), approval("ada", 1)]) with data.approvals as {}

test_too_old if count(two_approvers.deny) == 1 with input as asking([approval("eve", 1), approval("bob", 15)]) with data.approvals as {}

test_of_the_future if count(two_approvers.deny) == 1 with input as asking([approval("eve", 1), approval("bob", -1)]) with data.approvals as {}

test_settings if count(two_approvers.deny) == 0 with input as asking([approval("eve", 1)]) with data.approvals as {"people": 1}
