"""The sweep of killed.sh: kill -9 of whatever keeps a run going, at random moments of its life.

Each round starts `wb run` of a script that logs 10 000 metrics and notes, in a file of its own in the run's
output folder, how many of them wb had acknowledged. Some moment later the round's victims are killed. In the end
every acknowledged metric must be in the record, no run may be RUNNING, nothing of a run may be left, and the
whole store must verify.
"""

import glob
import json
import os
import random
import signal
import subprocess
import sys
import time

METRICS = 10000
DEADLINE_S = 60

# Says what was acknowledged by an answer: `ok N` to `sync N`.
CLIENT = """
import os, socket, sys
noted = os.open(os.path.join(os.environ["WB_OUTPUTS"], "acked"), os.O_WRONLY | os.O_CREAT, 0o600)
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["WB_EVENTS"])
answers = door.makefile("r")
for step in range(%d):
    door.sendall(b"metric loss=%%d step=%%d\\n" %% (step, step))
    if step %% 100 == 99:
        door.sendall(b"sync %%d\\n" %% (step + 1))
        answer = answers.readline()
        if answer != "ok %%d\\n" %% (step + 1):
            sys.exit("instead of ok %%d: %%r" %% (step + 1, answer))
        os.pwrite(noted, b"%%08d" %% (step + 1), 0)
""" % METRICS

# Says what was acknowledged by the status of `wb log`.
SHELL = """
step=0
while [ $step -lt 40 ]; do
    wb log metric loss=$step step=$step || exit
    step=$((step + 1))
    printf %08d $step 1<>"$WB_OUTPUTS/acked"
done
"""


def fail(words):
    print("FAILED: " + words)
    sys.exit(1)


def wb(*args, status=0):
    done = subprocess.run(["wb"] + list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE_S)
    if done.returncode != status:
        fail("status %d instead of %d from wb %s: %s" % (done.returncode, status, " ".join(args),
                                                        done.stderr.decode(errors="replace")))
    return done.stdout.decode()


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def processes():
    """The processes that stand in this project, but for those of the test: (pid, name, parent)."""
    here = os.getcwd()
    for folder in glob.glob("/proc/[0-9]*"):
        pid = int(folder[6:])
        try:
            if os.readlink(folder + "/cwd") != here or pid in (os.getpid(), os.getppid()):
                continue
        except OSError:
            continue
        fields = read(folder + "/stat").decode(errors="replace").rpartition(")")
        if fields[0] and fields[2].split()[0] != "Z":
            yield pid, fields[0].partition("(")[2], int(fields[2].split()[1])


def supervisors():
    """The supervisor's pids: the one that owns the run first, then its helper."""
    found = [(pid, parent) for pid, name, parent in processes() if name == "wb-supervisor"]
    own = {pid for pid, _ in found}
    return [pid for pid, parent in found if parent not in own] + [pid for pid, parent in found if parent in own]


def kill(pids):
    hit = False
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            hit = True
        except ProcessLookupError:
            pass
    return hit


def start(name, command):
    return subprocess.Popen(["wb", "run", "-n", name, "--"] + command, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def acknowledged(known):
    """What the newest run noted, and its id; known are the ids from before."""
    new = [f for f in os.listdir(".wb/runs") if f not in known]
    known.update(new)
    if not new:
        return None, 0
    return new[0], int(read(".wb/runs/%s/out/acked" % new[0]) or 0)


def wait_until(words, condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > end:
            fail(words)
        time.sleep(0.02)


def one_round(i, kinds, lengths, rng, known):
    """Returns (id, acknowledged, whether a live supervisor was hit)."""
    kind, command = kinds[i % len(kinds)]
    front = start("run%d" % i, command)
    who = ("supervisor", "front", "both", "helper", "reader")[i // len(kinds) % 5]
    # Not a wait for something: the moment of the kill.
    time.sleep(rng.uniform(0, lengths[kind]))
    alive = supervisors()
    if who == "supervisor":
        kill(alive[:1])
    elif who == "front":
        kill([front.pid])
    elif who == "both":
        kill(alive + [front.pid])
    elif who == "helper":
        kill(alive[1:2])
    else:
        reader = subprocess.Popen(["wb", "ls"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0, 0.02))
        kill([reader.pid] + alive)
        reader.wait()
    try:
        front.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        fail("round %d: wb run still waits after its %s was killed" % (i, who))
    run, acked = acknowledged(known)
    wait_until("round %d (%s killed): processes are left: %s" % (i, who, list(processes())),
               lambda: not list(processes()))
    if run:
        acked = max(acked, int(read(".wb/runs/%s/out/acked" % run) or 0))
    return run, acked, bool(alive)


def length_of(name, command, known):
    begun = time.monotonic()
    if start(name, command).wait(DEADLINE_S) != 0:
        fail("the run that nobody kills failed")
    took = time.monotonic() - begun
    acknowledged(known)
    return took


def main(wanted):
    seed = int(os.environ.get("WB_SEED", random.SystemRandom().randrange(10 ** 6)))
    rng = random.Random(seed)
    print("WB_SEED=%d" % seed)
    with open("client.py", "w") as f:
        f.write(CLIENT)
    with open("log.sh", "w") as f:
        f.write(SHELL)
    kinds = [("client", [sys.executable, "client.py"])] * 3 + [("log", ["sh", "log.sh"])]
    known = set()
    lengths = {kind: length_of("whole-" + kind, command, known) for kind, command in kinds[-2:]}
    print("uninterrupted: " + ", ".join("%s %.2f s" % pair for pair in sorted(lengths.items())))

    records = []
    while sum(hit for _, _, hit in records) < wanted and len(records) < 5 * wanted:
        records.append(one_round(len(records), kinds, lengths, rng, known))
    if wb("ls", "--json", "status = 'RUNNING'"):
        fail("a run is RUNNING for ever")
    print(wb("verify", "--all").strip())
    states = {}
    for run, acked, _ in records:
        if not run:
            continue
        if not acked and not os.path.exists(".wb/runs/" + run):
            # Killed before anything of it was on record: not even a folder is left.
            states["never recorded"] = states.get("never recorded", 0) + 1
            continue
        shown = json.loads(wb("show", "--json", run))
        states[shown["status"]] = states.get(shown["status"], 0) + 1
        if acked:
            points = [json.loads(line) for line in wb("metrics", run, "loss", "--json").splitlines()]
            if [(p["step"], p["value"]) for p in points[:acked]] != [(step, step) for step in range(acked)]:
                fail("run %s: %d metrics were acknowledged, %d are there" % (run, acked, len(points)))
    hits = sum(hit for _, _, hit in records)
    total = sum(acked for _, acked, _ in records)
    print("%d of %d moments met a living supervisor; %s; %d acknowledged metrics, all there"
          % (hits, len(records), ", ".join("%d %s" % (n, s) for s, n in sorted(states.items())), total))
    if not hits or not total:
        fail("no moment met a living run")
    for kind, command in kinds[-2:]:
        if start("after-" + kind, command).wait(DEADLINE_S) != 0:
            fail("the store takes no new run")


main(int(sys.argv[1]))
