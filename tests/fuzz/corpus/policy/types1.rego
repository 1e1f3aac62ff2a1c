package a
import rego.v1
p contains x if { some x in [[1, "a"], {2}]; x[0] == 1 }
q[k].n := v if { some k, v in input }
r if { walk(input, [a, b]); b == q[a[0]].n }
