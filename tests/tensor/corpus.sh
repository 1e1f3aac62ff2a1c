#!/bin/sh
# Good and hostile tensor files (make_corpus.py) through the confined reader.
set -u
src=${WB_TEST_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${WB_TEST_BUILDDIR:-$src/build}
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

for python in "${PYTHON:-}" /usr/bin/python3 python3; do
	[ -n "$python" ] && [ "$("$python" -c 'import h5py, numpy; print("ok")' 2>/dev/null)" = ok ] || continue
	"$python" "$src/tests/tensor/run_corpus.py" "$build/tests/tensor/tensor_probe" "$build/wb-tensor" "$scratch"
	exit
done
echo "skipped: no Python with NumPy and h5py was found (Debian: python3-numpy python3-h5py)"
exit 77
