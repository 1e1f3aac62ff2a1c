#!/bin/sh
# --net: a run reaches the host that was named, by every way that programs ask a proxy, and nothing else; the record
# says whom it reached and with how many bytes; the broker's end is the end of the network.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/net.sh"
need_net
python=$(python_with json socket http.client urllib.request) || skip "no python3 with http.client"
serve "$PYTHON" "$SRC/tests/journey/net_host.py"
port=$(cat "$WORK/port")
project

# The policy is asked with what was named; the starter policy names nobody.
expect 120 wb run --net "127.0.0.1:$port" -- true
err_has "127.0.0.1:$port is not in allowed_network"
allow_network "127.0.0.1:$port" "localhost:$port" example.org:443
expect 120 wb run --net example.org -- true
err_has "example.org:80 is not in allowed_network"
err_lacks "example.org:443 is not in"
for bad in http://example.org good@bad.org 127.1 0x7f.1 2130706433 '[::ffff:127.0.0.1]:80' example.org:0 '*.org' 'bü.example' ''; do
	expect 125 wb run --net "$bad" -- true
	err_has "wb: "
done

cat >ask.py <<END
import http.client, os, socket, sys, urllib.request
PORT = $port
URL = "http://127.0.0.1:%d" % PORT
PROXY = ("127.0.0.1", 3128)

def raw(data, half=False):
    s = socket.create_connection(PROXY)
    s.settimeout(30)
    s.sendall(data)
    if half:
        s.shutdown(socket.SHUT_WR)
    out = b""
    try:
        while True:
            piece = s.recv(65536)
            if not piece:
                return out
            out += piece
    except OSError as e:
        return out + str(e).encode()

def say(what, bytes_):
    print(what, bytes_.split(b"\r\n\r\n")[-1].strip().decode("latin-1") if bytes_ else "nothing")
END
cat >good.py <<'END'
from ask import *
for name in "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY":
    assert os.environ[name] == os.environ[name.lower()] == "http://127.0.0.1:3128", name
assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "localhost,::1", os.environ["NO_PROXY"]
say("plain", urllib.request.urlopen(URL + "/plain").read())
say("post", urllib.request.urlopen(urllib.request.Request(URL + "/post", data=b"y" * 300000)).read())
c = http.client.HTTPConnection(*PROXY)
c.request("POST", URL + "/chunks", body=iter([b"a" * 1000] * 20), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
say("chunked", c.getresponse().read())
c = http.client.HTTPConnection(*PROXY)
c.set_tunnel("127.0.0.1", PORT)
c.request("GET", "/tunnel")
say("tunnel", c.getresponse().read())
say("early", raw(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\nGET /early HTTP/1.0\r\n\r\n" % PORT, half=True))
say("socks-name", raw(b"\5\1\0\5\1\0\3\x09127.0.0.1" + PORT.to_bytes(2, "big") + b"GET /socks-name HTTP/1.0\r\n\r\n"))
say("socks-address", raw(b"\5\1\0\5\1\0\1\x7f\0\0\1" + PORT.to_bytes(2, "big") + b"GET /socks-address HTTP/1.0\r\n\r\n"))
print("large", len(urllib.request.urlopen(URL + "/bytes/5000000").read()))
# The second one in line is a request that nobody looked at.
say("pipelined", raw(b"GET %s/first HTTP/1.1\r\n\r\nGET %s/second HTTP/1.1\r\n\r\n" % (URL.encode(), URL.encode())))
END
expect 0 wb run --net "127.0.0.1:$port" -- "$python" good.py
out_has "plain served /plain for 127.0.0.1:$port"
out_has "post took 300000"
out_has "chunked took 20000"
out_has "tunnel served /tunnel"
out_has "early served /early"
out_has "socks-name served /socks-name"
out_has "socks-address served /socks-address"
out_has "large 5000000"
out_has "pipelined served /first"
grep -q "request GET /first" "$WORK/seen" || fail "the server was not reached"
! grep -q "second" "$WORK/seen" || fail "the second request in line went on"
expect 0 wb show --json @
"$PYTHON" - "$WORK/out" "$port" <<'END' || fail "the record of the network is not what happened"
import json, sys
run = json.load(open(sys.argv[1]))
net = run["network"]
assert len(net) == 9, len(net)
for c in net:
    assert (c["host"], c["port"], c["address"], c["decision"]) == ("127.0.0.1", int(sys.argv[2]), "127.0.0.1", "allow"), c
    assert c["bytes_up"] > 0 and c["bytes_down"] > 0 and c["count"] == 1 and c["duration_s"] >= 0, c
assert max(c["bytes_down"] for c in net) > 5000000
assert max(c["bytes_up"] for c in net) > 300000
assert not run["denials"], run["denials"]
END

# Battery 63, 64, 66: whatever is not the named destination, or could be read in two ways, is refused without a connect.
cat >bad.py <<'END'
from ask import *
N = b" HTTP/1.1\r\n\r\n"
P = b"%d" % PORT
requests = {
    "other port": b"CONNECT 127.0.0.1:1" + N,
    "other host": b"CONNECT example.org:443" + N,
    "metadata": b"GET http://169.254.169.254/latest/meta-data/" + N,
    "short": b"CONNECT 127.1:" + P + N,
    "decimal": b"CONNECT 2130706433:" + P + N,
    "octal": b"CONNECT 0177.0.0.1:" + P + N,
    "hex": b"GET http://0x7f000001:" + P + b"/hex" + N,
    "mapped": b"CONNECT [::ffff:127.0.0.1]:" + P + N,
    "v6": b"CONNECT [::1]:" + P + N,
    "userinfo": b"GET http://127.0.0.1:" + P + b"@example.org/" + N,
    "userinfo 2": b"GET http://example.org@127.0.0.1:" + P + b"/user" + N,
    "line break": b"CONNECT 127.0.0.1\r\n:" + P + N,
    "zero byte": b"CONNECT 127.0.0.1\0.example.org:" + P + N,
    "port 0": b"CONNECT 127.0.0.1:0" + N,
    "port 65536": b"CONNECT 127.0.0.1:65536" + N,
    "wrapped port": b"CONNECT 127.0.0.1:%d" % (PORT + 65536) + N,
    "no port": b"CONNECT 127.0.0.1" + N,
    "two hosts": b"GET http://127.0.0.1:" + P + b"/hosts HTTP/1.1\r\nHost: 127.0.0.1:" + P + b"\r\nHost: example.org\r\n\r\n",
    "other Host": b"GET http://127.0.0.1:" + P + b"/host HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "two lengths": b"POST http://127.0.0.1:" + P + b"/two HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "folded": b"GET http://127.0.0.1:" + P + b"/fold HTTP/1.1\r\nX: y\r\n Host: example.org\r\n\r\n",
    "bare newline": b"GET http://127.0.0.1:" + P + b"/bare HTTP/1.1\nHost: x\n\n",
    "origin form": b"GET /origin HTTP/1.1\r\nHost: 127.0.0.1:" + P + b"\r\n\r\n",
    "https": b"GET https://127.0.0.1:" + P + b"/" + N,
    "large head": b"GET http://127.0.0.1:" + P + b"/" + b"a" * 1048576 + N,
    "garbage": b"\x16\x03\x01\x02\x00\x01",
    "socks 4": b"\4\1" + PORT.to_bytes(2, "big") + b"\x7f\0\0\1x\0",
}
for name, data in requests.items():
    status = raw(data).split(b"\r\n")[0].split(b" ")
    print("REFUSED" if status[0] == b"HTTP/1.1" and status[1] in (b"400", b"403", b"431") else "PASSED", name, status)
for name, data in {"listen": b"\5\2\0\1\x7f\0\0\1\0\x50", "mapped": b"\5\1\0\4" + b"\0" * 10 + b"\xff\xff\x7f\0\0\1\0\x50",
                   "name": b"\5\1\0\3\x0bexample.org\0\x50", "zero": b"\5\1\0\3\3a\0b\0\x50"}.items():
    answer = raw(b"\5\1\0" + data)
    print("REFUSED" if len(answer) == 12 and answer[3] in (1, 2, 7, 8) else "PASSED", "socks", name, answer)
def direct(family, kind, address):
    try:
        s = socket.socket(family, kind)
        s.settimeout(5)
        s.connect(address)
        s.send(b"x")
        print("PASSED direct", address)
    except OSError as e:
        print("REFUSED direct", address, e)
direct(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT))
direct(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 80))
direct(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 53))
direct(socket.AF_INET6, socket.SOCK_STREAM, ("2001:db8::1", 80))
try:
    socket.getaddrinfo("example.org", 443)
    print("PASSED name")
except OSError:
    print("REFUSED name")
