package t
import rego.v1
xs := [x | some a in numbers.range(1, 2000); some b in numbers.range(1, 2000); x := sprintf("%d %d", [a, b])]
deny contains "x" if count(xs) > 1
