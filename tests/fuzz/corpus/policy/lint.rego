package t
import rego.v1
import input.resources as res
deny contains msg if {
	input.resources.gpu > 4
	some d in input.data
	d.tagz[_] == "PII"
	msg := sprintf("%s", [d.name])
}
deny contains "x" if input.data[_].tag == "PII"
deny contains "x" if res.cpu > 4
deny contains "y" if helper
helper if { every n in input.network { n.hots == "x" } }
helper if { count([a | some a in input.approvals; a.who == "x"]) > 1 }
helper if { input.params.lr == "1"; input.params["x"]; input.run.tags.any; input.frobnicate.x; input.tag == "x"; input.requested > 3; input.host == "x"; input.user.nmae }
helper if { input.whatever with input as {"whatever": 1} }
denny contains "x" if true
lib if input.foo
