# What leaves is encrypted, signed by somebody who may, and goes where it may go.
#
# Asked where the action is data.export. Settings in a data.yaml beside the rules:
#     export: {signers: [release], destinations: ["s3://models/**"]}

package wb.sealed_export

import rego.v1

default signers := []

signers := data.export.signers

default destinations := []

destinations := data.export.destinations

leaving contains artifact if {
	input.action == "data.export"
	some artifact in input.artifacts
}

deny contains "what leaves is not named" if {
	input.action == "data.export"
	not input.artifacts
}

deny contains msg if {
	some artifact in leaving
	not artifact.encrypted
	msg := sprintf("%s is not encrypted", [artifact.path])
}

deny contains msg if {
	some artifact in leaving
	not artifact.signed_by in signers
	msg := sprintf("%s is signed by '%s', who is not in data.export.signers", [artifact.path, artifact.signed_by])
}

deny contains msg if {
	some artifact in leaving
	not welcome(artifact.destination)
	msg := sprintf("%s may not go to %s: see data.export.destinations", [artifact.path, artifact.destination])
}

welcome(destination) if {
	some pattern in destinations
	glob.match(pattern, ["/"], destination)
}
