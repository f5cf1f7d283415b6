"""An HTTP endpoint of a test's own, which keeps what it was sent and answers as it is told."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Posted(NamedTuple):
    """A request: its path, its header fields (names in lower case), its body."""

    path: str
    fields: dict[str, str]
    body: str


class Endpoint:
    """`statuses` are the answers to the next requests; after them it answers 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.statuses: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.posted: queue.SimpleQueue[Posted] = queue.SimpleQueue()

    def next(self, seconds: float = 20) -> Posted:
        """The next request, when it has come."""
        return self.posted.get(timeout=seconds)

    def is_quiet(self) -> bool:
        return self.posted.empty()


@contextlib.contextmanager
def listening() -> Iterator[Endpoint]:
    """An endpoint on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name.lower(): value for name, value in self.headers.items()}
            try:
                status = endpoint.statuses.get_nowait()
            except queue.Empty:
                status = 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            endpoint.posted.put(Posted(self.path, fields, body))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
