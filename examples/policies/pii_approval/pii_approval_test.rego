package wb.pii_approval_test

import data.wb.pii_approval
import rego.v1

asking(tags, approvals) := {
	"user": {"name": "ada"},
	"data": [{"name": "patients", "sha256": "cafe", "tags": tags}],
	"approvals": approvals,
}

approval(subject, by) := {"subject": subject, "kind": "data", "by": by, "reason": "study 7", "at_ns": 1}

test_untagged if count(pii_approval.deny) == 0 with input as asking([], []) with data.pii as {}

test_other_tag if count(pii_approval.deny) == 0 with input as asking(["PUBLIC"], []) with data.pii as {}

test_nobody_approved if {
	some msg in pii_approval.deny with input as asking(["PII"], []) with data.pii as {}
	msg == "input 'patients' is tagged PII, and nobody but ada has approved its use"
}

test_each_tag if count(pii_approval.deny) == 2 with input as asking(["PHI", "PII"], []) with data.pii as {}

test_by_oneself if count(pii_approval.deny) == 1 with input as asking(["PII"], [approval("patients", "ada")]) with data.pii as {}

test_by_another if count(pii_approval.deny) == 0 with input as asking(["PII"], [approval("patients", "eve")]) with data.pii as {}

test_by_digest if count(pii_approval.deny) == 0 with input as asking(["PII"], [approval("cafe", "eve")]) with data.pii as {}

test_of_something_else if count(pii_approval.deny) == 1 with input as asking(["PII"], [approval("cars", "eve")]) with data.pii as {}

test_settings if {
	count(pii_approval.deny) == 0 with input as asking(["PII"], []) with data.pii as {"tags": ["PCI"]}
	count(pii_approval.deny) == 1 with input as asking(["PCI"], []) with data.pii as {"tags": ["PCI"]}
}
