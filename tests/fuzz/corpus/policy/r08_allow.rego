package t
import rego.v1
default allow := false
allow if { input.user.name == "nobody" }
allow if { startswith(input.experiment, "prod"); input.resources.gpus <= 2; not pii }
pii if { some d in input.data; "PII" in d.tags }
