package t
import rego.v1
denny contains "x" if true
