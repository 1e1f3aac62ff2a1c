# A real unified diff between two frozen trees.
need_sandbox
project
printf 'one\ntwo\nthree\n' >train.py
echo gone >old.txt
printf 'a\0b' >blob
try_run run -q -n before -p lr=1 -- sh -c 'wb log loss=1'
printf 'one\n2\nthree\n' >train.py
chmod +x train.py
rm old.txt
printf 'a\0c' >blob
echo new >'new file'
try_run run -q -n after -p lr=2 -- sh -c 'wb log loss=0.5; exit 1'
try_run diff before after
wb diff --exit-code before after >../differs || echo "[$?]"
wb diff --json before after | grep -o '"files":\[[^]]*\]'
mkdir there
wb checkout -q before there/code
ls -l there/code | awk 'NR > 1 { print $1, $NF }'
cat there/code/train.py
