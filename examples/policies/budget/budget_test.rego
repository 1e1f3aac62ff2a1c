package wb.budget_test

import data.wb.budget
import rego.v1

asking(gpus, wall, params) := {
	"user": {"name": "ada"},
	"experiment": "digits",
	"params": params,
	"resources": {"gpus": gpus, "wall_seconds": wall},
}

budgets := {"gpu_hour": 2, "run": 100, "user": {"ada": 1000}, "experiment": {"digits": 500}, "tokens": 5000}

test_free if count(budget.deny) == 0 with input as asking(0, 0, {}) with data.budgets as {} with data.spent as {}

test_cheap if count(budget.deny) == 0 with input as asking(4, 36000, {}) with data.budgets as budgets with data.spent as {}

test_for_ever if count(budget.deny) == 1 with input as asking(1, 0, {}) with data.budgets as {} with data.spent as {}

test_dear if {
	deny := budget.deny with input as asking(4, 72000, {}) with data.budgets as budgets with data.spent as {}
	deny == {"the run may cost 160, 100 allowed: ask for --time 750m or less"}
}

test_spent_by_the_user if {
	deny := budget.deny with input as asking(1, 36000, {}) with data.budgets as budgets with data.spent as {"user": {"ada": 990}}
	deny == {"the run may cost 20, and ada has 10 left of 1000"}
}

test_spent_by_the_experiment if {
	spent := {"experiment": {"digits": 490}}
	deny := budget.deny with input as asking(1, 36000, {}) with data.budgets as budgets with data.spent as spent
	deny == {"the run may cost 20, and experiment digits has 10 left of 500"}
}

test_tokens if {
	count(budget.deny) == 0 with input as asking(0, 0, {"max_tokens": "5000"}) with data.budgets as budgets with data.spent as {}
	deny := budget.deny with input as asking(0, 0, {"max_tokens": "5001"}) with data.budgets as budgets with data.spent as {}
	deny == {"5001 tokens asked, 5000 allowed: run with -p max_tokens=5000 or fewer"}
}

test_tokens_that_are_no_number if {
	count(budget.deny) == 1 with input as asking(0, 0, {"max_tokens": "-1"}) with data.budgets as budgets with data.spent as {}
	count(budget.deny) == 1 with input as asking(0, 0, {"max_tokens": "many"}) with data.budgets as budgets with data.spent as {}
}
