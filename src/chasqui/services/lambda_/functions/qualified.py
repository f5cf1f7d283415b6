"""What a function has by qualifier goes with the alias or the version of that name."""

from __future__ import annotations

from typing import Any

from chasqui.services.lambda_.documents import FUNCTION, FUNCTION_URL, PROVISIONED
from chasqui.services.lambda_.functions.documents import FunctionDocument, changed, read
from chasqui.services.lambda_.functions.names import FunctionName
from chasqui.store.port import Transaction


async def forget(tx: Transaction, named: FunctionName, qualifier: str) -> None:
    """Policy, URL, event-invoke configuration, provisioned concurrency: of this qualifier, none is left."""
    provisioned = await tx.get(PROVISIONED, named.owner, f"{named.name}:{qualifier}")
    if provisioned is not None:
        await tx.delete(provisioned)
    found = await tx.get(FUNCTION, named.owner, named.name)
    if found is None:
        return
    function = read(FunctionDocument, found)
    url = function.urls.get(qualifier)
    at = await tx.get(FUNCTION_URL, "", url.id) if url is not None else None
    if at is not None:
        await tx.delete(at)
    held: tuple[dict[str, Any], ...] = (
        function.policies, function.urls, function.event_invokes, function.runtime_management
    )  # fmt: skip
    if any(qualifier in each for each in held):
        for each in held:
            each.pop(qualifier, None)
        await tx.replace(changed(found, function))
