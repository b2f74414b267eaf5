"""A service that a judge is asked at, over real HTTP, on its worst days.

It keeps books like one that honours ``Idempotency-Key``: a key it has answered is answered again from memory, and only
the first answer is billed. What goes wrong is chosen per request by the test: stall, refuse, drop the connection
before or after the work is done, or answer with something that is no chat completion. It can be stopped and started
again at the same address; its books outlast that.
"""

import json
import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GARBAGE = {
    "html": (b"<html><body>502 nginx</body></html>", "text/html"),
    "cut": (b'{"choices": [{"message": {"content": "{\\"verd', "application/json"),
    "empty": (b'{"choices": []}', "application/json"),
    "null": (b"null", "application/json"),
    "bytes": (b"\xff\xfe\x00\x01", "application/octet-stream"),
}


class Service:
    """The service; ``plan`` says what goes wrong with the nth attempt of a request, by a number of that request."""

    def __init__(self, plan=lambda number, attempt: None, reply=None, usage=True):
        self.plan, self.usage = plan, usage
        self.reply = reply or (lambda prompt: '{"critique": "It answers what was asked.", "verdict": "pass"}')
        self.lock = threading.Lock()
        self.billed, self.attempts, self.remembered = Counter(), Counter(), {}
        self.order, self.seen, self.moments = {}, [], []
        self.stall, self.written = 30.0, 10
        self.server, self.port = None, 0
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                service.answer(self)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # a caller that went away, which is what half of these tests are about

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        self.connections = set()
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self):
        """Go away as a killed process does: every connection is cut."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        with self.lock:
            for connection in self.connections:
                _cut(connection)
            self.connections.clear()

    def answer(self, handler):
        with self.lock:
            self.connections.add(handler.connection)
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        key = handler.headers["Idempotency-Key"]
        with self.lock:
            self.attempts[key] += 1
            number = self.order.setdefault(key, len(self.order))
            attempt = self.attempts[key]
            self.seen.append((handler.path, dict(handler.headers), json.loads(body)))
            self.moments.append(time.monotonic())
        trouble = self.plan(number, attempt) or ""
        if trouble == "drop before":
            _cut(handler.connection)
            return
        if trouble.isdigit() or trouble.startswith("wait "):
            return self.refuse(handler, trouble)
        content = self.work(key, body)
        if trouble == "drop after":
            _cut(handler.connection)
            return
        if trouble == "stall":
            time.sleep(self.stall)
        if trouble == "drip":
            return self.drip(handler, content)
        kind = "application/json"
        if trouble in GARBAGE:
            content, kind = GARBAGE[trouble]
        self.send(handler, 200, content, {"Content-Type": kind})

    def work(self, key, body):
        """What honouring the key means: the work is done, and billed, once."""
        with self.lock:
            if key not in self.remembered:
                self.billed[key] += 1
                prompt = json.loads(body)["messages"][-1]["content"]
                told = {"choices": [{"message": {"content": self.reply(prompt)}, "finish_reason": "stop"}]}
                if self.usage:
                    told["usage"] = {"prompt_tokens": len(prompt) // 4, "completion_tokens": self.written}
                self.remembered[key] = json.dumps(told).encode()
            return self.remembered[key]

    def refuse(self, handler, trouble):
        headers = {}
        if trouble.startswith("wait "):
            headers, trouble = {"Retry-After": trouble[5:]}, "429"
        self.send(handler, int(trouble), b'{"error": {"message": "no, and your key is sk-in-the-error"}}', headers)

    def send(self, handler, status, content, headers):
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def drip(self, handler, content):
        """One byte at a time, so that no single read takes long and the whole never ends."""
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        for byte in content:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.05)


def _cut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # cut already
