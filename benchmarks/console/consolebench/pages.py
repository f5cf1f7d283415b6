"""Pages asked for by a plain HTTP client: what the server needs for them, and what comes over the wire."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median, quantiles
from urllib.parse import urlsplit

FIELDS = {"accept-language": "en", "sec-fetch-site": "same-origin", "accept-encoding": "gzip"}
FETCHED = re.compile(r'(?:src|href)="(/_chasqui/console/static/[^"]+)"')
CONSOLE = "/_chasqui/console/us-east-1/"


class Client:
    """A browser without a screen, on one connection."""

    def __init__(self, url: str, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._fields = {**FIELDS, **({"cookie": cookie} if cookie else {})}

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds to the last byte, and the body as it came. A path of the console, or one from the root."""
        address = path if path.startswith("/") else CONSOLE + path
        began = time.perf_counter()
        self._connection.request("GET", address, headers=self._fields)
        answer = self._connection.getresponse()
        body = answer.read()
        ms = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        return ms, body


@dataclass(frozen=True)
class Times:
    """How long something took, over and over."""

    median_ms: float
    p95_ms: float
    worst_ms: float

    @classmethod
    def of(cls, times: list[float]) -> Times:
        """A summary of two measurements at least."""
        return cls(median(times), quantiles(times, n=20, method="inclusive")[-1], max(times))


def asked(url: str, path: str, rounds: int) -> Times:
    """A page's times. It is asked for once before they count."""
    client = Client(url)
    client.get(path)
    return Times.of([client.get(path)[0] for _ in range(rounds)])


def weights(url: str, pages: Iterable[tuple[str, str, int]]) -> dict[str, tuple[int, int]]:
    """Bytes over the wire for each page (path, text, bytes): with all that it loads, and when that is kept already."""
    client, sizes, found = Client(url), dict[str, int](), dict[str, tuple[int, int]]()
    for path, text, size in pages:
        assets = set(FETCHED.findall(text))
        for asset in assets - sizes.keys():
            sizes[asset] = len(client.get(asset)[1])
        found[path] = size + sum(sizes[asset] for asset in assets), size
    return found
