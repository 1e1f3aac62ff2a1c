package t
import rego.v1
deny contains "x" if 1 / input.resources.gpus > 1
