"""What sends to what, read from the resources: the map's graph, and what of it somebody wants to see. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.console.arns import kind_of, unqualified
from chasqui.console.attributes import dead_letter_arn
from chasqui.console.graphs.things import PROTOCOLS
from chasqui.console.landscape import Landscape, Queue, Subscription
from chasqui.console.language import N_

NODES_MAX: Final = 500
EDGES_MAX: Final = 1500

WAYS: Final = {
    "subscription": N_("Subscription"),
    "notification": N_("Event notification"),
    "mapping": N_("Lambda trigger"),
    "dead": N_("Dead-letter queue"),
    "destination": N_("Destination"),
}
"""Kinds of edges, and their names."""


class Thing(msgspec.Struct):
    """A node. `key` is its ARN, or what stands for one. `waiting` are the messages in a queue, None where that is not
    known. `trouble` are codes: "dead" (a dead-letter queue with messages), "unread" (messages wait, and nothing takes
    them), "unheard" (a topic that nobody subscribes to), "missing" (it does not exist)."""

    key: str
    kind: str
    name: str
    here: bool
    waiting: int | None = None
    trouble: list[str] = []

    @property
    def region(self) -> str:
        """The ARN's region, "" for none."""
        parts = self.key.split(":", 5)
        return parts[3] if len(parts) == 6 and self.key.startswith("arn:") else ""


class Way(msgspec.Struct, frozen=True):
    """An edge: `kind` is one of `WAYS`, `flow` what its messages are counted by (`telemetry.counters.Flows`). `filter`
    is a filter policy, `detail` what else there is to say of it (events, a batch's size), `on` whether it works."""

    source: str
    target: str
    kind: str
    flow: str
    filter: str = ""
    detail: str = ""
    on: bool = True

    @property
    def id(self) -> str:
        """The id of its elements in the page: the same for the same edge."""
        told = f"{self.kind}\n{self.source}\n{self.target}\n{self.flow}"
        return f"e{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:12]}"


class Wiring(msgspec.Struct):
    """The graph. `hidden` nodes were more than a picture takes."""

    things: dict[str, Thing]
    ways: list[Way]
    hidden: int = 0


def wiring(seen: Landscape) -> Wiring:
    """The graph of all that was seen."""
    return _Builder(seen).build()


class _Builder:
    """Reads resources into nodes and edges."""

    def __init__(self, seen: Landscape) -> None:
        self._seen = seen
        self._things: dict[str, Thing] = {}
        self._ways: dict[str, Way] = {}

    def build(self) -> Wiring:
        """The graph."""
        seen = self._seen
        for topic in seen.topics:
            self._add(topic.arn, "topic", topic.name)
        for queue in seen.queues:
            self._add(queue.arn, "queue", queue.name).waiting = _waiting(queue)
        for function in seen.functions:
            self._add(function.arn, "function", function.name)
        for bucket in seen.buckets:
            self._add(f"arn:aws:s3:::{bucket.name}", "bucket", bucket.name)
        for subscription in seen.subscriptions:
            self._subscribed(subscription)
        self._notified()
        self._triggered()
        for queue in seen.queues:
            if queue.dead_letter_arn:
                self._connect(Way(queue.arn, queue.dead_letter_arn, "dead", queue.arn))
        self._destined()
        self._judge()
        return Wiring(self._things, list(self._ways.values()))

    def _add(self, key: str, kind: str, name: str) -> Thing:
        parts = key.split(":", 5)
        here = kind in ("topic", "queue", "function") and parts[3:5] == [self._seen.region, self._seen.account]
        return self._things.setdefault(key, Thing(key, kind, name, here or kind == "bucket", trouble=[]))

    def _connect(self, way: Way) -> None:
        for arn in (way.source, way.target):
            if arn not in self._things:
                thing = self._add(arn, kind_of(arn), arn.rpartition(":")[2])
                if thing.here and not self._listed_in_part(thing.kind):
                    thing.trouble.append("missing")
        self._ways.setdefault(way.id, way)

    def _listed_in_part(self, kind: str) -> bool:
        """Whether more of a kind may be there than was seen."""
        lists = {"queue": "sqs:ListQueues", "topic": "sns:ListTopics", "function": "lambda:ListFunctions"}
        name = lists.get(kind, "s3:ListBuckets")
        return name in self._seen.cut or name in self._seen.left_out or "sqs:GetQueueAttributes" in self._seen.left_out

    def _subscribed(self, each: Subscription) -> None:
        confirmed = each.arn.startswith("arn:")
        kind = PROTOCOLS.get(each.protocol, "other")
        if each.endpoint.startswith("arn:") and kind in ("queue", "function"):
            target = unqualified(each.endpoint)
        else:
            target = f"{each.protocol}:{each.endpoint}"
            self._add(target, kind, each.endpoint)
        policy = each.attributes.get("FilterPolicy", "")
        self._connect(
            Way(
                each.topic,
                target,
                "subscription",
                each.arn if confirmed else "",
                filter="" if policy == "{}" else policy,
                on=confirmed,
            )
        )
        dead = dead_letter_arn(each.attributes)
        if dead:
            self._connect(Way(each.topic, dead, "dead", f"{each.arn} {dead}", detail=each.endpoint))

    def _notified(self) -> None:
        """Buckets' notifications: one edge for each destination."""
        for bucket in self._seen.buckets:
            source, events = f"arn:aws:s3:::{bucket.name}", dict[str, list[str]]()
            for each in bucket.notifications:
                events.setdefault(each.target, []).extend(each.events)
            for arn, names in events.items():
                detail = ", ".join(dict.fromkeys(names))
                self._connect(Way(source, unqualified(arn), "notification", f"{source} {arn}", detail=detail))

    def _triggered(self) -> None:
        for each in self._seen.mappings:
            source, function = each.get("EventSourceArn", ""), each.get("FunctionArn", "")
            if source and function:
                patterns = [one.get("Pattern", "") for one in each.get("FilterCriteria", {}).get("Filters", ())]
                on = each.get("State") in ("Enabled", "Enabling", "Updating", "Creating")
                self._connect(
                    Way(
                        source,
                        unqualified(function),
                        "mapping",
                        each.get("EventSourceMappingArn", ""),
                        filter=" ".join(patterns),
                        detail=str(each.get("BatchSize", "")),
                        on=on,
                    )
                )

    def _destined(self) -> None:
        """Where functions' asynchronous events end."""
        for function in self._seen.functions:
            dead = function.configuration.get("DeadLetterConfig", {}).get("TargetArn")
            if dead:
                self._connect(Way(function.arn, dead, "dead", f"{function.arn} {dead}"))
            told: Mapping[str, Any] = function.events.get("DestinationConfig", {})
            for outcome in ("OnSuccess", "OnFailure"):
                arn = told.get(outcome, {}).get("Destination")
                if arn:
                    flow = f"{function.arn} {arn}"
                    self._connect(Way(function.arn, unqualified(arn), "destination", flow, detail=outcome))

    def _judge(self) -> None:
        """Find what is wrong."""
        ways = self._ways.values()
        dead = {each.target for each in ways if each.kind == "dead"}
        read = {each.source for each in ways if each.kind == "mapping" and each.on}
        heard = {each.source for each in ways if each.kind == "subscription"}
        figures = {queue.arn: queue.figures for queue in self._seen.queues}
        for thing in self._things.values():
            told = figures.get(thing.key, {})
            if thing.key in dead and thing.waiting:
                thing.trouble.append("dead")
            elif thing.kind == "queue" and thing.waiting and thing.key not in read | dead:
                if told and not told.get("inFlight") and not told.get("NumberOfMessagesReceived"):
                    thing.trouble.append("unread")
            elif thing.kind == "topic" and thing.here and thing.key not in heard and self._subscriptions_known():
                thing.trouble.append("unheard")

    def _subscriptions_known(self) -> bool:
        return not {"sns:ListSubscriptions"} & (self._seen.cut | self._seen.left_out)


