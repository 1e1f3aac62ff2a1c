# The example's policy beside the starter policy: they agree.
project
cp "$SRC/examples/digits/policy/digits.rego" .wb/policy/
try policy check --strict
policy_question 5 '"PII"' ada >both.json
policy_question 4 '"PHI"' ada >phi.json
policy_question 4 '"PII"' eve >approved.json
policy_question 0 '' ada '"epochs":"500"' >epochs.json
policy_question 0 '' ada '"epochs":"many"' >words.json
try policy explain --input both.json
try policy explain --input phi.json
try policy explain --input approved.json
try policy explain --input epochs.json
try policy explain --input words.json
