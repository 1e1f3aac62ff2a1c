package t
import rego.v1
a if { some x, y in input.xs }
b if { some x in }
c if { some 1 in [1] }
