"""Tell wb about a run, from inside it. Python 3.6 or newer, nothing else needed.

    import wb

    lr = wb.params(lr=0.1)["lr"]
    data = wb.input("digits.h5")
    for epoch in range(10):
        ...
        wb.log(loss=loss, accuracy=accuracy, step=epoch)
    save(wb.output("weights.h5"))

Outside a run the same script works as it is: what is logged goes nowhere, inputs are plain
paths and outputs go to the working directory.

Each call writes its line to the run's event socket ($WB_EVENTS) before it returns: nothing
waits in this process, so nothing is lost with it. A run never fails because of its records:
when the socket breaks, one warning goes to standard error and logging stops.
"""

import atexit
import math
import os
import socket
import sys
import threading
import time
from json.encoder import encode_basestring_ascii as _quote

__all__ = ["log", "param", "tag", "input", "output", "params", "flush", "active"]

# wb reads lines of at most 64 KiB; several shorter ones are sent before that.
_LINE_MAX = 32 * 1024

# How long flush() waits for the answer, in seconds.
_FLUSH_SECONDS = 30


class _Door:
    """One process's connection to the event socket, made at first use."""

    def __init__(self):
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.path = os.environ.get("WB_EVENTS", "")
        self.broken = False
        self.socket = None
        self.answers = b""
        self.syncs = 0

    def fail(self, why):
        """Gives up for good, after one warning."""
        if self.path:
            self.path = ""
            self.broken = True
            try:
                sys.stderr.write("wb: events of this run are no longer recorded: %s\n" % why)
                sys.stderr.flush()
            except (OSError, ValueError, AttributeError):
                pass
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            s.connect(self.path)
        except OSError:
            s.close()
            raise
        self.socket = s

    def send(self, line):
        with self.lock:
            if not self.path:
                return
            try:
                if self.socket is None:
                    self.connect()
                self.socket.sendall(line)
            except OSError as e:
                self.fail(e)

    def sync(self):
        """True when wb said that everything sent before is on disk."""
        with self.lock:
            if not self.path or self.socket is None:
                return not self.broken
            self.syncs += 1
            wanted = b"ok %d" % self.syncs
            try:
                self.socket.sendall(b'{"sync":%d}\n' % self.syncs)
                self.socket.settimeout(_FLUSH_SECONDS)
                while self.answer() != wanted:
                    pass
                self.socket.settimeout(None)
                return True
            except OSError as e:
                self.fail("no answer to flush" if isinstance(e, socket.timeout) else e)
                return False

    def answer(self):
        while b"\n" not in self.answers:
            got = self.socket.recv(4096)
            if not got:
                raise OSError("the event socket was closed")
            self.answers += got
        line, self.answers = self.answers.split(b"\n", 1)
        return line.strip()


_door = _Door()


def _current():
    """This process's door: a forked child makes its own, so that lines never mix."""
    global _door
    if _door.pid != os.getpid():
        inherited = _door.socket
        _door = _Door()
        if inherited is not None:
            inherited.close()
    return _door


def _number(name, value):
    """Its JSON text. Anything that float() takes: numbers, NumPy scalars, one-element tensors."""
    if not isinstance(name, str):
        raise TypeError("wb.log: a metric's name is a string, not %r" % (name,))
    if isinstance(value, (str, bytes)):
        raise TypeError("wb.log: %s: a number is needed, not %r" % (name, value))
    try:
        v = float(value)
    except (TypeError, ValueError, RuntimeError) as e:
        raise TypeError("wb.log: %s: a number is needed, not %s (%s)" % (name, type(value).__name__, e)) from None
    except OverflowError:
        v = math.inf if value > 0 else -math.inf
    if v - v == 0.0:
        return repr(v)
    return '"NaN"' if v != v else '"Infinity"' if v > 0 else '"-Infinity"'


def _step(step):
    """A whole number of 64 bits: of an int, a NumPy integer, or a float without a fraction."""
    try:
        whole = int(step)
        exact = not isinstance(step, (str, bytes)) and whole == step
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        raise TypeError("wb.log: step: a whole number is needed, not %r" % (step,))
    if not -(1 << 63) <= whole < 1 << 63:
        raise ValueError("wb.log: step: %d does not fit into 64 bits" % whole)
    return whole


