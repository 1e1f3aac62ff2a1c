package wb.sealed_export_test

import data.wb.sealed_export
import rego.v1

settings := {"signers": ["release"], "destinations": ["s3://models/**"]}

artifact := {
	"path": "model.h5",
	"sha256": "cafe",
	"encrypted": true,
	"signed_by": "release",
	"destination": "s3://models/digits/1",
}

exporting(change) := {"action": "data.export", "artifacts": [object.union(artifact, change)]}

test_a_run_is_not_asked if count(sealed_export.deny) == 0 with input as {"action": "run.start"} with data.export as {}

test_sealed if count(sealed_export.deny) == 0 with input as exporting({}) with data.export as settings

test_not_named if sealed_export.deny == {"what leaves is not named"} with input as {"action": "data.export"} with data.export as {}

test_plain if {
	deny := sealed_export.deny with input as exporting({"encrypted": false}) with data.export as settings
	deny == {"model.h5 is not encrypted"}
}

test_unsigned if {
	deny := sealed_export.deny with input as exporting({"signed_by": ""}) with data.export as settings
	deny == {"model.h5 is signed by '', who is not in data.export.signers"}
}

test_elsewhere if {
	deny := sealed_export.deny with input as exporting({"destination": "s3://other/x"}) with data.export as settings
	deny == {"model.h5 may not go to s3://other/x: see data.export.destinations"}
}

test_nowhere_without_settings if count(sealed_export.deny) == 2 with input as exporting({}) with data.export as {}
