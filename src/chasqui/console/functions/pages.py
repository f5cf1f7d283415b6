"""The section's routes. What stands under a function has its name and a tab's; `functions/new` and `functions/logs`
stand for themselves, so that a function of that name is reached by its tabs."""

from __future__ import annotations

from chasqui.console.functions import (
    code,
    configuring,
    creating,
    listing,
    logs,
    permissions,
    testing,
    triggers,
    versions,
)
from chasqui.console.routes import Route

ROUTES: tuple[Route, ...] = (
    *listing.FIRST_ROUTES,
    *creating.ROUTES,
    *logs.FIRST_ROUTES,
    *code.ROUTES,
    *testing.ROUTES,
    *logs.ROUTES,
    *triggers.ROUTES,
    *configuring.ROUTES,
    *versions.ROUTES,
    *permissions.ROUTES,
    *listing.LAST_ROUTES,
)
