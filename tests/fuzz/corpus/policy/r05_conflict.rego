package t
import rego.v1
limit := 1 if input.resources.gpus == 0
limit := 2 if input.user.uid >= 0
deny contains "x" if limit > 4
