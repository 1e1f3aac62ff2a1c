package t
import rego.v1
a := "\x41 \q"
