# a query's speed, of one that is asked in no time and one that takes a while: the number alone is the machine's
printf 'package team\ndefault allow := false\nallow if input.n < 3\nbad := 1 if true\nbad := 2 if true\n' >team.rego
echo '{"n": 2}' >input.json
wb policy bench -d team.rego -i input.json data.team.allow | sed 's/[0-9][0-9]*/N/'
wb policy bench --json -d team.rego 'count(numbers.range(1, 2000))' | sed 's/:[0-9][0-9]*}/:N}/'
try policy bench -d team.rego data.team.bad
try policy bench -d team.rego 'input.n <'
try policy bench -d nothing.rego data.team.allow
try policy bench
