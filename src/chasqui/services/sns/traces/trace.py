"""Why a message did not arrive, and where it is now: `chasqui trace` and the endpoint behind it.

The log of traces (`tracing.py`) is read backwards to the record of the publish. On the way lie the message's attempts
and drops, and the changes of subscriptions since then; whoever has not changed since is as it was. From these and the
message it is worked out who matched, or which key of a filter policy was not satisfied.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.control import Answer, ControlRequest, Refusal
from chasqui.base.times import iso_ms
from chasqui.services.sns.documents import SUBSCRIPTION, place_of, read_subscription, shown_endpoint, sns_arn
from chasqui.services.sns.publishing.notice import Notice, unpack_notice
from chasqui.services.sns.publishing.plan import Subscriber, unmatched
from chasqui.services.sns.room import Room
from chasqui.services.sns.traces import tracing
from chasqui.services.sns.traces.tracing import Attempt, Drop
from chasqui.store.port import Resource
from chasqui.telemetry.steps import STEP, Step, read_step
from chasqui.telemetry.traces import Entry, Traces

_PAGE: Final = 200
_SHOWN_MAX: Final = 1000
_PASSED_MAX: Final = 2_000_000
"""Records that are looked at: a trace must not walk for ever."""

_READ_BACK_MAX: Final = 200_000
"""Records before the publish in which the versions of subscriptions are looked for that changed after it."""


class Found(msgspec.Struct):
    """What the log has about one message."""

    notice: Notice
    later: bool
    drops: dict[str, Drop]
    attempts: dict[str, list[tuple[int, Attempt]]]
    changed: set[str]
    """"owner name" of subscriptions that changed after the publish."""
    steps: list[tuple[int, str, Step]]
    """(when, message, step) outside of the topic, oldest first: what was made of it elsewhere."""
    versions: dict[str, bytes]
    """Their documents at the time, where they are known; empty where there was no such subscription."""


async def answer(room: Room, request: ControlRequest) -> Answer:
    """`GET /_chasqui/trace?message=ID`. Raises `Refusal`."""
    message = request.parameter("message")
    if not message:
        raise Refusal(400, "message: the id of a message is needed, as Publish answered it")
    if not room.traces.on:
        raise Refusal(409, "no traces are kept: the setting trace_records_max is 0")
    found, steps = await find(room.traces, message)
    if found is not None:
        return Answer(await told(room, found))
    if steps:
        return Answer(_unpublished(message, steps))
    raise Refusal(404, f"nothing is known of the message {message}, or not any more")


def _unpublished(message: str, steps: list[tuple[int, str, Step]]) -> dict[str, Any]:
    """Of a message that no topic knows: the steps that are."""
    nothing = dict.fromkeys(("topic", "published", "publisher", "subject", "group", "sequence", "replayed"))
    told: dict[str, Any] = {"message": message, **nothing, "subscriptions": [], "filtered": 0, "uncertain": []}
    return {**told, "steps": [_step(*each) for each in steps]}


async def find(traces: Traces, message: str) -> tuple[Found | None, list[tuple[int, str, Step]]]:
    """Read the log back to the publish, None when it is not there; and the steps that were met. `message` is the
    publish's id, or that of what was made of it: then the publish is looked for that was its cause."""
    drops: dict[str, Drop] = {}
    attempts: dict[str, list[tuple[int, Attempt]]] = {}
    changed: set[str] = set()
    found: Found | None = None
    steps: list[tuple[int, str, Step]] = []
    passed = since = 0
    async for entry in traces.backwards():
        kind, key = entry.kind, entry.key
        passed += 1
        if found is not None:
            since += 1
            _take_version(found, entry)
            if found.changed <= found.versions.keys() or since > _READ_BACK_MAX:
                break
        elif passed > _PASSED_MAX:
            break
        elif kind == tracing.VERSION:
            changed.add(key)
        elif kind == STEP:
            step = read_step(entry.data)
            if message not in (key, step.cause, step.request):
                continue
            if step.cause and step.cause != message:
                # The publish is what is looked for; what happened to it later was passed already.
                return await find(traces, step.cause)
            steps.insert(0, (entry.at_ms, key, step))
            if step.what == "event":
                break
        elif key == message:
            if kind not in (tracing.PUBLISHED, tracing.MATCHED_LATER):
                _take_line(entry, drops, attempts)
            else:
                notice = unpack_notice(entry.data)
                mine = {each for each in changed if _of_topic(each, notice.topic)}
                later = kind == tracing.MATCHED_LATER
                found = Found(notice, later, drops, attempts, mine, steps, {})
    return found, steps


