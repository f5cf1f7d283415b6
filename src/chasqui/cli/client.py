"""Talks to a running server's control endpoints."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import msgspec

from chasqui.base.errors import ChasquiError

_SECONDS_MAX = 600


class Unreachable(ChasquiError):
    """There is no server at that address, or it refuses."""


def call(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """GET a control endpoint, or POST it a JSON body; returns the decoded answer. Raises `Unreachable`."""
    data = None if body is None else msgspec.json.encode(body)
    request = urllib.request.Request(url.rstrip("/") + path, data=data, headers={"accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS_MAX) as answer:
            return msgspec.json.decode(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise Unreachable(f"{url}{path}: {error.code} {error.read().decode(errors='replace')}") from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Unreachable(f"no Chasqui server answers at {url}: {error}") from error
