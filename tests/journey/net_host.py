"""What lies outside a run for the journeys of the network: a web server that writes down every request it sees, and,
with --names, a name server whose answers are chosen to lead astray. Prints its port and serves until it is killed."""
import http.server
import os
import socket
import socketserver
import struct
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/bytes/"):
            self.answer("x" * int(self.path.split("/")[2]))
        else:
            self.answer("served %s for %s" % (self.path, self.headers["Host"]))

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            n, size = 0, None
            while size != 0:
                size = int(self.rfile.readline(), 16)
                n += len(self.rfile.read(size))
                self.rfile.readline()
        else:
            n = len(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer("took %d" % n)

    def log_message(self, *unused):
        print("request", self.requestline, flush=True)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def get_request(self):
        pair = super().get_request()
        print("connection to", self.server_address[0], flush=True)
        return pair


NAMES = {
    "public.test": [["11.22.33.44"]],
    "www.wild.test": [["11.22.33.44"]],
    "wild.test": [["11.22.33.44"]],
    "private.test": [["10.9.8.7"]],
    "loop.test": [["127.0.0.1"]],
    "metadata.test": [["169.254.169.254"]],
    "mixed.test": [["127.0.0.1", "11.22.33.44"]],
    # Another answer each time it is asked.
    "rebind.test": [["11.22.33.44"], ["127.0.0.1"]],
    "mapped.test": [["::ffff:127.0.0.1"]],
}


def answer_name(query, asked):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    name = ".".join(labels).lower()
    kind, = struct.unpack(">H", query[at + 1:at + 3])
    print("name", name, kind, flush=True)
    answers = NAMES.get(name)
    records = b""
    count = 0
    if answers:
        turn = asked.get((name, kind), 0)
        asked[name, kind] = turn + 1
        for text in answers[turn % len(answers)]:
            is_v6 = ":" in text
            if kind != (28 if is_v6 else 1):
                continue
            raw = socket.inet_pton(socket.AF_INET6 if is_v6 else socket.AF_INET, text)
            records += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(raw)) + raw
            count += 1
    flags = 0x8180 if answers else 0x8183
    return query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + query[12:at + 5] + records


def serve_names():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 53))
    asked = {}

    def loop():
        while True:
            query, peer = s.recvfrom(4096)
            s.sendto(answer_name(query, asked), peer)

    threading.Thread(target=loop, daemon=True).start()


if "--names" in sys.argv:
    serve_names()
    # The same port on the public-looking address and on the loopback, which must not be mistaken for it.
    inner = Server(("127.0.0.1", 80), Handler)
    threading.Thread(target=inner.serve_forever, daemon=True).start()
    server = Server(("11.22.33.44", 80), Handler)
else:
    server = Server(("127.0.0.1", 0), Handler)
with open("port.made", "w") as f:
    f.write(str(server.server_port))
os.rename("port.made", "port")
server.serve_forever()
