package wb.gpu_ceiling_test

import data.wb.gpu_ceiling
import rego.v1

asking(gpus, user, experiment) := {
	"user": {"name": "ada"},
	"experiment": "digits",
	"resources": {"gpus": gpus},
	"usage": {"user_gpus": user, "experiment_gpus": experiment},
}

test_none_asked if count(gpu_ceiling.deny) == 0 with input as asking(0, 9, 9) with data.limits as {}

test_as_many_as_allowed if count(gpu_ceiling.deny) == 0 with input as asking(4, 0, 4) with data.limits as {}

test_too_many_for_the_user if {
	deny := gpu_ceiling.deny with input as asking(3, 2, 0) with data.limits as {}
	deny == {"3 GPUs asked, 2 in use by ada, 4 allowed: ask for --gpus 2 or fewer"}
}

test_too_many_for_the_experiment if {
	deny := gpu_ceiling.deny with input as asking(2, 0, 8) with data.limits as {}
	deny == {"2 GPUs asked, 8 in use by experiment digits, 8 allowed: ask for --gpus 0 or fewer"}
}

test_settings if {
	count(gpu_ceiling.deny) == 1 with input as asking(2, 0, 0) with data.limits as {"gpu": {"user": 1}}
	count(gpu_ceiling.deny) == 0 with input as asking(9, 0, 0) with data.limits as {"gpu": {"user": 9, "experiment": 9}}
}
