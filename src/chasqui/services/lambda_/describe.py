"""What the access layer must know of Lambda's resources: owner, policy, tags. Imported when the server starts: nothing
that the operations are made of may be imported at the top.

A function, each of its versions and each of its aliases has a policy of its own; tags are the function's.
"""

from __future__ import annotations

from chasqui.access.described import Described
from chasqui.base.arn import Arn
from chasqui.services.lambda_.documents import FUNCTION, LATEST, LAYER_VERSION, MAPPING
from chasqui.store.port import Store


class LambdaDescriber:
    """Describes the functions, layers and mappings of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def describe(self, arn: Arn) -> Described | None:
        """The resource with this ARN; of anything else nothing is known. One that is not there is described too, so
        that strangers cannot tell it from one that is."""
        kind, _, rest = arn.resource.partition(":")
        name, _, qualifier = rest.partition(":")
        if "\0" in rest or not name or ":" in qualifier:
            return None
        owner = f"{arn.account}/{arn.region}"
        if kind == "function":
            return await self._function(arn, owner, name, qualifier)
        if kind == "layer" and qualifier:
            return await self._layer(arn, owner, name, qualifier)
        if kind == "event-source-mapping" and not qualifier:
            return await self._mapping(arn, owner, name)
        return Described(arn.account) if kind == "layer" else None

    async def _function(self, arn: Arn, owner: str, name: str, qualifier: str) -> Described:
        from chasqui.services.lambda_.functions import documents, statements  # noqa: PLC0415  see above

        found = await self._store.resource(FUNCTION, owner, name)
        if found is None:
            return Described(arn.account)
        function = documents.read(documents.FunctionDocument, found)
        policy = function.policies.get("" if qualifier == LATEST else qualifier)
        text = statements.policy_text(policy.statements) if policy is not None else None
        return Described(arn.account, policy=text, tags=function.tags)

    async def _mapping(self, arn: Arn, owner: str, uuid: str) -> Described:
        from chasqui.services.lambda_.functions.names import function_arn  # noqa: PLC0415  see above
        from chasqui.services.lambda_.mappings.documents import read_mapping  # noqa: PLC0415  see above

        found = await self._store.resource(MAPPING, owner, uuid)
        if found is None:
            return Described(arn.account)
        mapping = read_mapping(found)
        function = function_arn(owner, mapping.function, mapping.qualifier)
        return Described(arn.account, tags=mapping.tags, context={"lambda:FunctionArn": function})

    async def _layer(self, arn: Arn, owner: str, name: str, version: str) -> Described:
        from chasqui.services.lambda_.functions import documents, statements  # noqa: PLC0415  see above

        found = await self._store.resource(LAYER_VERSION, owner, f"{name}:{version}")
        policy = documents.read(documents.LayerVersionDocument, found).policy if found is not None else None
        text = statements.policy_text(policy.statements) if policy is not None else None
        return Described(arn.account, policy=text)
