"""PublishVersion."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.lambda_.functions import arns, configuring, publishing, rendering
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import unqualified
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import FunctionConfiguration, PublishVersionRequest


async def publish_version(room: Room, call: Call, request: PublishVersionRequest) -> FunctionConfiguration:
    named = unqualified(call, request.FunctionName)
    configuring.refuse_unsupported(request)
    asked = publishing.Publish(request.Description, request.CodeSha256 or "", request.RevisionId or "")
    version, document = await room.store.transaction(lambda tx: publishing.publish(room, tx, named, asked))
    return await rendering.configuration(room, call, named.owner, named.name, version, document, qualifier=version)


OPERATIONS: dict[str, Operation] = {"PublishVersion": checked("PublishVersion", publish_version)}
ACTIONS: dict[str, Action] = {"PublishVersion": arns.of("PublishVersion", "write", resource=arns.function)}
