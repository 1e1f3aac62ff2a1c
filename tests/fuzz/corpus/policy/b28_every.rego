package t
import rego.v1
a if every x in input.xs x > 1
b if { every x in input.xs { y > 1 } }
