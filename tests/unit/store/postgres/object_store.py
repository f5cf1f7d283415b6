"""As much of an S3-compatible store as a place for blobs needs: one bucket, objects, ranges, uploads in parts."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit


class ObjectStore:
    """It runs inside of a `with`; its bucket is called `bucket`."""

    running: ClassVar[ObjectStore]

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ObjectStore:
        ObjectStore.running = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def ask(self) -> tuple[ObjectStore, str, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        length = int(self.headers.get("Content-Length") or 0)
        return ObjectStore.running, parts.path, query, self.rfile.read(length)

    def do_HEAD(self) -> None:
        self.answer(200 if self.ask()[1] == "/bucket" else 404)

    def do_PUT(self) -> None:
        store, path, query, body = self.ask()
        if "uploadId" in query:
            store.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            store.objects[path] = body
        self.answer(200, ETag=f'"{len(body)}"')

    def do_POST(self) -> None:
        store, path, query, _ = self.ask()
        if "uploads" in query:
            upload = f"upload{len(store.uploads) + 1}"
            store.uploads[upload] = {}
            body = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        else:
            parts = store.uploads.pop(query["uploadId"])
            store.objects[path] = b"".join(parts[number] for number in sorted(parts))
            body = "<CompleteMultipartUploadResult/>"
        self.answer(200, body.encode(), Content_Type="application/xml")

    def do_GET(self) -> None:
        store, path, _, _ = self.ask()
        if path not in store.objects:
            self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert span is not None
        self.answer(206, store.objects[path][int(span[1]) : int(span[2]) + 1])

    def do_DELETE(self) -> None:
        store, path, query, _ = self.ask()
        if "uploadId" in query:
            store.uploads.pop(query["uploadId"], None)
        else:
            store.objects.pop(path, None)
        self.answer(204)
