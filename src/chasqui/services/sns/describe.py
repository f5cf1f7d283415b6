"""What the access layer must know of topics: owner, policy, tags. Imported when the server starts: nothing of the
operations may be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from chasqui.access.described import Described
from chasqui.base.actions import Values
from chasqui.base.arn import Arn
from chasqui.base.principal import Principal
from chasqui.services.sns.documents import TOPIC, read_topic
from chasqui.services.sns.topics.topic_policies import default_policy_text
from chasqui.store.port import Store


class TopicDescriber:
    """Describes the topics of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def describe(self, arn: Arn) -> Described | None:
        """The topic with this ARN; of anything else nothing is known. One that is not there is described too, so that
        strangers cannot tell it from one that is."""
        if ":" in arn.resource or "/" in arn.resource or "\0" in arn.resource:
            return None
        found = await self._store.resource(TOPIC, f"{arn.account}/{arn.region}", arn.resource)
        granted = partial(_confirms, arn.account)
        if found is None:
            return Described(arn.account, granted=granted)
        document = read_topic(found)
        policy = document.attributes.get("Policy") or default_policy_text(str(arn))
        return Described(arn.account, policy=policy, tags=document.tags, granted=granted)


async def _confirms(owner: str, principal: Principal, action: str, _context: Mapping[str, Values]) -> bool:
    """Whoever of another account has a token may confirm with it: no topic's policy can speak of that ("out of service
    scope"), and without a signature anybody may."""
    return action == "sns:ConfirmSubscription" and principal.account not in ("", owner)
