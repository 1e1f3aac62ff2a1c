# What the run writes goes to the stream it wrote to; under --json all of it to standard error.
need_sandbox
project
try_apart run -q -- sh -c 'echo answer; echo remark >&2'
wb run --json -q -- sh -c 'echo answer' >../record 2>../rest
pick_json status <../record
cat ../rest
try_apart logs @
try_apart run -q -- printf 'no newline'
printf 'input\n' | wb run -q -- cat
try_apart run -q -- cat
[ ! -c /dev/full ] || wb run -q -- echo answer 2>&1 >/dev/full | sed -E 's/attach [0-9a-f]{12}/attach ID/'
