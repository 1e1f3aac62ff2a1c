#!/bin/sh
# Decisions of the past: decided again as they were, and by another policy; after the policy is gone, in another store.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
policy=.wb/policy

mkdir $policy/limits
echo 'most: 4' >$policy/limits/data.yaml
cat >$policy/team.rego <<'REGO'
package team

import rego.v1

deny contains msg if {
	input.resources.gpus > data.limits.most
	msg := sprintf("lot %d: more than %d GPUs", [rand.intn("lot", 1000), data.limits.most])
}

warn contains sprintf("at %d", [time.now_ns()])
REGO
# No two signatures by ES256 are alike.
cat >$policy/signed.rego <<'REGO'
package signed

import rego.v1

key := {"kty": "EC", "crv": "P-256", "x": "3HVx4T0smSU9jtOAPcG31z6uUmNy9kqDuOen4wzmhes", "y": "a5jszLgySUr_GCSXYYfX-285Zo_Jl0KYKTnQtEpBwis", "d": "GA-cZw8kb1HcVu_SZmgMPQnvP_dPabqrqVYEG62ey2Q"}

token(n) := io.jwt.encode_sign({"alg": "ES256"}, {"n": n}, key)

deny contains sprintf("pass %s and %s", [token(1), token(2)]) if input.resources.gpus > 4

warn contains "a question has two answers" if io.jwt.encode_sign({"alg": "ES256"}, {"n": 1}, key) != token(1)
REGO
expect 0 wb run -n allowed -- true
expect 120 wb run -n refused --gpus 5 -- true

# As then, to the last byte, and with what chance and the clock said then.
expect 0 wb policy replay
out_has "2 runs decided again: 2 as then"
expect 0 wb policy replay refused
out_has "(refused) denied, as then, to the last byte of the record"
out_has "  - lot "
expect 0 wb show refused --json
same "what chance said" "io.jwt.encode_sign" "$(json policy.detail.nondeterministic.1.builtin)"
same "what chance said" "rand.intn" "$(json policy.detail.nondeterministic.3.builtin)"
same "the data file's kind" yaml "$(json policy.detail.policies.0.kind)"
expect 0 wb policy replay refused --json
same "result" same "$(sed -n 1p "$WORK/out" | grep -o '"result":"[a-z]*"' | cut -d'"' -f4)"

# The files of today do not matter, nor do those that are gone.
sed -i 's/4/9/' $policy/limits/data.yaml
expect 0 wb policy replay
rm -r $policy
expect 0 wb gc
expect 0 wb policy replay
out_has "2 runs decided again: 2 as then"
expect 0 wb verify

# Another policy: which runs would it have denied?
mkdir new
cat >new/new.rego <<'REGO'
package team

import rego.v1

deny contains "no run of that name" if input.run.name == "allowed"
REGO
expect 1 wb policy replay --with new
out_has "(allowed) would be denied, was allowed"
out_has "  - no run of that name"
out_has "(refused) would be allowed, was denied"
out_has "2 runs decided again: 0 as then, 1 would be denied, 1 would be allowed"
expect 1 wb policy replay --with new "status = 'DENIED'"
out_has "1 run decided again"
expect 0 wb policy replay --with new "status = 'LOST'"
expect 2 wb policy replay --with new "nothing > 1"
expect 2 wb policy replay --with nowhere
expect 2 wb policy replay nobody
echo 'package team {' >new/broken.rego
expect 2 wb policy replay --with new
err_has "broken.rego:1:14"
rm new/broken.rego

# The files go with the runs.
expect 0 wb export allowed refused history.wb
mkdir other
cd other
wb init -q
expect 0 wb import ../history.wb
expect 0 wb policy replay
out_has "2 runs decided again: 2 as then"

# A file that was kept and is damaged or gone decides nothing.
for object in $(find .wb/objects -type f); do
	if grep -q 'package team' "$object"; then
		rm -f "$object"
	fi
done
expect 1 wb policy replay
out_has "2 unknown"
expect 1 wb verify

# Options may follow the RUN.
expect 1 wb policy explain refused --trace
out_has "All that was evaluated"
