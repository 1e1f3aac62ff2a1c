# No run has a weaker sandbox than this: tier 1 is the strongest, tier 3 hides no files from the run.
#
# Settings in a data.yaml beside the rules:
#     sandbox: {weakest: 2}

package wb.sandbox_tier

import rego.v1

default weakest := 2

weakest := data.sandbox.weakest

deny contains msg if {
	input.sandbox.tier > weakest
	msg := sprintf("the sandbox would be tier %d, and tier %d is the weakest allowed: leave --tier out, or see 'wb doctor'", [
		input.sandbox.tier,
		weakest,
	])
}
