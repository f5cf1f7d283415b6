"""Which of the queues that a `Post` names are meant: the rule that all stores share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chasqui.store.values import Delivery, Post


def alternatives(delivery: Delivery | None) -> Iterator[Delivery]:
    """The delivery and what is to be done otherwise, in the order in which it is tried."""
    while delivery is not None:
        yield delivery
        delivery = delivery.otherwise


def queues_of(post: Post) -> set[int]:
    """All queues that it may come to."""
    return {each.queue for delivery in post.deliveries for each in alternatives(delivery)}


def gone_of(post: Post, stands: Callable[[int], bool]) -> frozenset[int]:
    """The queues that are tried and not there."""
    gone = set()
    for delivery in post.deliveries:
        for each in alternatives(delivery):
            if stands(each.queue):
                break
            gone.add(each.queue)
    return frozenset(gone)
