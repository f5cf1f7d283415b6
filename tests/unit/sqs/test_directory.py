"""The queues at hand: what is kept for a fast look-up stays bounded."""

from __future__ import annotations

import asyncio

from chasqui.base.call import Call
from chasqui.base.clock import SystemClock
from chasqui.base.principal import root_of
from chasqui.base.sections import SqsQuotas
from chasqui.services.sqs import queues
from chasqui.services.sqs.queues import Directory, QueueDocument, queue_resource
from chasqui.store.memory import MemoryStore


def test_a_queue_called_by_ever_new_urls_is_remembered_by_few() -> None:
    async def story() -> None:
        store = MemoryStore(clock=SystemClock())
        directory = Directory(store, SqsQuotas())
        resource = queue_resource("000000000000/us-east-1", "q", QueueDocument(1, {}, {}, 0, 0))
        await store.transaction(lambda tx: tx.create(resource))
        call = Call("000000000000", "us-east-1", root_of("000000000000"), "000000000000", "http://localhost:4566")

        for number in range(2 * queues._CACHED_MAX + 10):
            queue = await directory.find(call, f"http://host-{number}:4566/000000000000/q")

        assert len(directory.at_url) <= queues._CACHED_MAX
        assert set(queue.urls) == set(directory.at_url)

    asyncio.run(story())
