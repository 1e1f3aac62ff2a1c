package t
import rego.v1
a := {"x" 1}
b := {"x": 1, "x": 2}
c := [1 2]
