"""The memory model's logs and blobs."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence

from chasqui.base.pending import Pending, resolved
from chasqui.store.memory_held import Held, Log, done_now
from chasqui.store.port import LogState, NewRecord, QueueGone, Record, Resource, StagedBlob


class LogsAndBlobs(Held):
    """The verbs of the port that concern them."""

    def _log(self, id: int) -> Log:
        if id not in self.logs:
            raise QueueGone(f"log {id} does not exist")
        return self.logs[id]

    def append_records(self, log: int, records: Sequence[NewRecord]) -> Pending[list[int]]:
        return done_now(lambda: self.append_to(self._log(log), records))

    def append_to(self, held: Log, records: Sequence[NewRecord]) -> list[int]:
        numbers = []
        for each in records:
            held.last += 1
            held.records.append(Record(held.last, each.key, each.data, each.at_ms))
            numbers.append(held.last)
        return numbers

    def read_records(self, log: int, *, after: int, limit: int, bytes_max: int = 1 << 20) -> Pending[list[Record]]:
        def read() -> list[Record]:
            found: list[Record] = []
            size = 0
            for record in self._log(log).records:
                if record.sequence <= after:
                    continue
                size += len(record.data)
                if found and (len(found) >= limit or size > bytes_max):
                    break
                found.append(record)
            return found

        return done_now(read)

    def trim_records(self, log: int, before: int) -> Pending[None]:
        def trim() -> None:
            held = self._log(log)
            held.first = max(held.first, min(before, held.last + 1))
            held.records = [each for each in held.records if each.sequence >= held.first]

        return done_now(trim)

    def log_state(self, log: int) -> Pending[LogState]:
        return done_now(lambda: LogState(self._log(log).first, self._log(log).last))

    def resource_and_blob(
        self, type: str, owner: str, name: str, named: Callable[[Resource], str | None]
    ) -> Pending[tuple[Resource | None, bytes | None]]:
        found = self.resources_held.get((type, owner, name))
        key = named(found) if found is not None else None
        return resolved((found, self.blobs.get(key) if key is not None else None))

    async def stage_blob(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        whole = data if isinstance(data, bytes) else b"".join([piece async for piece in data])
        return StagedBlob(len(whole), whole, None)

    def drop_staged(self, key: str, blob: StagedBlob) -> None:
        """Nothing is held of them."""

    async def read_blob(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        piece = self.blobs[key][start:end]
        if piece:
            yield piece

    def blob_size(self, key: str) -> Pending[int | None]:
        return resolved(len(self.blobs[key]) if key in self.blobs else None)
