package a
f(x) := upper(x)
p := f(1)
q := {"a": {"b": [1, {"c": 2}]}}
r := q.a.b[1].d
