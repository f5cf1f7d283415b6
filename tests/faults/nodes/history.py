"""What clients asked of queues and were told, and the rules it must keep whatever happened to the nodes meanwhile.

Pure: a `History` in, sentences about what is wrong out. Every request is noted with the times at which it was sent and
answered (seconds of the clients' one monotonic clock), so that only what is certain counts: a message was claimed
somewhere between the two; one request came after another only if it was sent when the other had been answered. See
Herlihy and Wing, "Linearizability" (1990), and Kingsbury's Knossos and Jepsen, whose use of histories this follows.

A request without an answer, or answered by a 5xx, may have been carried out, also long after. A history ends with a
drain: what is there is received and deleted like everything else.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

RETRYABLE = frozenset({"cut", "ServiceUnavailable", "ServiceUnavailableException"})
"""What a client may be told, or see, when a request was not done for sure: every SDK sends it again."""

EXPIRED_RECEIPT = frozenset({"InvalidParameterValue", "InvalidParameterValueException"})
"""A FIFO message is not deleted by a receipt whose time is up."""


class Outcome(enum.Enum):
    """OK: it was done. REFUSED: it was not. UNKNOWN: nobody said."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Send:
    """A message sent; `id` and `sequence` are what the answer said. `group` is None on standard queues."""

    queue: str
    body: str
    group: str | None
    began: float
    ended: float
    outcome: Outcome
    code: str = ""
    id: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Got:
    """A message as a receive gave it."""

    body: str
    id: str
    receipt: str
    receives: int
    group: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Receive:
    """A receive, which hides what it gives for so many seconds."""

    queue: str
    began: float
    ended: float
    outcome: Outcome
    code: str = ""
    visibility: float = 0.0
    messages: tuple[Got, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """A message deleted by one of its receipts."""

    queue: str
    got: Got
    began: float
    ended: float
    outcome: Outcome
    code: str = ""

    @property
    def may_be_done(self) -> bool:
        return self.outcome is not Outcome.REFUSED


@dataclass
class History:
    """Of each client in the order in which it acted. `depths` are the numbers of messages (visible, in flight,
    delayed) that each queue said it had after the drain."""

    sends: list[Send] = field(default_factory=list)
    receives: list[Receive] = field(default_factory=list)
    deletes: list[Delete] = field(default_factory=list)
    depths: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def __iadd__(self, other: History) -> History:
        self.sends += other.sends
        self.receives += other.receives
        self.deletes += other.deletes
        self.depths |= other.depths
        return self


def violations(history: History, *, skew: float = 0.0) -> list[str]:
    """What no client may have seen. `skew`: so many seconds the nodes' clocks are apart at most."""
    facts = _Facts(history)
    return [
        *_answers(history),
        *_identities(history),
        *_lost(facts),
        *_returned(facts),
        *_hidden(facts, skew),
        *_receive_counts(facts),
        *_order(facts),
        *_sequences(history),
        *_stale_deletes(facts),
        *_refused_deletes(facts, skew),
        *(f"{queue} is empty and says {depths}" for queue, depths in history.depths.items() if any(depths)),
    ]


class _Facts:
    """A history by message."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.given: dict[str, list[tuple[Receive, Got]]] = defaultdict(list)
        """By message id: each time it was received, in the order of the requests."""
        self.deletes: dict[str, list[Delete]] = defaultdict(list)
        """By message id."""
        self.claims: dict[str, Receive] = {}
        """By receipt."""
        for receive in sorted(history.receives, key=lambda each: each.began):
            for got in receive.messages:
                self.given[got.id].append((receive, got))
                self.claims[got.receipt] = receive
        for delete in history.deletes:
            self.deletes[delete.got.id].append(delete)


def _pairs(given: list[tuple[Receive, Got]]) -> Iterator[tuple[tuple[Receive, Got], tuple[Receive, Got]]]:
    """Each delivery with each later one."""
    for at, first in enumerate(given):
        for second in given[at + 1 :]:
            yield first, second


def _answers(history: History) -> Iterator[str]:
    """A failure is one that clients try again. A receipt may be refused, which `_refused_deletes` looks at."""
    told: Iterable[Send | Receive | Delete] = (*history.sends, *history.receives, *history.deletes)
    for each in told:
        if each.outcome is Outcome.OK or each.code in RETRYABLE:
            continue
        if isinstance(each, Delete) and each.outcome is Outcome.REFUSED and each.code in EXPIRED_RECEIPT:
            continue
        yield f"a {type(each).__name__.lower()} on {each.queue} was answered by {each.code}"


def _identities(history: History) -> Iterator[str]:
    """A body was sent as one message, whose id is its own; nothing is received that was never sent."""
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    bodies: dict[str, set[str]] = defaultdict(set)
    sent = {(send.queue, send.body) for send in history.sends}
    for send in history.sends:
        if send.id is not None:
            ids[send.queue, send.body].add(send.id)
            bodies[send.id].add(send.body)
    for receive in history.receives:
        for got in receive.messages:
            ids[receive.queue, got.body].add(got.id)
            bodies[got.id].add(got.body)
            if (receive.queue, got.body) not in sent:
                yield f"{got.body} was received and never sent to {receive.queue}"
    for (_, body), those in ids.items():
        if len(those) > 1:
            yield f"{body} was sent once and became {len(those)} messages"
    for id, these in bodies.items():
        if len(these) > 1:
            yield f"the message {id} has {len(these)} bodies"


def _lost(facts: _Facts) -> Iterator[str]:
    for send in facts.history.sends:
        if send.outcome is Outcome.OK and not any(each.may_be_done for each in facts.deletes.get(send.id or "", ())):
            yield f"{send.body} was acknowledged and is lost"


def _returned(facts: _Facts) -> Iterator[str]:
    for id, deletes in facts.deletes.items():
        done = [each.ended for each in deletes if each.outcome is Outcome.OK]
        for receive, got in facts.given[id] if done else ():
            if receive.began > min(done):
                yield f"{got.body} was deleted and returned {receive.began - min(done):.3f} s later"


def _hidden(facts: _Facts, skew: float) -> Iterator[str]:
    """A message is claimed no sooner than the receive was sent, and hidden from then on."""
    for given in facts.given.values():
        for (first, got), (second, _) in _pairs(given):
            early = first.began + first.visibility - skew - second.ended
            if early > 0:
                yield f"{got.body} was given to another receive {early:.3f} s before its time was up"


def _receive_counts(facts: _Facts) -> Iterator[str]:
    """A claim that was answered counts for ever."""
    for given in facts.given.values():
        for (first, one), (second, other) in _pairs(given):
            if first.ended < second.began and other.receives <= one.receives:
                yield f"{one.body} was received for the {one.receives}. time, then for the {other.receives}."
            elif one.receipt == other.receipt:
                yield f"{one.body} was given to two receives under one receipt"


def _order(facts: _Facts) -> Iterator[str]:
    """What a receive gives of a group begins with the group's first message that is there and leaves none out: every
    earlier one was being deleted by then, or comes before it in the same receive."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    known: set[tuple[str, str]] = set()
    acknowledged: dict[tuple[str, str], str] = {}
    for send in facts.history.sends:
        if send.group is None:
            continue
        if (send.queue, send.body) not in known:
            known.add((send.queue, send.body))
            groups[send.queue, send.group].append(send.body)
        if send.id is not None:
            acknowledged[send.queue, send.body] = send.id
    gone_from: dict[str, float] = {}
    for id, deletes in facts.deletes.items():
        done = [each.began for each in deletes if each.may_be_done]
        if done:
            gone_from[id] = min(done)
    places = {(queue, body): at for (queue, _), bodies in groups.items() for at, body in enumerate(bodies)}
    for receive in facts.history.receives:
        portions: dict[str, list[Got]] = defaultdict(list)
        for got in receive.messages:
            if got.group is not None and (receive.queue, got.body) in places:
                portions[got.group].append(got)
        for group, portion in portions.items():
            bodies = groups[receive.queue, group]
            reached = -1
            given = {got.body for got in portion}
            for got in portion:
                place = places[receive.queue, got.body]
                if place <= reached:
                    yield f"{got.body} came after {bodies[reached]} in one receive"
                reached = max(reached, place)
            for body in bodies[:reached]:
                earlier = acknowledged.get((receive.queue, body))
                if earlier is None or body in given:
                    continue
                if gone_from.get(earlier, receive.ended) >= receive.ended:
                    yield f"{bodies[reached]} was given before {body} of the same group was deleted"


def _sequences(history: History) -> Iterator[str]:
    """Numbers rise within a group as its messages were sent, and a message keeps its number."""
    numbers: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    known: set[tuple[str, str]] = set()
    for send in history.sends:
        if send.group is None or send.sequence is None:
            continue
        before = numbers.setdefault((send.queue, send.body), send.sequence)
        if before != send.sequence:
            yield f"{send.body} was acknowledged under two sequence numbers"
        elif (send.queue, send.body) not in known:
            known.add((send.queue, send.body))
            if send.sequence < last.get((send.queue, send.group), 0):
                yield f"{send.body} has a lower sequence number than what was sent before it"
            last[send.queue, send.group] = send.sequence
    for receive in history.receives:
        for got in receive.messages:
            if got.sequence is not None and numbers.get((receive.queue, got.body), got.sequence) != got.sequence:
                yield f"{got.body} was received under another sequence number"


def _stale_deletes(facts: _Facts) -> Iterator[str]:
    """On FIFO queues a claim that another one has followed deletes nothing: success is told only when the message is
    gone, by the one that followed."""
    for id, deletes in facts.deletes.items():
        for delete in deletes:
            if delete.got.group is None or delete.outcome is not Outcome.OK:
                continue
            followed = any(
                got.receives > delete.got.receives and receive.ended < delete.began for receive, got in facts.given[id]
            )
            gone = any(
                each.got.receives > delete.got.receives and each.may_be_done and each.began < delete.ended
                for each in deletes
            )
            if followed and not gone:
                yield f"{delete.got.body} was deleted by a claim that was over"


def _refused_deletes(facts: _Facts, skew: float) -> Iterator[str]:
    """A receipt is refused on FIFO queues only, and when its time may be up."""
    for deletes in facts.deletes.values():
        for delete in deletes:
            if delete.outcome is not Outcome.REFUSED:
                continue
            claim = facts.claims[delete.got.receipt]
            if delete.got.group is None:
                yield f"{delete.got.body} of a standard queue was not deleted by its receipt"
            elif delete.ended < claim.began + claim.visibility - skew:
                yield f"{delete.got.body} was not deleted by the claim that held it"