def log(metrics=None, step=None, **more):
    """Records metrics: log(loss=0.1, step=3), or log({"train/loss": 0.1}, step=3)."""
    if metrics:
        more = dict(metrics, **more)
    pairs = [(_quote(name), _number(name, value)) for name, value in more.items()]
    tail = "" if step is None else ',"step":%d' % _step(step)
    door = _current()
    if not pairs or not door.path:
        return
    tail += ',"time_ms":%d}\n' % (time.time() * 1000)
    if len(pairs) == 1:
        door.send(('{"metric":%s,"value":%s%s' % (pairs[0] + (tail,))).encode("ascii"))
        return
    text = ""
    for name, value in pairs:
        if len(text) > _LINE_MAX:
            door.send(('{"metrics":{%s}%s' % (text[1:], tail)).encode("ascii"))
            text = ""
        text += ",%s:%s" % (name, value)
    door.send(('{"metrics":{%s}%s' % (text[1:], tail)).encode("ascii"))


def _texts(kind, args, more):
    """Sends name, value pairs given as (name, value), as a mapping, or as keywords."""
    if len(args) == 2:
        pairs = [args]
    elif len(args) == 1 and hasattr(args[0], "items"):
        pairs = list(args[0].items())
    elif not args:
        pairs = []
    else:
        raise TypeError("wb.%s: give a name and a value, a dictionary, or keywords" % kind)
    pairs.extend(more.items())
    door = _current()
    for name, value in pairs:
        line = '{"%s":%s,"value":%s}\n' % (kind, _quote(str(name)), _quote(str(value)))
        if door.path:
            door.send(line.encode("ascii"))


def param(*args, **more):
    """Records parameters: param(lr=0.1), or param("lr", 0.1)."""
    _texts("param", args, more)


def tag(*args, **more):
    """Sets tags: tag("stage", "draft"), or tag(stage="draft")."""
    _texts("tag", args, more)


def _name_of_file(kind, name):
    name = os.fspath(name)
    if os.path.isabs(name) or ".." in name.split("/"):
        raise ValueError("wb.%s: a name inside the run is needed, not %r" % (kind, name))
    return name


def input(name):  # pylint: disable=redefined-builtin
    """The path of a declared input (wb run -i NAME=PATH, or -i PATH). Outside a run, the name itself.

    An input declared by its path alone has the file's name without the extension; here both serve.
    """
    folder = os.environ.get("WB_INPUTS")
    plain = os.fspath(name)
    if not folder:
        return plain
    last = os.path.basename(plain)
    for candidate in (plain, last, os.path.splitext(last)[0]):
        path = os.path.join(folder, candidate)
        if os.path.exists(path):
            return path
    if os.path.exists(plain):
        return plain
    raise FileNotFoundError("%s is no input of this run: declare it with wb run -i %s" % (plain, plain))


def output(name):
    """A path for a result, its folders made: below $WB_OUTPUTS, or outside a run below the working directory."""
    path = os.path.join(os.environ.get("WB_OUTPUTS") or os.curdir, _name_of_file("output", name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def _like(default, text):
    """text as the type of the default."""
    if isinstance(default, bool):
        word = text.strip().lower()
        if word in ("1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise ValueError("neither true nor false")
    return type(default)(text) if isinstance(default, (int, float)) else text


def params(**defaults):
    """The parameters of this run (wb run -p NAME=VALUE), over the defaults given.

    A value takes its default's type; without a default it is a string.
    """
    found = dict(defaults)
    for key, text in os.environ.items():
        if not key.startswith("WB_PARAM_") or key == "WB_PARAM_":
            continue
        name = key[len("WB_PARAM_"):]
        try:
            found[name] = _like(defaults.get(name), text)
        except ValueError as e:
            raise ValueError("parameter %s=%s: %s" % (name, text, e)) from None
    return found


def flush():
    """Waits until everything logged by this process is on disk. False when that cannot be had."""
    return _current().sync()


def active():
    """True inside a run whose events are being recorded."""
    return bool(_current().path)


atexit.register(flush)
