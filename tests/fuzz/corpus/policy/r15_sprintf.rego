package t
import rego.v1
warn contains "w" if to_number(input.run.name) > 4
warn contains "v" if true
deny contains msg if { false; msg := "x" }
