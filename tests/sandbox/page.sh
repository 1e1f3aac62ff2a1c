#!/bin/sh
# docs/sandbox.md lists every attack of the battery, and no other. UPDATE=1 writes it.
set -u
src=${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${WB_TEST_BUILDDIR:-$src/build}
page=$src/docs/sandbox.md
mark='<!-- made by tests/sandbox/battery --page -->'
new=$(mktemp) || exit 99
trap 'rm -f "$new"' EXIT
awk -v mark="$mark" '{ print } $0 == mark { exit }' "$page" >"$new" && "$build/tests/sandbox/battery" --page >>"$new" || exit 1
if [ -n "${UPDATE:-}" ]; then
	cp "$new" "$page"
else
	diff -u "$page" "$new" || { echo "docs/sandbox.md is not in step: make check TESTS=tests/sandbox/page.sh UPDATE=1"; exit 1; }
fi
