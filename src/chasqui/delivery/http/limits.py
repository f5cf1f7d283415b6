"""What the HTTP client's requests may take."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.settings import Settings
from chasqui.delivery.http.addresses import Targets


class HttpLimits(msgspec.Struct, frozen=True):
    """Times in seconds, sizes in bytes. `seconds` is for a whole request, redirects included: SNS gives an endpoint 15.
    `redirects_max` 0: none is followed. `ca_file` is trusted beside the system's authorities."""

    seconds: float = 15.0
    connect_seconds: float = 5.0
    idle_seconds: float = 30.0
    connection_seconds: float = 300.0
    connections_per_origin_max: int = 32
    idle_max: int = 512
    body_bytes_max: int = 64 * 1024
    redirects_max: int = 0
    targets: Targets = "public"
    ca_file: str = ""


NAMED_BY_OPERATOR: Final = HttpLimits(targets="any")
"""For services that the settings name (gateways, Google): wherever they are. A redirect would take credentials away."""


def limits_of(settings: Settings) -> HttpLimits:
    """The limits that the settings say."""
    limits = settings.delivery
    return HttpLimits(
        seconds=limits.http_s,
        connect_seconds=limits.connect_s,
        connections_per_origin_max=limits.connections_per_origin_max,
        idle_max=limits.idle_max,
        redirects_max=limits.redirects_max,
        targets=settings.delivery_targets,
        ca_file=limits.ca,
    )
