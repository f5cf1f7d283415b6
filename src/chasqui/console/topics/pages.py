"""The section's routes. Those with fixed words come before those with a topic's name in the same place."""

from __future__ import annotations

from chasqui.console.routes import Route
from chasqui.console.topics import creating, details, listing, publishing, subscribing, subscription, subscriptions

ROUTES: tuple[Route, ...] = tuple(
    route
    for module in (listing, creating, subscription, subscriptions, subscribing, publishing, details)
    for route in module.ROUTES
)
