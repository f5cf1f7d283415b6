"""The same page from a server that does nothing: what is left is what the browser needs for it."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from consolebench.pages import CONSOLE, FETCHED, FIELDS

Answers = dict[str, tuple[list[tuple[str, str]], bytes]]
_SCRIPTS = re.compile(rb"<script[^>]*></script>")
_HELD = ("content-length", "connection", "date", "server", "transfer-encoding")


@contextmanager
def serving(url: str, path: str, scripts: bool = True) -> Iterator[str]:
    """A server with the answers that another gave for a page and what it loads, ready to be sent; its address. Streams
    get none."""
    answers: Answers = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one segment

        def do_GET(self) -> None:
            fields, body = answers.get(self.path, ([], b""))
            self.send_response(200 if fields else 404)
            for name, value in fields:
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        answers |= _taken(url, path, f"127.0.0.1:{server.server_port}", scripts)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _taken(url: str, path: str, place: str, scripts: bool) -> Answers:
    """What a server answers for a page and for all that it loads, as if it were at this other place."""
    theirs = urlsplit(url).netloc
    fields, page = _take(url, CONSOLE + path, {**FIELDS, "accept-encoding": "identity"})
    if not scripts:
        page = _SCRIPTS.sub(b"", page)
    page = page.replace(theirs.encode(), place.encode())
    answers = {CONSOLE + path: ([(name, value.replace(theirs, place)) for name, value in fields], page)}
    return answers | {asset: _take(url, asset, FIELDS) for asset in FETCHED.findall(page.decode())}


def _take(url: str, path: str, fields: dict[str, str]) -> tuple[list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path, headers=fields)
    answer = connection.getresponse()
    try:
        return [(name, value) for name, value in answer.getheaders() if name.lower() not in _HELD], answer.read()
    finally:
        connection.close()
