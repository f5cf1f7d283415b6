"""What the state machine of `test_model.py` asks of transactions that deliver: messages and records come with the
commit of documents, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from chasqui.base.errors import ChasquiError
from chasqui.store.port import Delivery, NewRecord, Post, Resource, Transaction

NOWHERE = 1_000_000


class Failed(ChasquiError):
    """What the function of a transaction raises."""


class DeliversWithin:
    """A rule, for a machine with two stores, `ids` of four queues and a `log`."""

    @rule(
        wanted=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 4)), max_size=3),
        delay=st.sampled_from([0, 1, 30]),
        group=st.sampled_from(["a", "b"]),
        key=st.none() | st.integers(0, 3),
        common=st.sampled_from([None, None, "new", "claimed"]),
        records=st.integers(0, 2),
        purged=st.sampled_from([None, None, 0, 1, 2, 3]),
        fails=st.booleans(),
    )
    def deliver_within(
        self: Any, wanted: Sequence[tuple[int, int, int]], delay: int, group: str, key: int | None,
        common: str | None, records: int, purged: int | None, fails: bool,
    ) -> None:  # fmt: skip
        """Each target is a queue, how many messages it gets, and which queue gets one instead when it is gone. They are
        delivered one by one."""
        ids = [*self.ids, NOWHERE]
        made = [
            (q, self.messages(n, delay, group, key, 1000), o, self.messages(1, 0, "a", None, 60)) for q, n, o in wanted
        ]
        noted = [(log, [NewRecord("key", b"%d" % self.count, 1)]) for log in (self.log, NOWHERE)[:records]]
        self.count += 1
        name = f"{self.count}"

        async def asked(store: Any) -> Any:
            posts = [
                Post([
                    Delivery(
                        ids[q], self.with_shared(store, messages, common),
                        Delivery(ids[o], self.with_shared(store, instead, common)),
                    )
                ])
                for q, messages, o, instead in made
            ]  # fmt: skip

            async def work(tx: Transaction) -> Any:
                gone = [await tx.deliver(each) for each in [*posts, Post([], noted)]]
                await tx.create(Resource("with", "messages", name, b""))
                if purged is not None:
                    await tx.purge_queue(ids[purged])
                if fails:
                    raise Failed
                return gone

            return await store.transaction(work)

        model, real = self.both(asked)
        assert model == real
        written = self.both(lambda store: store.resource("with", "messages", name))
        assert [each is None for each in written] == [fails, fails]
