package t
import rego.v1
deny contains "x" if count(numbers.range(1, 1000000000)) > 1
