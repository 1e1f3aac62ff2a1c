#!/bin/sh
# Statistics, selections, exports and comparisons of tensors in every format, beside NumPy.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/support/place.sh"
python=$(python_with h5py numpy) || {
	echo "skip: no python3 with numpy and h5py"
	exit 77
}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
"$python" "$SRC/tests/tensor/values.py" "$WORK"
