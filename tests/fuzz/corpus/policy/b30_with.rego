package t
import rego.v1
a if { input.x with input.x }
b if { input.x with foo as 1 }
