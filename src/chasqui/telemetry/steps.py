"""Steps of a message's way that no topic knows of: an object's event that was put into a queue, a function that ran
with a message. They are lines of the log of traces (`traces.py`), found by the message's id, and written beside the
work.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from chasqui.telemetry.traces import Traces

STEP: Final = "s"
"""The kind of these lines."""

What = Literal["event", "trigger", "invoke"]
_REASON_MAX: Final = 500


class Step(msgspec.Struct, array_like=True):
    """`what`: an object's "event" was put into a queue, a "trigger" gave a queue's message to a function, or a function
    was invoked for an event ("invoke"). `source` and `target` are ARNs, or what is known of them. `cause` is the id of
    the message that this one was made of, "" where that is not known. `request` is an invocation's id, `number` how
    often it was tried."""

    what: What
    source: str
    target: str
    ok: bool = True
    reason: str = ""
    request: str = ""
    duration_ms: int = 0
    cause: str = ""
    number: int = 1


_pack = msgspec.msgpack.Encoder().encode
read_step = msgspec.msgpack.Decoder(Step).decode


class Steps:
    """Writes them down."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    @property
    def on(self) -> bool:
        """Whether anything is kept."""
        return self._traces.on

    def note(self, message: str, step: Step) -> None:
        """Keep one, of the message with this id."""
        if self._traces.on:
            step.reason = step.reason[:_REASON_MAX]
            self._traces.note(STEP, message, _pack(step))
