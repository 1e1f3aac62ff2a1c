"""The Python module wb against a fake event door. Run by tests/python/wb_module.sh."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest

SOURCE = os.environ.get("WB_TEST_SRCDIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODULE = os.path.join(SOURCE, "python")
DEADLINE = 60


class Door:
    """Takes connections, keeps every line, and answers {"sync":N} with "ok N" as wb does."""

    def __init__(self, path, answers=True, close_after=None):
        self.lines = []
        self.connections = 0
        self.answers = answers
        self.close_after = close_after
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(64)
        self.threads = []
        self.accepter = threading.Thread(target=self.accept, daemon=True)
        self.accepter.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                t = threading.Thread(target=self.serve, args=(connection,), daemon=True)
                self.threads.append(t)
            t.start()

    def serve(self, connection):
        seen = 0
        with connection, connection.makefile("rb") as stream:
            for line in stream:
                with self.lock:
                    self.lines.append(line)
                seen += 1
                if self.close_after is not None and seen >= self.close_after:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                event = json.loads(line.decode("ascii"))
                if "sync" in event and self.answers:
                    connection.sendall(b"ok %d\n" % event["sync"])

    def finish(self):
        """All lines, once every client is gone."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepter.join(DEADLINE)
        self.listener.close()
        for t in self.threads:
            t.join(DEADLINE)
            assert not t.is_alive()
        return self.lines


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="wb-py-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.door = None

    def run_script(self, text, door=None, env=None, expect=0, **door_options):
        """Runs text with the module importable; returns (events without syncs, stdout, stderr)."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WB_")}
        environment["PYTHONPATH"] = MODULE
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        if door is not False:
            path = os.path.join(self.dir, "events")
            self.door = Door(path, **door_options)
            environment["WB_EVENTS"] = path
        environment.update(env or {})
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(text)], env=environment, cwd=self.dir,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
        out, err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, err)
        self.raw = self.door.finish() if self.door else []
        events = [json.loads(line.decode("ascii")) for line in self.raw]
        self.syncs = [e["sync"] for e in events if "sync" in e]
        return [e for e in events if "sync" not in e], out, err

    def without_time(self, events):
        for e in events:
            if "metric" in e or "metrics" in e:
                self.assertGreater(e.pop("time_ms"), 1500000000000)
        return events


class Log(Case):
    def test_one_metric(self):
        events, _, err = self.run_script("import wb; wb.log(loss=0.12, step=3)")
        self.assertEqual(self.without_time(events), [{"metric": "loss", "value": 0.12, "step": 3}])
        self.assertEqual(err, "")
        self.assertEqual(self.syncs, [1], "a normal end waits until wb has it on disk")

    def test_several_metrics_are_one_line(self):
        events, _, _ = self.run_script("import wb; wb.log({'a/b': 1}, acc=0.9, step=0); wb.log({'c': 2.5})")
        self.assertEqual(self.without_time(events), [
            {"metrics": {"a/b": 1.0, "acc": 0.9}, "step": 0}, {"metric": "c", "value": 2.5}])

    def test_not_finite(self):
        events, _, _ = self.run_script(
            "import wb; wb.log(a=float('nan'), b=float('inf'), c=-float('inf'), d=10**400, step=1)")
        self.assertEqual(events[0]["metrics"], {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": "Infinity"})

    def test_doubles_survive_exactly(self):
        values = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789012345678]
        events, _, _ = self.run_script("import wb\nfor v in %r: wb.log(x=v)" % (values,))
        self.assertEqual([repr(e["value"]) for e in events], [repr(float(v)) for v in values])

    def test_things_like_numbers(self):
        events, _, _ = self.run_script("""
            import wb
            class Tensor:
                def __float__(self): return 0.25
            wb.log(a=Tensor(), b=True, c=3)
        """)
        self.assertEqual(events[0]["metrics"], {"a": 0.25, "b": 1.0, "c": 3.0})

    def test_numpy(self):
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("this interpreter has no numpy")
        events, _, _ = self.run_script("""
            import numpy as np, wb
            wb.log(a=np.float32(0.5), b=np.array(2.0), c=np.int64(7), d=np.float64('nan'), step=np.int64(4))
        """)
        self.assertEqual(events[0]["metrics"], {"a": 0.5, "b": 2.0, "c": 7.0, "d": "NaN"})
        self.assertEqual(events[0]["step"], 4)

    def test_no_number_is_refused_inside_and_outside(self):
        script = """
            import wb
            for bad in ("0.1", None, [1, 2], object()):
                try: wb.log(loss=bad)
                except TypeError as e: assert "loss" in str(e), e
                else: raise SystemExit("accepted %r" % (bad,))
        """
        events, _, _ = self.run_script(script)
        self.assertEqual(events, [])
        self.door = None
        self.run_script(script, door=False)

    def test_steps_are_whole_numbers_of_64_bits(self):
        events, _, err = self.run_script("""
            import wb
            for step in ('a', '1', 1.5, float('nan'), float('inf'), [1], 2**63, -2**63 - 1):
                try: wb.log(loss=1, step=step)
                except (TypeError, ValueError) as e: assert str(e).startswith('wb.log: step: '), e
                else: raise SystemExit('taken: %r' % (step,))
            for step in (2.0, 2**63 - 1, -2**63, True):
                wb.log(loss=1, step=step)
        """)
        self.assertEqual(err, "")
        self.assertEqual([e["step"] for e in events], [2, 2**63 - 1, -2**63, 1])

    def test_many_metrics_stay_below_the_line_limit(self):
        events, _, _ = self.run_script(
            "import wb; wb.log({('\\u00e9%04d' % i) * 20: i for i in range(2000)}, step=1)")
        self.assertLess(max(len(line) for line in self.raw), 64 * 1024)
        together = {}
        for e in events:
            self.assertEqual(e["step"], 1)
            together.update(e.get("metrics") or {e["metric"]: e["value"]})
        self.assertEqual(len(together), 2000)

    def test_odd_names_stay_one_line(self):
        events, _, _ = self.run_script(r"import wb; wb.log({'a\nb\"\\\x1b\u20ac\ud800': 1})")
        self.assertEqual(events[0]["metric"], "a\nb\"\\\x1b\u20ac\ud800")
        self.assertEqual(len(self.raw), 2)


class ParamTag(Case):
    def test_forms(self):
        events, _, _ = self.run_script("""
            import wb
            wb.param("lr", 0.1); wb.param(epochs=20, name="x"); wb.param({"deep": True})
            wb.tag("k", "v\\n2"); wb.tag(stage="draft")
        """)
        self.assertEqual(events, [
            {"param": "lr", "value": "0.1"}, {"param": "epochs", "value": "20"}, {"param": "name", "value": "x"},
            {"param": "deep", "value": "True"}, {"tag": "k", "value": "v\n2"}, {"tag": "stage", "value": "draft"}])

    def test_wrong_use_is_refused(self):
        self.run_script("""
            import wb
            for args in (("a",), ("a", 1, 2)):
                try: wb.param(*args)
                except TypeError: pass
                else: raise SystemExit("accepted")
        """)


class Delivery(Case):
    def test_flush_returns_after_the_answer(self):
        _, out, _ = self.run_script("import wb; wb.log(a=1); print(wb.flush()); wb.log(a=2); print(wb.flush())")
        self.assertEqual(out.split(), ["True", "True"])
        self.assertEqual(self.syncs, [1, 2, 3])

    def test_sent_before_a_kill(self):
        events, _, _ = self.run_script("""
            import os, signal, wb
            for i in range(1000): wb.log(a=i)
            os.kill(os.getpid(), signal.SIGKILL)
        """, expect=-9)
        self.assertEqual([e["value"] for e in events], list(range(1000)))

    def test_exception_and_exit_status_pass(self):
        events, _, err = self.run_script("import wb; wb.log(a=1); raise SystemExit(7)", expect=7)
        self.assertEqual(len(events), 1)
        self.assertEqual(self.syncs, [1])

    def test_socket_cut_in_the_middle(self):
        _, out, err = self.run_script("""
            import wb
            for i in range(5000): wb.log(a=i)
            print(wb.flush(), wb.active())
            print("done")
        """, close_after=10)
        self.assertEqual(out.split(), ["False", "False", "done"])
        self.assertEqual(err.count("\n"), 1)
        self.assertIn("no longer recorded", err)

    def test_cut_while_flushing(self):
        _, out, err = self.run_script("import wb; wb.log(a=1); print(wb.flush())", close_after=2)
        self.assertEqual(out.split(), ["False"])
        self.assertEqual(err.count("\n"), 1)

    def test_nobody_listens(self):
        _, out, err = self.run_script("import wb; wb.log(a=1); wb.log(a=2); wb.tag(x=1); print('done')", door=False,
                                      env={"WB_EVENTS": "/nonexistent/events"})
        self.assertEqual(out, "done\n")
        self.assertEqual(err.count("\n"), 1)

    def test_threads(self):
        events, _, _ = self.run_script("""
            import threading, wb
            def work(k):
                for i in range(500): wb.log({"t%d" % k: i, "fill" * 50: 0}, step=i)
            ts = [threading.Thread(target=work, args=(k,)) for k in range(8)]
            [t.start() for t in ts]; [t.join() for t in ts]
        """)
        self.assertEqual(len(events), 4000)
        for k in range(8):
            self.assertEqual([e["step"] for e in events if "t%d" % k in e["metrics"]], list(range(500)))

    def test_forks_have_connections_of_their_own(self):
        events, _, _ = self.run_script("""
            import os, wb
            wb.log(parent=0)
            pids = []
            for k in range(4):
                pid = os.fork()
                if pid == 0:
                    for i in range(300): wb.log({"c%d" % k: i, "fill" * 1000: 0})
                    wb.flush()
                    os._exit(0)
                pids.append(pid)
            for i in range(300): wb.log(parent=i)
            for pid in pids: assert os.waitpid(pid, 0)[1] == 0
        """)
        self.assertEqual(len(events), 1 + 5 * 300)
        self.assertEqual(self.door.connections, 5)

    def test_fork_while_another_thread_logs(self):
        self.run_script("""
            import os, threading, wb
            stop = threading.Event()
            def work():
                while not stop.is_set(): wb.log(t=1)
            t = threading.Thread(target=work); t.start()
            for _ in range(50):
                pid = os.fork()
                if pid == 0:
                    wb.log(child=1); wb.flush()
                    os._exit(0)
                assert os.waitpid(pid, 0)[1] == 0
            stop.set(); t.join()
        """)


class Outside(Case):
    def test_nothing_happens(self):
        _, out, err = self.run_script("""
            import wb
            wb.log(loss=1, step=2); wb.param(a=1); wb.tag(b=2)
            print(wb.flush(), wb.active(), wb.input("data/x.h5"), wb.params(lr=0.5))
        """, door=False)
        self.assertEqual(out, "True False data/x.h5 {'lr': 0.5}\n")
        self.assertEqual(err, "")

    def test_output_makes_folders(self):
        self.run_script("import wb; open(wb.output('a/b/w.txt'), 'w').close(); open(wb.output('w'), 'w').close()",
                        door=False)
        self.assertTrue(os.path.exists(os.path.join(self.dir, "a/b/w.txt")))
        self.assertTrue(os.path.exists(os.path.join(self.dir, "w")))


class Files(Case):
    def test_inputs(self):
        os.makedirs(os.path.join(self.dir, "in"))
        for name in ("in/digits.h5", "in/faces", "faces.h5", "local.txt"):
            open(os.path.join(self.dir, name), "w").close()
        _, out, _ = self.run_script("""
            import wb
            print(wb.input("digits.h5")); print(wb.input("data/digits.h5")); print(wb.input("local.txt"))
            print(wb.input("faces.h5")); print(wb.input("faces"))
            try: wb.input("missing.h5")
            except FileNotFoundError as e: print(e)
        """, env={"WB_INPUTS": os.path.join(self.dir, "in")})
        lines = out.splitlines()
        self.assertEqual(lines[:3], [os.path.join(self.dir, "in/digits.h5")] * 2 + ["local.txt"])
        self.assertEqual(lines[3:5], [os.path.join(self.dir, "in/faces")] * 2)
        self.assertIn("wb run -i missing.h5", lines[5])

    def test_outputs_stay_inside(self):
        _, out, _ = self.run_script("""
            import wb
            print(wb.output("m/w.h5"))
            for bad in ("/etc/x", "../x", "a/../../x"):
                try: wb.output(bad)
                except ValueError: pass
                else: raise SystemExit("accepted " + bad)
        """, env={"WB_OUTPUTS": os.path.join(self.dir, "out")})
        self.assertEqual(out.strip(), os.path.join(self.dir, "out/m/w.h5"))
        self.assertTrue(os.path.isdir(os.path.join(self.dir, "out/m")))

    def test_params(self):
        _, out, _ = self.run_script("""
            import wb
            print(sorted(wb.params(lr=0.5, epochs=3, deep=False, name="x").items()))
            print(wb.params()["lr"])
            try: wb.params(bad=1)
            except ValueError as e: print(e)
        """, env={"WB_PARAM_lr": "0.1", "WB_PARAM_epochs": "7", "WB_PARAM_deep": "true", "WB_PARAM_bad": "many"})
        self.assertEqual(out.splitlines()[0],
                         "[('bad', 'many'), ('deep', True), ('epochs', 7), ('lr', 0.1), ('name', 'x')]")
        self.assertEqual(out.splitlines()[1], "0.1")
        self.assertIn("bad=many", out.splitlines()[2])


if __name__ == "__main__":
    unittest.main(verbosity=1)
