# Rules for runs of this project, beside the starter policy in .wb/policy: a run
# is refused when `deny` of either has a member; each member is a reason.
package digits

import rego.v1

# At most four GPUs for one run.
deny contains msg if {
	input.resources.gpus > 4
	msg := sprintf("a run of this project gets at most 4 GPUs, %d were asked for", [input.resources.gpus])
}

# Personal data only with an approval that somebody else gave.
deny contains msg if {
	some item in input.data
	some tag in item.tags
	tag in {"PII", "PHI"}
	not approved(item)
	msg := sprintf("input '%s' is tagged %s, and nobody else has approved its use", [item.name, tag])
}

# An approval names the input, or the digest of its bytes.
approved(item) if {
	some approval in input.approvals
	approval.subject in {item.name, item.sha256}
	approval.by != input.user.name
}

# Training this example needs no network.
deny contains msg if {
	some peer in input.network
	msg := sprintf("a run of this project needs no network, %s was asked for", [peer.host])
}

# More than a hundred epochs are a waste of time here.
warn contains msg if {
	to_number(input.params.epochs) > 100
	msg := sprintf("%s epochs: this network is done after 20", [input.params.epochs])
}
