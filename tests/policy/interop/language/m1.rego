package team.lib

actions := {"admin": ["read", "write"], "guest": ["read"]}

may(role, action) if action in actions[role]

first([x, _]) := x

price("small", n) := n
price("large", n) := n * 1.5 if n > 1
price("large", n) := n if n <= 1

prices := [price(s, n) | some s in ["small", "large"]; some n in [1, 2]]

tree.leaf.a := 1
tree.leaf.b := 2
tree.other[k] := v if some k, v in {"c": 3}
