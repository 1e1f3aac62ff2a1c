"""Makes hostile tensor files and bundles: make_hostile.py FOLDER TOP. Plain Python, always the same files.

TOP is the source tree, whose example data are what the HDF5 files are mutated from. Into FOLDER go the files, and
`list`, one line a file: KIND NAME EXPECTED, where KIND is tensor or bundle and EXPECTED is
    refused    one error line, exit status 2
    ok         exit status 0
    any        either of the two
"""

import hashlib
import io
import json
import os
import random
import struct
import sys
import tarfile
import zipfile
import zlib

# ---- bundles: the formats of engine/bundle.h, store/archive.h, tracker/spool.h ----

RUN = "01a1fd635ce97adea3111b8d6bdc9c90"
OTHER = "01a1fd635ce97adea3111b8d6bdc9c91"
SPOOL_HEADER = b"wbspool\0" + struct.pack("<I", 1) + bytes(4)


def zstd(data, rle=None):
    """A frame of raw blocks (RFC 8878); rle: (byte, count) blocks of one repeated byte behind them."""
    out = b"\x28\xb5\x2f\xfd" + b"\x00\x58"  # no checksum, no size, a window of 2 MiB
    blocks = [(0, data[i:i + 65536], len(data[i:i + 65536])) for i in range(0, len(data), 65536)]
    if rle:
        byte, count = rle
        while count > 0:
            n = min(count, 131071)
            blocks.append((1, byte, n))
            count -= n
    if not blocks:
        blocks = [(0, b"", 0)]
    for i, (kind, payload, n) in enumerate(blocks):
        out += struct.pack("<I", (i == len(blocks) - 1) | kind << 1 | n << 3)[:3] + payload
    return out


def seal(data):
    return data + b"\x57\x2a\x4d\x18\x28\x00\x00\x00wbundle1" + hashlib.sha256(data).digest()


