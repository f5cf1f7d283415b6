"""An OpenID Connect issuer for tests: keys, tokens signed with them, and a server on loopback that publishes them."""

from __future__ import annotations

import base64
import functools
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://idp.example.com/realms/main"
NOW_S = 1_700_000_000


_made = functools.cache(lambda _name, make, *arguments: make(*arguments))


def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key by a name of the test's; the same name, the same key."""
    return _made(name, rsa.generate_private_key, 65_537, bits)


def ec_key(name: str, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return _made(name, _on, curve)


def _on(curve: type[ec.EllipticCurve]) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


def rsa_jwk(name: str, bits: int = 2048, **more: str) -> dict[str, Any]:
    """The public key as a JWKS has it; its kid is the name."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(name, bits).public_key()))
    return {**public, "kid": name, **more}


def ec_jwk(name: str, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> dict[str, Any]:
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec_key(name, curve).public_key()))
    return {**public, "kid": name}


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says, with changes; None takes a claim out."""
    good = {"iss": ISSUER, "sub": "system:job:7", "aud": "sts.amazonaws.com", "iat": NOW_S, "exp": NOW_S + 600}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(key: Any = None, algorithm: str = "RS256", kid: str | None = "first", **changes: Any) -> str:
    """A signed token. The key is the one called "first" unless another is given."""
    headers = {"kid": kid} if kid is not None else None
    return jwt.encode(claims(**changes), key or rsa_key("first"), algorithm=algorithm, headers=headers)


def by_hand(header: dict[str, Any], payload: bytes, signature: bytes = b"") -> str:
    """A token of these parts, whatever they are."""
    parts = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


class Issuer:
    """A served issuer. `answers` is the documents by path: bytes, or a status and headers; `asked` the paths asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, bytes | tuple[int, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.cache_control = ""

    def publish(self, *keys: dict[str, Any], issuer: str = "", jwks_uri: str = "") -> None:
        configuration = {"issuer": issuer or self.url, "jwks_uri": jwks_uri or f"{self.url}/jwks"}
        self.answers["/.well-known/openid-configuration"] = json.dumps(configuration).encode()
        self.answers["/jwks"] = json.dumps({"keys": list(keys)}).encode()


@contextmanager
def served_issuer(tls: ssl.SSLContext | None = None) -> Iterator[Issuer]:
    """An issuer on a free port of loopback, over HTTPS when there is a context for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            answer = issuer.answers.get(self.path, (404, {}))
            status, headers = (200, {"Cache-Control": issuer.cache_control}) if isinstance(answer, bytes) else answer
            body = answer if isinstance(answer, bytes) else b""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    issuer = Issuer(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
