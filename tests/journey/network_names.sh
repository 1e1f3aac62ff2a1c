#!/bin/sh
# --net by name, with a name server that leads astray: in a network of the test's own, where a public-looking address
# and the loopback have a server each, a run reaches only what its name may lead to.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
. "$SRC/tests/journey/net.sh"
need_net
python=$(python_with json socket http.client) || skip "no python3 with http.client"

# The second half runs inside namespaces: own interfaces, own resolv.conf.
if [ -z "${WB_TEST_INSIDE:-}" ]; then
	unshare -rmn true 2>"$WORK/err" || skip "no namespaces for a network of its own: $(head -1 "$WORK/err")"
	trap 'remove_place' EXIT
	WB_TEST_INSIDE=1 unshare -rmn --kill-child sh "$SRC/tests/journey/network_names.sh"
	exit $?
fi
mount --make-rprivate / && "$PYTHON" - <<'END' || skip "the network of its own cannot be set up"
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def address(name, text):
    fcntl.ioctl(s, 0x8916, struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(text)))
address(b"lo", "127.0.0.1")
address(b"lo:1", "11.22.33.44")
fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x49))
END
echo "nameserver 127.0.0.1" >"$WORK/resolv.conf"
echo "hosts: files dns" >"$WORK/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$WORK/hosts"
for f in resolv.conf nsswitch.conf hosts; do
	mount --bind "$WORK/$f" "$(readlink -f /etc/$f)" || skip "/etc/$f cannot be replaced"
done
serve "$PYTHON" "$SRC/tests/journey/net_host.py" --names
need_sandbox
project
cat >.wb/policy/starter.rego <<'END'
package wb

deny contains msg if {
	some peer in input.network
	peer.host == "denied.test"
	msg := "denied.test is denied"
}
END
cat >ask.py <<'END'
import socket, sys
for place in sys.argv[1:]:
    s = socket.create_connection(("127.0.0.1", 3128))
    s.settimeout(60)
    s.sendall(("GET http://%s/%s HTTP/1.1\r\n\r\n" % (place, place)).encode())
    out = b""
    while True:
        piece = s.recv(65536)
        if not piece:
            break
        out += piece
    print(place, out.split(b" ")[1].decode(), out.split(b"\r\n\r\n")[1].split(b"\n")[0].decode())
END

expect 120 wb run --net Denied.TEST. -- true
expect 0 wb run --net public.test -- "$python" ask.py public.test PUBLIC.Test. public.test:81 www.wild.test
out_has "public.test 200 served /public.test for public.test"
out_has "PUBLIC.Test. 200 served /PUBLIC.Test. for public.test"
out_has "public.test:81 403"
out_has "www.wild.test 403"
expect 0 wb run --net '*.wild.test' -- "$python" ask.py www.wild.test wild.test evilwild.test secret-words.wild.test.evil.test
out_has "www.wild.test 200 served"
out_has "wild.test 403"
out_has "evilwild.test 403"
out_has "secret-words.wild.test.evil.test 403"
! grep -q -e evil "$WORK/seen" || fail "a name that nobody named was looked up"

# Below a wildcard a run chooses letters that a name server sees: not without end.
expect 0 wb run --net '*.wild.test' -- "$python" ask.py $(seq -f 'n%g.wild.test' 260) n1.wild.test
same "names looked up" 256 "$(grep -o 'n[0-9]*\.wild\.test' "$WORK/seen" | sort -u | wc -l)"
same "names refused" 4 "$(grep -c '403 wb: n[0-9]*.wild.test:80: a run may look up 256 names' "$WORK/out")"
same "a name known" 2 "$(grep -c '^n1.wild.test 502' "$WORK/out")"

# What a name leads to is judged: an address of the machine or its neighbours only counts when it was named itself.
before=$(grep -c "connection to 127.0.0.1" "$WORK/seen")
expect 0 wb run --net private.test --net loop.test --net metadata.test --net mapped.test --net nowhere.test -- \
	"$python" ask.py private.test loop.test metadata.test mapped.test nowhere.test
out_has "private.test 403 wb: private.test:80: it leads to an address that is not public"
out_lacks 10.9.8.7
out_has "loop.test 403"
out_has "metadata.test 403"
out_has "mapped.test 403"
out_has "nowhere.test 502 wb: nowhere.test:80: the name does not resolve"
expect 0 wb show --json @
"$PYTHON" - "$WORK/out" <<'END' || fail "the record does not name the addresses"
import json, sys
run = json.load(open(sys.argv[1]))
net = {c["host"]: c for c in run["network"]}
assert net["private.test"]["address"] == "10.9.8.7" and net["private.test"]["decision"] == "deny"
assert net["loop.test"]["address"] == "127.0.0.1" and "hint" not in net["loop.test"]
reasons = {"private.test": "10.9.8.7 is a private address", "loop.test": "127.0.0.1 is this machine's loopback",
           "metadata.test": "169.254.169.254 is a cloud's metadata address",
           "mapped.test": "::ffff:127.0.0.1 is an address that wraps another one"}
for host, reason in reasons.items():
    assert net[host]["reason"].startswith(reason), net[host]
assert net["nowhere.test"]["decision"] == "allow" and net["nowhere.test"]["address"] is None
assert any(d["object"] == "private.test:80 at 10.9.8.7" for d in run["denials"]), run["denials"]
END

# Battery 65: public at first, the loopback when asked again. Each request is served by the public address or not at all.
expect 0 wb run --net rebind.test -- "$python" ask.py rebind.test rebind.test rebind.test rebind.test
same "served by the public address" 2 "$(grep -c 'rebind.test 200 served' "$WORK/out")"
same "refused" 2 "$(grep -c 'rebind.test 403 .*not public' "$WORK/out")"
# Of several addresses those that may be reached are.
expect 0 wb run --net mixed.test -- "$python" ask.py mixed.test
out_has "mixed.test 200 served"
same "connections to the loopback" "$before" "$(grep -c "connection to 127.0.0.1" "$WORK/seen")"
# The address that was named is the one that is reached, and by that name only.
expect 0 wb run --net 127.0.0.1:80 -- "$python" ask.py 127.0.0.1 loop.test
out_has "127.0.0.1 200 served"
out_has "loop.test 403 wb: loop.test:80: not named by --net"
# Nobody asked for a name from inside a run without going through the proxy.
expect 0 wb run --net public.test -- "$python" -c "
import socket
try:
    print('PASSED', socket.getaddrinfo('public.test', 80))
except OSError as e:
    print('refused', e)"
out_has refused
