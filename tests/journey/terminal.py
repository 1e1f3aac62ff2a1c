"""What terminal.sh needs of a terminal: wb in one, keys typed into it, what it shows, and its settings looked at."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE_S = 60


class Terminal:
    """wb on a terminal of its own, of which the test holds the other end."""

    def __init__(self, *command, rows=31, cols=97):
        self.master, self.slave = pty.openpty()
        self.seen = b""
        self.all = b""
        self.resize(rows, cols)
        self.before = termios.tcgetattr(self.slave)

        def take():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                      start_new_session=True, preexec_fn=take)

    def resize(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def type(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        deadline = time.monotonic() + PATIENCE_S
        while data:
            ready = select.select([self.master], [self.master], [], max(0, deadline - time.monotonic()))
            if ready[0]:
                self.take()
            elif ready[1]:
                data = data[os.write(self.master, data[:1024]):]
            else:
                self.fail("typing is not taken")

    def take(self):
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            piece = b""
        self.seen += piece
        self.all += piece
        return piece

    def see(self, text):
        """Waits until text is shown; what came until then is used up."""
        text = text.encode()
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0] or not self.take():
                self.fail("never shown: %r" % text)
        before, self.seen = self.seen.split(text, 1)
        return before

    def until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                self.fail(what)
            if select.select([self.master], [], [], 0.02)[0]:
                self.take()

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO)

    def await_raw(self):
        self.until(self.is_raw, "the terminal is not handed over")

    def end(self, status):
        """Waits for wb; its status and the terminal's settings must be right."""
        self.until(lambda: self.child.poll() is not None, "wb does not end")
        while select.select([self.master], [], [], 0)[0] and self.take():
            pass
        if self.child.returncode != status:
            self.fail("status %d instead of %d" % (self.child.returncode, status))
        self.check_settings("at the end")

    def check_settings(self, when):
        now = termios.tcgetattr(self.slave)
        if now != self.before:
            self.fail("the terminal's settings changed, %s: %r, not %r" % (when, now, self.before))

    def fail(self, why):
        print("FAILED: %s\nshown: %r" % (why, self.all[-3000:]))
        self.child.kill()
        # The run would go on without its viewer.
        subprocess.run(["wb", "stop", "@"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sys.exit(1)


def check(condition, why, terminal):
    if not condition:
        terminal.fail(why)


def supervisor_of(terminal):
    """The supervisor is the one that holds the master of the run's terminal: found by its run's lock."""
    out = subprocess.run(["wb", "ls", "--json", "-n", "1"], capture_output=True, text=True, check=True).stdout
    run = out.split('"run_id":"')[1][:32]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if open("/proc/%s/comm" % pid).read() != "wb-supervisor\n":
                continue
            links = [os.readlink("/proc/%s/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%s/fd" % pid)]
        except OSError:
            continue
        if any(run in link for link in links):
            return int(pid)
    terminal.fail("no supervisor")


LOOK = r"""
import fcntl, os, select, signal, struct, sys, termios
def size():
    return struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, b"x" * 8))[:2]
print("tty", *[os.isatty(i) for i in range(3)], "size", *size())
print("leader", os.getsid(0) == os.getpid(), "foreground", os.tcgetpgrp(0) == os.getpgrp())
tty = os.open("/dev/tty", os.O_RDWR)
os.write(tty, b"through dev tty\n")
print("fds", sorted(int(f) for f in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + f)))
def opens(path):
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NOCTTY))
        return True
    except OSError:
        return False
own = os.ttyname(0)
others = ["/dev/pts/%d" % i for i in range(100) if own != "/dev/pts/%d" % i]
print("opens", opens("/dev/ptmx"), any(map(opens, others)), opens(own))
print("names", os.path.exists("/dev/ptmx"), any(map(os.path.exists, others)))
for command, name in ((termios.TIOCSTI, "TIOCSTI"), (0x541c, "TIOCLINUX"), (termios.TIOCSETD, "TIOCSETD"), (0x541d, "TIOCCONS")):
    for fd in 0, tty:
        try:
            fcntl.ioctl(fd, command, b"x\0\0\0\0\0\0\0")
            print("DONE", name)
        except OSError as e:
            print("refused", name, e.errno)
# A signal just before a read() would be handled only after it: waiting for both loses none.
woken, wake = os.pipe()
os.set_blocking(wake, False)
signal.set_wakeup_fd(wake)
signal.signal(signal.SIGWINCH, lambda *_: None)
print("ready", flush=True)
while True:
    ready = select.select([0, woken], [], [])[0]
    if woken in ready and signal.SIGWINCH in os.read(woken, 4096):
        print("resized", *size(), flush=True)
    if 0 in ready:
        line = os.read(0, 4096).decode().strip()
        print("read", line, flush=True)
        if line == "end":
            sys.exit(5)
"""


def looks(tier="1"):
    """What a program inside finds: a terminal of its own, its size, and no way to type into it."""
    t = Terminal("wb", "run", "--tty", "--tier", tier, "--", sys.argv[2], "-c", LOOK)
    t.see("tty True True True size 31 97")
    t.see("leader True foreground True")
    t.see("through dev tty")
    t.see("fds [0, 1, 2, 3]")
    # Tier 2 cannot hide names, only keep what is behind them shut.
    t.see("opens False False True")
    if tier == "1":
        t.see("names False False")
    shown = t.see("ready")
    check(shown.count(b"refused") == 8 and b"DONE" not in shown, "a terminal command is not refused", t)
    t.resize(50, 120)
    t.see("resized 50 120")
    t.type("hello\r")
    t.see("read hello")
    t.type("end\r")
    t.see("read end")
    t.end(5)


def looks_without_namespaces():
    looks("2")


def interrupts():
    """Ctrl-C goes to the program inside, and only there."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", 'trap "echo got it" INT; echo up; while read x; do :; done; read y; exit 9')
    t.see("up")
    t.await_raw()
    # The line wakes a shell that was interrupted just before it read.
    t.type(b"\x03")
    t.type("\r")
    t.see("got it")
    t.type(b"\x04")
    t.type("now\r")
    t.end(9)


def signals():
    """SIGTERM stops the run; SIGHUP and SIGQUIT leave it running; whatever it is, the terminal is given back."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", "echo up; read x")
    t.see("up")
    t.await_raw()
    t.child.send_signal(signal.SIGTERM)
    t.end(128 + signal.SIGTERM)
    for number in signal.SIGHUP, signal.SIGQUIT:
        t = Terminal("wb", "run", "--tty", "--", "sh", "-c", "echo up; read x")
        t.see("up")
        t.await_raw()
        t.child.send_signal(number)
        t.end(128 + signal.SIGHUP)
        check(b"goes on" in t.all, "it is not said that the run goes on", t)
        check(subprocess.run(["wb", "stop", "@"]).returncode == 0, "the run did not go on", t)


def loses_supervisor():
    """kill -9 of the supervisor: the run is lost, the terminal is not."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", r"printf '\033[?1049h\033[?25l\033[1mup'; read x")
    t.see("up")
    t.await_raw()
    os.kill(supervisor_of(t), signal.SIGKILL)
    t.end(125)
    for undone in b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[0m":
        check(undone in t.all, "%r was not undone" % undone, t)
    check(b"LOST" in t.all, "the run is not said to be lost", t)


def leaves_mess():
    """A program that ends with the screen turned over leaves no trace of that."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", r"stty raw -echo; printf '\033[?1049h\033[?25l\033[?1000;1006hx\033(0'; exit 3")
    t.end(3)
    for undone in b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1006l", b"\x1b(B":
        check(undone in t.all, "%r was not undone" % undone, t)


def suspends():
    """Stopped from outside, the terminal is the shell's; continued, it is the run's again."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", "echo up; read x; echo got $x")
    t.see("up")
    t.await_raw()
    t.child.send_signal(signal.SIGTSTP)
    pid, status = os.waitpid(t.child.pid, os.WUNTRACED)
    check(os.WIFSTOPPED(status), "it does not stop", t)
    t.check_settings("while stopped")
    t.child.send_signal(signal.SIGCONT)
    t.await_raw()
    t.type("word\r")
    t.see("got word")
    t.end(0)


def detaches():
    """Ctrl-] three times leaves it; wb attach comes back, from a terminal of another size."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", 'echo up; while read x; do echo "<$x>"; stty size; [ "$x" != end ] || exit 4; done')
    t.see("up")
    t.await_raw()
    t.type("one\r")
    t.see("<one>")
    t.type(b"\x1d\x1d\x1d")
    t.end(0)
    check(b"goes on" in t.all, "it is not said that the run goes on", t)
    t = Terminal("wb", "attach", "@", rows=20, cols=66)
    t.await_raw()
    t.type("two\r")
    t.see("<two>")
    t.see("20 66")
    # Another one looks on without a terminal; one more types as well.
    watcher = subprocess.Popen(["wb", "logs", "-f", "@"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    u = Terminal("wb", "attach", "@", rows=25, cols=70)
    u.await_raw()
    u.type("three\r")
    u.see("<three>")
    t.see("<three>")
    t.type("end\r")
    t.see("<end>")
    t.end(4)
    u.end(4)
    out = watcher.communicate(timeout=PATIENCE_S)[0]
    check(b"<one>" in out and b"<end>" in out, "the log has not everything: %r" % out, t)


def filters():
    """Colours pass, the clipboard does not; the log has every byte."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c",
                 r"printf 'a\033[31mred\033]52;c;c2VjcmV0\007b\033[21tc\033P$qm\033\\d\005e\n'; echo over")
    t.see("a\x1b[31mredbcde")
    t.see("over")
    t.end(0)
    check(b"]52" not in t.all and b"[21t" not in t.all and b"\x05" not in t.all, "a sequence came through", t)
    log = subprocess.run(["wb", "logs", "@"], capture_output=True, stdin=subprocess.DEVNULL).stdout
    check(b"\x1b]52;c;c2VjcmV0\x07" in log, "the log lacks bytes: %r" % log, t)
    # The same goes for what a run without a terminal prints on one.
    t = Terminal("wb", "run", "--", "sh", "-c", r"printf 'x\033[32my\033]52;c;c2VjcmV0\007z\n'")
    t.see("x\x1b[32myz")
    t.end(0)
    check(b"]52" not in t.all, "a sequence came through", t)


def pastes():
    """More than any buffer on the way holds arrives whole, and what nobody reads holds nothing up."""
    size = 300000
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", "stty raw -echo; echo up; head -c %d | cksum; echo over" % size)
    t.see("up")
    t.await_raw()
    text = (b"0123456789abcdefghijklmnopqrstuvwxyz" * 10000)[:size]
    want = subprocess.run(["cksum"], input=text, capture_output=True).stdout.decode().strip()
    t.type(text)
    t.see(want)
    t.see("over")
    t.end(0)
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", "echo up; exec sleep 1000")
    t.see("up")
    t.await_raw()
    t.type(b"nobody reads this\r" * 2000)
    t.type(b"\x03")
    t.end(128 + signal.SIGINT)


def loses_terminal():
    """A terminal that goes away takes neither the run nor anything else with it."""
    t = Terminal("wb", "run", "--tty", "--", "sh", "-c", "echo up; read x")
    t.see("up")
    t.await_raw()
    os.close(t.master)
    os.close(t.slave)
    if t.child.wait(PATIENCE_S) == 0:
        print("FAILED: wb ended well on a terminal that is gone")
        sys.exit(1)
    if subprocess.run(["wb", "stop", "@"]).returncode:
        print("FAILED: the run did not go on")
        sys.exit(1)


def shells():
    """An interactive shell, on the project and on a run: its prompt says where one is."""
    os.environ["SHELL"] = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"
    t = Terminal("wb", "shell", "-p", "lr=3")
    t.see("(wb) ")
    t.type("echo $WB_PARAM_lr$((40+2)); cat code/a.txt; tty; exit 6\r")
    t.see("342")
    t.see("one")
    t.end(6)
    run = subprocess.run(["wb", "ls", "--json", "-n", "1"], capture_output=True, text=True).stdout.split('"run_id":"')[1][:12]
    t = Terminal("wb", "shell", run)
    t.see("(wb %s) " % run)
    t.type(b"\x04")
    t.end(0)
    # Job control works: the shell has a terminal of its own.
    t = Terminal("wb", "shell")
    t.see("(wb) ")
    t.type("sh -c 'echo began-$((1+1)); exec sleep 1000'\r")
    t.see("began-2")
    t.type(b"\x1a")
    t.see("(wb) ")
    t.type("kill -9 %1; echo job-$((1+1))\r")
    t.see("job-2")
    # Asked twice it leaves even if it has not seen its job die yet.
    t.type("exit 0\rexit 0\r")
    t.end(0)


def holds():
    """gc leaves a layer alone while a shell is open on it."""
    t = Terminal("wb", "shell", sys.argv[2], "--", "sh", "-c", "echo up; read x; cat a.txt")
    t.see("up")
    t.await_raw()
    for command in (["wb", "gc"], ["wb", "rm", sys.argv[2]], ["wb", "gc"], ["wb", "rm", "--restore", sys.argv[2]]):
        check(subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0, "%s fails beside a shell" % command, t)
    t.type("go\r")
    t.see("changed")
    t.end(0)


def denied():
    """A denied one never takes the terminal over."""
    t = Terminal("wb", "run", "--tty", "-i", "data.txt", "--", "true")
    t.see("nobody sits at a run with inputs")
    t.end(120)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
