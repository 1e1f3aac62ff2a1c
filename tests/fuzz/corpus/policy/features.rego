package a.b["c"]

import rego.v1
import data.x as y
import input.resources

default f(_) := 0
f(x) := x * 2 if x > 1
g.h[k] contains v if { some k, v in {"a": 1} }
o[k] := v if some k, v in input.params
e := 1 if input.x
else := 2 if not input.y
else := 3
c := [x | some x in [1, 2, 3]; x % 2 == 1]
s := {x | x := input.data[_].tags[_]}
m := {k: v | some k, v in input.params}
t := $"{input.user.name} is {f(2)}"
r := `raw\n`
w if { every x in [1] { x > 0 } }
z if f(1) == 2 with input.x as 1 with data.q as {"a": 2}
u := {1, 2} | {3} & {3} - {4}
n := -1.5e3 + 10 / 4 % 3
i if { [p, {"k": q}] = [1, {"k": 2}]; p < q; walk(input, [_, _]) }
