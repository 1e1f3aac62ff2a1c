# Sourced, behind lib.sh, by the journeys of --net.

# --net is walked at tier 1 alone.
need_net()
{
	need_sandbox
	wb doctor --json 2>/dev/null | "$PYTHON" -c 'import json, sys; sys.exit(json.load(sys.stdin).get("tier") != 1)' ||
		skip "--net needs tier 1"
}

# A server of the test's own, in $WORK, until the journey ends: it says what it sees on its standard output, which is
# $WORK/seen, and where it is reached by giving $WORK/port its contents. Its process is $host.
serve() # COMMAND...
{
	(cd "$WORK" && exec "$@") >"$WORK/seen" 2>"$WORK/server.err" &
	host=$!
	trap 'kill $host 2>/dev/null; remove_place' EXIT
	wait_for 60 test -s "$WORK/port" || fail "the server did not start: $(tail -1 "$WORK/server.err")"
}

# The project's policy names those and no others.
allow_network() # HOST:PORT...
{
	list=$(printf '"%s", ' "$@")
	sed -i "s/^allowed_network := .*/allowed_network := [${list%, }]/" .wb/policy/starter.rego
}
