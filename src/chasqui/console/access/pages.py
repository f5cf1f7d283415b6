"""The section's routes, and its first page."""

from __future__ import annotations

from functools import partial
from typing import Final

from chasqui.base.fronts import Reply
from chasqui.console.access import (
    checking,
    deeds,
    documents,
    entities,
    explain,
    kms_keys,
    managed,
    providers,
    secrets,
    trail,
)
from chasqui.console.access.common import show
from chasqui.console.access.kinds import KINDS, Kind
from chasqui.console.looks import ask
from chasqui.console.page import Page
from chasqui.console.routes import Route


async def index(page: Page) -> Reply:
    """Who is asking, how the server checks, what there is."""
    who = await ask(page, "sts", "GetCallerIdentity")
    summary = await ask(page, "iam", "GetAccountSummary")
    return await show(
        page, "", "index.html", who=who, summary=summary.found.get("SummaryMap", {}), denied=summary.refused
    )


def _of(kind: Kind) -> tuple[Route, ...]:
    base = f"access/{kind.path}"
    done = [
        Route("POST", f"{base}/{{name}}/{name}", partial(deeds.do, kind=kind, deed=deed))
        for name, (deed, kinds) in deeds.DEEDS.items()
        if kind in kinds
    ]
    return (
        Route("GET", base, partial(entities.index, kind=kind)),
        Route("GET", f"access/create/{kind.path}", partial(entities.new, kind=kind)),
        Route("POST", f"access/create/{kind.path}", partial(entities.create, kind=kind)),
        Route("GET", f"{base}/{{name}}", partial(entities.details, kind=kind)),
        Route("GET", f"{base}/{{name}}/inline", partial(documents.inline, kind=kind)),
        Route("POST", f"{base}/{{name}}/inline", partial(documents.save_inline, kind=kind)),
        Route("POST", f"{base}/{{name}}/delete", partial(deeds.delete, kind=kind)),
        *done,
    )


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "access", index),
    *checking.ROUTES,
    *(route for kind in KINDS for route in _of(kind)),
    Route("POST", "access/users/{name}/key-new", secrets.create),
    Route("POST", "access/users/{name}/key-file", secrets.download),
    Route("GET", "access/roles/{name}/trust", documents.trust),
    Route("POST", "access/roles/{name}/trust", documents.save_trust),
    Route("GET", "access/policies", managed.index),
    Route("GET", "access/create/policies", managed.new),
    Route("POST", "access/create/policies", managed.create),
    Route("GET", "access/policies/{arn}", managed.details),
    Route("GET", "access/policies/{arn}/edit", managed.edit),
    Route("POST", "access/policies/{arn}/edit", managed.save),
    Route("POST", "access/policies/{arn}/version", managed.act),
    Route("POST", "access/policies/{arn}/delete", managed.delete),
    Route("GET", "access/providers", providers.index),
    Route("POST", "access/providers", providers.create),
    Route("POST", "access/providers/{arn}/delete", providers.delete),
    Route("GET", "access/explain", explain.index),
    Route("GET", "access/log", trail.index),
    Route("GET", "access/keys", kms_keys.index),
    Route("GET", "access/create/keys", kms_keys.new),
    Route("POST", "access/create/keys", kms_keys.create),
    Route("GET", "access/keys/{key}", kms_keys.details),
    Route("POST", "access/keys/{key}/policy", kms_keys.save_policy),
    Route("POST", "access/keys/{key}/{deed}", kms_keys.act),
)