def _take_line(entry: Entry, drops: dict[str, Drop], attempts: dict[str, list[tuple[int, Attempt]]]) -> None:
    """A line about a delivery of the message."""
    if entry.kind == tracing.DROPPED:
        drop = tracing.read_drop(entry.data)
        drops[drop.subscription] = drop
    elif entry.kind == tracing.ATTEMPTED:
        attempt = tracing.read_attempt(entry.data)
        attempts.setdefault(attempt.subscription, []).insert(0, (entry.at_ms, attempt))


def _of_topic(key: str, topic: str) -> bool:
    owner, _, name = key.partition(" ")
    return sns_arn(owner, name.partition(":")[0]) == topic


def _take_version(found: Found, entry: Entry) -> None:
    """A version that stood before the publish: the newest one is met first."""
    if entry.kind == tracing.VERSION and entry.key in found.changed:
        found.versions.setdefault(entry.key, entry.data)


async def told(room: Room, found: Found) -> dict[str, Any]:
    """A trace as the endpoint answers it."""
    notice = found.notice
    subscriptions: list[dict[str, Any]] = []
    unknown: list[str] = []
    filtered = 0
    async for subscriber, state in _as_they_were(room, found):
        reason = unmatched(subscriber, notice)
        if reason is not None and subscriber.arn not in found.attempts:
            filtered += 1
        if state is not None:
            unknown.append(subscriber.arn)
        if len(subscriptions) < _SHOWN_MAX:
            subscriptions.append(_line(found, subscriber, reason, state, room.clock))
    return {
        "message": notice.id,
        "topic": notice.topic,
        "published": iso_ms(notice.at_ms),
        "publisher": notice.publisher,
        "subject": notice.subject,
        "group": notice.group,
        "sequence": notice.sequence or None,
        "replayed": notice.replayed,
        "subscriptions": subscriptions,
        "filtered": filtered,
        "uncertain": unknown,
        "steps": [_step(*each) for each in found.steps],
    }


def _step(at_ms: int, message: str, step: Step) -> dict[str, Any]:
    return {
        "at": iso_ms(at_ms),
        "message": message,
        "what": step.what,
        "source": step.source,
        "target": step.target,
        "ok": step.ok,
        "reason": step.reason or None,
        "request": step.request or None,
        "durationMs": step.duration_ms,
        "number": step.number,
    }


async def _as_they_were(room: Room, found: Found) -> AsyncIterator[tuple[Subscriber, str | None]]:
    """(subscriber, why that is uncertain) for each subscription at the time of the publish."""
    place = place_of(found.notice.topic)
    assert place is not None, "a notice names its topic"
    owner, topic = place
    after, seen = ("", ""), set[str]()
    while page := await room.store.resources(SUBSCRIPTION, owner, prefix=f"{topic}:", after=after, limit=_PAGE):
        for resource in page:
            key = f"{resource.owner} {resource.name}"
            seen.add(key)
            then, state = _then(found, key, resource)
            if then is not None:
                yield Subscriber(then), state
        after = (page[-1].owner, page[-1].name)
    for key in sorted(found.changed - seen):
        document = found.versions.get(key)
        if document:
            owner, _, name = key.partition(" ")
            yield Subscriber(Resource(SUBSCRIPTION, owner, name, document)), None


