#!/bin/sh
# --net on a machine that has a way out only through a proxy of its own: the broker goes through it, says so, keeps its
# password to itself, and still judges what it can judge.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/net.sh"
need_net
python=$(python_with json socket http.client urllib.request) || skip "no python3 with http.client"
cat >"$WORK/proxy.py" <<'END'
"""Tunnels to far.test lead to a server of the test; what is asked is written down."""
import http.server, os, socket, threading
class Far(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(("served %s for %s" % (self.path, self.headers["Host"])).encode())
    def log_message(self, *unused):
        pass
far = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Far)
threading.Thread(target=far.serve_forever, daemon=True).start()
def pump(a, b):
    try:
        while True:
            piece = a.recv(65536)
            if not piece:
                break
            b.sendall(piece)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def serve(c):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = c.recv(1)
        if not piece:
            return
        head += piece
    lines = head.decode().split("\r\n")
    target = lines[0].split()[1]
    fields = dict(l.split(": ", 1) for l in lines[1:] if l)
    # "ann:s3cret/word"
    good = fields.get("Proxy-Authorization") == "Basic YW5uOnMzY3JldC93b3Jk"
    print(lines[0], "known" if good else "unknown", flush=True)
    if not good:
        c.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    elif target == "greeter.test:80":
        c.sendall(b"HTTP/1.1 200 fine\r\n\r\nfirst words")
    elif not target.startswith("far.test:"):
        c.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n\x1b[2Jhello")
    else:
        s = socket.create_connection(far.server_address)
        # In two pieces, the second with nothing but the end of the head.
        c.sendall(b"HTTP/1.0 200 Connection established\r\nVia: x\r\n")
        c.sendall(b"\r\n")
        threading.Thread(target=pump, args=(s, c), daemon=True).start()
        pump(c, s)
        return
    c.close()
s = socket.create_server(("127.0.0.1", 0), backlog=64)
with open("port.made", "w") as f:
    f.write("%d %d" % (s.getsockname()[1], far.server_port))
os.rename("port.made", "port")
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
END
serve "$python" proxy.py
read -r port far <"$WORK/port"
project
allow_network far.test:80 greeter.test:80 other.test:80 "127.0.0.1:$far"
cat >ask.py <<'END'
import os, socket, sys
for key, value in os.environ.items():
    assert "s3" + "cret" not in value, key
for place in sys.argv[1:]:
    s = socket.create_connection(("127.0.0.1", 3128))
    s.settimeout(60)
    s.sendall(("GET http://%s/x HTTP/1.1\r\n\r\n" % place).encode())
    out = b""
    while True:
        piece = s.recv(65536)
        if not piece:
            break
        out += piece
    print(place, out.split(b" ")[1].decode(), out.split(b"\r\n\r\n")[-1].split(b"\n")[0].decode())
END
export https_proxy="http://ann:s3cret%2Fword@127.0.0.1:$port"
expect 0 wb run --net far.test:80 --net "127.0.0.1:$far" -- "$python" ask.py far.test FAR.test. "127.0.0.1:$far" other.test 10.0.0.1
out_has "far.test 200 served /x for far.test"
out_has "FAR.test. 200 served /x"
out_has "127.0.0.1:$far 200 served /x"
out_has "other.test 403"
out_has "10.0.0.1 403"
same "asked of the proxy" "CONNECT far.test:80 HTTP/1.1 known,CONNECT far.test:80 HTTP/1.1 known," "$(tr '\n' , <"$WORK/seen")"
expect 0 wb show --json @
"$PYTHON" - "$WORK/out" "$port" <<'END' || fail "the record does not tell of the proxy"
import json, sys
run = json.load(open(sys.argv[1]))
assert run["network_via"] == "127.0.0.1:%s ($https_proxy)" % sys.argv[2], run["network_via"]
net = run["network"]
assert [(c["host"], c["address"], c["reason"]) for c in net if c["decision"] == "allow"] == [
    ("far.test", None, "resolved by the upstream proxy"), ("far.test", None, "resolved by the upstream proxy"),
    ("127.0.0.1", "127.0.0.1", None)], net
assert all(c["bytes_up"] > 0 and c["bytes_down"] > 0 for c in net[:3]), net
END
expect 0 wb show @
out_has "by way of 127.0.0.1:$port (\$https_proxy)"

# Said beforehand, to whoever asks.
expect 0 wb run --dry-run --net far.test:80 -- true
out_has "upstream  through 127.0.0.1:$port (\$https_proxy), which resolves the names"
out_lacks s3cret
expect 0 wb doctor --quick
out_has "by way of 127.0.0.1:$port (\$https_proxy), which resolves the names"
out_lacks s3cret
# The password is nowhere: not in the store, not in what was printed.
! grep -rlE 's3cret|YW5uOnMzY3JldC93b3Jk' .wb "$WORK/out" "$WORK/err" || fail "the password was written down"

# What the server says first comes through, and nothing of a refusal that is not our own words.
expect 0 wb run --net greeter.test:80 -- "$python" -c '
import socket
s = socket.create_connection(("127.0.0.1", 3128))
s.sendall(b"CONNECT greeter.test:80 HTTP/1.1\r\n\r\n")
out = b""
while b"words" not in out:
    piece = s.recv(100)
    assert piece, out
    out += piece
print(out)'
out_has "established"
out_has "first words"
expect 0 wb run --net other.test:80 -- "$python" ask.py other.test
out_has "other.test 502 wb: other.test:80: the upstream proxy answers 403: it does not lead there"
https_proxy="http://ann:wrong@127.0.0.1:$port" expect 0 wb run --net far.test:80 -- "$python" ask.py far.test
out_has "far.test 502 wb: far.test:80: the upstream proxy answers 407: it wants a user and a password"
https_proxy=http://127.0.0.1:1 expect 0 wb run --net far.test:80 -- "$python" ask.py far.test
out_has "far.test 502 wb: far.test:80: the upstream proxy cannot be reached: Connection refused"

# Not through it: what $no_proxy says, what the setting says.
cp "$WORK/seen" "$WORK/before"
no_proxy=.test expect 0 wb run --net far.test:80 -- "$python" ask.py far.test
out_has "far.test 502 wb: far.test:80: the name does not resolve"
expect 0 wb config network.proxy none
expect 0 wb run --net far.test:80 -- "$python" ask.py far.test
out_has "does not resolve"
cmp -s "$WORK/seen" "$WORK/before" || fail "the proxy was asked all the same"
expect 2 wb config network.proxy "http://ann:s3cret@127.0.0.1:$port"
err_has "network.proxy takes no user and password"
expect 0 wb config network.proxy "http://127.0.0.1:$port"
expect 0 wb run --net far.test:80 -- "$python" ask.py far.test
out_has "far.test 502"
out_has "407"
expect 0 wb config network.proxy auto

# A proxy of a kind that nobody here speaks is refused, where it is needed.
export https_proxy=socks5://ann:s3cret@127.0.0.1:1080
expect 125 wb run --net far.test:80 -- true
err_has "the proxy in \$https_proxy is not of the kind http://"
err_has "hint: "
err_lacks s3cret
expect 0 wb run -- true
expect 0 wb doctor --quick
out_has "is not of the kind http://"