def member(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def tar(members, form=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for info, data in members:
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def frame(kind, numbers=(), strings=()):
    payload = struct.pack("BBBB", kind, len(numbers), len(strings), 0)
    payload += b"".join(struct.pack("<q", n) for n in numbers)
    for s in strings:
        s = s if isinstance(s, bytes) else s.encode()
        payload += struct.pack("<I", len(s)) + s + b"\0"
    head = struct.pack("<I", len(payload))
    return head + struct.pack("<I", zlib.crc32(payload, zlib.crc32(head))) + payload


def git(kind, data):
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data).hexdigest()


class Bundle:
    """A small sound bundle, whose parts a case changes before it is built."""

    def __init__(self):
        self.blob = b"print('hello')\n"
        self.files = {}
        self.set_tree([("100644", "train.py", git("blob", self.blob))])
        self.files["code/blob/" + git("blob", self.blob)] = self.blob
        self.output = b"an output\n"
        self.object = hashlib.sha256(self.output).hexdigest()
        self.files["objects/" + self.object] = self.output
        self.start = {"run_id": RUN, "experiment": "Default", "name": "calm-river-1", "start_ns": 1700000000000000000,
                      "command": ["python3", "train.py"], "params": {}, "tags": {}, "inputs": [], "host": "h", "user": "u",
                      "snapshot": {"tree": self.tree, "files": 1, "skipped": []}}
        self.end = {"state": "FINISHED", "detail": "", "end_ns": 1700000001000000000, "exit_code": 0}
        self.records = None
        self.edits = {"v": 1, "name": "calm-river-1", "tags": {}, "notes": []}
        self.manifest = {"v": 1, "format": "wb-bundle", "encryption": None, "signatures": [],
                         "runs": [{"run_id": RUN, "experiment": "Default", "name": "calm-river-1", "status": "FINISHED"}]}

    def set_tree(self, entries):
        for path in [p for p in self.files if p.startswith("code/tree/")]:
            del self.files[path]
        data = b"".join(b"%s %s\0" % (m.encode(), n if isinstance(n, bytes) else n.encode()) + bytes.fromhex(i)
                        for m, n, i in entries)
        self.tree = git("tree", data)
        self.files["code/tree/" + self.tree] = data
        if hasattr(self, "start"):
            self.start["snapshot"]["tree"] = self.tree

    def spool(self):
        if self.records is not None:
            return self.records
        return (SPOOL_HEADER + frame(1, (), [json.dumps(self.start)]) +
                frame(5, (len(self.output),), ["out.txt", self.object]) + frame(9, (), [json.dumps(self.end)]))

    def complete(self):
        files = dict(self.files)
        if self.edits is not None:
            files["runs/%s/edits.json" % RUN] = json.dumps(self.edits).encode()
        files["runs/%s/spool" % RUN] = self.spool()
        return files

    def members(self, files=None, change=None):
        files = self.complete() if files is None else files
        manifest = dict(self.manifest)
        manifest["entries"] = [{"path": p, "bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()}
                               for p, d in sorted(files.items())]
        if change:
            changed = change(manifest)
            manifest = manifest if changed is None else changed
        text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        return [member("manifest.json", text)] + [member(p, d) for p, d in sorted(files.items())]

    def build(self, **options):
        return seal(zstd(tar(self.members(**options))))


def bundle_control():
    yield "sound", Bundle().build(), "ok"
    b = Bundle()
    b.edits["tags"] = {"a": "b"}
    b.edits["notes"] = [{"author": "x", "text": "\x1b[31mred\u202e", "time_ms": 5}]
    yield "sound-edits", b.build(), "ok"


def bundle_names():
    for i, name in enumerate(["../escape", "/tmp/wb-escape", "a/../../escape", "./manifest", "objects/../../x", "..", "a//b",
                              "runs/../../etc/cron.d/x", "objects\\..\\..\\x", "\x1b[2Jclear", "x" * 3000, "runs/%s/" % RUN]):
        m = Bundle().members()
        m.insert(1 + i % 3, member(name, b"owned"))
        yield "name-%d" % i, seal(zstd(tar(m, tarfile.GNU_FORMAT))), "refused"
        first = Bundle().members()
        first.insert(0, member(name, b"owned"))
        yield "name-first-%d" % i, seal(zstd(tar(first, tarfile.PAX_FORMAT))), "refused"
    m = Bundle().members()
    info, data = m[-1]
    info.pax_headers = {"path": "../../escape"}
    yield "pax-path", seal(zstd(tar(m, tarfile.PAX_FORMAT))), "refused"


def bundle_kinds():
    for name, kind in (("symlink", tarfile.SYMTYPE), ("hardlink", tarfile.LNKTYPE), ("chardev", tarfile.CHRTYPE),
                       ("blockdev", tarfile.BLKTYPE), ("fifo", tarfile.FIFOTYPE), ("folder", tarfile.DIRTYPE),
                       ("unknown", b"Q"), ("contiguous", tarfile.CONTTYPE)):
        for where in (0, 1, -1):
            m = Bundle().members()
            info, data = m[where]
            bad = tarfile.TarInfo(info.name)
            bad.type = kind
            bad.linkname = "/etc/passwd"
            bad.devmajor, bad.devminor = 1, 5
            m[where] = (bad, b"")
            yield "kind-%s-%d" % (name, where), seal(zstd(tar(m))), "refused"
    m = Bundle().members()
    m.insert(1, (tarfile.TarInfo("objects"), b""))
    m[1][0].type = tarfile.SYMTYPE
    m[1][0].linkname = "/tmp"
    yield "link-then-through", seal(zstd(tar(m))), "refused"


def bundle_order():
    m = Bundle().members()
    yield "twice", seal(zstd(tar(m + [m[-1]]))), "refused"
    yield "twice-manifest", seal(zstd(tar([m[0]] + m))), "refused"
    yield "missing-last", seal(zstd(tar(m[:-1]))), "refused"
    yield "missing-first", seal(zstd(tar([m[0]] + m[2:]))), "refused"
    yield "no-manifest", seal(zstd(tar(m[1:]))), "refused"
    yield "reordered", seal(zstd(tar([m[0], m[2], m[1]] + m[3:]))), "refused"
    yield "extra", seal(zstd(tar(m + [member("objects/" + "0" * 64, b"x")]))), "refused"
    yield "only-manifest", seal(zstd(tar(m[:1]))), "refused"
    yield "empty-tar", seal(zstd(tar([]))), "refused"
    info, data = m[2]
    yield "changed-byte", seal(zstd(tar(m[:2] + [member(info.name, b"X" + data[1:])] + m[3:]))), "refused"
    yield "longer", seal(zstd(tar(m[:2] + [member(info.name, data + b"X")] + m[3:]))), "refused"
    yield "shorter", seal(zstd(tar(m[:2] + [member(info.name, data[:-1])] + m[3:]))), "refused"


def bundle_manifests():
    def entries(change):
        def apply(m):
            change(m["entries"])
        return apply

    def put(**fields):
        return lambda m: dict(m, **fields)

    cases = {
        "not-json": lambda m: b"{nonsense", "empty": lambda m: b"", "array": lambda m: b"[]",
        "twice-key": lambda m: b'{"v":1,"v":1}', "deep": lambda m: b'{"a":' * 5000 + b"1" + b"}" * 5000,
        "binary": lambda m: bytes(range(256)) * 40, "nul": lambda m: json.dumps(m).encode() + b"\0",
        "trailing": lambda m: json.dumps(m).encode() + b"{}", "later": put(v=2), "version-0": put(v=0),
        "version-text": put(v="1"), "format": put(format="other"), "encrypted": put(encryption={"to": "age1"}),
        "no-signatures": put(signatures=None), "no-entries": put(entries={}), "no-runs": put(runs=[]),
        "runs-text": put(runs="x"), "run-id": put(runs=[dict(run_id="../../x", name="a", experiment="b", status="c")]),
        "run-id-upper": put(runs=[dict(run_id=RUN.upper(), name="a", experiment="b", status="c")]),
        "run-other": put(runs=[dict(run_id=OTHER, name="a", experiment="b", status="c")]),
        "run-twice": lambda m: dict(m, runs=m["runs"] * 2), "run-fields": put(runs=[{"run_id": RUN}]),
        "path-escape": entries(lambda e: e[0].update(path="../../escape")),
        "path-form": entries(lambda e: e[0].update(path="code/blob/xyz")),
        "path-upper": entries(lambda e: e[0].update(path=e[0]["path"].upper())),
        "path-number": entries(lambda e: e[0].update(path=5)), "path-nul": entries(lambda e: e[0].update(path="a\0b")),
        "run-file": entries(lambda e: e[-1].update(path="runs/%s/../../x" % RUN)),
        "run-file-other": entries(lambda e: e[-1].update(path="runs/%s/evil" % RUN)),
        "negative": entries(lambda e: e[0].update(bytes=-1)), "fraction": entries(lambda e: e[0].update(bytes=1.5)),
        "huge": entries(lambda e: e[0].update(bytes=2 ** 63 - 1)), "overflow": entries(lambda e: e[0].update(bytes=2 ** 70)),
        "sum": entries(lambda e: [x.update(bytes=2 ** 62) for x in e]), "exabyte": entries(lambda e: e[0].update(bytes=2 ** 60)),
        "digest-short": entries(lambda e: e[0].update(sha256="00")), "digest-other": entries(lambda e: e[0].update(sha256="0" * 64)),
        "digest-object": entries(lambda e: [x.update(sha256="0" * 64) for x in e if x["path"].startswith("objects")]),
        "unsorted": entries(lambda e: e.reverse()), "entry-twice": entries(lambda e: e.insert(1, dict(e[0]))),
        "entry-null": entries(lambda e: e.insert(0, None)),
    }
    for name, change in cases.items():
        yield "manifest-" + name, Bundle().build(change=change), "refused"


def bundle_records():
    def records(name, *frames):
        b = Bundle()
        b.records = b"".join(frames)
        return "record-" + name, b.build(), "refused"

    b = Bundle()
    start, end = frame(1, (), [json.dumps(b.start)]), frame(9, (), [json.dumps(b.end)])
    yield records("empty")
    yield records("header", SPOOL_HEADER)
    yield records("no-header", start, end)
    yield records("no-start", SPOOL_HEADER, end)
    yield records("no-end", SPOOL_HEADER, start)
    yield records("two-starts", SPOOL_HEADER, start, start, end)
    yield records("crc", SPOOL_HEADER, start, end[:4] + b"\0\0\0\0" + end[8:])
    yield records("cut", SPOOL_HEADER, start, end[:-3])
    yield records("length", SPOOL_HEADER, b"\xff\xff\xff\x7f" + start[4:], end)
    yield records("garbage", SPOOL_HEADER, start, end, os.urandom(0) + b"\x01garbage" * 9)
    yield records("start-json", SPOOL_HEADER, frame(1, (), ["{nonsense"]), end)
    yield records("start-array", SPOOL_HEADER, frame(1, (), ["[]"]), end)
    yield records("start-other-run", SPOOL_HEADER, frame(1, (), [json.dumps(dict(b.start, run_id=OTHER))]), end)
    yield records("end-json", SPOOL_HEADER, start, frame(9, (), ["{"]))
    yield records("end-state", SPOOL_HEADER, start, frame(9, (), [json.dumps({"state": "SPLENDID"})]))
    yield records("strings", SPOOL_HEADER, start, struct.pack("<I", 9) + bytes(4) + b"\x02\xff\xff\0\xff\xff\xff\xff\0", end)
    for name, change in (("experiment", {"experiment": None}), ("start-ns", {"start_ns": "soon"}),
                         ("params", {"params": [1, 2]}), ("tree", {"snapshot": {"tree": "0" * 40}}),
                         ("tree-form", {"snapshot": {"tree": "../../x"}}), ("environment", {"environment": {"sha256": "0" * 64}})):
        b = Bundle()
        b.start.update(change)
        yield "start-" + name, b.build(), "any" if name in ("params", "tree-form", "experiment", "start-ns") else "refused"
    b = Bundle()
    del b.files["objects/" + b.object]
    yield "output-missing", b.build(), "refused"
    b = Bundle()
    b.end["manifest_sha256"] = "0" * 64
    yield "sealed-other", b.build(), "refused"


def bundle_code():
    b = Bundle()
    del b.files["code/blob/" + git("blob", b.blob)]
    yield "blob-missing", b.build(), "refused"
    b = Bundle()
    b.files["code/blob/" + git("blob", b.blob)] = b"other bytes\n"
    yield "blob-id", b.build(), "refused"
    b = Bundle()
    b.files["code/tree/" + b.tree] = b"\0" * 40
    yield "tree-id", b.build(), "refused"
    blob = git("blob", Bundle().blob)
    for name, entries in (("dots", [("100644", "..", blob)]), ("slash", [("100644", "a/b", blob)]), ("git", [("100644", ".git", blob)]),
                          ("empty-name", [("100644", "", blob)]), ("submodule", [("160000", "sub", blob)]),
                          ("as-folder", [("40000", "d", blob)]), ("mode", [("777777", "x", blob)]),
                          ("missing-folder", [("40000", "d", "0" * 40)])):
        b = Bundle()
        b.set_tree(entries)
        yield "tree-" + name, b.build(), "refused"
    for name, text in (("missing", b"wb-object-v1\nsha256 " + b"0" * 64 + b"\nbytes 5\n"), ("form", b"wb-object-v1\nsha256 zz\n"),
                       ("negative", b"wb-object-v1\nsha256 " + b"0" * 64 + b"\nbytes -5\n")):
        b = Bundle()
        b.files["code/blob/" + git("blob", text)] = text
        b.set_tree([("100644", "big.bin", git("blob", text))])
        yield "pointer-" + name, b.build(), "refused"


def bundle_edits():
    for name, change in (("name", {"name": "@newest"}), ("no-name", {"name": ""}), ("long-name", {"name": "x" * 300}),
                         ("tags", {"tags": ["a"]}), ("tag-key", {"tags": {"k" * 300: "v"}}), ("tag-value", {"tags": {"k": "v" * 9000}}),
                         ("tag-type", {"tags": {"k": 1}}), ("notes", {"notes": {}}), ("note", {"notes": [{"text": ""}]}),
                         ("note-time", {"notes": [{"text": "a", "author": "b", "time_ms": "now"}]})):
        b = Bundle()
        b.edits.update(change)
        yield "edits-" + name, b.build(), "refused"


def bundle_bombs():
    sound = tar(Bundle().members())

    def lie(m):
        m["entries"][0]["bytes"] = 2 ** 40

    b = Bundle().members(change=lie)
    b[1][0].size = 2 ** 40
    out = io.BytesIO()
    for info, data in b[:2]:
        out.write(info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512))
    yield "bomb-declared", seal(zstd(out.getvalue(), rle=(b"\0", 2 ** 27))), "refused"
    m = Bundle().members()
    m[1][0].size = 2 ** 40
    out = io.BytesIO()
    for info, data in m[:2]:
        out.write(info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512))
    yield "bomb-lied", seal(zstd(out.getvalue(), rle=(b"\0", 2 ** 27))), "refused"
    yield "bomb-behind", seal(zstd(sound, rle=(b"\0", 2 ** 27))), "any"
    yield "bomb-behind-x", seal(zstd(sound, rle=(b"x", 2 ** 26))), "refused"
    info = tarfile.TarInfo("manifest.json")
    info.size = 2 ** 31
    yield "bomb-manifest", seal(zstd(info.tobuf(), rle=(b" ", 2 ** 27))), "refused"
    pax = tarfile.TarInfo("pax")
    pax.type = tarfile.XHDTYPE
    pax.size = 2 ** 30
    yield "bomb-pax", seal(zstd(pax.tobuf(), rle=(b"9", 2 ** 27))), "refused"
    longname = tarfile.TarInfo("././@LongLink")
    longname.type = tarfile.GNUTYPE_LONGNAME
    longname.size = 2 ** 30
    yield "bomb-longname", seal(zstd(longname.tobuf(), rle=(b"a", 2 ** 27))), "refused"