def _then(found: Found, key: str, resource: Resource) -> tuple[Resource | None, str | None]:
    """A subscription as it was, None if it was not there; and why that is not certain."""
    if read_subscription(resource).created_ms > found.notice.at_ms:
        return None, None
    if key not in found.changed:
        return resource, None
    document = found.versions.get(key)
    if document is None:
        return resource, "it has changed since, and how it was then is not known any more"
    return (msgspec.structs.replace(resource, document=document), None) if document else (None, None)


def _line(found: Found, subscriber: Subscriber, reason: str | None, state: str | None, clock: Clock) -> dict[str, Any]:
    """What became of a message at one subscription."""
    attempts = found.attempts.get(subscriber.arn, ())
    drop = found.drops.get(subscriber.arn)
    verdict = "matched"
    if not subscriber.live:
        verdict, reason = "not confirmed", "the subscription was not confirmed, or waited for its replay"
    elif reason is not None and not attempts:
        verdict = "filtered"
    line: dict[str, Any] = {
        "subscription": subscriber.arn,
        "protocol": subscriber.protocol,
        "endpoint": shown_endpoint(subscriber.endpoint),
        "verdict": verdict,
        "reason": reason,
        "attempts": [_attempt(at_ms, each) for at_ms, each in attempts],
    }
    if state is not None:
        line["uncertain"] = state
    line |= _state(verdict, subscriber, drop, [each for _, each in attempts])
    if verdict == "matched":
        line["now"] = _now(found, subscriber, drop, [each for _, each in attempts], clock)
    return line


_VERDICTS: Final = {"filtered": "filtered", "not confirmed": "unconfirmed"}


def _state(verdict: str, subscriber: Subscriber, drop: Drop | None, attempts: list[Attempt]) -> dict[str, Any]:
    """Where the message is, for who words it otherwise: "filtered", "unconfirmed", "queued" (in the subscriber's
    queue), "waiting" (for an attempt), "delivered", "dead" (in the dead-letter queue), "dropped"."""
    if verdict in _VERDICTS:
        return {"state": _VERDICTS[verdict]}
    last = attempts[-1] if attempts else None
    if last is not None and not last.dead:
        if last.ok:
            return {"state": "delivered"}
        return {"state": "waiting", "nextAt": None if last.next_at_ms is None else iso_ms(last.next_at_ms)}
    if last is not None or drop is not None:
        dead = subscriber.dead_letter if drop is None or drop.dead else None
        return {"state": "dead", "deadLetter": dead} if dead else {"state": "dropped"}
    return {"state": "waiting" if subscriber.queue else "queued"}


def _after(last: Attempt, dead: str | None, clock: Clock) -> str:
    """Where a message is after its last attempt."""
    if last.ok:
        return f"delivered, at attempt {last.number}"
    if last.dead:
        return f"given up after attempt {last.number}: {f'in the dead-letter queue {dead}' if dead else 'dropped'}"
    due = f"due {iso_ms(last.next_at_ms)}" if last.next_at_ms is not None else "to be tried again"
    return f"waiting for attempt {last.number + 1}, {due}; it is {iso_ms(clock.now_ms())}"


def _attempt(at_ms: int, attempt: Attempt) -> dict[str, Any]:
    return {
        "at": iso_ms(at_ms),
        "number": attempt.number,
        "ok": attempt.ok,
        "status": attempt.status or None,
        "reason": attempt.reason or None,
        "response": attempt.response or None,
        "dwellMs": attempt.dwell_ms,
    }


def _now(found: Found, subscriber: Subscriber, drop: Drop | None, attempts: Iterable[Attempt], clock: Clock) -> str:
    """Where the message is, in a sentence."""
    if drop is not None:
        where = f"it went to the dead-letter queue {subscriber.dead_letter}" if drop.dead else "it was dropped"
        return f"{drop.code}: {drop.reason} So {where}."
    last = next(reversed(list(attempts)), None)
    if last is not None:
        return _after(last, subscriber.dead_letter, clock)
    if subscriber.queue:
        return "waiting for its first attempt"
    if found.later:
        return f"in the queue {subscriber.endpoint}, or on its way there with the expansion job"
    return f"put into the queue {subscriber.endpoint} with the publish"
