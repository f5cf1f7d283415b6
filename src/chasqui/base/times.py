"""Times as AWS writes them."""

from __future__ import annotations

import time


def iso_time(at_ms: int) -> str:
    """Milliseconds since the epoch in ISO 8601, to the second, in UTC: "2026-01-31T12:00:00Z"."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_ms // 1000))


def iso_ms(at_ms: int) -> str:
    """The same to the millisecond: "2026-01-31T12:00:00.123Z"."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at_ms // 1000))}.{at_ms % 1000:03d}Z"
