package team.access

import data.team.lib

default allow := false

allow if {
	some role in data.roles[input.user]
	lib.may(role, input.action)
	not suspended[input.user]
}

suspended contains u if some u, v in data.suspended

allow if input.user == "root"

grants[user][action] contains role if {
	some user, roles in data.roles
	some role in roles
	some action in lib.actions[role]
}

level := "high" if {
	every x in input.scores { x > 10 }
} else := "middle" if {
	some x in input.scores
	x > 10
} else := "low"

mocked := allow with input.user as "ada" with data.roles as {"ada": ["admin"]}

called := lib.may("guest", "read") with lib.may as true

counted := count([1, 2]) with count as 7

pairs := {k: v | some k, v in {"a": 1, "b": 2}; v > 1}

nested := [[x, y] | some x in [1, 2]; some y in [x, x + 1]]

walked contains path if {
	walk({"a": [1, {"b": 2}]}, [path, 2])
}
