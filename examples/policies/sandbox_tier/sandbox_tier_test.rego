package wb.sandbox_tier_test

import data.wb.sandbox_tier
import rego.v1

asking(tier) := {"sandbox": {"tier": tier, "layers": []}}

test_strong_enough if {
	count(sandbox_tier.deny) == 0 with input as asking(1) with data.sandbox as {}
	count(sandbox_tier.deny) == 0 with input as asking(2) with data.sandbox as {}
}

test_too_weak if {
	deny := sandbox_tier.deny with input as asking(3) with data.sandbox as {}
	deny == {"the sandbox would be tier 3, and tier 2 is the weakest allowed: leave --tier out, or see 'wb doctor'"}
}

test_settings if {
	count(sandbox_tier.deny) == 1 with input as asking(2) with data.sandbox as {"weakest": 1}
	count(sandbox_tier.deny) == 0 with input as asking(3) with data.sandbox as {"weakest": 3}
}
