package wb.working_hours_test

import data.wb.working_hours
import rego.v1

asking(weekday, hour, gpus, wall) := {
	"time": {"weekday": weekday, "hour": hour},
	"resources": {"gpus": gpus, "wall_seconds": wall},
}

test_short_and_small_by_day if count(working_hours.deny) == 0 with input as asking("Monday", 9, 2, 14400) with data.hours as {}

test_many_by_day if {
	deny := working_hours.deny with input as asking("Friday", 17, 4, 60) with data.hours as {}
	deny == {"4 GPUs asked, 2 allowed from 8 to 18 o'clock: ask for --gpus 2 or fewer, or wait"}
}

test_long_by_day if {
	deny := working_hours.deny with input as asking("Monday", 9, 1, 18000) with data.hours as {}
	deny == {"from 8 to 18 o'clock a run with GPUs takes 4 hours at most: ask for --time 4h or less, or wait"}
}

test_without_end_by_day if count(working_hours.deny) == 1 with input as asking("Monday", 9, 1, 0) with data.hours as {}

test_without_gpus_by_day if count(working_hours.deny) == 0 with input as asking("Monday", 9, 0, 0) with data.hours as {}

test_at_night if {
	count(working_hours.deny) == 0 with input as asking("Monday", 18, 8, 0) with data.hours as {}
	count(working_hours.deny) == 0 with input as asking("Monday", 7, 8, 0) with data.hours as {}
}

test_at_the_weekend if count(working_hours.deny) == 0 with input as asking("Sunday", 12, 8, 0) with data.hours as {}

test_settings if count(working_hours.deny) == 1 with input as asking("Monday", 6, 1, 60) with data.hours as {"from": 6, "gpus": 0}
