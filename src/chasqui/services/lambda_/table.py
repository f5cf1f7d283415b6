"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from typing import Final

from chasqui.base.service import Table
from chasqui.services.lambda_.functions import table as functions
from chasqui.services.lambda_.invoking import table as invoking
from chasqui.services.lambda_.mappings import table as mappings
from chasqui.services.lambda_.types import INPUTS

_TABLES = (functions, invoking, mappings)
# Packages come as base64 in JSON.
_PACKAGE_BYTES_MAX: Final = 72 * 1024 * 1024
_PAYLOAD_BYTES_MAX: Final = 7 * 1024 * 1024

TABLE = Table.of(
    _TABLES,
    INPUTS,
    body_bytes_max={
        "CreateFunction": _PACKAGE_BYTES_MAX,
        "UpdateFunctionCode": _PACKAGE_BYTES_MAX,
        "PublishLayerVersion": _PACKAGE_BYTES_MAX,
        "Invoke": _PAYLOAD_BYTES_MAX,
        "InvokeWithResponseStream": _PAYLOAD_BYTES_MAX,
    },
    headers={"Invoke": ((b"content-type", b"application/json"),)},
)
