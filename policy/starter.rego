# What runs of this project may do.
#
# wb reads every *.rego file in this folder before each run. A run is refused
# when `deny` gets a member, and each member is a sentence that says why. Edit
# this file freely: it is yours, and nothing else in wb depends on it.
#
#   wb policy check                          are there mistakes in these files?
#   wb policy explain -- python3 train.py    what would they say about this run?
#   wb policy explain --json -- true         every field that a rule can look at
#
# The language is Rego. All you need for a rule of your own is below.

package wb

import rego.v1

# ---- settings: change these ----

# The most GPUs that one run may ask for with --gpus.
max_gpus := 4

# Inputs with one of these tags need an approval. A file carries its tags in the
# HDF5 attribute "wb.tags".
protected_tags := {"PII"}

# Where a run may connect to, as "HOST:PORT". Empty: nowhere.
# Example: allowed_network := ["data.example.org:443", "files.example.org:443"]
allowed_network := []

# The weakest sandbox that a run may have. 1 is the strongest; 3 hides no files from
# a run, and is only ever had by asking for it with --tier 3.
weakest_tier := 2

# ---- rules ----

# Read a rule as: deny, for the reason msg, if every line between { and } holds.
# `:=` gives a name to a value; `input` is what wb knows about the run.

# Not too many GPUs.
deny contains msg if {
	input.resources.gpus > max_gpus
	msg := sprintf("%d GPUs were asked for, and a run gets at most %d; ask for --gpus %d or fewer", [
		input.resources.gpus,
		max_gpus,
		max_gpus,
	])
}

# No protected input without an approval. `some item in xs` tries every item of
# xs: one that makes all lines hold is enough, and each one gives its own reason.
deny contains msg if {
	some item in input.data
	some tag in item.tags
	tag in protected_tags
	not approved(item)
	msg := sprintf("input '%s' is tagged %s, and nobody else has approved its use", [item.name, tag])
}

# An approval names the input, or the digest of its bytes, and comes from
# another person than the one who starts the run.
approved(item) if {
	some approval in input.approvals
	approval.subject in {item.name, item.sha256}
	approval.by != input.user.name
}

# What the run wants to connect to, written as the setting above is.
asked_network contains sprintf("%s:%d", [peer.host, peer.port]) if some peer in input.network

# No network, unless it is listed above.
deny contains msg if {
	some address in asked_network
	not address in allowed_network
	widened := array.concat(allowed_network, [place | some place in asked_network; not place in allowed_network])
	msg := sprintf("%s is not in allowed_network of the policy, so a run may not connect to it; to allow it, set %s", [
		address,
		sprintf("allowed_network := %s", [json.marshal(widened)]),
	])
}

# No sandbox that is weaker than the setting above.
deny contains msg if {
	input.sandbox.tier > weakest_tier
	msg := sprintf("the sandbox would be tier %d, and a run gets tier %d at the weakest; leave --tier out", [
		input.sandbox.tier,
		weakest_tier,
	])
}

# ---- a rule of your own ----

# `warn` is said, but refuses nothing. Take the # away to try it:
#
# warn contains msg if {
# 	input.code.dirty
# 	msg := "the code has changes that are not committed"
# }
