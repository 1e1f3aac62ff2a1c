project
cat >.wb/policy/starter.rego <<'END'
package wb
deny contains "never" if {
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b < 0
}
END
try config policy.steps
try config policy.time
try run -- true
try config policy.steps 100000000000
try config policy.time 1ms
try run -- true
try config policy.time soon
