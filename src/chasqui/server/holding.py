"""Bodies that come while their requests are known already, for operations that want them whole."""

from __future__ import annotations

from typing import Final

from chasqui.access.admission import Door
from chasqui.base.errors import ServiceError
from chasqui.server.exchange import Exchange
from chasqui.server.inflow import BrokenBody
from chasqui.server.payloads import told

#: So much is held of all such bodies together: packages of functions are large.
_ALL_BYTES_MAX: Final = 512 * 1024 * 1024


class Bodies:
    """What is held of them."""

    def __init__(self, body_bytes_max: int) -> None:
        self._body_bytes_max = body_bytes_max
        self._held = 0

    async def hold(self, exchange: Exchange, operation: str, door: Door, bytes_max: int | None) -> int:
        """Wait for the body; returns what `let_go` is to be told. Raises `ServiceError` for one that is too large, or
        does not come."""
        stream = exchange.stream
        assert stream is not None, "the body has come already"
        bound = bytes_max or self._body_bytes_max
        if stream.length is not None and stream.length > bound:
            raise _too_large(door, operation, bound)
        parts: list[bytes] = []
        held = 0
        try:
            while piece := await stream.take():
                if held + len(piece) > bound:
                    raise _too_large(door, operation, bound)
                if self._held + len(piece) > _ALL_BYTES_MAX:
                    raise _busy()
                held += len(piece)
                self._held += len(piece)
                parts.append(piece)
            exchange.body = b"".join(parts)
        except BaseException as error:
            self.let_go(held)
            if isinstance(error, BrokenBody):
                raise told(error) from error
            raise
        return held

    def let_go(self, held: int) -> None:
        """The request is answered."""
        self._held -= held


def _too_large(door: Door, operation: str, bound: int) -> ServiceError:
    if door.family == "s3":
        return ServiceError("MaxMessageLengthExceeded", "Your request was too big.", status=400)
    return ServiceError(
        "RequestEntityTooLarge", f"Request must be smaller than {bound} bytes for the {operation} operation", status=413
    )


def _busy() -> ServiceError:
    return ServiceError("ServiceUnavailable", "Please reduce your request rate.", status=503, fault="Receiver")
