"""Compares what `wb tensor` computes with what NumPy does: values.py FOLDER, with wb on PATH. Needs NumPy and h5py."""

import json
import os
import random
import struct
import subprocess
import sys

import h5py
import numpy as np

TYPES = ["f2", "f4", "f8", ">f2", ">f4", ">f8", "i1", "i2", "i4", "i8", ">i4", ">i8", "u1", "u2", "u4", "u8", ">u2", "?", "c8", "c16"]
faults = []


def wb(*arguments, status=0):
    done = subprocess.run(["wb", *arguments], capture_output=True, text=True)
    if done.returncode != status:
        faults.append("wb %s: status %d instead of %d: %s" % (" ".join(arguments), done.returncode, status, done.stderr))
        return None
    return done.stdout


def expect(what, ok, detail=""):
    if not ok:
        faults.append("%s %s" % (what, detail))


def number(v):
    return float(v) if not isinstance(v, str) else {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}.get(v, v)


def close(a, b):
    return a == b or abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-300)


def check_stat(name, x):
    text = wb("tensor", "stat", "--json", name)
    if text is None:
        return
    s = json.loads(text)
    v = np.abs(x.astype("c16")).ravel() if x.dtype.kind == "c" else x.ravel()
    v = v.astype("f8")
    finite = v[np.isfinite(v)]
    expect(name, s["count"] == v.size and s["nan"] == np.isnan(v).sum() and s["inf"] == np.isinf(v).sum(), "counts %r" % s)
    expect(name, s["zeros"] == (v == 0).sum(), "zeros")
    if finite.size == 0:
        expect(name, s["min"] is None and s["mean"] is None, "nothing finite")
        return
    expect(name, close(s["min"], finite.min()) and close(s["max"], finite.max()), "range %r" % s)
    expect(name, abs(s["mean"] - finite.mean()) <= 1e-9 * max(np.abs(finite).max(), 1e-300), "mean %r, %r" % (s["mean"], finite.mean()))
    expect(name, abs(s["std"] - finite.std()) <= 1e-7 * max(finite.std(), np.abs(finite).max() * 1e-6), "std %r" % s["std"])
    edges, counts = s["histogram"]["edges"], s["histogram"]["counts"]
    expect(name, sum(counts) == finite.size and len(edges) == len(counts) + 1, "histogram")
    for i, n in enumerate(counts):
        expect(name, n == ((finite >= edges[i]) & (finite < edges[i + 1])).sum(), "bin %d" % i)


def selection(rng, shape):
    words, index = [], []
    for dim in shape:
        kind = rng.randrange(5)
        a, b, step = rng.randrange(-dim - 2, dim + 3), rng.randrange(-dim - 2, dim + 3), rng.randrange(1, 4)
        if kind == 0:
            words.append(":")
            index.append(slice(None))
        elif kind == 1 and dim:
            i = rng.randrange(-dim, dim)
            words.append(str(i))
            index.append(i)
        elif kind == 2:
            words.append("%d:%d" % (a, b))
            index.append(slice(a, b))
        elif kind == 3:
            words.append("%d::%d" % (a, step))
            index.append(slice(a, None, step))
        else:
            words.append("%d:%d:%d" % (a, b, step))
            index.append(slice(a, b, step))
    return "[" + ",".join(words) + "]", tuple(index)


def check_show(rng, name, x):
    for _ in range(2):
        text, index = selection(rng, x.shape)
        if x.ndim == 0:
            text, index = "", ()
        answer = wb("tensor", "show", "--json", "-n", "100000", name + text)
        if answer is None:
            continue
        shown, wanted = json.loads(answer), np.asarray(x[index])
        expect(name + text, shown["shape"] == list(wanted.shape), "shape %r, %r" % (shown["shape"], wanted.shape))
        got = np.array(shown["values"], dtype=object).ravel()
        expect(name + text, len(got) == wanted.size, "%d values" % len(got))
        for a, b in zip(got, wanted.ravel()):
            if x.dtype.kind == "c":
                a = x.dtype.type(complex(a.replace("i", "j")))
            elif x.dtype.kind == "f":
                a = x.dtype.type(number(a))
            same = a == b or (a != a and b != b)
            if not same:
                expect(name + text, False, "%r is not %r" % (a, b))
                break


