"""A request's bucket and key by its host and path, as requests for objects and their preflights name them. Pure."""

from __future__ import annotations

from chasqui.wire.routing import bucket_in_host


def bucket_and_key(host: str, path: str) -> tuple[str, str]:
    """(bucket, key), percent-encoded as they came; "" for what is not named. `host` may have a port."""
    bucket = bucket_in_host(host)
    path = path.removeprefix("/")
    if bucket:
        return bucket, path
    bucket, _, key = path.partition("/")
    return bucket, key
