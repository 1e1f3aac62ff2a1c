# What the broker of --net costs beside a connection over the loopback: bytes, connections, a thousand of them.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
headline "network: through the broker beside straight over the loopback"
wb doctor --quick 2>/dev/null | grep -q "ok.*named hosts" || { echo "not measured: --net needs tier 1"; exit 0; }
project 1
cp "$BUILD/bench/net_peer" .
./net_peer serve >"$WORK/port" &
host=$!
trap 'kill $host 2>/dev/null; remove_place' EXIT
wait_for 60 test -s "$WORK/port"
port=$(cat "$WORK/port")
echo "package wb" >.wb/policy/starter.rego
# In turn, the best of five each.
for i in 1 2 3 4 5; do
	./net_peer ask "$port" | sed 's/^/bare /'
	wb run --net "127.0.0.1:$port" -- ./net_peer ask "$port" 3128 2>/dev/null | sed 's/^/broker /'
done >"$WORK/figures"
awk '
{ k = $1 " " $2; if (!(k in best) || $3 < best[k]) best[k] = $3 }
function rate(what, label, base,  v) {
	v = 512 / best[what]
	printf "%-28s %9.1f MiB/s%s\n", label, v, base ? sprintf("  x %.2f", v / (512 / best[base])) : ""
}
function time(what, label, scale, unit, base) {
	printf "%-28s %9.3f %s%s\n", label, best[what] * scale, unit, base ? sprintf("  x %.1f", best[what] / best[base]) : ""
}
END {
	rate("bare down", "received, straight")
	rate("broker down", "received, in a run", "bare down")
	rate("bare up", "sent, straight")
	rate("broker up", "sent, in a run", "bare up")
	time("bare connect", "a connection, straight", 1000, "ms")
	time("broker connect", "a connection, in a run", 1000, "ms", "bare connect")
	time("bare many", "1000 connections, straight", 1000, "ms")
	time("broker many", "1000 connections, in a run", 1000, "ms", "bare many")
}' "$WORK/figures"
