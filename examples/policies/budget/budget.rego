# What a run may cost: its GPUs for as long as it asks, on top of what was spent already, and the tokens it asks for.
#
# Settings in a data.yaml beside the rules. 'spent' is kept by whoever keeps the books, best in a file of its own:
#     budgets: {gpu_hour: 2.5, run: 100, user: {ada: 1000}, experiment: {digits: 500}, tokens: 1000000}
#     spent: {user: {ada: 950.5}, experiment: {digits: 20}}
# The tokens are the run's parameter 'max_tokens', where it has one.

package wb.budget

import rego.v1

default price := 2.5

price := data.budgets.gpu_hour

default per_run := 100

per_run := data.budgets.run

default tokens := 1000000

tokens := data.budgets.tokens

cost := ((price * input.resources.gpus) * input.resources.wall_seconds) / 3600

deny contains msg if {
	input.resources.gpus > 0
	input.resources.wall_seconds == 0
	msg := "a run with GPUs says how long it may take, so that its cost is known: ask for --time"
}

deny contains msg if {
	cost > per_run
	msg := sprintf("the run may cost %v, %v allowed: ask for --time %dm or less", [cents(cost), per_run, minutes(per_run)])
}

deny contains msg if {
	allowed := data.budgets.user[input.user.name]
	left := allowed - spent("user", input.user.name)
	cost > left
	msg := sprintf("the run may cost %v, and %s has %v left of %v", [cents(cost), input.user.name, cents(left), allowed])
}

deny contains msg if {
	allowed := data.budgets.experiment[input.experiment]
	left := allowed - spent("experiment", input.experiment)
	cost > left
	msg := sprintf("the run may cost %v, and experiment %s has %v left of %v", [
		cents(cost),
		input.experiment,
		cents(left),
		allowed,
	])
}

deny contains msg if {
	asked := input.params.max_tokens
	not few(asked)
	msg := sprintf("%s tokens asked, %d allowed: run with -p max_tokens=%d or fewer", [asked, tokens, tokens])
}

spent(kind, name) := money if money := data.spent[kind][name]

else := 0

few(text) if {
	regex.match(`^[0-9]{1,15}$`, text)
	to_number(text) <= tokens
}

minutes(money) := floor((money * 60) / (price * input.resources.gpus))

cents(money) := round(money * 100) / 100
