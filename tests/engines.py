"""The database engines that SQS' tests run on: the same tests, chosen by the parameter of the fixture `engine`.

`sqlite` and `postgresql`. A test that is about neither (the wire, an SDK's packaging, what only an embedded database
does) stays on SQLite and says why: `@pytest.mark.one_engine("why")`.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import chasqui.testing
from chasqui.testing import TestServer
from tests.postgres import Postgres

ENGINES = ("sqlite", "postgresql")


T = TypeVar("T")


class Engine:
    """Where servers of a test keep what they keep. `stack` ends what was started once."""

    def __init__(self, stack: contextlib.ExitStack, postgres: Postgres | None = None) -> None:
        self._stack = stack
        self._started: dict[str, Any] = {}
        self._postgres = postgres
        self.name = "sqlite" if postgres is None else "postgresql"

    @property
    def folder(self) -> Path | None:
        """Where the data of all its databases lies; None for the server's own data directory."""
        return None if self._postgres is None else self._postgres.folder

    def options(self) -> tuple[str, ...]:
        """Of `chasqui serve`, for a database that is empty; servers started with the same ones share it."""
        return () if self._postgres is None else ("--database", self._postgres.fresh_database())

    def once(self, name: str, start: Callable[[], contextlib.AbstractContextManager[T]]) -> T:
        """What was started under this name, here, if it was not yet. It stays for the session, whereas a fixture that
        stands on `engine` goes whenever the next test wants the other engine: twice a file."""
        if name not in self._started:
            self._started[name] = self._stack.enter_context(start())
        found: T = self._started[name]
        return found

    @contextlib.contextmanager
    def server(self, **settings: Any) -> Iterator[TestServer]:
        """An empty server in this process, on a test clock."""
        if self._postgres is None:
            with chasqui.testing.server(**settings) as running:
                yield running
            return
        with (
            tempfile.TemporaryDirectory(prefix="chasqui-keys-") as data,
            chasqui.testing.server(database=self._postgres.fresh_database(), data=data, **settings) as running,
        ):
            yield running
