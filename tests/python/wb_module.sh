#!/bin/sh
# Runs the tests of the Python module with each different Python 3.6+ at hand.
src=${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
ran=
for python in "${PYTHON:-}" /usr/bin/python3 python3; do
	[ -n "$python" ] && command -v "$python" >/dev/null 2>&1 || continue
	which=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable)); sys.exit(sys.version_info < (3, 6))') || continue
	[ -n "$which" ] || continue
	case " $ran " in *" $which "*) continue ;; esac
	ran="$ran $which"
	echo "# $which"
	"$python" -B "$src/tests/python/test_wb_module.py" || exit 1
done
if [ -z "$ran" ]; then
	echo "skipped: no Python 3.6 or newer was found"
	exit 77
fi
