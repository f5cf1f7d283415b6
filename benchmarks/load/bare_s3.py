#!/usr/bin/env python3
"""A server that takes and gives the bytes of one large object and keeps none: what S3's client can do by itself.

It answers what boto3's transfer manager asks, in the fewest words: CreateMultipartUpload, UploadPart, Complete, Head
and Get with ranges. Run: `bare_s3.py PORT SIZE`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import cast

import uvloop

_PIECE = bytes(256 * 1024)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d*)", re.IGNORECASE)
_ETAG = b'ETag: "0123456789abcdef0123456789abcdef"\r\n'
_STARTED = (
    b"<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId>"
    b"</InitiateMultipartUploadResult>"
)
_COMPLETED = b"<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key></CompleteMultipartUploadResult>"


class Connection(asyncio.Protocol):
    """One request after the other."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.head = b""
        self.left = -1  # bytes of the body to come; -1 while the head is
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def data_received(self, data: bytes) -> None:
        if self.left < 0:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            data, self.head = self.head[end + 4 :], self.head[: end + 2]
            found = _LENGTH.search(self.head)
            self.left = int(found[1]) if found else 0
            if b"100-continue" in self.head:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.left -= len(data)
        if self.left <= 0:
            head, self.head, self.left = self.head, b"", -1
            self.answer(head)

    def answer(self, head: bytes) -> None:
        method, target = head.split(b" ", 2)[:2]
        if method == b"GET":
            self.task = asyncio.get_running_loop().create_task(self.send(_RANGE.search(head)))
        elif method == b"HEAD":
            self.write(b"200 OK", b"%bContent-Length: %d\r\nAccept-Ranges: bytes\r\n" % (_ETAG, self.size))
        elif method == b"PUT":
            self.write(b"200 OK", _ETAG + b"Content-Length: 0\r\n")
        else:
            body = _STARTED if target.endswith(b"?uploads") else _COMPLETED
            self.write(b"200 OK", b"Content-Length: %d\r\n" % len(body), body)

    def write(self, status: bytes, fields: bytes, body: bytes = b"") -> None:
        self.transport.write(b"HTTP/1.1 %b\r\n%b\r\n%b" % (status, fields, body))

    async def send(self, span: re.Match[bytes] | None) -> None:
        start = int(span[1]) if span else 0
        end = int(span[2]) + 1 if span and span[2] else self.size
        told = b"Content-Range: bytes %d-%d/%d\r\n" % (start, end - 1, self.size)
        self.write(b"206 Partial Content", b"%b%bContent-Length: %d\r\n" % (_ETAG, told, end - start))
        while start < end and not self.transport.is_closing():
            piece = _PIECE[: min(len(_PIECE), end - start)]
            self.transport.write(piece)
            start += len(piece)
            await self.writable.wait()


async def serve(port: int, size: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(size), "127.0.0.1", port)
    print("Ready.", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
