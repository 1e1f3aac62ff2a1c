"""Every file of make_corpus.py through the reader: run_corpus.py PROBE WORKER FOLDER.

Each gives the expected answer, or one error line; the caller never crashes, nothing takes long,
and the file that hostile ones point to is never opened, which the kernel watches (inotify).
"""

import ctypes
import json
import os
import subprocess
import sys

import make_corpus

IN_ACCESS, IN_OPEN, IN_NONBLOCK = 0x1, 0x20, 0o4000
DEADLINE = 120


class Watch:
    """Tells whether a file was opened or read since."""

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(IN_NONBLOCK)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(path), IN_ACCESS | IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def touched(self):
        try:
            return bool(os.read(self.fd, 4096))
        except BlockingIOError:
            return False


def is_library_crash(report):
    """A sanitizer's report about the HDF5 library itself, which is what the confinement is there for."""
    frames = [line for line in report.split(b"\n") if line.lstrip().startswith(b"#") and b"libasan" not in line]
    return b"ERROR: AddressSanitizer" in report and bool(frames) and b"libhdf5" in frames[0]


class Runner:
    def __init__(self, probe, worker, folder, secret):
        self.probe, self.worker, self.folder, self.secret = probe, worker, folder, secret
        self.faults = []
        self.ends = {}

    def ask(self, what, name):
        """The answer, or the error line."""
        done = subprocess.run([self.probe, self.worker, what, os.path.join(self.folder, name), name],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
        out = done.stdout.decode("utf-8")
        if done.stderr and not is_library_crash(done.stderr):
            return self.fault(what, name, "wrote to standard error: %r" % done.stderr[:300])
        if done.returncode == 0:
            return json.loads(out)
        if done.returncode != 1:
            return self.fault(what, name, "the caller ended with %d" % done.returncode)
        if out.count("\n") != 1 or not out.startswith(name + ": ") or any(ord(c) < 32 for c in out[:-1]):
            return self.fault(what, name, "not one clear line: %r" % out)
        return out[:-1]

    def fault(self, what, name, text):
        self.faults.append("%s %s: %s" % (what, name, text))

    def compare(self, what, name, expected, got):
        if got is None or expected is None:
            return
        if isinstance(expected, str):
            if not isinstance(got, str) or expected not in got:
                self.fault(what, name, "expected '%s', got %r" % (expected, got))
        elif isinstance(got, str):
            self.fault(what, name, "expected an answer, got %r" % got)
        elif isinstance(expected, list):
            if sorted(got["tags"]) != sorted(expected):
                self.fault(what, name, "expected tags %r, got %r" % (expected, got["tags"]))
        else:
            self.compare_list(what, name, expected, got)

    def compare_list(self, what, name, expected, got):
        for key, value in expected.items():
            found = got[key]
            if key == "tensors":
                found = {t["path"]: t for t in found}
                if found.keys() != value.keys():
                    self.fault(what, name, "tensors %r, not %r" % (sorted(found), sorted(value)))
                    continue
                for path, members in value.items():
                    for member, wanted in members.items():
                        has = found[path].get(member)
                        if not (wanted in (has or "") if member == "refused" else wanted == has):
                            self.fault(what, name, "%s: %s is %r, not %r" % (path, member, has, wanted))
            elif key == "skipped":
                found = {s["path"]: s["why"] for s in found}
                if found.keys() != value.keys() or not all(value[p] in found[p] for p in value):
                    self.fault(what, name, "skipped %r, not %r" % (found, value))
            elif found != value:
                self.fault(what, name, "%s is %r, not %r" % (key, found, value))

    def run(self, name, listing, tags):
        for what, expected in (("list", listing), ("tags", tags)):
            got = self.ask(what, name)
            self.compare(what, name, expected, got)
            end = "answered" if isinstance(got, dict) else "crashed" if "damaged or hostile" in str(got) else "refused"
            self.ends[end] = self.ends.get(end, 0) + 1


def main():
    probe, worker, folder = sys.argv[1:4]
    secret = os.path.join(folder, "secret.bin")
    with open(secret, "wb") as f:
        f.write(b"SECRET" * 1000)
    files = list(make_corpus.cases(folder, secret))
    runner = Runner(probe, worker, folder, secret)
    watch = Watch(secret)
    for case in files:
        runner.run(*case)
    if watch.touched():
        runner.faults.append("the file outside was opened")
    with open(secret, "rb") as f:
        f.read(1)
    if not watch.touched():
        runner.faults.append("the watch on the file outside does not work")
    print("%d files, asked twice each: %s" % (len(files), ", ".join("%s %d" % e for e in sorted(runner.ends.items()))))
    for fault in runner.faults:
        print("failed: " + fault)
    return 1 if runner.faults else 0


if __name__ == "__main__":
    sys.exit(main())
