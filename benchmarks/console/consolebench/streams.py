"""Many pages that show live data, as the server has them: streams that are read and thrown away."""

from __future__ import annotations

import secrets
import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from consolebench.pages import CONSOLE, FIELDS

# The server lets one visitor have 16 at once.
OF_ONE_VISITOR = 10


@contextmanager
def open_streams(url: str, paths: Iterable[str]) -> Iterator[list[socket.socket]]:
    """Connections on which these streams have begun, of several visitors."""
    place = urlsplit(url)
    with ExitStack() as stack:
        found, visitor = [], ""
        for at, path in enumerate(paths):
            if at % OF_ONE_VISITOR == 0:
                visitor = secrets.token_urlsafe(32)
            connection = stack.enter_context(socket.create_connection((place.hostname or "", place.port or 80), 60))
            fields = {**FIELDS, "host": place.netloc, "cookie": f"chasqui-console={visitor}"}
            head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            connection.sendall(f"GET {CONSOLE}{path} HTTP/1.1\r\n{head}\r\n".encode())
            status = connection.recv(4096).split(b"\r\n", 1)[0]
            if b" 200 " not in status:
                raise RuntimeError(f"{path} answered {status.decode()}")
            found.append(connection)
        yield found


def read_for(connections: list[socket.socket], seconds: float) -> int:
    """Read whatever comes; how many bytes."""
    taken, until = 0, time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for each in connections:
            selector.register(each, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if not data:
                    raise RuntimeError("the server ended a stream")
                taken += len(data)
    return taken
