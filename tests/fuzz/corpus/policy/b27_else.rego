package t
import rego.v1
a := 1 if input.x
else := 2
else 3 if input.y
