package wb.datasets_test

import data.wb.datasets
import rego.v1

asking(age, tags) := {"data": [{"name": "cars", "age_days": age, "tags": tags}]}

settings := {"max_age_days": 90, "licences": ["CC0", "CC-BY"]}

test_no_data if count(datasets.deny) == 0 with input as {"data": []} with data.datasets as settings

test_fresh if count(datasets.deny) == 0 with input as asking(365, []) with data.datasets as {}

test_old if {
	deny := datasets.deny with input as asking(400.7, []) with data.datasets as {}
	deny == {"input 'cars' is 400 days old, 365 allowed: fetch it again, or run on newer data"}
}

test_old_by_settings if count(datasets.deny) == 1 with input as asking(91, ["LICENCE-CC0"]) with data.datasets as settings

test_licence if count(datasets.deny) == 0 with input as asking(1, ["PUBLIC", "LICENCE-CC-BY"]) with data.datasets as settings

test_no_licence if {
	deny := datasets.deny with input as asking(1, ["PUBLIC"]) with data.datasets as settings
	deny == {"input 'cars' has no licence: tag it LICENCE-…, one of CC-BY, CC0"}
}

test_another_licence if {
	deny := datasets.deny with input as asking(1, ["LICENCE-CC0", "LICENCE-OWN"]) with data.datasets as settings
	deny == {"input 'cars' is under licence OWN; allowed are CC-BY, CC0"}
}

test_no_licence_allowed if count(datasets.deny) == 1 with input as asking(1, []) with data.datasets as {"licences": []}
