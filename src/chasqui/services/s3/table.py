"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from chasqui.base.service import Table
from chasqui.services.s3.buckets import table as buckets
from chasqui.services.s3.integrity import CHECKED, check
from chasqui.services.s3.multipart import table as multipart
from chasqui.services.s3.notifications import table as notifications
from chasqui.services.s3.objects import table as objects
from chasqui.services.s3.regions import in_region
from chasqui.services.s3.types import INPUTS

_TABLES = (buckets, objects, multipart, notifications)

# Objects fetched by a browser share an origin with the console: they must not script it.
_HARMLESS = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))

TABLE = Table(
    in_region({name: operation for table in _TABLES for name, operation in table.OPERATIONS.items()}),
    INPUTS,
    {name: action for table in _TABLES for name, action in table.ACTIONS.items()},
    streams=frozenset(("PutObject", "UploadPart")),
    body_bytes_max={"DeleteObjects": 2 * 1024 * 1024, "CompleteMultipartUpload": 4 * 1024 * 1024},
    headers={"GetObject": _HARMLESS},
    bodies=dict.fromkeys(CHECKED, check),
)
