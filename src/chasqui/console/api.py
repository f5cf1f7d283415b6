"""The public API, as the console's pages call it: operations by AWS' names, and the server's control endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.control import ControlRequest, Refusal
from chasqui.base.errors import ServiceError
from chasqui.server.guests import Guest
from chasqui.server.house import House

REFUSED: Final = "Refused"
"""The code of an error that a control endpoint answers with."""


class Api:
    """The API for one visitor, in one region."""

    def __init__(self, house: House, guest: Guest) -> None:
        self._house = house
        self._guest = guest

    @property
    def guest(self) -> Guest:
        """Who calls."""
        return self._guest

    @property
    def mode(self) -> str:
        """How the server checks who calls: "permissive", "audit" or "strict"."""
        return self._house.mode

    @property
    def account(self) -> str:
        """The visitor's account."""
        return self._guest.identity.principal.account

    @property
    def region(self) -> str:
        """The region of the page."""
        return self._guest.region

    def now_ms(self) -> int:
        """The server's time, in milliseconds since the epoch."""
        return self._guest.clock.now_ms()

    @property
    def base_url(self) -> str:
        """The server's address as the browser has it ("http://localhost:4566")."""
        return self._guest.base_url

    async def __call__(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """An operation's result: `await api("sqs", "ListQueues", MaxResults=10)`.

        Members have AWS' names; absent ones are not in the dictionary. Blobs are bytes, times are seconds since the
        epoch, large payloads `Outgoing`. Parameters that are None are left out. Raises `ServiceError`.
        """
        given = {name: value for name, value in params.items() if value is not None}
        result: dict[str, Any] | None = await self._house.call(self._guest, service, operation, given)
        return result or {}

    async def upload(self, service: str, operation: str, payload: Any, /, **params: Any) -> dict[str, Any]:
        """The same for an operation whose payload is read as it comes. `payload` is the visit's body."""
        given = {name: value for name, value in params.items() if value is not None}
        result: dict[str, Any] | None = await self._house.call(self._guest, service, operation, given, payload)
        return result or {}

    async def control(self, method: str, path: str, body: Any = None, /, **query: object) -> Any:
        """A control endpoint's answer: what its JSON says, or its bytes. Raises `ServiceError`, of the code `REFUSED`
        where the endpoint says no."""
        wanted = {name: [str(value)] for name, value in query.items() if value is not None}
        data = b"" if body is None else msgspec.json.encode(body)
        request = ControlRequest(method, path, wanted, data, self.base_url, "application/json")
        try:
            return (await self._house.control(self._guest, request)).body
        except Refusal as refused:
            raise ServiceError(REFUSED, str(refused), status=refused.status) from refused

    async def follow(self, link: str) -> AsyncIterator[bytes]:
        """What a link leads to that an operation gave out, such as GetFunction's `Code.Location`. Raises
        `ServiceError`."""
        body = (await self._house.follow(self._guest, link)).body
        return body.pieces if isinstance(body, Outgoing) else _whole(body)

    def elsewhere(self, region: str) -> Api:
        """The API for the same visitor in another region."""
        return Api(self._house, msgspec.structs.replace(self._guest, region=region))


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def query_of(**values: object) -> str:
    """A query string with its question mark, of what is not None or empty; "" for none."""
    given = [(name, str(value)) for name, value in values.items() if value is not None and value != ""]
    return f"?{urlencode(given)}" if given else ""