def _waiting(queue: Queue) -> int | None:
    """How many messages there are in a queue, hidden ones included."""
    names = ("", "NotVisible", "Delayed")
    found = [queue.attributes.get(f"ApproximateNumberOfMessages{name}") for name in names]
    return sum(int(each) for each in found if each is not None) if found[0] is not None else None


# ------------------------------------------------------------------------------------------- what is wanted of it


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants to see: nodes of a `kind` ("" for all), with `text` in their names, only what is in
    `trouble`, each with what it is connected with; only what leads to and from the resource `of`."""

    kind: str = ""
    text: str = ""
    of: str = ""
    trouble: bool = False


def part(whole: Wiring, wanted: Wanted) -> Wiring:
    """The part that is wanted, as much of it as a picture takes: what is connected comes first."""
    keys = set(whole.things)
    if wanted.of:
        keys &= _reach(whole, wanted.of)
    if wanted.kind:
        keys &= _around(whole, (key for key, thing in whole.things.items() if thing.kind == wanted.kind))
    if wanted.trouble:
        keys &= _around(whole, (key for key, thing in whole.things.items() if thing.trouble))
    if wanted.text:
        text = wanted.text.casefold()
        keys &= _around(whole, (key for key, thing in whole.things.items() if text in thing.name.casefold()))
    ways = [each for each in whole.ways if each.source in keys and each.target in keys]
    connected = dict.fromkeys(end for each in ways for end in (each.source, each.target))
    rest = (key for key in whole.things if key in keys and key not in connected)
    order = [*connected, *rest]
    shown = set(order[:NODES_MAX])
    ways = [each for each in ways if each.source in shown and each.target in shown][:EDGES_MAX]
    things = {key: thing for key, thing in whole.things.items() if key in shown}
    return Wiring(things, ways, hidden=len(order) - len(things))


def _around(whole: Wiring, keys: Iterable[str]) -> set[str]:
    """Nodes with their neighbours."""
    found = set(keys)
    near = {end for each in whole.ways if {each.source, each.target} & found for end in (each.source, each.target)}
    return found | near


def _reach(whole: Wiring, key: str) -> set[str]:
    """A node, all that sends to it, and all that it sends to, over however many steps."""
    targets: dict[str, list[str]] = {}
    sources: dict[str, list[str]] = {}
    for each in whole.ways:
        targets.setdefault(each.source, []).append(each.target)
        sources.setdefault(each.target, []).append(each.source)
    return {key, *_steps(key, targets), *_steps(key, sources)}


def _steps(key: str, links: Mapping[str, list[str]]) -> Iterator[str]:
    seen, waiting = {key}, [key]
    while waiting:
        for other in links.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
                yield other
