"""A systemd manager that is none: answers on a socket as D-Bus has it, and does what MODE says.

    manager.py SOCKET MODE      done, failed, refuse, gone, silent

Prints "ready", and then a line for each unit that it was asked to start: its name and what the request holds. The words of
the protocol: https://dbus.freedesktop.org/doc/dbus-specification.html, "Message Protocol" and "Authentication Protocol".
"""
import os, socket, struct, sys

RETURN, ERROR, SIGNAL = 2, 3, 4
JOB = "/org/freedesktop/systemd1/job/7"


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def text(s):
    return struct.pack("<I", len(s)) + s.encode() + b"\0"


def signature(s):
    return bytes([len(s)]) + s.encode() + b"\0"


def body(types, values):
    out = b""
    for kind, value in zip(types, values):
        out = pad(out, 4) + (struct.pack("<I", value) if kind == "u" else text(value))
    return out


def message(kind, fields, types="", values=()):
    data = body(types, values)
    header = b""
    for code, form, value in fields + ([(8, "g", types)] if types else []):
        header = pad(header, 8) + bytes([code]) + signature(form)
        if form == "g":
            header += signature(value)
        else:
            header = pad(header, 4) + (struct.pack("<I", value) if form == "u" else text(value))
    message.serial += 1
    start = struct.pack("<cBBBIII", b"l", kind, 0, 1, len(data), message.serial, len(header))
    return pad(start + header, 8) + data


message.serial = 0


def read_exactly(f, n):
    data = f.read(n)
    if len(data) < n:
        raise EOFError
    return data


def authenticate(f, say):
    read_exactly(f, 1)
    while True:
        words = f.readline().split()
        if not words:
            raise EOFError
        if words[0] == b"AUTH":
            say(b"OK " + b"0" * 31 + b"1\r\n" if len(words) > 2 else b"DATA\r\n")
        elif words[0] == b"DATA":
            say(b"OK " + b"0" * 31 + b"1\r\n")
        elif words[0] == b"NEGOTIATE_UNIX_FD":
            say(b"AGREE_UNIX_FD\r\n")
        elif words[0] == b"BEGIN":
            return


def serve(connection, mode):
    f = connection.makefile("rb")
    say = connection.sendall
    authenticate(f, say)
    while True:
        start = read_exactly(f, 16)
        length, serial, header = struct.unpack("<III", start[4:])
        rest = read_exactly(f, header + -header % 8 + length)
        if b"StartTransientUnit" not in rest:
            continue
        data = rest[header + -header % 8:]
        unit = data[4:4 + struct.unpack("<I", data[:4])[0]].decode()
        holds = [w for w in ("Delegate", "PIDs", "CollectMode", "TasksMax") if w.encode() in data]
        print(unit, *holds, flush=True)
        if mode == "gone":
            return
        if mode == "silent":
            continue
        if mode == "refuse":
            say(message(ERROR, [(4, "s", "org.freedesktop.DBus.Error.AccessDenied"), (5, "u", serial)], "s",
                        ["no\x1b[2J scopes today"]))
            continue
        say(message(RETURN, [(5, "u", serial)], "o", [JOB]))
        # Somebody else's first.
        for job, result in ((JOB + "7", "canceled"), (JOB, mode)):
            say(message(SIGNAL, [(1, "o", "/org/freedesktop/systemd1"), (2, "s", "org.freedesktop.systemd1.Manager"),
                                 (3, "s", "JobRemoved")], "uoss", [7, job, unit, result]))


def main():
    path, mode = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        try:
            serve(connection, mode)
        except (EOFError, OSError):
            pass
        connection.close()


main()
