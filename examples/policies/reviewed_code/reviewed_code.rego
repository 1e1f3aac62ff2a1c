# What is not scratch runs committed code of a reviewed branch.
#
# Settings in a data.yaml beside the rules:
#     code: {scratch: [Default, "scratch/**"], branches: [main, "release/*"]}

package wb.reviewed_code

import rego.v1

default scratch := ["Default", "scratch", "scratch/**"]

scratch := data.code.scratch

default branches := ["main", "master"]

branches := data.code.branches

is_scratch if {
	some pattern in scratch
	glob.match(pattern, ["/"], input.experiment)
}

is_reviewed if {
	some pattern in branches
	glob.match(pattern, ["/"], input.code.branch)
}

deny contains msg if {
	not is_scratch
	input.code.commit == ""
	msg := sprintf("the code of experiment %s is in no commit: commit it, or run with -e scratch", [input.experiment])
}

deny contains msg if {
	not is_scratch
	input.code.commit != ""
	input.code.dirty
	msg := sprintf("the code of experiment %s differs from its commit: commit it, or run with -e scratch", [input.experiment])
}

deny contains msg if {
	not is_scratch
	input.code.commit != ""
	not is_reviewed
	msg := sprintf("branch '%s' is not reviewed; experiment %s runs from %s", [
		input.code.branch,
		input.experiment,
		concat(", ", branches),
	])
}
