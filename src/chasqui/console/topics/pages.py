"""The section's routes. Topics may have any name, also "mailbox": their tabs come first, and what has an address of one
segment before a topic's."""

from __future__ import annotations

from chasqui.console.routes import Route
from chasqui.console.topics import (
    creating,
    details,
    listing,
    mailbox,
    phone,
    publishing,
    push,
    subscribing,
    subscription,
    subscriptions,
    texting,
)

_TABS = (creating, subscription, subscriptions, subscribing, publishing, details)
_OTHERS = (listing, mailbox, phone, texting, push)

ROUTES: tuple[Route, ...] = (
    *(route for module in (*_TABS, *_OTHERS) for route in module.ROUTES),
    Route("GET", "topics/{name}", details.first),
)
