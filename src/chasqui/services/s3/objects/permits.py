"""Leave for what a request does beyond its own action: keys of a batch, a copy's source."""

from __future__ import annotations

from collections.abc import Mapping

from chasqui.base.actions import Values
from chasqui.base.call import Call
from chasqui.services.s3.means import Means


async def demand(
    means: Means, call: Call, action: str, resource: str, keys: Mapping[str, Values] | None = None
) -> None:
    """Raises AccessDenied. Policies see the caller's own request, not one of a service on its behalf."""
    context: dict[str, Values] = {
        "aws:ViaAWSService": "false",
        "aws:SecureTransport": "true" if call.base_url.startswith("https:") else "false",
    }
    if call.source_address:
        context["aws:SourceIp"] = call.source_address
    if keys:
        context.update(keys)
    await means.demand(call, action, resource, context)
