#!/bin/sh
# The policies of the cookbook: no finding in any, their tests hold, alone, all together and as each set of `wb init`.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"

for folder in "$SRC"/examples/policies/*/; do
	name=$(basename "$folder")
	expect 0 wb policy check --strict --fail-on-warnings "$folder"
	expect 0 wb policy test --threshold 90 "$folder"
	grep -q "^## .*$name" "$SRC/docs/policy-cookbook.md" || fail "the cookbook has no $name"
done
expect 0 wb policy check --strict --fail-on-warnings "$SRC/examples/policies"
expect 0 wb policy test "$SRC/examples/policies"

for set in open team strict; do
	mkdir "$WORK/$set"
	cd "$WORK/$set"
	expect 0 wb init --policy $set
	out_has "with a $set policy"
	expect 0 wb policy check --strict --fail-on-warnings
	expect 0 wb policy test
	expect 1 wb policy explain --gpus 99 -- true
	out_has "GPUs asked"
	wb policy explain --json -- true | grep -o '"input":{.*' | sed 's/^"input"://; s/}$//; s/"tier":[0-9]/"tier":3/' >input.json
	wb policy explain --input input.json >"$WORK/out" 2>"$WORK/err" || :
	out_has "the sandbox would be tier 3"
	[ ! -e .wb/policy/starter.rego ] || fail "$set has the starter policy too"
done
expect 1 wb policy explain -- true
out_has "ask for --time 24h or less"
expect 0 wb policy explain -e scratch --memory 1G --time 1h -- true
cd "$WORK/team"
expect 0 wb policy explain -- true
expect 1 wb policy explain --net data.example.org:443 -- true
sed -i 's/^egress: \[\]/egress: [{host: data.example.org, ports: [443]}]/' .wb/policy/data.yaml
expect 0 wb policy explain --net data.example.org:443 -- true
cd "$WORK/open"
expect 0 wb policy explain -- true

# A set that is not there makes nothing.
mkdir "$WORK/none"
cd "$WORK/none"
expect 2 wb init --policy lax
[ ! -e .wb ] || fail "a store was made without its policy"
