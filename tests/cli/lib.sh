# What several command-line cases need; sourced before each case.

# An empty project with its own store in ./p, entered.
project()
{
	mkdir -p "$WORK/p"
	cd "$WORK/p"
	wb init -q >/dev/null
}

# A project whose store holds the runs of tests/support/sample_store.c.
samples()
{
	project
	"$BUILD/tests/support/sample_store" .wb
}

# Shows a command line, what it prints on both streams, and its status where that is not 0.
try()
{
	printf '$ wb'
	printf ' %s' "$@"
	echo
	status=0
	wb "$@" 2>&1 || status=$?
	[ $status = 0 ] || echo "[$status]"
}

# For cases that start runs.
need_sandbox()
{
	wb doctor --quick >"$WORK/doctor" 2>&1 && return
	echo "no sandbox here: $(grep FAIL "$WORK/doctor" | head -1)"
	exit 77
}

# As try(), for what is different each time: ids, names that were made up, times.
try_run()
{
	try "$@" | sed -E -e 's/\<[0-9a-f]{12}\>/ID/g' -e 's/\([a-z]+-[a-z]+-[0-9]+\)/(NAME)/' \
		-e 's/\<([0-9.]+ms|[0-9.]+s)\>/TIME/g'
}

# As try(), but the two streams apart: what goes to standard error is marked.
try_apart()
{
	printf '$ wb'
	printf ' %s' "$@"
	echo
	status=0
	wb "$@" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	cat "$WORK/stdout"
	sed 's/^/stderr: /' "$WORK/stderr"
	[ $status = 0 ] || echo "[$status]"
}

# The members of a JSON object on standard input, as "status": values that may hold no comma.
pick_json() # MEMBER...
{
	read -r line
	for member in "$@"; do
		printf '%s\n' "$line" | grep -o "\"$member\":[^,}]*" | head -1
	done
}

# What the policy is asked about a run that wants $1 GPUs and an input tagged $2 that $3 approved; $4: its params.
policy_question()
{
	cat <<JSON
{"schema":1,"action":"run.start","time":{"ns":1700000000000000000,"rfc3339":"2023-11-14T22:13:20Z","weekday":"Tuesday","hour":22},
"user":{"name":"ada","uid":1000,"groups":["lab"]},"host":{"name":"box","gpus":8},"experiment":"Default","run":{"name":"","tags":{}},
"command":["python3","train.py"],"params":{${4:-}},
"resources":{"gpus":$1,"cpus":0,"memory_bytes":0,"disk_bytes":0,"wall_seconds":0},
"data":[{"name":"patients","path":"patients.h5","sha256":"00","bytes":1,"tags":[$2],"tag_sources":{},"age_days":0}],
"network":[],"secrets":[],"code":{"tree":"","commit":"","branch":"","dirty":false,"remote":""},
"sandbox":{"tier":1,"layers":[]},"usage":{"user_gpus":0,"experiment_gpus":0},
"approvals":[{"subject":"patients","kind":"data","by":"$3","reason":"study 7","at_ns":1}]}
JSON
}
