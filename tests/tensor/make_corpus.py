"""Makes tensor files, good and hostile: make_corpus.py FOLDER SECRET. Needs NumPy and h5py.

SECRET is the absolute name of a file that no reader may touch; hostile files point to it.
cases() yields (file name, expectation for "list", expectation for "tags"). An expectation is
    a dictionary    the answer holds at least these members
    a string        one error line that contains it
    None            either, as long as it is an answer or one error line
"""

import json
import os
import random
import struct
import sys

import h5py
import numpy as np

ANY = None


def h5(folder, name, **options):
    return h5py.File(os.path.join(folder, name), "w", **options)


def raw(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def raw_read(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def npy(header, data=b"", version=1):
    text = header.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data


def tensors(**wanted):
    """The listing has exactly these tensors; each with at least these members. Names are paths without the slash."""
    return {"tensors": {("/" + k.replace("__", "/")): v for k, v in wanted.items()}}


def rich(folder, name, **options):
    """A file with a bit of everything that is allowed."""
    with h5(folder, name, **options) as f:
        f.attrs["title"] = "a text"
        f.attrs["fixed"] = np.bytes_("fixed")
        f.attrs["numbers"] = np.arange(4)
        f.attrs["matrix"] = np.eye(2)
        f.attrs["true"] = True
        f.attrs["nan"] = np.float32("nan")
        f.attrs["half"] = np.float16(0.5)
        f.attrs["nothing"] = h5py.Empty("f4")
        f.attrs["words"] = ["ab", "c"]
        f.attrs["complex"] = np.complex64(1)
        train = f.create_group("train")
        train.create_dataset("x", data=np.zeros((100, 8, 8), "f4"), chunks=(10, 8, 8), compression="gzip", shuffle=True)
        train.create_dataset("lzf", data=np.arange(100), compression="lzf", fletcher32=True)
        train.create_dataset("grow", shape=(0, 3), maxshape=(None, 3), dtype="u1", chunks=(4, 3))
        f.create_dataset("words", data=np.array(["a", "bb"], dtype=h5py.string_dtype()))
        f.create_dataset("flags", data=np.array([True, False]))
        f.create_dataset("table", data=np.zeros(3, dtype=[("x", "<i2"), ("y", ">f8", (2,))]))
        f.create_dataset("z", data=np.zeros(3, "c16"))
        f.create_dataset("one", data=7, dtype="i8")
        f.create_dataset("void", data=h5py.Empty("f8"))
        f.create_dataset("ragged", (2,), dtype=h5py.vlen_dtype(np.int32))
        f.create_dataset("color", (2,), dtype=h5py.enum_dtype({"RED": 0, "BLUE": 1}, basetype="u2"))
        f.create_dataset("ref", data=f["words"].ref, dtype=h5py.ref_dtype)
        f["kind"] = np.dtype("f4")
        f["train/x"].attrs["wb.tags"] = ["PHI", " INTERNAL "]


RICH = tensors(
    train__x={"shape": [100, 8, 8], "dtype": "float32", "chunks": [10, 8, 8], "compression": "gzip",
              "filters": "shuffle+gzip(4)"},
    train__lzf={"dtype": "int64", "compression": "lzf", "filters": "lzf+fletcher32"},
    train__grow={"shape": [0, 3], "dtype": "uint8", "bytes": 0},
    words={"dtype": "string", "shape": [2], "chunks": None, "compression": "none"},
    flags={"dtype": "bool"}, table={"dtype": "compound{x:int16,y:array[2](float64be)}"}, z={"dtype": "complex128"},
    one={"shape": [], "dtype": "int64", "bytes": 8}, void={"shape": None}, ragged={"dtype": "vlen(int32)"},
    color={"dtype": "enum(uint16)"}, ref={"dtype": "reference"})
RICH["attributes"] = {
    "title": "a text", "fixed": "fixed", "numbers": [0, 1, 2, 3], "matrix": [[1.0, 0.0], [0.0, 1.0]], "true": True,
    "nan": "NaN", "half": 0.5, "nothing": None, "words": ["ab", "c"], "complex": None}


def good(folder):
    rich(folder, "rich.h5")
    yield "rich.h5", RICH, ["PHI", "INTERNAL"]
    rich(folder, "rich-latest.h5", libver="latest")
    yield "rich-latest.h5", RICH, ["PHI", "INTERNAL"]
    rich(folder, "user-block.h5", userblock_size=2048)
    raw(folder, "user-block.h5", b"#!/bin/sh\n" + raw_read(folder, "user-block.h5")[10:])
    yield "user-block.h5", RICH, ["PHI", "INTERNAL"]
    rich(folder, "no-extension")
    yield "no-extension", RICH, ["PHI", "INTERNAL"]

    h5(folder, "empty-root.h5").close()
    yield "empty-root.h5", tensors(), []
    with h5(folder, "names.h5") as f:
        f["a\nb\x1b[31m\u202e"] = 1
        f["caf\u00e9"] = 1
    yield "names.h5", {"tensors": {"/a\nb\x1b[31m\u202e": {}, "/caf\u00e9": {}}}, []
    with h5(folder, "tags.h5") as f:
        f.attrs["wb.tags"] = "PII, SECRET ,,PII"
        f.create_group("g").attrs["wb.tags"] = np.array([b"PHI", b"PII"])
        f.create_group("g/deep").attrs["wb.tags"] = "DEEP"
        f["g/x"] = 1
        f["g/x"].attrs["wb.tags"] = np.bytes_("FIXED")
        f["kind"] = np.dtype("f4")
        f["kind"].attrs["wb.tags"] = "KIND"
    yield "tags.h5", tensors(g__x={}), ["PII", "SECRET", "PHI", "DEEP", "FIXED", "KIND"]
    with h5(folder, "no-tags.h5") as f:
        f.attrs["wb.tags"] = ""
        f.create_group("g").attrs["wb.tags"] = h5py.Empty("S1")
    yield "no-tags.h5", tensors(), []

    np.save(os.path.join(folder, "plain.npy"), np.zeros((3, 4), ">f4"))
    yield "plain.npy", {"format": "npy", "tensors": {"array": {"shape": [3, 4], "dtype": "float32be", "bytes": 48}}}, []
    np.save(os.path.join(folder, "records.npy"), np.zeros(3, [("a", "i4"), ("b", "f8")]))
    yield "records.npy", {"tensors": {"array": {"shape": [3]}}}, []
    raw(folder, "two.npy", npy("{'descr': '|b1', 'fortran_order': True, 'shape': (2,), }\n", b"\0\1", version=2))
    yield "two.npy", {"tensors": {"array": {"shape": [2], "dtype": "bool"}}}, []
    header = {"__metadata__": {"wb.tags": "PII", "format": "pt"},
              "w": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
              "b": {"dtype": "F32", "shape": [], "data_offsets": [12, 16]}}
    raw(folder, "m.safetensors", safetensors(header, bytes(16)))
    yield ("m.safetensors", {"format": "safetensors", "attributes": {"wb.tags": "PII", "format": "pt"}, "tensors": {
        "w": {"shape": [2, 3], "dtype": "bfloat16", "bytes": 12}, "b": {"shape": [], "dtype": "float32"}}}, ["PII"])


def elsewhere(folder, secret):
    """Files that point to other files."""
    for name, target in (("external-absolute.h5", secret), ("external-relative.h5", os.path.basename(secret))):
        with h5(folder, name) as f:
            f.create_dataset("x", (10,), "u1", external=[(target, 0, 10)])
        yield name, tensors(x={"refused": "another file", "bytes": 0}), []
    with h5(folder, "external-link.h5") as f:
        f["x"] = h5py.ExternalLink(secret, "/y")
        f["g/x"] = h5py.ExternalLink(os.path.basename(secret), "/y")
    yield "external-link.h5", {"tensors": {}, "skipped": {"/x": "another file", "/g/x": "another file"}}, []
    with h5(folder, "virtual.h5", libver="latest") as f:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource(secret, "d", (4,))
        f.create_virtual_dataset("x", layout)
    yield "virtual.h5", tensors(x={"refused": "other files", "bytes": 0}), []
    with h5(folder, "virtual-unlimited.h5", libver="latest") as f:
        layout = h5py.VirtualLayout((4, 5), "f4", maxshape=(None, 5))
        source = h5py.VirtualSource(secret, "d", (4, 5), maxshape=(None, 5))
        layout[0:h5py.h5s.UNLIMITED, :] = source[0:h5py.h5s.UNLIMITED, :]
        f.create_virtual_dataset("x", layout)
    yield "virtual-unlimited.h5", ANY, []


def hostile(folder):
    with h5(folder, "filter.h5") as f:
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_chunk((10,))
        dcpl.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1,))
        dcpl.set_filter(40001, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(f.id, b"x", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((100,)), dcpl)
    yield "filter.h5", tensors(x={"compression": "zstd+filter 40001", "refused": "not built in"}), []
    with h5(folder, "petabytes.h5") as f:
        f.create_dataset("x", (10 ** 8, 10 ** 7), "f8", chunks=(1, 1000))
    yield "petabytes.h5", tensors(x={"shape": [10 ** 8, 10 ** 7], "bytes": 0}), []
    with h5(folder, "chunk.h5") as f:
        f.create_dataset("x", (2 ** 20, 2 ** 11), "u1", chunks=(2 ** 20, 2 ** 11), compression="gzip")
    yield "chunk.h5", tensors(x={"chunks": [2 ** 20, 2 ** 11], "bytes": 0}), []
    with h5(folder, "loops.h5") as f:
        f["a"] = h5py.SoftLink("/b")
        f["b"] = h5py.SoftLink("/a")
        f.create_group("g/h")
        f["g/h/up"] = f["g"]
        f["g/h/root"] = f["/"]
        f["g/x"] = 1
        f["g/y"] = f["g/x"]
    yield "loops.h5", {"tensors": {"/g/x": {}}, "skipped": {
        "/a": "soft link to '/b'", "/b": "soft link", "/g/h/up": "second name", "/g/h/root": "second name",
        "/g/y": "second name"}}, []
    with h5(folder, "deep.h5") as f:
        f.create_group("/".join(["d"] * 100))
    yield "deep.h5", "nested deeper than 64", "nested deeper than 64"
    with h5(folder, "crowd.h5") as f:
        for i in range(21):
            for j in range(1000):
                h5py.h5g.create(f.require_group("g%d" % i).id, b"%d" % j)
    yield "crowd.h5", "more than 20000 objects", "more than 20000 objects"
    with h5(folder, "attributes.h5", libver="latest") as f:
        for i in range(1200):
            f.attrs["a%d" % i] = i
        f.attrs["wb.tags"] = "PII"
    yield "attributes.h5", "more than 1000 attributes", ["PII"]
    with h5(folder, "fat.h5") as f:
        for i in range(560):
            f.create_group("g%d" % i)
            f.create_dataset("g%d/x" % i, data=i).attrs["text"] = np.bytes_(b"t" * 64000)
    yield "fat.h5", "more to list than 32 MiB", []
    with h5(folder, "members.h5") as f:
        f.create_dataset("x", (1,), np.dtype([("member%d" % i, "i1") for i in range(1000)]))
        inner = np.dtype("i1")
        for i in range(40):
            inner = np.dtype([("m", inner)])
        f.create_dataset("y", (1,), inner)
    yield "members.h5", {"tensors": {"/x": {}, "/y": {
        "dtype": "compound{m:compound{m:compound{m:compound{m:compound{m:...}}}}}"}}}, []
    with h5(folder, "bytes.h5") as f:
        h5py.h5g.create(f.id, b"g\xff\xfe")
        h5py.h5g.create(f.id, b"." * 1025)
    yield "bytes.h5", "is no name", "is no name"
    with h5(folder, "latin.h5") as f:
        h5py.h5d.create(f.id, b"caf\xe9", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create(h5py.h5s.SCALAR))
    yield "latin.h5", {"tensors": {"/caf\ufffd": {"dtype": "float32"}}}, []
    with h5(folder, "slash.h5") as f:
        f["aXetc"] = 1
    raw(folder, "slash.h5", raw_read(folder, "slash.h5").replace(b"aXetc", b"a/etc"))
    yield "slash.h5", "is no name", "is no name"
    for name, value in (("number", 3), ("table", np.zeros(1, [("a", "i4")])), ("long", "A" * 70000),
                        ("crowd", ["T%d" % i for i in range(2000)]), ("longword", "A" * 300)):
        with h5(folder, "tag-%s.h5" % name, libver="latest") as f:
            f.create_group("g").attrs["wb.tags"] = value
        yield "tag-%s.h5" % name, tensors(), "wb.tags"


def not_tensors(folder):
    base = raw_read(folder, "rich.h5")
    for name, data, why in (
            ("nothing", b"", "empty"), ("text", b"root:x:0:0\n" * 100, "not an HDF5 file"),
            ("signature", base[:8], "truncated"), ("cut-superblock", base[:40], "truncated"),
            ("cut-half", base[:len(base) // 2], "truncated"), ("cut-last", base[:-1], "truncated"),
            ("zeros", bytes(100000), "not an HDF5 file"), ("signature-zeros", base[:8] + bytes(5000), "HDF5")):
        raw(folder, name + ".h5", data)
        yield name + ".h5", why, why
    good_header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }"
    for name, data, why in (
            ("short", npy(good_header, bytes(15)), "truncated"), ("head", npy(good_header)[:20], "truncated"),
            ("magic", b"\x93NUMPY", "truncated"), ("version", npy(good_header, bytes(16), version=9), "version 9"),
            ("code", npy("__import__('os').system('id')"), "header"),
            ("many", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (%s)}" % ("1," * 40)), "header"),
            ("overflow", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d)}" % (2 ** 40, 2 ** 40)), "trunc"),
            ("negative", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"), "header"),
            ("open", npy("{'descr': [('a', '<f4'"), "header"), ("twice", npy("{'shape': (), 'shape': ()}"), "header")):
        raw(folder, name + ".npy", data)
        yield name + ".npy", why, why
    raw(folder, "object.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\x80\x04."))
    yield "object.npy", {"tensors": {"array": {"dtype": "object", "refused": "pickle"}}}, []
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    for name, data, why in (
            ("past-end", safetensors({"w": entry}, bytes(15)), "truncated"),
            ("mismatch", safetensors({"w": dict(entry, shape=[5])}, bytes(16)), "does not fit"),
            ("dtype", safetensors({"w": dict(entry, dtype="X")}, bytes(16)), "dtype"),
            ("huge", safetensors({"w": dict(entry, shape=[2 ** 62, 2 ** 62])}, bytes(16)), "does not fit"),
            ("backward", safetensors({"w": dict(entry, data_offsets=[16, 0])}, bytes(16)), "data_offsets"),
            ("no-json", safetensors(b"{not json}"), "header"),
            ("twice", safetensors(b'{"a":1,"a":2}'), "header"),
            ("meta", safetensors({"__metadata__": [1]}), "__metadata__"),
            ("nested", safetensors(b'{"a":' * 5000 + b"1" + b"}" * 5000), "header"),
            ("length", safetensors({"w": entry}, length=2 ** 60), "not an HDF5 file")):
        raw(folder, name + ".safetensors", data)
        yield name + ".safetensors", why, why


def damaged(folder):
    """Bits flipped and bytes overwritten at random, the same ones each time."""
    dice = random.Random(20240229)
    bases = [raw_read(folder, name) for name in ("rich.h5", "rich-latest.h5", "tags.h5", "loops.h5")]
    for i in range(100):
        data = bytearray(bases[i % len(bases)])
        for _ in range(dice.choice((1, 1, 2, 4, 16, 64))):
            # Seldom in the superblock, whose damage hides everything behind it.
            at = dice.randrange(0 if dice.random() < 0.1 else 96, min(len(data), dice.choice((1000, 10000, len(data)))))
            data[at] = dice.choice((data[at] ^ 1 << dice.randrange(8), 0, 255, dice.randrange(256)))
        raw(folder, "flip-%03d.h5" % i, data)
        yield "flip-%03d.h5" % i, ANY, ANY
    for i in range(20):
        data = bases[i % len(bases)]
        raw(folder, "cut-%02d.h5" % i, data[:dice.randrange(len(data))])
        yield "cut-%02d.h5" % i, ANY, ANY


def cases(folder, secret):
    yield from good(folder)
    yield from elsewhere(folder, secret)
    yield from hostile(folder)
    yield from not_tensors(folder)
    yield from damaged(folder)


if __name__ == "__main__":
    for case in cases(*sys.argv[1:3]):
        print(case[0])
