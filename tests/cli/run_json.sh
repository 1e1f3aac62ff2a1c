# The record that `wb run --json` prints: promised members first and in order.
need_sandbox
project
echo data >in.txt
wb run -q --json -n first -e trial -p lr=0.1 -t kind=try -i in.txt -- sh -c '
	wb log loss=0.5 step=1; wb log loss=NaN step=2; wb log param depth=3; echo x >out.txt' >../record 2>../rest
cat ../rest
sed -E -e 's/"duration_s":[0-9.e-]+/"duration_s":TIME/' -e 's/,"system":.*/,…}/' -e 's/"detail":\{.*"artifacts"/…,"artifacts"/' ../record
wb ls --json | sed -E -e 's/"duration_s":[0-9.e-]+/"duration_s":TIME/' -e 's/"start":"[^"]*"/"start":WHEN/'
wb metrics @ loss --json | sed -E 's/"time_ms":[0-9]+/"time_ms":TIME/'
wb metrics @ loss
wb show --json @ >../shown
cmp ../record ../shown && echo 'show prints the same'
# No member without a word about it.
wb rerun -q --json @ >../again 2>/dev/null
wb run -q --json -- nosuchcommand >../absent 2>/dev/null || :
cat ../record ../again ../absent | python3 -c '
import json, sys
page = open(sys.argv[1]).read()
for line in sys.stdin:
    print([k for k in json.loads(line) if "`" + k + "`" not in page and "\"" + k + "\"" not in page])' "$SRC/docs/json.md"
