"""What messages have in common: stored once, given out with each of them, deleted when none of them is left.

Whatever deletes messages notes those that refer to something in `shared_garbage`, in its own transaction (`NOTE`). The
sweeper looks whether anything else refers to it, after it has seen the note: the note that is committed last finds
nothing left. Who refers to what is stored already locks it (`keep`), so that it is not swept meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from chasqui.store.port import Claimed, NewMessage, Shared
from chasqui.store.postgres.connection import Connection

SWEEP_ROWS = 200
"""Notes looked at in a slice. What is deleted may be large."""

NOTE = """(
  insert into shared_garbage (shared, incarnation, seq) select shared, incarnation, seq from {gone}
  where shared is not null on conflict do nothing)"""
"""A part of a statement whose part `gone` has deleted messages."""

_NOTED = """
with noted as (
  delete from shared_garbage g using (
    select shared, incarnation, seq from shared_garbage order by shared, incarnation, seq limit $1
    for update skip locked) o
  where g.shared = any(array[o.shared]) and g.incarnation = o.incarnation and g.seq = o.seq returning g.shared)
select shared, count(*) from noted group by shared
"""
_HOLD = "select id from shared where id = any($1::bigint[]) order by id for update"
_SWEEP = """
delete from shared s using unnest($1::bigint[]) n(id)
where s.id = any(array[n.id])
  and (select m.shared from message m where m.shared = any(array[n.id]) and m.shared is not null limit 1) is null
  and (select f.shared from fifo f where f.shared = any(array[n.id]) and f.shared is not null limit 1) is null
"""
_KEEP = "select id from shared where id = any($1::bigint[]) order by id for share"
_STORE = "insert into shared (id, data) select id, data from unnest($1::bigint[], $2::bytea[]) n(id, data)"


def claimed(row: Any) -> Claimed:
    """A claim's row: `Claimed` as far as its columns go, three others, the number of what is shared and its bytes."""
    if row[12] is None:
        return Claimed(*row[:9])
    fields = *row[:9], Shared(row[13], row[12])
    return Claimed(*fields)


class Numbers:
    """The numbers of what the messages of some commands share."""

    def __init__(self) -> None:
        self._shared: dict[int, Shared] = {}
        """By place: objects are told apart by where they are, so they must stay there."""
        self._numbers: dict[int, int] = {}
        self._new: dict[int, bytes] = {}

    def add(self, messages: Iterable[NewMessage]) -> None:
        """Messages that may share something."""
        for message in messages:
            if message.shared is not None:
                self._shared[id(message.shared)] = message.shared

    @property
    def count(self) -> int:
        """So many numbers are needed at most."""
        return len(self._shared)

    def known(self) -> list[int]:
        """What was stored by earlier commands."""
        return sorted({each.number for each in self._shared.values() if each.number})

    def give(self, first: int, kept: Collection[int] = ()) -> None:
        """Number what is new, from `first` on. Of what was stored earlier, `kept` is still there."""
        anew: dict[int, int] = {}
        for number, (place, shared) in enumerate(self._shared.items(), first):
            if shared.number in kept:
                self._numbers[place] = shared.number
                continue
            given = anew.setdefault(shared.number, number) if shared.number else number
            self._numbers[place] = given
            self._new[given] = shared.data

    def of(self, messages: Iterable[NewMessage]) -> list[int | None]:
        """What each of them shares."""
        if not self._shared:
            return []
        return [None if each.shared is None else self._numbers[id(each.shared)] for each in messages]

    def rows(self, used: Collection[int | None] | None = None) -> tuple[list[int], list[bytes]]:
        """Numbers and bytes of what is new, or of what is `used` of it."""
        new = {number: data for number, data in self._new.items() if used is None or number in used}
        return list(new), list(new.values())


async def keep(connection: Connection, numbers: Sequence[int]) -> set[int]:
    """Those of them that are there; they will not be swept before the transaction ends."""
    return {row[0] for row in await connection.fetch(_KEEP, numbers)} if numbers else set()


async def store(connection: Connection, numbers: Sequence[int], data: Sequence[bytes]) -> None:
    """Within the transaction that stores messages that refer to them."""
    if numbers:
        await connection.execute(_STORE, numbers, data)


async def sweep(connection: Connection) -> bool:
    """Within a transaction of the sweeper: delete some of what nobody refers to. True when there may be more."""
    noted: list[Any] = await connection.fetch(_NOTED, SWEEP_ROWS)
    if noted:
        # Whoever is about to refer to one is waited for. The next statement sees what came of it; who comes later finds
        # it gone.
        held = await connection.fetch(_HOLD, [row[0] for row in noted])
        await connection.execute(_SWEEP, [row[0] for row in held])
    return sum([int(row[1]) for row in noted]) == SWEEP_ROWS
