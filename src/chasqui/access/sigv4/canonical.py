"""A request's canonical form: path, query string and headers, as both sides of a signature write them.

Pure text rules. Source: IAM user guide, "Create a signed AWS API request", step 1; S3 API reference, "Signature
calculations for the Authorization header".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes


def canonical_path(path: str) -> bytes:
    """The path as every service but S3 has it signed: dot segments and empty ones removed, and what was sent encoded
    once more ("%20" becomes "%2520")."""
    return _remembered_path(path) if len(path) <= 256 else _normal_path(path)


def _normal_path(path: str) -> bytes:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    normal = "/" + "/".join(kept)
    if kept and path.endswith("/"):
        normal += "/"
    return quote(normal).encode()


_remembered_path = lru_cache(1024)(_normal_path)


def canonical_path_s3(path: str) -> bytes:
    """The path as S3 has it signed: encoded once, as AWS encodes, and otherwise as it is, since ".." and "//" are parts
    of keys. A slash that was sent encoded stays so: clients sign what they send."""
    parts = [_encoded_part(part) for part in path.split("/")]
    return "/".join(parts).encode() or b"/"


def _encoded_part(part: str) -> str:
    return part if part.isalnum() and part.isascii() else quote(unquote_to_bytes(part), safe="")


def canonical_query(query: str) -> bytes:
    """The parameters by encoded name, then value, without X-Amz-Signature. A parameter without a value gets an empty
    one; a plus sign is a space."""
    pairs = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if pair and name != "X-Amz-Signature":
            pairs.append((_encoded(name), _encoded(value)))
    pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs]).encode()


def _encoded(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="")


def canonical_headers(names: tuple[bytes, ...], headers: Mapping[bytes, bytes]) -> bytes:
    """A line for each name, values trimmed and runs of white space in them one space. A signed header that was not
    sent counts as empty."""
    return b"".join([b"%b:%b\n" % (name, b" ".join(headers.get(name, b"").split())) for name in names])
