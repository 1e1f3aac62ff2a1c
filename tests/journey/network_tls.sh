#!/bin/sh
# --net and TLS: through a tunnel to one host nobody greets another, in whatever records the greeting comes; what the
# hello named is in the record. With the TLS of python3 and openssl against a server of the test's own.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/net.sh"
need_net
python=$(python_with json socket ssl) || skip "no python3 with ssl"
command -v openssl >/dev/null || skip "no openssl, which makes the server's certificate"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/key" -out "$WORK/cert" -days 2 -subj /CN=localhost 2>"$WORK/err" ||
	skip "openssl makes no certificate: $(tail -1 "$WORK/err")"
cat >"$WORK/server.py" <<'END'
import os, socket, ssl, threading
names = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
names.load_cert_chain("cert", "key")
def named(sock, name, context):
    print("hello", name, flush=True)
names.sni_callback = named
s = socket.create_server(("127.0.0.1", 0), backlog=64)
def serve(c):
    print("connection", flush=True)
    try:
        with names.wrap_socket(c, server_side=True) as t:
            t.sendall(b"served " + t.recv(100))
    except OSError as e:
        print("broken off", flush=True)
with open("port.made", "w") as f:
    f.write(str(s.getsockname()[1]))
os.rename("port.made", "port")
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
END
serve "$python" server.py
port=$(cat "$WORK/port")
project
allow_network "127.0.0.1:$port" "localhost:$port"
cat >ask.py <<END
import socket, ssl, sys
PORT = $port
END
cat >>ask.py <<'END'
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE

def tunnel(host):
    s = socket.create_connection(("127.0.0.1", 3128))
    s.settimeout(60)
    s.sendall(b"CONNECT %s:%d HTTP/1.1\r\n\r\n" % (host.encode(), PORT))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += s.recv(1)
    assert b" 200 " in head, head
    return s

def socks(host):
    s = socket.create_connection(("127.0.0.1", 3128))
    s.settimeout(60)
    s.sendall(b"\5\1\0\5\1\0\3" + bytes([len(host)]) + host.encode() + PORT.to_bytes(2, "big"))
    head = b""
    while len(head) < 12:
        head += s.recv(12 - len(head))
    return s

def hello(name):
    "What a client would send first."
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()

def rest(s):
    out = b""
    try:
        while True:
            piece = s.recv(4096)
            if not piece:
                return out
            out += piece
    except OSError as e:
        return out + type(e).__name__.encode()

def try_tls(what, s, name):
    try:
        with context.wrap_socket(s, server_hostname=name) as t:
            t.sendall(b"x")
            print(what, t.recv(100).decode())
    except OSError as e:
        print(what, "refused", getattr(e, "reason", type(e).__name__))
END
cat >good.py <<'END'
from ask import *
try_tls("same", tunnel("localhost"), "localhost")
try_tls("case", tunnel("LocalHost."), "LOCALHOST")
try_tls("nobody", tunnel("localhost"), None)
try_tls("socks", socks("localhost"), "localhost")
# A hello in records of three bytes, each sent by itself.
s = tunnel("localhost")
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
message = hello("localhost")[5:]
for at in range(0, len(message), 3):
    piece = message[at:at + 3]
    s.sendall(b"\x16\3\1" + len(piece).to_bytes(2, "big") + piece)
print("pieces", s.recv(1) == b"\x16")
s.close()
END
expect 0 wb run --net "localhost:$port" -- "$python" good.py
out_has "same served x"
out_has "case served x"
out_has "nobody served x"
out_has "socks served x"
out_has "pieces True"
expect 0 wb show --json @
"$PYTHON" - "$WORK/out" <<'END' || fail "the record does not say what the hellos named"
import json, sys
net = json.load(open(sys.argv[1]))["network"]
assert [c["tls_name"] for c in net] == ["localhost", "localhost", "no name", "localhost", "localhost"], net
assert all(c["decision"] == "allow" for c in net), net
END
# Under an address that was named there are hosts of all names.
expect 0 wb run --net "127.0.0.1:$port" -- "$python" -c 'from ask import *
try_tls("address", tunnel("127.0.0.1"), "shop.example")'
out_has "address served x"

cat >bad.py <<'END'
from ask import *
try_tls("other", tunnel("localhost"), "evil.example")
try_tls("below", tunnel("localhost"), "www.localhost")
try_tls("by socks", socks("localhost"), "evil.example")
def raw(what, *pieces):
    s = tunnel("localhost")
    for piece in pieces:
        s.sendall(piece)
    s.shutdown(socket.SHUT_WR)
    print(what, rest(s))
evil = hello("evil.example")
raw("in pieces", *[b"\x16\3\1\0\1" + evil[i:i + 1] for i in range(5, len(evil))])
raw("after an alert", b"\x15\3\1\0\2\1\0", evil)
raw("after a change", b"\x14\3\3\0\1\1", evil)
raw("after nothing", b"\x16\3\1\0\0", evil)
raw("cut off", hello("localhost")[:100])
raw("endless", b"\x16\3\1\0\6\1\0\x3f\0\3\3", *[b"\x16\3\1\0\1\0"] * 8000)
END
: >"$WORK/before"; cp "$WORK/seen" "$WORK/before"
expect 0 wb run --net "localhost:$port" -- "$python" bad.py
out_has "other refused"
out_has "below refused"
out_has "by socks refused"
same "alerts" 6 "$(grep -c 'x02\\x02p' "$WORK/out")"
! tail -n +"$(($(wc -l <"$WORK/before") + 1))" "$WORK/seen" | grep -q hello || fail "a hello reached the server"
expect 0 wb show --json @
"$PYTHON" - "$WORK/out" "$port" <<'END' || fail "the record does not tell the denial"
import json, sys
run = json.load(open(sys.argv[1]))
net = run["network"]
assert len(net) == 9 and all(c["decision"] == "deny" and c["bytes_up"] == 0 for c in net), net
assert net[0]["reason"] == "its TLS hello names another host: evil.example", net[0]
place = "localhost:%s: " % sys.argv[2]
assert {"call": "proxy", "object": place + "its TLS hello names another host: evil.example", "count": 3} in run["denials"], run["denials"]
END
expect 0 wb show @
out_has "its TLS hello names another host: evil.example"
expect 0 wb run --net "localhost:$port" -- openssl s_client -proxy 127.0.0.1:3128 -connect "localhost:$port" -servername localhost
expect 1 wb run --net "localhost:$port" -- openssl s_client -proxy 127.0.0.1:3128 -connect "localhost:$port" -servername evil.example
err_has "unrecognized name"
