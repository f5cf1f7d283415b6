"""Requests of S3's and Lambda's protocols for setting up what wrk then measures; nothing signed, as in `client`."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from loadbench.client import LoadError, Refused, endpoint


def scope(service: str) -> str:
    """The Authorization header of a caller who is believed."""
    return (
        f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
        f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={'0' * 64}"
    )


class Rest:
    """One keep-alive connection to a server, for one service."""

    def __init__(self, url: str, service: str, timeout_seconds: float = 60) -> None:
        self.url, self.service = url, service
        self.connection = http.client.HTTPConnection(*endpoint(url), timeout=timeout_seconds)

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """An answer's body; `Refused` when it is an error. Underscores of header names become hyphens."""
        fields = {"Authorization": scope(self.service), "X-Amz-Date": "20260101T000000Z"}
        if self.service == "s3":
            fields["X-Amz-Content-Sha256"] = "UNSIGNED-PAYLOAD"
        fields.update((name.replace("_", "-"), value) for name, value in headers.items())
        try:
            self.connection.request(method, path, body or None, fields)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise LoadError(f"{method} {path}: {error!r}") from error
        if answer.status >= 300:
            raise Refused(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        return content

    def json(self, method: str, path: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """The same for REST-JSON."""
        body = json.dumps(parameters).encode() if parameters is not None else b""
        content = self.call(method, path, body, Content_Type="application/json")
        return dict(json.loads(content)) if content else {}

    def close(self) -> None:
        self.connection.close()


def until(done: Any, seconds: float, what: str) -> None:
    """Look again and again, every 5 ms, until something is done."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise LoadError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.005)
