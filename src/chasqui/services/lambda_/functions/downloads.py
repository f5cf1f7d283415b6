"""Where GetFunction and GetLayerVersion say that code can be downloaded: a link of this server's that is good for ten
minutes, for whoever has it, as AWS' presigned ones are.

The link's token is sealed by the key ring; it names the blob and its end. Imported when the server starts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Front, Reply, Visit
from chasqui.crypto.keyring import UnreadableEnvelope

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Package

# No bucket has an underscore in its name, so that no object stands here.
_PATH: Final = "/_lambda/packages/"
_VALID_MS: Final = 600_000
_TOKEN_LENGTH_MAX: Final = 1024


class _Token(msgspec.Struct, array_like=True):
    blob: str
    size: int
    until_ms: int


def location(means: Means, call: Call, package: Package) -> str:
    """The address of a package, good for ten minutes."""
    token = _Token(package.blob, package.size, means.clock.now_ms() + _VALID_MS)
    sealed = means.ring.seal(msgspec.json.encode(token))
    return f"{call.base_url}{_PATH}{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


def front(means: Means) -> Front:
    """What answers there."""

    def takes(method: str, _host: bytes, path: str, _table: Mapping[bytes, bytes]) -> bool:
        return path.startswith(_PATH) and method in ("GET", "HEAD")

    async def answer(visit: Visit) -> Reply:
        token = _read(means, visit.path[len(_PATH) :])
        if await means.store.blob_size(token.blob) is None:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", status=404)
        headers = (
            (b"content-type", b"application/zip"),
            (b"content-disposition", b'attachment; filename="package.zip"'),
            (b"content-security-policy", b"sandbox"),
            (b"x-content-type-options", b"nosniff"),
        )
        return Reply(200, headers, Outgoing(means.store.read_blob(token.blob), token.size))

    return Front(takes, answer)


def _read(means: Means, text: str) -> _Token:
    """A link's token. Raises AccessDenied for one that is not ours, or is over."""
    if len(text) <= _TOKEN_LENGTH_MAX:
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            token = (
                msgspec.json.decode(means.ring.open(sealed), type=_Token) if sealed[:1] not in (b"", b"\0") else None
            )
        except (binascii.Error, ValueError, UnreadableEnvelope, msgspec.MsgspecError):
            token = None
        if token is not None and means.clock.now_ms() <= token.until_ms and token.blob.startswith("lambda/"):
            return token
    raise ServiceError("AccessDenied", "Request has expired", status=403)