def bundle_wrong():
    """Other archives, and bytes that are none."""
    sound = tar(Bundle().members())
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        f.writestr("manifest.json", "{}")
    whole = Bundle().build()
    yield "nothing", b"", "refused"
    yield "trailer-alone", seal(b""), "refused"
    yield "no-trailer", zstd(sound), "refused"
    yield "tar", seal(sound), "any"
    yield "gzip", seal(b"\x1f\x8b\x08" + zlib.compress(sound)), "refused"
    yield "zip", seal(z.getvalue()), "refused"
    for name, magic in (("rar", b"Rar!\x1a\x07\x01\x00"), ("7z", b"7z\xbc\xaf\x27\x1c"), ("cab", b"MSCF"), ("ar", b"!<arch>\n"),
                        ("cpio", b"070701" + b"0" * 104), ("xar", b"xar!"), ("iso", bytes(32769) + b"CD001"), ("mtree", b"#mtree\n"),
                        ("lha", b"!!-lh5-"), ("elf", b"\x7fELF"), ("shell", b"#!/bin/sh\nexec touch /tmp/wb-escape\n")):
        yield name, seal(magic + bytes(2000)), "refused"
        yield name + "-in-zstd", seal(zstd(magic + bytes(2000))), "refused"
    yield "behind-trailer", whole + b"x", "refused"
    yield "behind-archive", seal(zstd(sound) + b"garbage"), "refused"
    yield "second-frame", seal(zstd(sound) + zstd(b"x" * 4096)), "refused"
    yield "tar-sum", seal(zstd(sound[:148] + b"0000000\0" + sound[156:])), "refused"
    yield "zstd-header", seal(b"\x28\xb5\x2f\xfd" + b"\xff" * 200), "refused"
    yield "zstd-window", seal(b"\x28\xb5\x2f\xfd\x00\xff" + zstd(sound)[6:]), "refused"
    yield "zstd-dictionary", seal(b"\x28\xb5\x2f\xfd\x01\x58\x07" + zstd(sound)[6:]), "refused"
    rng = random.Random(7)
    for i in range(24):
        cut = rng.randrange(len(whole))
        yield "cut-%d" % i, whole[:cut], "refused"
        at, bit = rng.randrange(len(whole)), rng.randrange(8)
        yield "flip-%d" % i, whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:], "refused"
    body = zstd(sound)
    for i in range(24):
        yield "cut-sealed-%d" % i, seal(body[:rng.randrange(len(body) - 1100)]), "refused"
        # A flipped bit that is sealed again is somebody's bundle; what it says must still hold together.
        at, bit = rng.randrange(len(body)), rng.randrange(8)
        yield "flip-sealed-%d" % i, seal(body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1:]), "any"