print("fds", sorted(int(n) for n in os.listdir("/proc/self/fd"))[:4])
END
cp "$WORK/seen" "$WORK/seen.before"
expect 0 wb run --net "127.0.0.1:$port" -- "$python" bad.py
out_lacks PASSED
same "refused" 36 "$(grep -c REFUSED "$WORK/out")"
out_has "fds [0, 1, 2, 3]"
cmp -s "$WORK/seen" "$WORK/seen.before" || fail "the server was reached: $(diff "$WORK/seen.before" "$WORK/seen")"
expect 0 wb show @
out_has "example.org:443"
out_has "hint: wb run --net example.org:443"
out_has "refused: not named by"

# localhost by its name; the name, not every address behind the loopback.
expect 0 wb run --net "localhost:$port" -- "$python" -c "
from ask import *
print(urllib.request.urlopen('http://localhost:$port/by-name').read())
print(raw(b'GET http://127.0.0.1:$port/ HTTP/1.1\r\n\r\n').split()[1])"
out_has "served /by-name for localhost:$port"
out_has 403

# What is asked for is said beforehand; where the network cannot be kept apart, there is none.
expect 0 wb run --dry-run --net "127.0.0.1:$port" --net-bytes 2M -- true
out_has "network  127.0.0.1:$port, together at most 2.0 MiB"
out_has "proxy    127.0.0.1:3128"
expect 125 wb run --tier 2 --net "127.0.0.1:$port" -- true
err_has "needs tier 1"
err_has "hint: "
expect 125 wb run --dry-run --tier 2 --net "127.0.0.1:$port" -- true
err_has "needs tier 1"

# A run is repeated with its network; a stranger's only when somebody here says so.
expect 0 wb run -n asks --net "127.0.0.1:$port" -- "$python" -c "from ask import *; say('got', urllib.request.urlopen(URL + '/again').read())"
expect 0 wb rerun asks
out_has "got served /again"
expect 0 wb export asks "$WORK/asks.wb"
mkdir "$WORK/other" && cd "$WORK/other" || exit 99
expect 0 wb init
cp "$WORK/p/.wb/policy/starter.rego" .wb/policy/
expect 0 wb import "$WORK/asks.wb"
expect 125 wb rerun asks
err_has "it asks for the network: 127.0.0.1:$port"
err_has "hint: if that is meant: wb rerun --net 127.0.0.1:$port"
expect 0 wb rerun asks --net "127.0.0.1:$port"
out_has "got served /again"
cd "$WORK/p" || exit 99

# No more than the quota goes through; then there is no network any more.
expect 0 wb run --net-bytes 1M --net "127.0.0.1:$port" -- "$python" -c "
from ask import *
import urllib.error
print('first', len(urllib.request.urlopen(URL + '/bytes/600000').read()))
try:
    print('second', len(urllib.request.urlopen(URL + '/bytes/600000').read()))
except http.client.IncompleteRead as e:
    print('cut', len(e.partial) < 600000)
try:
    print('third', urllib.request.urlopen(URL + '/bytes/1').read())
except urllib.error.HTTPError as e:
    print('then', e.code)"
out_has "first 600000"
out_has "cut True"
out_has "then 403"
expect 0 wb show --json @
"$PYTHON" - "$WORK/out" <<'END' || fail "the quota is not in the record"
import json, sys
run = json.load(open(sys.argv[1]))
assert sum(c["bytes_up"] + c["bytes_down"] for c in run["network"]) == 1 << 20
assert any("quota of 1.0 MiB" in w for w in run["warnings"]), run["warnings"]
assert any("near the net-bytes limit" in w for w in run["warnings"]), run["warnings"]
assert run["limits"]["net_bytes"] == 1 << 20
END

# A thousand tunnels at once: 256 of them, and the others are told.
expect 0 wb run --net "127.0.0.1:$port" -- "$python" -c "
from ask import *
held = [socket.create_connection(PROXY) for i in range(400)]
for s in held:
    s.sendall(b'CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n' % PORT)
got = [s.recv(12) for s in held]
print('open', got.count(b'HTTP/1.1 200'), 'refused', got.count(b'HTTP/1.1 503'))
for s in held:
    s.close()
import time
deadline = time.monotonic() + 30
while True:
    try:
        say('after', urllib.request.urlopen(URL + '/after').read())
        break
    except OSError:
        assert time.monotonic() < deadline"
