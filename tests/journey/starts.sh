#!/bin/sh
# WB_STARTS runs in a row (200), every fourth one stopped, and fifty at once: each is recorded as it ended, and of none is
# anything left but its record: no process, mount, cgroup or file.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
project
"$PYTHON" - "${WB_STARTS:-200}" <<'END' || fail "the starts"
import collections, glob, json, os, subprocess, sys, tempfile, time

count = int(sys.argv[1])
store = os.path.join(os.getcwd(), ".wb")

def wb(*words):
    return subprocess.run(["wb", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)

def ours():
    """Processes that hold a descriptor in this store, or have it as their working folder's home."""
    found = []
    for fd in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(fd).startswith(store):
                found.append(fd.split("/")[2])
        except OSError:
            pass
    return sorted(set(found))

def census():
    tops = [line.split()[4] for line in open("/proc/self/mountinfo") if " - cgroup2 " in line]
    return {
        "mounts": len(open("/proc/self/mountinfo").readlines()),
        "cgroups": sum(name.startswith("wb-") and name[3:35] in runs for top in tops for _, names, _ in os.walk(top) for name in names),
        "pending": os.listdir(store + "/pending"),
        "temporary": os.listdir(store + "/tmp"),
        "scratch": [p for p in glob.glob("%s/runs/*/*" % store) if os.path.basename(p) in ("work", "out", "ctl")],
        "events": [p for run in runs for p in glob.glob("/tmp/wb-*-" + run[20:])],
        "processes": ours(),
    }

runs = set()
first = wb("run", "--", "true")
assert first.returncode == 0, first.stderr
before = census()
expected = collections.Counter()
for i in range(count):
    tier = "2" if i % 5 == 4 else "1"
    if i % 4 == 3:
        run = json.loads(wb("run", "-d", "--json", "--tier", tier, "--", "sleep", "1000").stdout)["run_id"]
        stopped = wb("stop", run)
        assert stopped.returncode == 0, stopped.stderr
        expected["KILLED"] += 1
    else:
        done = wb("run", "--json", "--tier", tier, "--memory", "1G", "--", "true")
        assert done.returncode == 0, done.stderr
        run = json.loads(done.stdout)["run_id"]
        expected["FINISHED"] += 1
    runs.add(run)

many = [subprocess.Popen(["wb", "run", "--json", "-n", "one-name", "--", "sh", "-c", "echo %d >out.txt" % i],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for i in range(50)]
for i, p in enumerate(many):
    out, err = p.communicate()
    assert p.returncode == 0, err
    run = json.loads(out)
    runs.add(run["run_id"])
    assert [a["path"] for a in run["artifacts"]] == ["out.txt"], run["artifacts"]
    assert wb("artifacts", "cat", run["run_id"], "out.txt").stdout == "%d\n" % i
expected["FINISHED"] += 51
assert len(runs) == count + 50

# A supervisor ends a moment after its record is there.
deadline = time.monotonic() + 30
while census() != before and time.monotonic() < deadline:
    time.sleep(0.05)
after = census()
assert after == before, (before, after)
states = collections.Counter(json.loads(line)["status"].split("(")[0] for line in wb("ls", "--json", "-n", "100000").stdout.splitlines())
assert states == expected, (states, expected)
print(dict(states))
END
