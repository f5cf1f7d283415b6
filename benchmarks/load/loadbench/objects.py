"""Objects: what a small PutObject and a small GetObject cost.

Requests have the headers that boto3 sends to an HTTP endpoint: the payload's real SHA-256, and its CRC-32.
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
import zlib
from functools import partial
from typing import Any

from loadbench import wrk
from loadbench.client import LoadError
from loadbench.rest import Rest
from loadbench.servers import Running
from loadbench.wrk import Figure

OBJECT_BYTES = 4096
CONNECTIONS = 16
KEYS = 1000


def content() -> bytes:
    """Bytes that no compression makes small."""
    return b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(OBJECT_BYTES // 32))


def make_bucket(running: Running, name: str) -> Rest:
    client = Rest(running.url, "s3")
    client.call("PUT", f"/{name}")
    return client


def measured(script: str, running: Running, name: str, timing: Any) -> Figure:
    """A script on a bucket, warmed by itself."""
    body = content()
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        options = {
            "bucket": name,
            "keys": KEYS,
            "body": file.name,
            "sha256": hashlib.sha256(body).hexdigest(),
            "crc32": base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode().rstrip("="),
        }
        run = partial(wrk.run, running.url, script, "-", CONNECTIONS, **options)
        if timing.warm:
            run(seconds=timing.warm)
        return wrk.rate_and_cpu(running.pid, lambda: run(seconds=timing.seconds))


def put4k(running: Running, name: str, timing: Any) -> Figure:
    """PutObject of ever new keys; one that was written last is read back."""
    client = make_bucket(running, name)
    figure = measured("put_object", running, name, timing)
    listing = client.call("GET", f"/{name}?list-type=2&max-keys=1").decode()
    key = listing.partition("<Key>")[2].partition("</Key>")[0]
    if client.call("GET", f"/{name}/{key}") != content():
        raise LoadError("an object came back as another")
    return figure


def get4k(running: Running, name: str, timing: Any) -> Figure:
    """GetObject of a thousand keys in turn."""
    client = make_bucket(running, name)
    for number in range(KEYS):
        client.call("PUT", f"/{name}/key-{number:010d}", content())
    figure = measured("get_object", running, name, timing)
    if client.call("GET", f"/{name}/key-{KEYS - 1:010d}") != content():
        raise LoadError("an object came back as another")
    return figure
