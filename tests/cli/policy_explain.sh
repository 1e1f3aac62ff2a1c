# An input of a run that wants $1 GPUs, an input tagged $2, approved by $3.
question()
{
	cat <<JSON
{"schema":1,"action":"run.start","time":{"ns":1700000000000000000,"rfc3339":"2023-11-14T22:13:20Z","weekday":"Tuesday","hour":22},
"user":{"name":"ada","uid":1000,"groups":["lab"]},"host":{"name":"box","gpus":8},"experiment":"Default","run":{"name":"","tags":{}},
"command":["python3","train.py"],"params":{},
"resources":{"gpus":$1,"cpus":0,"memory_bytes":0,"disk_bytes":0,"wall_seconds":0},
"data":[{"name":"patients","path":"patients.h5","sha256":"00","bytes":1,"tags":[$2],"tag_sources":{},"age_days":0}],
"network":[],"secrets":[],"code":{"tree":"","commit":"","branch":"","dirty":false,"remote":""},
"sandbox":{"tier":1,"layers":[]},"usage":{"user_gpus":0,"experiment_gpus":0},
"approvals":[{"subject":"patients","kind":"data","by":"$3","reason":"study 7","at_ns":1}]}
JSON
}

question 5 '"PII"' ada >both.json
question 4 '"PII"' eve >approved.json
question -1 '"PII"' eve >negative.json
question 4 '"pii"' eve >spelled.json
question 8 '' ada >gpus.json
try policy explain --input gpus.json
project
cp ../cwd/*.json .
try policy explain --input both.json
try policy explain --input approved.json
try policy explain --input negative.json
try policy explain --input spelled.json
try policy explain --json --input gpus.json
cat >.wb/policy/starter.rego <<'REGO'
package team

default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"; input.tag != "PII" }
REGO
try policy explain --input both.json
echo 'package team {' >.wb/policy/starter.rego
try policy explain --input approved.json
try policy explain
try policy explain @
try policy explain true
try policy explain true false
echo '[' >bad.json
try policy explain --input bad.json
echo '{}' | try policy explain --input -
