package wb.reviewed_code_test

import data.wb.reviewed_code
import rego.v1

asking(experiment, commit, branch, dirty) := {
	"experiment": experiment,
	"code": {"tree": "", "commit": commit, "branch": branch, "dirty": dirty, "remote": ""},
}

test_scratch if {
	count(reviewed_code.deny) == 0 with input as asking("Default", "", "", true) with data.code as {}
	count(reviewed_code.deny) == 0 with input as asking("scratch/a/b", "", "", true) with data.code as {}
}

test_clean_and_reviewed if count(reviewed_code.deny) == 0 with input as asking("digits", "abc", "main", false) with data.code as {}

test_no_commit if {
	deny := reviewed_code.deny with input as asking("digits", "", "", true) with data.code as {}
	deny == {"the code of experiment digits is in no commit: commit it, or run with -e scratch"}
}

test_dirty if {
	deny := reviewed_code.deny with input as asking("digits", "abc", "main", true) with data.code as {}
	deny == {"the code of experiment digits differs from its commit: commit it, or run with -e scratch"}
}

test_another_branch if {
	deny := reviewed_code.deny with input as asking("digits", "abc", "try", false) with data.code as {}
	deny == {"branch 'try' is not reviewed; experiment digits runs from main, master"}
}

test_settings if {
	settings := {"scratch": ["digits"], "branches": ["release/*"]}
	count(reviewed_code.deny) == 0 with input as asking("digits", "", "", true) with data.code as settings
	count(reviewed_code.deny) == 0 with input as asking("x", "abc", "release/1", false) with data.code as settings
	count(reviewed_code.deny) == 1 with input as asking("x", "abc", "main", false) with data.code as settings
}
