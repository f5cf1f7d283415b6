"""HTTP for the clients that ask services which the operator has named (gateways, Google): any address, no redirects.

A redirect would carry credentials to another host, and what is asked for is not a user's wish: where users name
targets, `http/client.py` is asked directly, with the limits that are set for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chasqui.base.clock import Clock
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.failures import HttpFailure
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.sending import SendFailed

_LIMITS: Final = HttpLimits(targets="any", redirects_max=0)


class Poster:
    """An `HttpPost` with connections of its own. Made where a loop runs."""

    def __init__(self, clock: Clock, limits: HttpLimits = _LIMITS) -> None:
        self._client = HttpClient(clock, limits)

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """POST. Raises `SendFailed`, worth another attempt unless that would meet the same."""
        try:
            response = await self._client.request("POST", url, headers, body)
        except HttpFailure as failure:
            raise SendFailed(failure.reason, retry=not failure.permanent) from failure
        fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.fields.items()}
        return response.status, fields, response.body

    def close(self) -> None:
        """End the connections."""
        self._client.close()
