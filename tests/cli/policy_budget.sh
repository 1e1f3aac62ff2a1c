# What a decision may cost is set; past it, the run is denied and the budget and the place are named.
project
cat >.wb/policy/starter.rego <<'END'
package wb
deny contains "never" if {
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b < 0
}
END
ids() { sed -E 's/\<[0-9a-f]{12}\>/ID/g'; }
try config policy.steps
try config policy.time
try config policy.time soon
# Time that even the slowest machine keeps to, then steps that the fastest does not reach.
try config policy.time 10m
try config policy.steps 100000
try run -- true 2>&1 | ids
try config policy.steps 100000000000
try config policy.time 1ms
try run -- true 2>&1 | ids
