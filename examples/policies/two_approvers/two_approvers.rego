# Some experiments need two people who agree, neither of them the one who starts the run, and not long ago.
#
# Settings in a data.yaml beside the rules:
#     approvals: {experiments: ["prod/**"], people: 2, max_age_days: 14}

package wb.two_approvers

import rego.v1

default experiments := ["prod", "prod/**"]

experiments := data.approvals.experiments

default people := 2

people := data.approvals.people

default max_age_days := 14

max_age_days := data.approvals.max_age_days

day_ns := 86400000000000

needed if {
	some pattern in experiments
	glob.match(pattern, ["/"], input.experiment)
}

approvers contains approval.by if {
	some approval in input.approvals
	approval.kind == "experiment"
	approval.subject == input.experiment
	approval.by != input.user.name
	age := input.time.ns - approval.at_ns
	age >= 0
	age <= max_age_days * day_ns
}

deny contains msg if {
	needed
	count(approvers) < people
	msg := sprintf("experiment %s needs %d approvals of the last %d days by others than %s, and has %d", [
		input.experiment,
		people,
		max_age_days,
		input.user.name,
		count(approvers),
	])
}
