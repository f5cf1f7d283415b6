"""The layers that a function uses: found by their ARNs, and within what AWS allows.

Source: developer guide, "Managing Lambda dependencies with layers"; messages as AWS gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chasqui.base.call import Call
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import LAYER_VERSION
from chasqui.services.lambda_.functions.documents import LayerUse, LayerVersionDocument, VersionDocument, read
from chasqui.services.lambda_.functions.names import peek_layer
from chasqui.services.lambda_.room import Room

_LAYERS_MAX: Final = 5


async def resolve(room: Room, call: Call, arns: Sequence[str]) -> list[LayerUse]:
    """The layers' versions with these ARNs, if the caller may use them. Raises InvalidParameterValueException and
    AccessDeniedException."""
    if len(arns) > _LAYERS_MAX:
        raise errors.invalid_parameter(f"Cannot reference more than {_LAYERS_MAX} layers.")
    uses: list[LayerUse] = []
    seen: dict[str, str] = {}
    for arn in arns:
        use = await _resolve_one(room, call, arn)
        layer = arn.rpartition(":")[0]
        if layer in seen:
            raise errors.invalid_parameter(
                "Two different versions of the same layer are not allowed to be referenced in the same function."
                f" {seen[layer]} and {arn} are versions of the same layer."
            )
        seen[layer] = arn
        uses.append(use)
    return uses


async def _resolve_one(room: Room, call: Call, arn: str) -> LayerUse:
    named = peek_layer(call, arn)
    own = named.owner.partition("/")[0] == call.account
    if named.owner.partition("/")[2] != call.region:
        raise errors.invalid_parameter(
            f"Layers are not in the same region as the function. Layers are expected to be in region {call.region}."
        )
    await room.demand(call, "lambda:GetLayerVersion", arn, {})
    found = await room.store.resource(LAYER_VERSION, named.owner, f"{named.name}:{named.version}")
    if found is None:
        if own:
            raise errors.invalid_parameter(f"Layer version {arn} does not exist.")
        raise errors.access_denied(
            f"User: {call.principal.arn} is not authorized to perform: lambda:GetLayerVersion on resource: {arn}"
            " because no resource-based policy allows the lambda:GetLayerVersion action"
        )
    document = read(LayerVersionDocument, found)
    return LayerUse(arn, document.code, document.unzipped)


def check_size(room: Room, document: VersionDocument) -> None:
    """Whether code and layers are small enough together. Raises InvalidParameterValueException."""
    limit = room.limits.unzipped_bytes_max
    size = document.unzipped + sum(layer.unzipped for layer in document.layers)
    if size > limit:
        raise errors.invalid_parameter(
            f"Function code combined with layers exceeds the maximum allowed size of {limit} bytes. The actual size is"
            f" {size} bytes."
        )
