# Statistics of large tensors, beside h5py and NumPy computing the same (budget: 3 GB/s of contiguous float32).
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
python=$(python_with numpy h5py) || {
	echo "not measured: no python3 with numpy and h5py"
	exit 0
}
mib=${MIB:-512}
headline "tensors: statistics of $mib MiB of float32 from the page cache (budget: 3 GB/s contiguous)"
"$python" - "$mib" <<'PY'
import sys
import h5py, numpy as np
rows = int(sys.argv[1]) * 256
rng = np.random.default_rng(0)
with h5py.File("flat.h5", "w") as flat, h5py.File("packed.h5", "w") as packed:
    x = flat.create_dataset("x", (rows, 1024), "f4")
    y = packed.create_dataset("x", (rows // 8, 1024), "f4", chunks=(64, 1024), compression="gzip", compression_opts=1, shuffle=True)
    for i in range(0, rows, 4096):
        x[i:i + 4096] = rng.normal(size=(min(4096, rows - i), 1024))
    for i in range(0, rows // 8, 4096):
        y[i:i + 4096] = np.round(rng.normal(size=(min(4096, rows // 8 - i), 1024)), 2)
PY
cat >stat.py <<'PY'
import sys
import h5py, numpy as np
with h5py.File(sys.argv[1]) as f:
    x = f["x"][...]
print(x.min(), x.max(), x.mean(dtype="f8"), x.std(dtype="f8"), np.isnan(x).sum(), np.isinf(x).sum())
if len(sys.argv) > 2:
    np.histogram(x, 32)
PY
"$timeit" -n 5 "numpy" "$python" stat.py flat.h5 -- "wb tensor stat" wb tensor stat --no-histogram flat.h5 -- \
	"one worker" wb tensor stat --no-histogram --workers 1 flat.h5
"$timeit" -n 3 "numpy, histogram" "$python" stat.py flat.h5 32 -- "wb tensor stat, histogram" wb tensor stat flat.h5
"$timeit" -n 3 "numpy, gzip" "$python" stat.py packed.h5 -- "wb tensor stat, gzip" wb tensor stat --no-histogram packed.h5
