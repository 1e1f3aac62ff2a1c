package t
import rego.v1
a := concat("", [x | some i in numbers.range(1, 1000); x := "0123456789"])
b := replace(a, "0", a)
c := replace(b, "0", b)
d := replace(c, "0", c)
deny contains "x" if count(d) > 1
