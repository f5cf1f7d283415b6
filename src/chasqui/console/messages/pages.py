"""The section's routes."""

from __future__ import annotations

from chasqui.console.routes import Route

ROUTES: tuple[Route, ...] = ()
