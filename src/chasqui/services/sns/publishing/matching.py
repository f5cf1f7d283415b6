"""Who gets a message, worked out beside the event loop where that takes long.

Large bodies and long filter policies cost tens of milliseconds, hostile ones hundreds.

One thread does it, so that the loop shares the interpreter with one thread at most. While the thread looks at a plan,
the plan stands still: whoever wants to change it waits (`Plan.free`), and whoever wants to publish then waits for the
change.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.publishing.plan import Plan, Subscriber, lets_through, size_of
from chasqui.store.port import Resource

T = TypeVar("T")

EFFORT_MAX: Final = 2000
"""What is matched on the loop takes about so many microseconds at most."""

POLICY_LENGTH_MAX: Final = 4096
"""Subscriptions of longer documents (filter policies have up to 256 KiB) are read by the thread."""


class Matching:
    """The work, on the loop or on the thread."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None

    async def match(self, plan: Plan, notice: Notice) -> list[Subscriber]:
        """`Plan.match`."""
        if plan.effort(notice) <= EFFORT_MAX:
            return plan.match(notice)
        return await self._beside(partial(plan.match, notice), plan)

    async def match_between(self, plan: Plan, notice: Notice, after: str, until: str, most: int) -> list[Subscriber]:
        """`Plan.match_between`."""
        if plan.effort(notice) <= EFFORT_MAX:
            return plan.match_between(notice, after, until, most)
        return await self._beside(partial(plan.match_between, notice, after, until, most), plan)

    async def lets_through(self, subscriber: Subscriber, notice: Notice) -> bool:
        """Whether one subscription's filter lets a message through."""
        if subscriber.pattern is None or size_of(notice) <= POLICY_LENGTH_MAX:
            return lets_through(subscriber, notice)
        return await self._beside(partial(lets_through, subscriber, notice))

    async def subscriber(self, resource: Resource) -> Subscriber:
        """A subscription, its filter policy compiled."""
        if len(resource.document) <= POLICY_LENGTH_MAX:
            return Subscriber(resource)
        return await self._beside(partial(Subscriber, resource))

    async def _beside(self, work: Callable[[], T], plan: Plan | None = None) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "sns-matching")
        done = self._thread.submit(work)
        if plan is not None:
            plan.hold()
            # Not when the caller goes on: it may be cancelled while the thread still looks at the plan.
            done.add_done_callback(partial(_release, asyncio.get_running_loop(), plan))
        return await asyncio.wrap_future(done)

    def close(self) -> None:
        """End the thread; who still waits for it is cancelled."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)


def _release(loop: asyncio.AbstractEventLoop, plan: Plan, _done: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody changes the plan any more
        loop.call_soon_threadsafe(plan.release)
