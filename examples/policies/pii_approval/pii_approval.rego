# Personal data needs the approval of somebody else than the one who starts the run.
#
# Settings in a data.yaml beside the rules:
#     pii: {tags: [PII, PHI, PCI]}

package wb.pii_approval

import rego.v1

default protected := {"PII", "PHI"}

protected := {tag | some tag in data.pii.tags} if data.pii.tags

deny contains msg if {
	some item in input.data
	some tag in item.tags
	tag in protected
	not approved(item)
	msg := sprintf("input '%s' is tagged %s, and nobody but %s has approved its use", [item.name, tag, input.user.name])
}

# An approval names the input, or better the digest of its bytes.
approved(item) if {
	some approval in input.approvals
	approval.kind == "data"
	approval.subject in {item.name, item.sha256}
	approval.by != input.user.name
}
