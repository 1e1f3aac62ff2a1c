# No run may ask for more memory, disk or time than a ceiling, nor, where limits are required, for none at all.
#
# Settings in a data.yaml beside the rules:
#     limits: {memory: 64GiB, disk: 500GiB, hours: 24, required: true}

package wb.resource_ceilings

import rego.v1

default memory := "64GiB"

memory := data.limits.memory

default disk := "500GiB"

disk := data.limits.disk

default hours := 24

hours := data.limits.hours

default required := false

required := data.limits.required

deny contains msg if {
	input.resources.memory_bytes > units.parse_bytes(memory)
	msg := sprintf("%v GiB of memory asked, %s allowed: ask for --memory %s or less", [
		tenths(input.resources.memory_bytes / 1073741824),
		memory,
		memory,
	])
}

deny contains msg if {
	input.resources.disk_bytes > units.parse_bytes(disk)
	msg := sprintf("%v GiB of disk asked, %s allowed: ask for --disk %s or less", [
		tenths(input.resources.disk_bytes / 1073741824),
		disk,
		disk,
	])
}

deny contains msg if {
	input.resources.wall_seconds > hours * 3600
	msg := sprintf("%v hours asked, %v allowed: ask for --time %vh or less", [
		tenths(input.resources.wall_seconds / 3600),
		hours,
		hours,
	])
}

# 0 is no limit.
deny contains msg if {
	required
	input.resources.memory_bytes == 0
	msg := sprintf("no limit of memory asked, %s allowed: ask for --memory %s or less", [memory, memory])
}

deny contains msg if {
	required
	input.resources.wall_seconds == 0
	msg := sprintf("no limit of time asked, %v hours allowed: ask for --time %vh or less", [hours, hours])
}

tenths(x) := round(x * 10) / 10
