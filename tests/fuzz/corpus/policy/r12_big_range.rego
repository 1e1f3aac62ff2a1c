package t
import rego.v1
deny contains "x" if bits.lsh(1, 100000000000) > 1
