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
expect 1 wb policy check
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

cp .wb/format "$WORK/format"
echo "wb store 99" >.wb/format
expect 2 wb ls
err_has newer
expect 125 wb run -- true
err_has newer
cp "$WORK/format" .wb/format
expect 0 wb ls