out_has "open 256 refused 144"
out_has "after served /after"

# Battery 67, 68: while a run has a broker, nobody outside can use it; and with its supervisor it is gone.
processes() # RUN: the supervisor, then its children, by who holds the run's spool open
{
	"$PYTHON" - "$(wb show --json "$1" | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["run_id"])')" <<'END'
import glob, os, sys
for fd in glob.glob("/proc/[0-9]*/fd/*"):
    try:
        target = os.readlink(fd)
    except OSError:
        continue
    if target.endswith("/runs/%s/spool" % sys.argv[1]):
        pid = fd.split("/")[2]
        print(pid)
        for child in open("/proc/%s/task/%s/children" % (pid, pid)).read().split():
            print(child, open("/proc/%s/cmdline" % child).read().split("\0")[0])
        break
END
}
cat >wait.py <<'END'
from ask import *
import http.client, sys, time
print("ready", urllib.request.urlopen(URL + "/ready").status, flush=True)
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    try:
        urllib.request.urlopen(URL + "/again").read()
    except (OSError, http.client.HTTPException) as e:
        print("gone", type(e).__name__, flush=True)
        break
    time.sleep(0.05)
END
refused_outside()
{
	"$PYTHON" -c '
import socket, sys
try:
    socket.create_connection(("127.0.0.1", 3128), 2)
    sys.exit(1)
except OSError:
    pass'
}
if refused_outside; then outside=checked; else outside="not checked: something listens on 3128 here"; fi
echo "+ port 3128 from outside: $outside"
expect 0 wb run -d --net "127.0.0.1:$port" -- "$python" wait.py
wait_for 30 sh -c 'wb logs @ | grep -q ready' || fail "the run did not start"
[ "$outside" != checked ] || refused_outside || fail "the proxy of a run can be used from outside"
set -- $(processes @ | awk 'NR > 1 && $2 != "wb-init" { print $1 }')
[ $# -ge 3 ] || fail "the supervisor has $# helpers"
kill -9 "$@"
expect 0 wb attach @
expect 0 wb logs @
out_has gone
expect 0 wb show @
out_has "the network broker ended"

expect 0 wb run -d --net "127.0.0.1:$port" -- "$python" wait.py
wait_for 30 sh -c 'wb logs @ | grep -q ready' || fail "the run did not start"
set -- $(processes @ | awk '{ print $1 }')
[ $# -ge 5 ] || fail "a supervisor with $(($# - 1)) helpers"
kill -9 "$1"
for pid; do
	wait_for 10 sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.*Z' /proc/$pid/status" ||
		fail "process $pid of a run outlived its supervisor"
done

# No connection without a record: every one that the server saw of a run whose supervisor is killed is told, with what was
# moved as of the last word of it; a connection that is open is told while the run lives.
network() # KEY: one value of each connection of the newest run
{
	wb show --json @ | "$PYTHON" -c 'import json, sys
for c in json.load(sys.stdin).get("network", []): print(c.get(sys.argv[1], 0))' "$1"
}
cat >hold.py <<'END'
from ask import *
s = socket.create_connection(PROXY)
s.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % PORT)
assert b" 200 " in s.recv(100)
s.sendall(b"GET /bytes/100000 HTTP/1.1\r\n\r\n")
got = 0
while got < 100000:
    got += len(s.recv(65536))
print("ready", flush=True)
while True:
    urllib.request.urlopen(URL + "/more").read()
END
before=$(grep -c "connection to" "$WORK/seen")
expect 0 wb run -d --net "127.0.0.1:$port" -- "$python" hold.py
wait_for 60 sh -c 'wb logs @ | grep -q ready' || fail "the run did not start"
wait_for 60 sh -c 'wb show --json @ | grep -q "\"bytes_down\":100[0-9][0-9][0-9],[^}]*\"open\":1"' ||
	fail "an open connection of a living run is not told: $(wb show --json @)"
set -- $(processes @ | awk '{ print $1 }')
kill -9 "$@" 2>/dev/null
expect 0 wb show --json @
same "status" LOST "$(json status)"
same "bytes of the open one" 1 "$(network bytes_down | grep -c '^100...$')"
saw=$(($(grep -c "connection to" "$WORK/seen") - before))
told=$(network count | awk '{ n += $1 } END { print n }')
[ "$told" -ge "$saw" ] || fail "$saw connections reached the server, and $told are told"
