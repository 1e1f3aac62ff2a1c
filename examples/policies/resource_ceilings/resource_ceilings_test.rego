package wb.resource_ceilings_test

import data.wb.resource_ceilings
import rego.v1

asking(memory, disk, wall) := {"resources": {"memory_bytes": memory, "disk_bytes": disk, "wall_seconds": wall}}

gib := 1073741824

test_no_limits if count(resource_ceilings.deny) == 0 with input as asking(0, 0, 0) with data.limits as {}

test_at_the_ceilings if count(resource_ceilings.deny) == 0 with input as asking(64 * gib, 500 * gib, 86400) with data.limits as {}

test_memory if {
	deny := resource_ceilings.deny with input as asking(65 * gib, 0, 0) with data.limits as {}
	deny == {"65 GiB of memory asked, 64GiB allowed: ask for --memory 64GiB or less"}
}

test_disk if {
	deny := resource_ceilings.deny with input as asking(0, 501 * gib, 0) with data.limits as {}
	deny == {"501 GiB of disk asked, 500GiB allowed: ask for --disk 500GiB or less"}
}

test_time if {
	deny := resource_ceilings.deny with input as asking(0, 0, 90000) with data.limits as {}
	deny == {"25 hours asked, 24 allowed: ask for --time 24h or less"}
}

test_required if {
	deny := resource_ceilings.deny with input as asking(0, 0, 0) with data.limits as {"required": true, "hours": 8}
	deny == {
		"no limit of memory asked, 64GiB allowed: ask for --memory 64GiB or less",
		"no limit of time asked, 8 hours allowed: ask for --time 8h or less",
	}
}
