#!/bin/sh
# A hostile script: everything it tries fails, the record names what it tried, and outside nothing changed.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
python=$(python_with ctypes socket) || skip "no python3 with ctypes"
mkdir -p "$HOME/.ssh" && echo "the private key" >"$HOME/.ssh/id_rsa"
project
# A listener on the host's loopback, which nothing must reach.
"$PYTHON" -c '
import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(5)
print(s.getsockname()[1], flush=True)
s.settimeout(60)
try:
    s.accept(); open(sys.argv[1], "w").write("reached")
except OSError:
    pass' "$WORK/reached" >"$WORK/port" &
listener=$!
trap 'kill $listener 2>/dev/null; remove_place' EXIT
wait_for 10 test -s "$WORK/port" || fail "the listener did not start"

cat >hostile.py <<END
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, fn):
    try:
        fn()
        print("DONE", name)
    except OSError as e:
        print("refused", name, e.errno)
def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "failed")
def connect(host, port):
    s = socket.socket()
    s.settimeout(3)
    s.connect((host, port))
attempt("ssh key", lambda: open("$HOME/.ssh/id_rsa").read())
attempt("listener", lambda: connect("127.0.0.1", $(cat "$WORK/port")))
attempt("outside", lambda: connect("192.0.2.1", 80))
attempt("mount", lambda: call(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)))
attempt("ptrace", lambda: call(libc.ptrace(16, os.getppid(), 0, 0)))
attempt("unshare", lambda: call(libc.unshare(0x10000000)))
attempt("etc", lambda: open("/etc/wb-was-here", "w").write("x"))
attempt("passwd", lambda: open("/etc/passwd", "a").write("x"))
attempt("host file", lambda: open("/var/wb-was-here", "w").write("x"))
END
before=$(cksum /etc/passwd)
expect 0 wb run -- "$python" hostile.py
out_has refused
out_lacks DONE
same "/etc/passwd" "$before" "$(cksum /etc/passwd)"
[ ! -e /etc/wb-was-here ] || fail "the run wrote to /etc"
[ ! -e /var/wb-was-here ] || fail "the run wrote to /var"
[ ! -e "$WORK/reached" ] || fail "the run reached the host's loopback"
expect 0 wb show @
for named in mount ptrace unshare connect id_rsa /etc/wb-was-here /etc/passwd /var/wb-was-here 192.0.2.1 127.0.0.1; do
	out_has "$named"
done
