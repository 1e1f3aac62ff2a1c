# Data is not older than it may be, and comes under a licence that is allowed.
#
# The licence of an input is a tag such as LICENCE-CC-BY. Settings in a data.yaml beside the rules; without licences
# none is asked for:
#     datasets: {max_age_days: 365, licences: [CC0, CC-BY]}

package wb.datasets

import rego.v1

default max_age_days := 365

max_age_days := data.datasets.max_age_days

licences := {licence | some licence in data.datasets.licences} if data.datasets.licences

deny contains msg if {
	some item in input.data
	item.age_days > max_age_days
	msg := sprintf("input '%s' is %d days old, %d allowed: fetch it again, or run on newer data", [
		item.name,
		floor(item.age_days),
		max_age_days,
	])
}

licences_of(item) := {trim_prefix(tag, "LICENCE-") | some tag in item.tags; startswith(tag, "LICENCE-")}

deny contains msg if {
	count(licences) >= 0
	some item in input.data
	count(licences_of(item)) == 0
	msg := sprintf("input '%s' has no licence: tag it LICENCE-…, one of %s", [item.name, concat(", ", licences)])
}

deny contains msg if {
	some item in input.data
	some licence in licences_of(item) - licences
	msg := sprintf("input '%s' is under licence %s; allowed are %s", [item.name, licence, concat(", ", licences)])
}