def check_export(folder, name, x):
    out = os.path.join(folder, "out.npy")
    if wb("tensor", "export", name, "-o", out, "-q") is None:
        return
    y = np.load(out)
    expect(name, y.shape == x.shape and y.dtype == x.dtype.newbyteorder("<") and y.tobytes() == x.astype(y.dtype).tobytes(), "export")
    wb("tensor", "diff", name, out)
    os.unlink(out)


def sample(rng, dtype, shape):
    n = int(np.prod(shape))
    kind = np.dtype(dtype).kind
    seed = np.random.default_rng(rng.randrange(2 ** 32))
    if kind == "b":
        return seed.integers(0, 2, n).astype(dtype).reshape(shape)
    if kind in "iu":
        info = np.iinfo(dtype)
        return seed.integers(max(info.min, -2 ** 40), min(info.max, 2 ** 40), n).astype(dtype).reshape(shape)
    x = seed.normal(scale=10.0 ** rng.randrange(-3, 3), size=n) + rng.choice([0, 0, 1e3])
    if kind == "c":
        x = x + 1j * seed.normal(size=n)
    x = x.astype(dtype)
    if n > 4 and rng.randrange(2) and kind == "f":
        x[rng.randrange(n)] = np.nan
        x[rng.randrange(n)] = np.inf
        x[rng.randrange(n)] = 0
    return x.reshape(shape)


def safetensors(path, tensors):
    codes = {"f2": "F16", "f4": "F32", "f8": "F64", "i1": "I8", "i2": "I16", "i4": "I32", "i8": "I64", "u1": "U8", "u2": "U16",
             "u4": "U32", "u8": "U64", "b1": "BOOL"}
    head, data = {}, b""
    for name, x in tensors.items():
        raw = x.tobytes()
        head[name] = {"dtype": codes[x.dtype.str[1:]], "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def main():
    folder = sys.argv[1]
    os.chdir(folder)
    rng = random.Random(5)
    shapes = [(), (7,), (0,), (300, 41), (5, 6, 7), (20000,), (3, 2, 2, 5)]
    checked = []
    with h5py.File("all.h5", "w") as h5:
        for i, dtype in enumerate(TYPES):
            x = sample(rng, dtype, shapes[i % len(shapes)])
            h5.create_dataset("plain/%d" % i, data=x)
            checked.append(("all.h5:/plain/%d" % i, x))
            if x.ndim and x.size:
                chunks = tuple(max(1, min(d, rng.randrange(1, d + 2))) for d in x.shape)
                h5.create_dataset("packed/%d" % i, data=x, chunks=chunks, compression="gzip", shuffle=True)
                checked.append(("all.h5:/packed/%d" % i, x))
        h5.create_dataset("sparse", (1000, 10), "f4", chunks=(100, 10), fillvalue=2.5)[5] = 1
        checked.append(("all.h5:/sparse", h5["sparse"][...]))
    arrays = {}
    for i, dtype in enumerate(TYPES):
        x = sample(rng, dtype, shapes[(i + 3) % len(shapes)])
        np.save("%d.npy" % i, np.asfortranarray(x) if i % 2 and x.ndim > 1 else x)
        checked.append(("%d.npy" % i, x))
        arrays["a%d" % i] = x
    np.savez("stored.npz", **arrays)
    np.savez_compressed("packed.npz", **arrays)
    checked += [("stored.npz:" + k, v) for k, v in list(arrays.items())[::3]]
    checked += [("packed.npz:" + k, v) for k, v in list(arrays.items())[1::3]]
    plain = {k: v for k, v in arrays.items() if v.dtype.str[0] != ">" and v.dtype.kind != "c"}
    safetensors("m.safetensors", plain)
    checked += [("m.safetensors:" + k, v) for k, v in plain.items()]
    for name, x in checked:
        check_stat(name, x)
        check_show(rng, name, x)
    for name, x in checked[::4]:
        check_export(folder, name, x)
    print("%d tensors in 5 formats" % len(checked))
    for fault in faults[:20]:
        print("failed: " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
