#!/bin/sh
# Bad input of many kinds: one readable line each, the right status, and nothing raw on the terminal.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
project

expect 2 wb shwo
err_has "wb show"
expect 125 wb run -i no/such.h5 -- true
err_has "no/such.h5"
expect 2 wb show nothing-of-this-name
expect 2 wb show ab
expect 125 wb run --memory lots -- true
err_has lots
expect 125 wb run --no-such-option -- true
expect 125 wb run
head -c 100 "$SRC/examples/digits/digits.h5" >cut.h5
expect 2 wb tensor ls cut.h5
same "lines about a truncated file" 1 "$(grep -c '^wb: ' "$WORK/err")"
printf 'not hdf5 at all' >text.h5
expect 2 wb tensor ls text.h5

mkdir -p .wb/policy
printf 'package wb\ndeny contains msg if {\n  input.params.lr >\n}\n' >.wb/policy/broken.rego
expect 2 wb policy check
err=$(cat "$WORK/out" "$WORK/err")
case $err in *broken.rego*^*) ;; *) fail "no caret under the fault: $err" ;; esac
expect 120 wb run -- true
rm .wb/policy/broken.rego

esc=$(printf '\033')
name=$(printf 'odd \033[31mname\nand\377bytes')
printf x >"$name"
expect 2 wb tensor ls "$name"
err_lacks "$esc"
expect 0 wb policy check

# Nothing that a run or a file is called reaches the terminal as it is.
if wb doctor >/dev/null 2>&1; then
	for option in --name=x --param=k= --tag=k=; do
		expect 125 wb run "$option$name" -- true
		err_has "not UTF-8"
		err_lacks "$esc"
	done
	csi=$(printf '\302\233')
	called=$(printf 'odd \033[31mname\nand\302\233bytes')
	expect 0 wb run -n "$called" -p "k=$called" -t "k=$called" -- sh -c 'cp odd* "$WB_OUTPUTS/"; printf "\033]0;title\007" >"$(printf "\033[2J")"'
	for words in "show @" "artifacts ls @" "ls" "ls --json" "show --json @" "diff @ @" "tag @"; do
		expect 0 wb $words
		out_lacks "$esc"
		out_lacks "$csi"
		err_lacks "$esc"
	done

	cat >lines.py <<'END'
import os, socket
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["WB_EVENTS"])
door.sendall(b"metric long=" + b"1" * (1 << 20) + b"\n")
door.sendall(b"\xff\xfe\n{\"metric\":\n\n\x1b[31m\nmetric loss=NaN step=1\n")
door.sendall(b'{"metric":"loss","value":"-Infinity","step":2}\n{"metric":"loss","value":0.25,"step":3}\nsync 1\n')
print(door.makefile().readline())
END
	expect 0 wb run -n lines -- "$PYTHON" lines.py
	out_has "ok 1"
	expect 0 wb metrics lines loss --json
	out_has '"step":1,'
	out_has '"value":"NaN"}'
	out_has '"value":"-Infinity"}'
	out_has '"value":0.25}'
	same "points" 3 "$(wc -l <"$WORK/out")"
	expect 0 wb show lines
	out_has "not recorded"
	out_lacks "$esc"
fi

cp .wb/format "$WORK/format"
echo "wb store 99" >.wb/format
expect 2 wb ls
err_has newer
expect 125 wb run -- true
err_has newer
cp "$WORK/format" .wb/format
expect 0 wb ls
if "$PYTHON" -c 'import sqlite3' 2>/dev/null; then
	"$PYTHON" -c 'import sqlite3; sqlite3.connect(".wb/wb.db").execute("PRAGMA user_version = 9999")'
	expect 2 wb ls
	err_has newer
fi
