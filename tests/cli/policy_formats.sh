# Policy commands in scripts and workflows: dialects, standard input, data as YAML and in folders, annotations.
cat >short.rego <<'REGO'
package team

default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"; input.tag != "PII" }
REGO
cat >unused.rego <<'REGO'
package team

import rego.v1

p if { x := 1; input.y }
REGO
cat >conflict.rego <<'REGO'
package team

import rego.v1

p := 1 if input.x
p := 2 if input.x
q := 1 / input.x
REGO
try policy check --v0 short.rego
try policy check --v1 --format json short.rego
try policy check --v0 --v1 short.rego
try policy check --strict --format json unused.rego
try policy check --format json unused.rego
printf 'package team\n\nimport rego.v1\n\ndenny contains "100%%: a, b" if input.resources.gpu > 4\n' >quiet.rego
try policy check --fail-on-warnings --format github quiet.rego
echo 'package team {' | try policy check --format github -
echo 'package team' | try policy check -
# What cannot be read is told in the shape that was asked for.
try policy check --format json nowhere.rego
try policy check --format github nowhere.rego
try policy check nowhere.rego
try policy test --json nowhere.rego
echo 'package team {' >broken.rego
try policy test --junit broken.rego
try policy eval --format json
try policy eval --format json 'data.nothing'
try policy eval --format pretty '1 + 1'
echo '{"x": 0}' >input.json
try policy eval --format json -d conflict.rego -i input.json 'data.team.p'
try policy eval --format json -d conflict.rego -i input.json 'data.team.q'
try policy eval --format json --strict-builtin-errors -d conflict.rego -i input.json 'data.team.q'
try policy eval --format github --strict-builtin-errors -d conflict.rego -i input.json 'data.team.q'
echo '{"x": }' >bad.json
try policy eval --format json -i bad.json 'input'
try policy eval --format json -d nowhere 'input'
# Data lies at the name of the folder below the one that is named.
mkdir -p dir/limits/gpu .wb/policy
echo '{"owner": "ada"}' >dir/data.json
echo '{"most": 4}' >dir/limits/gpu/data.json
cat >dir/limits/more.yaml <<'YAML'
hours: [8, 18]
words: {quoted: "yes", plain: a b, none: ~, half: .5, exact: 1e3}
YAML
cp short.rego dir/limits/
try policy eval --format json -d dir 'data.limits; data.owner'
for word in yes 010 0x1f .inf 99999999999999999999; do
	echo "a: $word" >word.yaml
	try policy eval -d word.yaml data
done
# Without a query: the decision, in the short style too.
policy_question 5 '"PII"' ada >both.json
policy_question 4 '"PHI"' ada >phi.json
policy_question -1 '' ada >negative.json
try policy eval -d short.rego -i both.json
try policy eval -d short.rego -i phi.json
try policy eval -d short.rego -i both.json --format github
try policy eval -d short.rego -i phi.json --format json | sed 's/"ns":[0-9]*,"input"/"ns":N,"input"/'
try policy eval -d short.rego -i negative.json
try policy eval -d short.rego -i negative.json --format json
try policy eval -d conflict.rego -i phi.json
printf 'package team\n\nimport rego.v1\n\ndeny contains x if x := 1 / input.resources.cpus\n' >zero.rego
try policy eval -d zero.rego -i phi.json
mkfifo dir/pipe.rego
try policy check dir
