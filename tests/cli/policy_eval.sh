try policy eval '1 + 2 * 3'
project
cat >team.rego <<'REGO'
package team

import rego.v1

limit := 4

deny contains msg if {
	input.gpus > limit
	msg := sprintf("%d GPUs are more than %d", [input.gpus, limit])
}
REGO
echo '{"gpus": 8}' >input.json
echo '{"owner": "ada"}' >data.json
try policy eval 'data.wb.max_gpus'
try policy eval -d team.rego -i input.json 'data.team.deny'
try policy eval -d team.rego -d data.json 'data'
try policy eval -d team.rego 'data.team.nothing'
try policy eval 'some x in [1, 2, 3]; x > 1'
try policy eval --json 'some x in [1, 2]; y := x * 2'
try policy eval --json 'data.nothing'
try policy eval --format json 'x := data.wb.max_gpus'
try policy eval --format raw 'input.name' -i input.json
try policy eval --format raw 'sprintf("%d", [4]); [1, "a"]'
try policy eval --fail '1 > 2'
try policy eval --fail '2 > 1'
echo '{"gpus": 8}' | try policy eval -i - 'input.gpus'
try policy eval 'input.gpus >'
try policy eval 'count([1)'
try policy eval 'cuont([1])'
try policy eval 'x > 1'
try policy eval --json 'x > 1'
try policy eval
try policy eval -i nowhere.json 'input'
echo '{"gpus": }' >bad.json
try policy eval -i bad.json 'input'
echo 'package broken {' >broken.rego
try policy eval -d broken.rego 'data'
try policy eval --json -d broken.rego 'data'
echo 'a: 1' >data.yaml
try policy eval -d data.yaml 'data'
