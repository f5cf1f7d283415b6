"""What messages have in common: stored once, counted by how many refer to it, gone with the last of them.

Whoever inserts or deletes rows of messages says so here. Counts are kept as differences until the running transaction
ends, so that what ten messages of a tick do to one of them is one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import apsw

from chasqui.store.port import Shared
from chasqui.store.sqlite.rows import marks

_COUNT = "insert into sharing values (?, ?) on conflict(id) do update set refs=refs+excluded.refs"
_DROP = "delete from sharing where id=? and refs<=0 returning id"
_READ = "select id, data from shared where id in (%s)"


class Sharing:
    """The table of one database. `number` gives what was never given before."""

    def __init__(self, db: apsw.Connection, number: Callable[[], int]) -> None:
        self._cursor: Any = db.cursor()
        self._number = number
        self._known: dict[int, tuple[Shared, int]] = {}
        """By identity, what the running transaction has numbered; held here, so that its identity stays its own."""
        self.changes: dict[int, int] = {}
        """By number, by how many references the running transaction has changed it."""

    def refer(self, shared: Shared) -> int:
        """A row is inserted that has this in common with others. Returns what the row is to hold."""
        known = self._known.get(id(shared))
        if known is None:
            known = self._known[id(shared)] = shared, self._stored(shared)
        number = known[1]
        self.changes[number] = self.changes.get(number, 0) + 1
        return number

    def _stored(self, shared: Shared) -> int:
        """The number under which it is there; what is not, or is no longer, is stored."""
        execute = self._cursor.execute
        if shared.number and execute("select 1 from shared where id=?", (shared.number,)).fetchall():
            return shared.number
        number = self._number()
        execute("insert into shared values (?, ?)", (number, shared.data))
        return number

    def moved(self, rows: Iterable[tuple[Any, ...]]) -> bool:
        """Rows are inserted that hold, last, what rows hold that are deleted afterwards. Whether any holds one."""
        numbers = [row[-1] for row in rows if row[-1] is not None]
        for number in numbers:
            self.changes[number] = self.changes.get(number, 0) + 1
        return bool(numbers)

    def release(self, numbers: Iterable[int | None]) -> None:
        """Rows that hold these are deleted."""
        for number in numbers:
            if number is not None:
                self.changes[number] = self.changes.get(number, 0) - 1

    def read(self, numbers: Iterable[int | None]) -> dict[int | None, Shared | None]:
        """What rows with these numbers have in common with others; None is None."""
        wanted = list({each for each in numbers if each is not None})
        found: dict[int | None, Shared | None] = {None: None}
        for start in range(0, len(wanted), 50):
            part = wanted[start : start + 50]
            for number, data in self._cursor.execute(_READ % marks(len(part)), part).fetchall():
                found[number] = Shared(data, number)
        return found

    def write(self) -> None:
        """Write what changed, in the running transaction."""
        changes = list(self.changes.items())
        self.roll_back()
        self._cursor.executemany(_COUNT, changes)
        fewer = [(number,) for number, change in changes if change <= 0]
        if fewer:
            gone = self._cursor.executemany(_DROP, fewer).fetchall()
            self._cursor.executemany("delete from shared where id=?", gone)

    def roll_back(self) -> None:
        """Nothing of it is the running transaction's any more."""
        self.changes.clear()
        self._known.clear()
