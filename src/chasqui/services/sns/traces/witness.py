"""Who is told what becomes of messages: what publishing and couriers know of traces and delivery-status logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from chasqui.delivery.route import Attempted
from chasqui.fabric.recipients import Undeliverable

if TYPE_CHECKING:
    from chasqui.services.sns.publishing.directory import Topic
    from chasqui.services.sns.publishing.notice import Notice
    from chasqui.services.sns.publishing.plan import Subscriber


class Witness(Protocol):
    """Who is told what becomes of messages."""

    def published(self, topic: Topic, notice: Notice, matched: int) -> object:
        """It is committed. So many subscriptions get it; -1 when that is worked out later."""
        ...

    def delivered(self, topic: Topic, notice: Notice, subscribers: Sequence[Subscriber]) -> object:
        """It is in these subscribers' queues."""
        ...

    def dropped(
        self, topic: Topic, subscriber: Subscriber, notice: Notice, reason: Undeliverable, *, dead: bool
    ) -> object:
        """It did not reach the subscriber's queue; `dead`: it is in the dead-letter queue."""
        ...

    def attempted(self, topic: Topic | None, subscriber: Subscriber, attempted: Attempted) -> object:
        """One attempt at a delivery outside, and what comes next. The message id is the notice's, 16 bytes. The topic
        is None when it is not at hand."""
        ...
