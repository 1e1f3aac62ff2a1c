project
try config
try config run.memory 4G
try config --origin run.memory
try config run.time
try config run.memmory 1G
try config run.memory lots
try config ui.color --json
try config ui.color never --json | sed "s|$WORK|~|"
try config --unset run.memory
try config --unset run.memory --json
try config --unset run.memry
try config --unset
try config run.memory
printf 'run:\n  memmory: 1G\n' >.wb/config.yaml
try config
