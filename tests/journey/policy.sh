#!/bin/sh
# A policy in daily use: asked before a run, explained after a denial, changed, broken, repaired.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
policy=.wb/policy

# What a rule can look at, as the engine makes it, is a valid input written by hand too.
expect 0 wb policy explain --json -p lr=0.1 -t why=try --seed 3 --memory 1G --cpus 1.5 --time 1h -- true
same "decision" allow "$(json decision)"
json input >"$WORK/input.json"
expect 0 wb policy explain --input "$WORK/input.json"
out_has "Allowed by:"
expect 0 wb ls --json
[ ! -s "$WORK/out" ] || fail "explaining recorded a run"

# Denied, and why: before the run, by it, and afterwards.
expect 1 wb policy explain --gpus 5 --net data.example.org:443 --secret TOKEN -- true
out_has "5 GPUs were asked for"
out_has "data.example.org:443 is not in allowed_network"
expect 120 wb run --gpus 5 -- true
err_has "5 GPUs were asked for"
err_has "starter.rego:"
expect 1 wb policy explain @
out_has "5 GPUs were asked for"
out_lacks "changed since"
expect 0 wb show @ --json
same "status" DENIED "$(json status)"
same "reason" "5 GPUs were asked for, and a run gets at most 4; ask for --gpus 4 or fewer" "$(json policy.reasons.0)"

# A tag that is spelled another way would pass a rule that asks for PII: it is refused. A safetensors file holds
# the length of its header in eight bytes, then the header.
printf '\042\000\000\000\000\000\000\000{"__metadata__":{"wb.tags":"pii"}}' >misspelled.safetensors
expect 125 wb run -i misspelled.safetensors -- true
err_has "misspelled.safetensors is tagged 'pii' (wb.tags), which is not how a tag is written"
err_has "write PII into the file's wb.tags"
printf '\042\000\000\000\000\000\000\000{"__metadata__":{"wb.tags":"PII"}}' >tagged.safetensors
expect 120 wb run -i tagged.safetensors -- true
err_has "input 'tagged' is tagged PII, and nobody else has approved its use"
rm misspelled.safetensors tagged.safetensors
expect 120 wb run --gpus 5 -- true

# Another policy: the record keeps what was decided, and tells what would be now.
sed -i 's/^max_gpus := 4/max_gpus := 8/' $policy/starter.rego
expect 1 wb policy explain @
out_has "was denied by a policy that has changed since"
out_has "Allowed by:"
expect 1 wb policy explain --json @
same "changed" true "$(json policy_changed)"
same "decision then" deny "$(json decision)"
same "decision now" allow "$(json now.decision)"

# A warning is said and refuses nothing.
cat >$policy/warn.rego <<'REGO'
package team
import rego.v1
warn contains "think of the electricity" if input.command[0] == "true"
REGO
expect 0 wb run -- true
err_has "think of the electricity"

# What a rule knows about the code is the same for a run and for its repetition.
if command -v git >/dev/null; then
	git init -q . && echo 'print(1)' >train.py && git add train.py &&
		git -c user.name=a -c user.email=a@example.org commit -qm first || fail "git"
	cat >$policy/warn.rego <<'REGO'
package team
import rego.v1
deny contains "commit your changes first" if input.code.dirty
deny contains "the commit is not known" if input.code.commit == ""
REGO
	expect 0 wb run -- true
	expect 0 wb rerun @
	echo 'print(2)' >train.py
	expect 120 wb run -- true
	err_has "commit your changes first"
	expect 0 wb rerun @~1
	rm -rf .git train.py
fi

# A rule that works too long is ended, and denies.
cat >$policy/warn.rego <<'REGO'
package team
import rego.v1
deny contains "never" if {
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b == -1
}
REGO
expect 120 wb run -- true
err_has "the policy itself failed"
expect 1 wb policy explain @

# Broken: everything is denied, with the place; the command checks the same files.
printf 'package team\nimport rego.v1\ndeny contains "x" if {\n' >$policy/warn.rego
expect 120 wb run -- true
err_has "warn.rego:4:1: error:"
expect 2 wb policy check
out_has "warn.rego:4:1: error:"
expect 0 wb show @ --json
same "status" DENIED "$(json status)"
printf '{"limits": ' >$policy/limits.json
expect 120 wb run -- true
err_has "limits.json:1:"
rm $policy/limits.json $policy/warn.rego
expect 0 wb policy check
expect 0 wb run -- true
expect 0 wb verify --all
