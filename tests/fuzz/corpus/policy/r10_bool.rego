package t
import rego.v1
deny if input.user.uid == 0
deny := "text" if false
violation := true
allow := "yes"
