package wb.secrets_scope_test

import data.wb.secrets_scope
import rego.v1

asking(experiment) := {"experiment": experiment, "secrets": ["HF_TOKEN"]}

scopes := {"HF_TOKEN": ["digits", "vision/*"], "OTHER": ["*"]}

test_none_asked if count(secrets_scope.deny) == 0 with input as {"experiment": "x", "secrets": []} with data.scopes as {}

test_by_name if count(secrets_scope.deny) == 0 with input as asking("digits") with data.scopes as scopes

test_by_pattern if count(secrets_scope.deny) == 0 with input as asking("vision/cars") with data.scopes as scopes

test_a_pattern_ends_at_a_slash if count(secrets_scope.deny) == 1 with input as asking("vision/a/b") with data.scopes as scopes

test_another_experiment if {
	deny := secrets_scope.deny with input as asking("cars") with data.scopes as scopes
	deny == {"secret HF_TOKEN is not for experiment cars: data.scopes of the policy says for which"}
}

test_a_secret_that_nobody_named if {
	count(secrets_scope.deny) == 1 with input as asking("digits") with data.scopes as {"OTHER": ["*"]}
	count(secrets_scope.deny) == 1 with input as asking("digits") with data.scopes as {}
}
