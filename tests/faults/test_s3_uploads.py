"""Uploads that are cut off, by the client or by the server's end: neither half an object nor a file is left."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.support import Server, eventually

SIZE = 8 * 1024 * 1024


def files(data: Path) -> int:
    """The blobs' files, wherever they are."""
    return len([each for each in (data / "blobs").rglob("*") if each.is_file()])


def half_an_upload(server: Server, path: str) -> socket.socket:
    """A connection that has sent half of what it said it would."""
    place = urlsplit(server.url)
    connection = socket.create_connection((place.hostname, place.port or 80))
    head = f"PUT {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {SIZE}\r\n\r\n"
    connection.sendall(head.encode() + os.urandom(SIZE // 2))
    return connection


def test_a_client_that_leaves_midway_leaves_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="cut")
        connection = half_an_upload(server, "/cut/half")
        eventually(lambda: files(tmp_path) == 1)
        connection.close()
        eventually(lambda: files(tmp_path) == 0)
        assert "Contents" not in s3.list_objects_v2(Bucket="cut")
        s3.close()
    finally:
        server.stop()


def test_a_server_that_is_killed_midway_has_nothing_left_after_its_next_start(tmp_path: Path) -> None:
    server = Server(tmp_path)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="cut")
    s3.put_object(Bucket="cut", Key="whole", Body=bytes(SIZE))
    connection = half_an_upload(server, "/cut/half")
    eventually(lambda: files(tmp_path) == 2)
    os.kill(server.process.pid, signal.SIGKILL)
    server.stop()
    connection.close()
    s3.close()
    server = Server(tmp_path)
    try:
        s3 = server.client("s3")
        assert [each["Key"] for each in s3.list_objects_v2(Bucket="cut")["Contents"]] == ["whole"]
        assert s3.get_object(Bucket="cut", Key="whole")["Body"].read() == bytes(SIZE)
        assert files(tmp_path) == 1
        s3.close()
    finally:
        server.stop()