def bundles():
    for part in (bundle_control, bundle_names, bundle_kinds, bundle_order, bundle_manifests, bundle_records, bundle_code,
                 bundle_edits, bundle_bombs, bundle_wrong):
        for name, data, expected in part():
            yield "bundle", name + ".tar.zst", data, expected


# ---- tensors ----

def npy(header, data=b"", version=1, length=None):
    text = header if isinstance(header, bytes) else header.encode()
    n = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", n) + text + data


def header(descr="'<f4'", order="False", shape="(4,)"):
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n" % (descr, order, shape)


def npy_files():
    yield "sound", npy(header(), bytes(16)), "ok"
    shapes = ["(-1,)", "(1,2,3", "()()", "(%s)" % ("9," * 60), "(99999999999999999999,)", "(%d,%d)" % (2 ** 40, 2 ** 40), "4", "(4.0,)",
              "(0x4,)", "(4,,)", "(True,)", "(4L,)", "[4]", "(%d,)" % 2 ** 62, "(5,)", "('4',)"]
    for i, shape in enumerate(shapes):
        yield "shape-%d" % i, npy(header(shape=shape), bytes(16)), "any" if shape in ("(4,,)", "()()") else "refused"
    for i, descr in enumerate(["'<f4", "<f4", "'<f%d'" % 2 ** 40, "[('a', '<f4'", "[" * 30000, "None", "'O'", "''", "'<f4\\x00'", "b'<f4'",
                               "'>q9'", "'|V%d'" % 2 ** 60, "'<M8[ns]'", "'<f4'\n\n#"]):
        yield "descr-%d" % i, npy(header(descr=descr), bytes(16)), "any"
    for name, data in (("no-header", b"\x93NUMPY"), ("cut-header", npy(header())[:30]), ("cut-data", npy(header(), bytes(15))),
                       ("version", npy(header(), bytes(16), version=7)), ("length", npy(header(), bytes(16), length=65535)),
                       ("length-4", npy(header(), bytes(16), version=2, length=2 ** 32 - 1)), ("code", npy("__import__('os').system('id')")),
                       ("twice", npy("{'shape': (), 'shape': ()}")), ("nul", npy(header().encode() + b"\0\0")), ("zero", npy("", length=0)),
                       ("unknown-key", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}"))):
        yield name, data, "refused"
    yield "object", npy(header("'|O'", shape="(1,)"), b"\x80\x04cos\nsystem\n(S'id'\ntR."), "any"


def safetensors(head, data=b"", length=None):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def safetensors_files():
    good = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    yield "sound", safetensors({"w": good}, bytes(16)), "ok"
    cases = {
        "past-end": ({"w": good}, 15), "backward": ({"w": dict(good, data_offsets=[16, 0])}, 16),
        "negative": ({"w": dict(good, data_offsets=[-16, 0])}, 16), "mismatch": ({"w": dict(good, shape=[5])}, 16),
        "overflow": ({"w": dict(good, shape=[2 ** 62, 2 ** 62])}, 16), "dtype": ({"w": dict(good, dtype="F99")}, 16),
        "dtype-number": ({"w": dict(good, dtype=4)}, 16), "shape-text": ({"w": dict(good, shape="4")}, 16),
        "shape-negative": ({"w": dict(good, shape=[-4])}, 16), "shape-rank": ({"w": dict(good, shape=[1] * 40)}, 16),
        "shape-fraction": ({"w": dict(good, shape=[4.5])}, 16), "offsets-3": ({"w": dict(good, data_offsets=[0, 16, 32])}, 16),
        "offsets-none": ({"w": {"dtype": "F32", "shape": [4]}}, 16), "not-object": ({"w": 5}, 16), "null": ({"w": None}, 16),
        "metadata": ({"__metadata__": [1], "w": good}, 16), "metadata-type": ({"__metadata__": {"a": 1}, "w": good}, 16),
    }
    for name, (head, n) in cases.items():
        yield name, safetensors(head, bytes(n)), "refused"
    for name, head in (("not-json", b"{nonsense}"), ("twice", b'{"a":1,"a":2}'), ("deep", b'{"a":' * 9000 + b"1" + b"}" * 9000),
                       ("cut", b'{"a":{"dtype":'), ("utf8", b'{"\xff\xfe":{}}'), ("trailing", b'{} {}'), ("surrogate", b'{"\\ud800":1}'),
                       ("number", b'{"a":1e999}')):
        yield name, safetensors(head), "refused"
    for name, length in (("length-0", 0), ("length-max", 2 ** 64 - 1), ("length-big", 2 ** 40), ("length-1", 1)):
        yield name, safetensors({"w": good}, bytes(16), length=length), "refused"
    yield "overlap", safetensors({"a": good, "b": good}, bytes(16)), "any"
    yield "name", safetensors({"\x1b]0;owned\x07\u202e": good, "../../../etc/passwd": good}, bytes(16)), "any"
    yield "name-long", safetensors({"n" * 100000: good}, bytes(16)), "any"


def zipped(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name) if method == zipfile.ZIP_STORED else name, data)
    return out.getvalue()


