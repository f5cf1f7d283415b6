"""SQS' rules as plainly as possible: what a queue answers to each request, at a time that the caller gives.

Lists and dictionaries only; nothing here is taken from the server. Where SQS leaves a choice (which visible messages a
receive gives, of which groups; which exhausted messages it passes on the way) the model takes what was observed, checks
that it is allowed, and goes on from there. Times are milliseconds, durations in the names' units.

Source: the SQS API reference and developer guide (visibility timeout, delay queues, dead-letter queues, FIFO delivery
logic).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

DEDUPLICATION_MS = 5 * 60 * 1000
VISIBILITY_MS_MAX = 12 * 60 * 60 * 1000


class Wrong(AssertionError):
    """The server answered what SQS would not."""


def require(condition: object, rule: str) -> None:
    if not condition:
        raise Wrong(rule)


@dataclass(eq=False)
class Message:
    """A message in a queue. `life` changes when it moves to another queue: handles are for one life."""

    id: str
    body: str
    sent_at: int
    visible_at: int
    expires: int
    group: str | None = None
    receives: int = 0
    first_received_at: int | None = None
    origin: str | None = None
    life: int = 0

    def in_flight(self, now: int) -> bool:
        return self.receives > 0 and self.visible_at > now


@dataclass(frozen=True)
class Handle:
    """What a receipt handle stands for: one receive of one life of a message in one queue."""

    queue: str
    message: Message
    life: int
    receives: int
    received_at: int


@dataclass
class Given:
    """A message as a receive shows it."""

    id: str
    body: str
    receives: int
    sent_at: int
    first_received_at: int
    group: str | None
    origin: str | None


@dataclass
class Queue:
    """A queue, its attributes and its messages in the order they came."""

    name: str
    in_flight_max: int
    delay_s: int = 0
    visibility_s: int = 30
    retention_s: int = 345_600
    receives_max: int | None = None
    dead: Queue | None = None
    scope: str = "queue"
    messages: list[Message] = field(default_factory=list)
    duplicates: dict[tuple[str | None, str], tuple[int, str]] = field(default_factory=dict)
    attempts: dict[str, tuple[int, list[tuple[Message, int]]]] = field(default_factory=dict)

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")

    # -------------------------------------------------------------------------------------------------- time

    def expire(self, now: int) -> None:
        """Messages are gone when their retention is over, wherever they are."""
        self.messages = [each for each in self.messages if each.expires > now]

    def depths(self, now: int) -> tuple[int, int, int]:
        """(visible, in flight, delayed)."""
        self.expire(now)
        in_flight = sum(each.in_flight(now) for each in self.messages)
        visible = sum(each.visible_at <= now for each in self.messages)
        return visible, in_flight, len(self.messages) - visible - in_flight

    def find(self, id: str) -> Message | None:
        return next((each for each in self.messages if each.id == id), None)

    # -------------------------------------------------------------------------------------------------- send

    def original(self, now: int, group: str | None, key: str | None) -> str | None:
        """The id of the message that a send with this deduplication id repeats, if it does."""
        if key is None:
            return None
        until, id = self.duplicates.get((group if self.scope == "messageGroup" else None, key), (0, ""))
        return id if until > now else None

    def send(
        self, now: int, id: str, body: str, group: str | None, key: str | None = None, delay_s: int | None = None
    ) -> None:
        """A send was answered with this id."""
        original = self.original(now, group, key)
        if original is not None:
            require(id == original, "a duplicate is answered with its original's id and not accepted")
            return
        require(self.find(id) is None, "a message's id is its own")
        if key is not None:
            self.duplicates[(group if self.scope == "messageGroup" else None, key)] = now + DEDUPLICATION_MS, id
        visible_at = now + 1000 * (self.delay_s if delay_s is None else delay_s)
        self.messages.append(Message(id, body, now, visible_at, now + 1000 * self.retention_s, group))

    # -------------------------------------------------------------------------------------------------- receive

    def exhausted(self, message: Message) -> bool:
        """Whether a receive passes this message on to the dead-letter queue instead of giving it."""
        return self.dead is not None and self.receives_max is not None and message.receives >= self.receives_max

    def available(self, now: int) -> dict[str | None, list[Message]]:
        """What a receive may give, by group; one group holds everything on a standard queue.

        Of a FIFO queue's group: nothing while one of its messages is in flight, else the first ones that are visible.
        """
        self.expire(now)
        if not self.fifo:
            return {None: [each for each in self.messages if each.visible_at <= now and not self.exhausted(each)]}
        found: dict[str | None, list[Message]] = {}
        for group in {each.group for each in self.messages}:
            members = [each for each in self.messages if each.group == group]
            if any(each.in_flight(now) for each in members):
                continue
            first_hidden = next((n for n, each in enumerate(members) if each.visible_at > now), len(members))
            found[group] = [each for each in members[:first_hidden] if not self.exhausted(each)]
        return found

    def refuses_to_receive(self, now: int) -> bool:
        """A standard queue with too many messages in flight answers OverLimit."""
        return not self.fifo and self.depths(now)[1] >= self.in_flight_max

    def repeated(self, now: int, attempt: str | None) -> list[Message] | None:
        """The messages of an earlier receive with this attempt id, while they are all still in flight by it."""
        until, held = self.attempts.get(attempt or "", (0, []))
        self.expire(now)
        whole = all(
            each in self.messages and each.receives == receives and each.in_flight(now) for each, receives in held
        )
        return [each for each, _ in held] if held and until > now and whole else None

    def receive(
        self, now: int, most: int, visibility_s: int | None, given: list[Given], attempt: str | None = None
    ) -> list[Handle]:
        """A receive was answered with these messages. Returns their handles."""
        repeated = self.repeated(now, attempt)
        if repeated is not None:
            require([each.id for each in given] == [each.id for each in repeated], "an attempt is repeated as it was")
            chosen = repeated
        else:
            chosen = self._check_choice(now, most, given)
        hidden_until = now + 1000 * (self.visibility_s if visibility_s is None else visibility_s)
        for message, shown in zip(chosen, given, strict=True):
            message.visible_at = hidden_until
            message.receives += repeated is None
            message.first_received_at = message.first_received_at or now
            expected = Given(
                message.id,
                message.body,
                message.receives,
                message.sent_at,
                message.first_received_at,
                message.group,
                message.origin,
            )
            require(shown == expected, f"a message is shown as it is: {shown} instead of {expected}")
        if attempt is not None and chosen:
            self.attempts[attempt] = now + DEDUPLICATION_MS, [(each, each.receives) for each in chosen]
        return [Handle(self.name, each, each.life, each.receives, now) for each in chosen]

    def _check_choice(self, now: int, most: int, given: list[Given]) -> list[Message]:
        available = self.available(now)
        room = max(0, self.in_flight_max - self.depths(now)[1])
        total = sum(len(each) for each in available.values())
        require(len(given) == min(most, room, total), f"{len(given)} given of {total}, at most {most}, room {room}")
        ids = [each.id for each in given]
        require(len(set(ids)) == len(ids), "a receive gives a message once")
        chosen = {each.id: each for messages in available.values() for each in messages}
        require(set(ids) <= chosen.keys(), "only what is visible, and not behind another, is given")
        if self.fifo:
            for group, messages in available.items():
                of_group = [id for id in ids if chosen[id].group == group]
                require(of_group == [each.id for each in messages[: len(of_group)]], "a group is given in its order")
        return [chosen[id] for id in ids]

    def pass_on(self, now: int, still_here: set[str]) -> None:
        """After a receive: the exhausted messages that are not here any more are in the dead-letter queue, each
        group's in order."""
        for message in [each for each in self.messages if each.id not in still_here]:
            require(message.visible_at <= now and self.exhausted(message), "only exhausted messages are passed on")
            assert self.dead is not None
            self.messages.remove(message)
            kept_from = now if self.fifo else message.sent_at
            message.expires = kept_from + 1000 * self.dead.retention_s
            message.visible_at, message.origin = now, self.name
            message.life += 1
            self.dead.messages.append(message)

    # -------------------------------------------------------------------------------------------------- settle

    def _held(self, now: int, handle: Handle) -> Message | None:
        self.expire(now)
        message = handle.message
        return message if message in self.messages and message.life == handle.life else None

    def delete(self, now: int, handle: Handle) -> bool:
        """Whether a delete is answered with success; it then has removed the message, if it was there."""
        message = self._held(now, handle)
        if message is None:
            return True
        if self.fifo and (message.receives != handle.receives or message.visible_at <= now):
            return False
        self.messages.remove(message)
        return True

    def change_visibility(self, now: int, handle: Handle, timeout_s: int) -> bool:
        """Whether a change of visibility is answered with success, and its effect."""
        message = self._held(now, handle)
        if timeout_s and now - handle.received_at + 1000 * timeout_s > VISIBILITY_MS_MAX:
            return False
        if message is None:
            return False
        if self.fifo and (message.receives != handle.receives or message.visible_at <= now):
            return False
        message.visible_at = now + 1000 * timeout_s
        return True

    # -------------------------------------------------------------------------------------------------- manage

    def purge(self) -> None:
        """Everything is gone; what was sent before still counts for deduplication."""
        self.messages.clear()

    def set_retention(self, now: int, seconds: int) -> None:
        """A new retention holds for the messages that are there, from when they were sent."""
        self.retention_s = seconds
        self.expire(now)
        for each in self.messages:
            each.expires = each.sent_at + 1000 * seconds

    def move_back(self, now: int, sources: Iterable[Queue]) -> list[tuple[Message, Queue]]:
        """A move task took what is visible to where it came from: as new messages. Their new ids are for the caller to
        find out; returns them with their queue."""
        targets = {each.name: each for each in sources}
        moved = []
        for message in self._movable(now, targets.keys()):
            target = targets[message.origin or ""]
            self.messages.remove(message)
            new = Message("", message.body, now, now, now + 1000 * target.retention_s, message.group)
            target.messages.append(new)
            moved.append((new, target))
        return moved

    def _movable(self, now: int, origins: Iterable[str]) -> list[Message]:
        self.expire(now)
        if not self.fifo:
            return [each for each in self.messages if each.visible_at <= now and each.origin in origins]
        found = []
        for group in {each.group for each in self.messages}:
            members = [each for each in self.messages if each.group == group]
            if any(each.in_flight(now) for each in members):
                continue
            for each in members:
                if each.visible_at > now or each.origin not in origins:
                    break
                found.append(each)
        return found
