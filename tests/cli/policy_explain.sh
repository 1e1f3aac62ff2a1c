policy_question 5 '"PII"' ada >both.json
policy_question 4 '"PII"' eve >approved.json
policy_question -1 '"PII"' eve >negative.json
policy_question 4 '"pii"' eve >spelled.json
policy_question 8 '' ada >gpus.json
try policy explain --input gpus.json
project
cp ../cwd/*.json .
try policy explain --input both.json
try policy explain --input approved.json
try policy explain --input negative.json
try policy explain --input spelled.json
try policy explain --json --input gpus.json | sed 's/"ns":[0-9]*,"input"/"ns":N,"input"/'
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
# The groups of the caller, the first of them too.
wb policy explain --json -- true | python3 -c '
import grp, json, os, sys
asked = json.load(sys.stdin)["input"]["user"]["groups"]
def name(gid):
    try: return grp.getgrgid(gid).gr_name
    except KeyError: return str(gid)
print(sorted(asked) == sorted(name(g) for g in {os.getegid(), *os.getgroups()}))'