def npz_files():
    array = npy(header(), bytes(16))
    sound = zipped([("w.npy", array), ("b.npy", array)])
    deflated = zipped([("w.npy", npy(header(shape="(4096,)"), bytes(16384)))], zipfile.ZIP_DEFLATED)
    yield "sound", sound, "ok"
    yield "sound-deflated", deflated, "ok"
    yield "names", zipped([("../../escape.npy", array), ("ok.npy", array)]), "refused"
    yield "absolute", zipped([("/etc/x.npy", array)]), "refused"
    yield "bad-member", zipped([("w.npy", b"\x93NUMPY nonsense"), ("b.npy", array)]), "any"
    yield "cut-member", zipped([("w.npy", npy(header(), bytes(3)))]), "any"
    yield "twice", zipped([("w.npy", array), ("w.npy", npy(header(), b"\1" * 16))]), "any"
    yield "others", zipped([("readme.txt", b"x"), ("w.npy", array)]), "any"
    yield "many", zipped([("%d.npy" % i, b"") for i in range(20500)]), "refused"
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(bomb.compress(bytes(2 ** 20)) for _ in range(64)) + bomb.flush()
    for name, declared in (("bomb", 2 ** 26), ("bomb-lied", 16), ("bomb-4g", 2 ** 32 - 2)):
        local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(body), declared, 5, 0) + b"w.npy"
        central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(body), declared, 5, 0, 0, 0, 0, 0, 0) + b"w.npy"
        end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(body), 0)
        yield name, local + body + central + end, "any"
    for i in range(0, len(sound), max(1, len(sound) // 10)):
        yield "cut-%d" % i, sound[:i], "any" if i > 4 else "refused"
    rng = random.Random(11)
    for i in range(20):
        data = bytearray(sound if i % 2 else deflated)
        for _ in range(1 + i % 4):
            data[rng.randrange(4, len(data))] = rng.randrange(256)
        yield "flip-%d" % i, bytes(data), "any"


def hdf5_files(top):
    base = []
    for name in ("digits.h5", "patients.h5"):
        with open(os.path.join(top, "examples", "digits", name), "rb") as f:
            base.append(f.read())
    yield "sound", base[0], "ok"
    for name, data in (("nothing", b""), ("signature", base[0][:8]), ("zeros", bytes(70000)), ("behind-zeros", bytes(512) + base[1]),
                       ("text", b"root:x:0:0\n" * 99), ("other-end", base[0][:2000] + base[1])):
        yield name, data, "any" if name in ("behind-zeros", "other-end") else "refused"
    rng = random.Random(3)
    for which, data in enumerate(base):
        # Most of a file is values; its structure stands where the names and signatures are.
        places = [i for mark in (b"TREE", b"HEAP", b"SNOD", b"OHDR", b"FRHP", b"BTHD", b"\x89HDF") for i in [data.find(mark)] if i >= 0]
        for i in range(12):
            yield "cut-%d-%d" % (which, i), data[:rng.randrange(9, len(data))], "any"
        for i in range(40):
            changed = bytearray(data)
            for _ in range(1 + i % 6):
                near = rng.choice(places) if places else 0
                at = (near + rng.randrange(600)) % len(changed) if i % 3 else rng.randrange(min(len(changed), 4096))
                changed[at] = rng.choice([0, 0xff, 0x7f, 0x80, rng.randrange(256)])
            yield "flip-%d-%d" % (which, i), bytes(changed), "any"


def tensors(top):
    for form, files in (("npy", npy_files()), ("safetensors", safetensors_files()), ("npz", npz_files()), ("h5", hdf5_files(top))):
        for name, data, expected in files:
            yield "tensor", "%s.%s" % (name, form), data, expected


def main():
    folder, top = sys.argv[1:3]
    count = 0
    with open(os.path.join(folder, "list"), "w") as lines:
        for kind, name, data, expected in list(tensors(top)) + list(bundles()):
            with open(os.path.join(folder, name), "xb") as f:
                f.write(data)
            lines.write("%s %s %s\n" % (kind, name, expected))
            count += 1
    print(count)


if __name__ == "__main__":
    main()
