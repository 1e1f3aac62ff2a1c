# Exit statuses of `wb run`, and the status each run has then.
need_sandbox
project
state()
{
	wb show --json @ | pick_json status exit_code signal
}
for words in 'exit 3' 'exit 120' 'kill -TERM $$' 'kill -SEGV $$'; do
	try run -q -- sh -c "$words"
	state
done
try run -q --time 1s -- sleep 60
state
# It waits to be ended: what ends by itself first has an exit code.
try run -q --disk 64K -- sh -c 'head -c 1000000 /dev/zero >big; sleep 60'
state
try run -q -- no-such-program
state
echo text >file
try run -q -- ./file
state
mkdir folder
try run -q -- ./folder
echo 'print(1)' >train.py
try run -q train.py
try run -q -i nowhere -- true
