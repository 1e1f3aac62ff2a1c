"""A server for real programs: files of its folder with kept connections, uploads after 100 Continue, an endless answer,
a web socket that echoes. Prints what it is asked; its port is in the file ../port."""
import base64
import hashlib
import http.server
import os
import socket
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/socket":
            return self.web_socket()
        if self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for i in range(100):
                piece = b"%d\n" % i
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return None
        return super().do_GET()

    def do_PUT(self):
        # BaseHTTPRequestHandler has sent 100 Continue by now, if that was asked for.
        n = len(self.rfile.read(int(self.headers["Content-Length"])))
        body = b"took %d, %s" % (n, self.headers.get("Expect", "nothing expected").encode())
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def web_socket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        while True:
            head = self.rfile.read(2)
            if len(head) < 2 or head[0] == 0x88:
                break
            n = head[1] & 0x7f
            mask = self.rfile.read(4)
            body = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(n)))
            self.wfile.write(bytes([0x81, n]) + body)
        self.close_connection = True

    def log_message(self, *unused):
        print("request", self.requestline, flush=True)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512


server = Server(("127.0.0.1", 0), Handler)
with open("../port.made", "w") as f:
    f.write(str(server.server_port))
os.rename("../port.made", "../port")
server.serve_forever()
