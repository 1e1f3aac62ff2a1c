# What was in a run's way, and what would allow it.
need_sandbox
project
mkdir ../data
echo 1 >../data/train.csv
echo 2 >not-frozen.bin
echo '*.bin' >.gitignore
try_run run -q -- sh -c 'cat ../data/train.csv; echo x >/etc/x'
general() { sed -E -e 's/\<[0-9a-f]{12}\>/ID/g' -e 's/\([a-z]+-[a-z]+-[0-9]+\)/(NAME)/' -e "s|$WORK|WORK|g" \
	-e 's/\<([0-9.]+ms|[0-9.]+s)\>/TIME/g'; }
try explain @ | general
wb explain --json @ | pick_json cause sure traced | general
# A question alone is seen by who traces.
try_run run -q -- test -e ../data/train.csv
try explain -q @ | general
try_run rerun -q --trace-files @
try explain @ | general
try_run run -q --trace-files -- test -e not-frozen.bin
try explain @ | general
try_run run -q -- true
try explain @ | general
try_run run -q -- no-such-command
try explain @ | general
try explain nothing
