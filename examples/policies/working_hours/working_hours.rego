# By day GPUs are for trying things out: few of them, and not for long. Nights and weekends are for long runs.
#
# Hours are those of the machine's clock. Settings in a data.yaml beside the rules:
#     hours: {from: 8, to: 18, gpus: 2, longest: 4}

package wb.working_hours

import rego.v1

default from := 8

from := data.hours.from

default to := 18

to := data.hours.to

default gpus := 2

gpus := data.hours.gpus

default longest := 4

longest := data.hours.longest

by_day if {
	not input.time.weekday in {"Saturday", "Sunday"}
	input.time.hour >= from
	input.time.hour < to
}

deny contains msg if {
	by_day
	input.resources.gpus > gpus
	msg := sprintf("%d GPUs asked, %d allowed from %d to %d o'clock: ask for --gpus %d or fewer, or wait", [
		input.resources.gpus,
		gpus,
		from,
		to,
		gpus,
	])
}

deny contains msg if {
	by_day
	input.resources.gpus > 0
	too_long
	msg := sprintf("from %d to %d o'clock a run with GPUs takes %v hours at most: ask for --time %vh or less, or wait", [
		from,
		to,
		longest,
		longest,
	])
}

too_long if input.resources.wall_seconds > longest * 3600

# 0 is no limit.
too_long if input.resources.wall_seconds == 0
