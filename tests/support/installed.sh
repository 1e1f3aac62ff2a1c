#!/bin/sh
# Run by `make installcheck`: the installed wb starts, and runs something where this machine can confine it.
set -eu
. "${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/support/place.sh"
"$WB_INSTALLED" version
"$WB_INSTALLED" ui --keys | grep -q 'open the run'
mkdir p
cd p
"$WB_INSTALLED" init
if "$WB_INSTALLED" doctor >/dev/null; then
	"$WB_INSTALLED" run -- true
	"$WB_INSTALLED" ls
fi
