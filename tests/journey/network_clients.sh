#!/bin/sh
# The programs that people fetch things with find their way through --net by what they find in the environment: those of
# curl, wget, git, pip, requests, urllib and node that are installed; a web socket through a tunnel.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/net.sh"
need_net
python=$(python_with json socket http.client urllib.request) || skip "no python3 with http.client"
mkdir -p "$WORK/www/simple/wbtestpkg"
"$PYTHON" - "$WORK/www" <<'END'
import os, sys, zipfile
top = sys.argv[1]
open(top + "/hello", "w").write("hello from outside\n")
open(top + "/big", "wb").write(b"x" * 3000000)
name = "wbtestpkg-1.0-py3-none-any.whl"
with zipfile.ZipFile(top + "/simple/wbtestpkg/" + name, "w") as z:
    z.writestr("wbtestpkg.py", "said = 'a package'\n")
    z.writestr("wbtestpkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: wbtestpkg\nVersion: 1.0\n")
    z.writestr("wbtestpkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("wbtestpkg-1.0.dist-info/RECORD", "")
open(top + "/simple/wbtestpkg/index.html", "w").write('<a href="%s">%s</a>' % (name, name))
END
if command -v git >/dev/null; then
	(mkdir "$WORK/repo" && cd "$WORK/repo" && git init -q . && echo kept >file && git add file &&
		git -c user.name=x -c user.email=x@example.org commit -qm one && git clone -q --bare . "$WORK/www/repo.git" &&
		git --git-dir "$WORK/www/repo.git" update-server-info) >"$WORK/err" 2>&1 || fail "no repository to clone"
fi
serve env -C www "$PYTHON" "$SRC/tests/journey/clients_host.py"
port=$(cat "$WORK/port")
project
echo "package wb" >.wb/policy/starter.rego
url=http://localhost:$port

cat >socket.py.in <<'END'
import os, socket
s = socket.create_connection(("127.0.0.1", 3128))
s.settimeout(60)
def head():
    out = b""
    while not out.endswith(b"\r\n\r\n"):
        piece = s.recv(1)
        assert piece, out
        out += piece
    return out
s.sendall(b"CONNECT localhost:@PORT@ HTTP/1.1\r\n\r\n")
assert b" 200 " in head()
s.sendall(b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
answer = head()
assert b" 101 " in answer and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer, answer
for i in range(50):
    text, mask = b"word %d" % i, os.urandom(4)
    s.sendall(bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[k % 4] for k, b in enumerate(text)))
    back = s.recv(2)
    assert back == bytes([0x81, len(text)]), back
    assert s.recv(len(text)) == text
s.sendall(b"\x88\x80\0\0\0\0")
print("socket: 50 words and back")
END
sed "s/@PORT@/$port/" socket.py.in >websocket.py
cat >clients.sh <<'END'
url=$1 python=$2
has() { command -v "$1" >/dev/null 2>&1; }
printf 'x%.0s' $(seq 5000) >upload
if has curl; then
	echo "curl: $(curl -sS "$url/hello")"
	echo "curl tunnel: $(curl -sSp "$url/hello")"
	echo "curl two: $(curl -sS "$url/hello" "$url/hello" | wc -l)"
	echo "curl kept: $(curl -sSp "$url/hello" "$url/hello" -w '%{num_connects} ' | grep -o '[01] ' | tr -d '\n')"
	echo "curl socks: $(curl -sS --noproxy '' -x socks5h://127.0.0.1:3128 "$url/hello")"
	echo "curl 100: $(curl -sS -H 'Expect: 100-continue' -T upload "$url/up")"
	echo "curl chunks: $(curl -sS "$url/chunks" | wc -l)"
	echo "curl elsewhere: $(curl -s -o /dev/null -w '%{http_code}' http://example.org/)"
fi
has wget && echo "wget: $(wget -qO- "$url/hello")"
has git && git clone -q "$url/repo.git" cloned && echo "git: $(cat cloned/file)"
"$python" -c '
import sys, urllib.request
print("urllib:", urllib.request.urlopen(sys.argv[1] + "/hello").read().decode().strip())
print("urllib big:", len(urllib.request.urlopen(sys.argv[1] + "/big").read()))' "$url"
"$python" -c 'import requests' 2>/dev/null && "$python" -c '
import requests, sys
s = requests.Session()
print("requests:", s.get(sys.argv[1] + "/hello").text.strip(), len(s.get(sys.argv[1] + "/big").content))' "$url"
"$python" -m pip --version >/dev/null 2>&1 &&
	"$python" -m pip download -q --no-cache-dir --disable-pip-version-check --trusted-host localhost --no-deps \
		--index-url "$url/simple" -d got wbtestpkg && echo "pip: $(ls got)"
has node && node -e '
const http = require("http"), proxy = new URL(process.env.http_proxy), url = new URL(process.argv[1]);
http.request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: url.host }).on("connect", (res, socket) => {
  http.get({ createConnection: () => socket, host: url.hostname, path: "/hello" }, r => {
    r.on("data", d => console.log("node: " + String(d).trim())); r.on("end", () => process.exit(0)); });
}).end();' "$url"
"$python" websocket.py
END
expect 0 wb run --net "localhost:$port" --env HF_ENDPOINT=https://hub.example -- sh -c 'sh clients.sh "$@"; echo "hub: $HF_ENDPOINT"' sh "$url" "$python"
installed() { command -v "$1" >/dev/null 2>&1 || { echo "not tried: $1 is not installed"; return 1; }; }
if installed curl; then
	out_has "curl: hello from outside"
	out_has "curl tunnel: hello from outside"
	out_has "curl two: 2"
	out_has "curl kept: 1 0"
	out_has "curl socks: hello from outside"
	out_has "curl 100: took 5000, 100-continue"
	out_has "curl chunks: 100"
	out_has "curl elsewhere: 403"
fi
installed wget && out_has "wget: hello from outside"
installed git && out_has "git: kept"
out_has "urllib: hello from outside"
out_has "urllib big: 3000000"
if "$python" -c 'import requests' 2>/dev/null; then
	out_has "requests: hello from outside 3000000"
else
	echo "not tried: requests is not installed"
fi
if "$python" -m pip --version >/dev/null 2>&1; then
	out_has "pip: wbtestpkg-1.0-py3-none-any.whl"
else
	echo "not tried: pip is not installed"
fi
installed node && out_has "node: hello from outside"
out_has "socket: 50 words and back"
out_has "hub: https://hub.example"

# Without --net nobody could look the host up: what would have reached it is told from the program's own words.
expect 1 wb run -- "$python" -c 'raise SystemExit("curl: (6) Could not resolve host: files.example.org")'
expect 0 wb explain @
out_has "it wanted to reach files.example.org"
out_has "allow: --net files.example.org"
