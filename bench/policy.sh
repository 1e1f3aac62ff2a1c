# Policies: a process that decides once, what a run pays, decisions on a prepared query, compiling; beside opa where it is installed.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
cd "$WORK"
cat >two.rego <<'REGO'
package team
default allow := false
allow if {
	input.resource == "gpu"
	input.requested <= 4
}
allow if {
	input.resource == "data"
	input.tag != "PII"
}
REGO
echo '{"resource": "data", "name": "d", "tag": "public", "user": "u77", "role": "none"}' >input.json
mkdir modules
awk 'BEGIN {
	print "{\"entries\": {" >"entries.json"
	for (i = 0; i < 10000; i++)
		printf "%s\"u%d\": {\"role\": \"r%d\", \"level\": %d}\n", i ? "," : "", i, i % 50, i % 10 >"entries.json"
	print "}}" >"entries.json"
	print "package many" >"many.rego"
	for (i = 0; i < 45; i++)
		printf "deny contains \"m%d\" if { data.entries[input.user].role == \"r%d\"; data.entries[input.user].level > %d }\n",
			i, i, i % 10 >"many.rego"
	print "package scan" >"scan.rego"
	for (i = 0; i < 45; i++)
		printf "deny contains \"m%d\" if { some name, e in data.entries; e.role == input.role; e.level > %d; name != \"\" }\n",
			i, i % 10 >"scan.rego"
	print "package few\ndefault allow := false" >"few.rego"
	for (i = 0; i < 10; i++)
		printf "allow if { input.role == \"r%d\"; input.tag == \"t%d\" }\n", i, i % 7 >"few.rego"
	print "package wide\ndefault allow := false" >"wide.rego"
	for (i = 0; i < 1000; i++)
		printf "allow if { input.role == \"r%d\"; input.tag == \"t%d\" }\n", i, i % 7 >"wide.rego"
	for (i = 0; i < 1000; i++) {
		f = "modules/m" i ".rego"
		printf "package m%d\nimport data.m%d\ndefault allow := false\n", i, (i + 1) % 1000 >f
		printf "allow if { input.a == %d; some x in input.xs; x.b > 1 }\n", i >f
		printf "deny contains msg if { not input.ok; msg := sprintf(\"no %%v\", [input.a]) }\n" >f
		printf "helper(x) := y if { y := x + m%d.size }\nsize := %d\n", (i + 1) % 1000, i >f
		close(f)
	}
}'
headline "policy process: a query of two rules, from start to answer (budget: 3 ms)"
if command -v opa >/dev/null; then
	"$timeit" -n 31 "opa eval" opa eval --format json -d two.rego -i input.json data.team.allow \
		-- "wb policy eval" wb policy eval --format json -d two.rego -i input.json data.team.allow
else
	"$timeit" -n 31 "wb policy eval" wb policy eval --format json -d two.rego -i input.json data.team.allow
fi
headline "policy of a run: input, files, compiling, deciding and keeping in a cold process (budget: 0.5 ms)"
set --
for set in default open team strict; do
	mkdir "$set"
	if [ $set = default ]; then (cd $set && wb init); else (cd $set && wb init --policy $set); fi >/dev/null
	set -- "$@" "wb run, $set policy" "$WORK/$set"
done
"$BUILD/bench/bench_policy" "$@"
headline "policy compile: 1000 modules (budget: 1000 ms)"
"$timeit" -n 5 "wb policy check" wb policy check modules

# The nanoseconds that `wb policy bench` or `opa bench` tells.
nanoseconds()
{
	sed -n 's/.*"ns_per_op": *\([0-9]*\).*/\1/p' "$1" | head -1
}

# One answer of a prepared query, and of opa's where it is installed, with their ratio.
warm() # LABEL BUDGET QUERY FILE...
{
	label=$1 budget=$2 query=$3 theirs=
	shift 3
	files=
	for f; do files="$files -d $f"; done
	wb policy bench $files -i input.json "$query" >ours.json
	if command -v opa >/dev/null; then
		opa bench --format json $files -i input.json "$query" >theirs.json 2>/dev/null &&
			theirs=$(sed -n 's/.*"T": *\([0-9]*\).*/\1/p' theirs.json | head -1)
		times=$(sed -n 's/.*"N": *\([0-9]*\).*/\1/p' theirs.json | head -1)
	fi
	awk -v label="$label" -v budget="$budget" -v ours="$(nanoseconds ours.json)" -v total="$theirs" -v n="${times:-0}" 'BEGIN {
		printf "  %-34s %10.5f ms  (budget %s)\n", label, ours / 1e6, budget
		if (total && n)
			printf "  %-34s %10.5f ms  opa bench: %.1f times as long\n", "", total / n / 1e6, total / n / ours }'
}
headline "policy decision: a prepared query, its input read (beside opa bench, where opa is installed)"
warm "two rules" "0.001 ms" data.team.allow two.rego
warm "45 rules, 10 000 entries" "0.2 ms" data.many.deny many.rego entries.json
warm "45 rules that go through 10 000" "none" data.scan.deny scan.rego entries.json
warm "10 rules, none of which match" "0.005 ms" data.few.allow few.rego
warm "1000 rules, none of which match" "0.005 ms" data.wide.allow wide.rego
