# Tests of policies: what holds, what fails and with which values, what was not reached.
untimed() { sed -E 's/[0-9]+\.[0-9]{3}ms/TIME/g'; }
cat >team.rego <<'REGO'
package team

import rego.v1

limit := 4

deny contains msg if {
	input.gpus > limit
	msg := sprintf("%d GPUs are more than %d", [input.gpus, limit])
}

deny contains "at night" if {
	input.hour < 8
	not night_owl
}

night_owl if input.user in {"ada", "eve"}

allow if {
	count(deny) == 0
	input.user != ""
}
REGO
cat >team_test.rego <<'REGO'
package team_test

import data.team
import rego.v1

asking(gpus) := {"gpus": gpus, "hour": 12, "user": "bob"}

test_few if team.allow with input as asking(4)

test_many if {
	some msg in team.deny with input as asking(8)
	contains(msg, "8 GPUs")
}

todo_test_night if false
REGO
cat >bad_test.rego <<'REGO'
package bad_test

import data.team
import rego.v1

test_sum if 1 + 1 == 3

test_allowed if team.allow with input as {"gpus": 8, "hour": 12, "user": ""}

test_reason if "no" in team.deny with input as {"gpus": 8, "hour": 12}

test_user if {
	user := input.user with input as {"gpus": 1}
	user == "ada"
}

test_twice if true
test_twice if count([1, 2]) == 3

test_conflict if clash == 1

clash := 1 if limit > 0
clash := 2 if limit > 0
limit := 4

test_cases[name] := ok if {
	some name, n in {"two": 2, "three": 3}
	ok := n < 3
}

test_false := false
REGO
{
	try policy test team.rego team_test.rego
	try policy test -d . -r 'few|bad_test\.test_twice$'
	try policy test team.rego team_test.rego bad_test.rego
	try policy test --coverage team.rego team_test.rego
	try policy test --threshold 99 -q team.rego team_test.rego
	try policy test -r nothing team.rego team_test.rego
	try policy test -r '(' team.rego
	try policy test team.rego
	try policy test nowhere.rego
	echo 'package team {' >broken.rego
	try policy test broken.rego
	try policy test --json broken.rego
	try policy test --format github team.rego bad_test.rego
	mkdir empty
	try policy test empty
} | untimed
wb policy test --json --coverage team.rego team_test.rego | sed -E 's/"(duration|steps)":[0-9]+/"\1":N/g'
wb policy test --junit team.rego team_test.rego bad_test.rego | sed -E 's/time="[0-9.]+"/time="T"/g' || :
# Without FILE: the project's own folder, and folders below it.
project
mkdir .wb/policy/tests
cat >.wb/policy/tests/starter_test.rego <<'REGO'
package wb_test

import rego.v1

test_none if count(data.wb.deny) == 0 with input as {"resources": {"gpus": 1}}
REGO
try policy test | untimed
cd "$WORK"
rm -r p
try policy test
