"""What a service gives to the application: its operations by name, their inputs' types, and their IAM actions."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from types import ModuleType
from typing import Any

import msgspec

from chasqui.base.actions import Action
from chasqui.base.control import Endpoint
from chasqui.base.fronts import Front

# (room, call, request) to the result: the service's own dependencies, the facts of the call, a generated input type.
Operation = Callable[[Any, Any, Any], Coroutine[Any, Any, Any]]

Cors = Callable[[str, bytes, str, str], Awaitable[tuple[tuple[bytes, bytes], ...] | None]]
"""(method, host, path, origin) to the fields that let that origin's pages see the answer."""


BodyCheck = Callable[[str, Mapping[bytes, bytes], bytes], None]
"""(operation, header fields, body): raises a `ServiceError` for a body that is not what the fields promise."""


class Table(msgspec.Struct, frozen=True):
    """A service's operations: what runs, what it is given, how it is judged. The first and the third have the same
    names.

    `streams` names the operations whose payload is an `Incoming` (`base/bodies.py`); `body_bytes_max` how large bodies
    of others may be, where that is more than the server's setting. `headers` are fields that an operation's answers
    always have. `bodies` looks at an operation's body before it is read. `polls` are operations that wait for what may
    come later: they let go when their client does.
    """

    operations: Mapping[str, Operation]
    inputs: Mapping[str, type[msgspec.Struct]]
    actions: Mapping[str, Action]
    streams: frozenset[str] = frozenset()
    body_bytes_max: Mapping[str, int] = {}
    headers: Mapping[str, tuple[tuple[bytes, bytes], ...]] = {}
    bodies: Mapping[str, BodyCheck] = {}
    polls: frozenset[str] = frozenset()

    @classmethod
    def of(cls, modules: Iterable[ModuleType], inputs: Mapping[str, type[msgspec.Struct]], **more: Any) -> Table:
        """The table of modules that each have a part of it: `OPERATIONS` and `ACTIONS`, by the operations' names."""
        operations: dict[str, Operation] = {}
        actions: dict[str, Action] = {}
        for module in modules:
            operations |= module.OPERATIONS
            actions |= module.ACTIONS
        return cls(operations, inputs, actions, **more)


async def nothing() -> None:
    """What a service does that has nothing to start or to end."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service, mounted by a line in `assembly.py`. `name` is botocore's for its model.

    `module` is the module whose `TABLE` is the service's; it is imported when the service is first called, so that
    what a server does not use costs it neither memory nor its start. `hot` services are there from the start.
    Parameters are checked against the model before an operation runs, unless the service does it in its `own_words`.
    Where resources have policies that may let in callers without credentials, it is `public`. A `personal` service's
    calls know their request's id and the client's address. `cors` gives the fields that an answer to another site's
    page gets, by method, host, path and Origin; None where that page has no business (buckets have rules of their own).
    """

    name: str
    module: str
    room: Any
    hot: bool = False
    own_words: bool = False
    public: bool = False
    start: Callable[[], Awaitable[None]] = nothing
    close: Callable[[], Awaitable[None]] = nothing
    control: Mapping[tuple[str, str], Endpoint] = {}
    fronts: tuple[Front, ...] = ()
    personal: bool = False
    cors: Cors | None = None

    def table(self) -> Table:
        """Import the service's table."""
        table = importlib.import_module(self.module).TABLE
        assert isinstance(table, Table), f"{self.module} has no table of operations"
        return table
