# Where each value in force comes from.
project
mkdir -p "$XDG_CONFIG_HOME/wb"
printf 'run:\n  time: 1h\n' >"$XDG_CONFIG_HOME/wb/config.yaml"
wb config run.memory 4G
cat >wb.yaml <<'YAML'
experiment: digits
params: {lr: 0.1}
limits: {cpus: 2, net_bytes: 1G}
diode: true
seed: 7
workdir: copy
command: python3 train.py
tasks:
  train:
    params:
      lr: 0.2
profiles:
  big: {limits: {memory: 8G}, diode_out: 4K}
YAML
COLUMNS=200
export COLUMNS
# The table is as wide as the folder's name is long.
try config --origin | sed 's/   */  /g'
try config --origin --task train --profile big | sed 's/   */  /g'
try config --origin params.lr
try config --json --profile big run.memory
try --color never config --origin ui.color
NO_COLOR=1 try config --origin ui.color
try config params.momentum
try config --profile bog
try --store .wb config --origin store
