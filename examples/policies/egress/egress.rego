# A run may connect to the hosts and ports of a list, and nowhere else.
#
# Settings in a data.yaml beside the rules; '*' stands for one part of a name, '**' for any number:
#     egress:
#       - {host: models.example.com, ports: [443]}
#       - {host: "*.example.org", ports: [443, 8443]}
#       - {cidr: 10.0.0.0/8, ports: [5432]}

package wb.egress

import rego.v1

default allowed := []

allowed := data.egress

deny contains msg if {
	some peer in input.network
	not reachable(peer)
	msg := sprintf("%s:%d is not in data.egress of the policy, so a run may not connect to it", [peer.host, peer.port])
}

reachable(peer) if {
	some entry in allowed
	peer.port in entry.ports
	glob.match(lower(entry.host), ["."], deepest(lower(peer.host)))
}

# `--net '*.example.org'` asks for every name below, however deep: an entry with '*', for one part, does not grant that.
deepest(host) := concat("", ["any.depth.", trim_prefix(host, "*.")]) if startswith(host, "*.")

deepest(host) := host if not startswith(host, "*.")

# Only what is an address is compared with networks: a name could mean anything tomorrow.
reachable(peer) if {
	some entry in allowed
	peer.port in entry.ports
	regex.match(`^([0-9]{1,3}\.){3}[0-9]{1,3}$|^[0-9a-fA-F:]*:[0-9a-fA-F:]*$`, peer.host)
	net.cidr_contains(entry.cidr, peer.host)
}
