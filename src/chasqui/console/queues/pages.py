"""The section's routes."""

from __future__ import annotations

from chasqui.console.queues import listing
from chasqui.console.routes import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "queues", listing.index),
    Route("GET", "queues/live", listing.live),
    Route("POST", "queues/bulk", listing.ask),
    Route("POST", "queues/bulk/do", listing.do),
)
