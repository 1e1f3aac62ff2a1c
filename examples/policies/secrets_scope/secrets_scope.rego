# A secret is given only to the experiments that it was made for.
#
# Settings in a data.yaml beside the rules; a secret that is not named goes to nobody:
#     scopes: {HF_TOKEN: ["digits", "vision/*"]}

package wb.secrets_scope

import rego.v1

default scopes := {}

scopes := data.scopes

deny contains msg if {
	some name in input.secrets
	not in_scope(name)
	msg := sprintf("secret %s is not for experiment %s: data.scopes of the policy says for which", [name, input.experiment])
}

in_scope(name) if {
	some pattern in scopes[name]
	glob.match(pattern, ["/"], input.experiment)
}
