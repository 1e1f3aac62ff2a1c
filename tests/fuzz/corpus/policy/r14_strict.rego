package t
import rego.v1
deny contains "x" if to_number(input.run.name) > 4
warn contains "x" if to_number(input.run.name) > 4
