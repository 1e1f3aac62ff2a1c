# GPUs are shared: so many at a time for a user, and for an experiment.
#
# Settings in a data.yaml beside the rules:
#     limits: {gpu: {user: 4, experiment: 8}}

package wb.gpu_ceiling

import rego.v1

default per_user := 4

per_user := data.limits.gpu.user

default per_experiment := 8

per_experiment := data.limits.gpu.experiment

asked := input.resources.gpus

deny contains msg if {
	asked > 0
	asked + input.usage.user_gpus > per_user
	msg := sprintf("%d GPUs asked, %d in use by %s, %d allowed: ask for --gpus %d or fewer", [
		asked,
		input.usage.user_gpus,
		input.user.name,
		per_user,
		left(per_user, input.usage.user_gpus),
	])
}

deny contains msg if {
	asked > 0
	asked + input.usage.experiment_gpus > per_experiment
	msg := sprintf("%d GPUs asked, %d in use by experiment %s, %d allowed: ask for --gpus %d or fewer", [
		asked,
		input.usage.experiment_gpus,
		input.experiment,
		per_experiment,
		left(per_experiment, input.usage.experiment_gpus),
	])
}

left(limit, used) := max([0, limit - used])
