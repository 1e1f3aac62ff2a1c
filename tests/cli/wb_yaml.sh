# A project file: its values, tasks and profiles, and what goes before what.
need_sandbox
project
cat >wb.yaml <<'YAML'
# what every run of this project starts from
experiment: digits
params: {lr: 0.1, epochs: 2}
inputs:
  words: data/words.txt
limits: {memory: 1G}
env: {GREETING: hello}
command: [sh, -c, 'echo "$GREETING" {lr} {epochs} $(cat "$WB_INPUTS/words")']
tasks:
  train:
    params: {epochs: 40}
    command: [sh, -c, 'echo train {lr} {epochs} "$@" in ${PWD##*/}', sh]
  quick: echo 'a quick one'
profiles:
  big: {params: {epochs: 100}, limits: {memory: 2G}}
YAML
mkdir data sub
echo words >data/words.txt
try run -q
try run -q train
try run -q train --profile big -p lr=7 -- more 'of it'
try -C sub run -q train
try -C sub run -q -- sh -c 'echo {lr}; cat "$WB_INPUTS/words"'
wb show @~2 | sed -n '/^Params/,/^$/p; /^Tags/,/^$/p; /^experiment/p'
try rerun -q @~2
try run -q -- quick
try run trian
try run train more
try run train --profile bigg
try run train --memmory 1G
try run --profile big --memory lots
wb run --help | sed -n '/^Usage/,/^$/p'
# A project whose runs let only metrics out; the command line cannot take that back.
cat >wb.yaml <<'YAML'
diode: true
command: [sh, -c, 'echo said; echo 1 >kept; wb log metric loss=1']
YAML
try run -q
wb show --json @ | grep -o '"diode":true'
wb show --json @ | grep -o '"artifacts":[^]]*]'
