package wb.egress_test

import data.wb.egress
import rego.v1

asking(host, port) := {"network": [{"host": host, "port": port}]}

hosts := [
	{"host": "models.example.com", "ports": [443]},
	{"host": "*.example.org", "ports": [443, 8443]},
	{"cidr": "10.0.0.0/8", "ports": [5432]},
]

refused(host, port) if count(egress.deny) == 1 with input as asking(host, port) with data.egress as hosts

passed(host, port) if count(egress.deny) == 0 with input as asking(host, port) with data.egress as hosts

test_none_asked if count(egress.deny) == 0 with input as {"network": []} with data.egress as []

test_nothing_without_a_list if {
	deny := egress.deny with input as asking("models.example.com", 443) with data.egress as []
	deny == {"models.example.com:443 is not in data.egress of the policy, so a run may not connect to it"}
}

test_by_name if passed("models.example.com", 443)

test_any_case if passed("Models.Example.COM", 443)

test_another_port if refused("models.example.com", 80)

test_any_port if refused("models.example.com", 0)

test_by_pattern if passed("data.example.org", 8443)

test_a_pattern_ends_at_a_dot if {
	refused("a.b.example.org", 443)
	refused("example.org", 443)
	refused("data.example.org.evil.net", 443)
}

test_by_network if passed("10.1.2.3", 5432)

test_outside_the_network if {
	refused("11.1.2.3", 5432)
	refused("10.1.2.3.evil.net", 5432)
	refused("::1", 5432)
}

test_every_name_below if {
	not passed("*.example.org", 443)
	count(egress.deny) == 0 with input as asking("*.example.org", 443)
	with data.egress as [{"host": "**.example.org", "ports": [443]}]
}
