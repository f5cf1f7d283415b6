"""What sends to what, read from resources; and how much."""

from __future__ import annotations

import json
from typing import Any

from chasqui.console.landscape import Bucket, Function, Landscape, Notification, Queue, Subscription, Topic
from chasqui.console.language import Language
from chasqui.console.map.rates import Rates, told
from chasqui.console.map.wiring import NODES_MAX, Wanted, Wiring, part, wiring

ACCOUNT = "000000000000"


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}"


def queue(name: str, waiting: int = 0, dead: str = "", **figures: int) -> Queue:
    attributes = {"ApproximateNumberOfMessages": str(waiting)}
    if dead:
        attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn("sqs", dead), "maxReceiveCount": 3})
    return Queue(name, f"http://x/{name}", arn("sqs", name), attributes, figures)


def subscription(topic: str, protocol: str, endpoint: str, **attributes: Any) -> Subscription:
    texts = {name: json.dumps(value) for name, value in attributes.items()}
    return Subscription(f"{arn('sns', topic)}:1-{endpoint}", arn("sns", topic), protocol, endpoint, texts)


def seen(**found: Any) -> Landscape:
    return Landscape(ACCOUNT, "us-east-1", **found)


def connections(graph: Wiring) -> set[tuple[str, str, str]]:
    names = {key: thing.name for key, thing in graph.things.items()}
    return {(names[way.source], names[way.target], way.kind) for way in graph.ways}


def test_topics_send_to_their_subscribers_of_every_kind() -> None:
    subscriptions = [
        subscription("orders", "sqs", arn("sqs", "stock"), FilterPolicy={"kind": ["a"]}),
        subscription("orders", "lambda", f"{arn('lambda', 'function:resize')}:live"),
        subscription("orders", "email", "ana@example.com"),
    ]
    function = Function("resize", arn("lambda", "function:resize"), {}, {}, "")
    found = wiring(
        seen(
            topics=[Topic(arn("sns", "orders"), {})],
            queues=[queue("stock")],
            functions=[function],
            subscriptions=subscriptions,
        )
    )

    assert connections(found) == {
        ("orders", "stock", "subscription"),
        ("orders", "resize", "subscription"),
        ("orders", "ana@example.com", "subscription"),
    }
    assert [way.filter for way in found.ways] == ['{"kind": ["a"]}', "", ""]
    assert [way.flow for way in found.ways] == [each.arn for each in subscriptions]


def test_buckets_queues_and_functions_send_too() -> None:
    configuration = {"DeadLetterConfig": {"TargetArn": arn("sqs", "dead")}}
    events = {"DestinationConfig": {"OnSuccess": {"Destination": arn("sns", "done")}}}
    function = Function("resize", arn("lambda", "function:resize"), configuration, events, "")
    notification = Notification("n", arn("sqs", "files"), ("s3:ObjectCreated:*",))
    mapping = {
        "EventSourceArn": arn("sqs", "files"),
        "FunctionArn": function.arn,
        "EventSourceMappingArn": "m",
        "State": "Enabled",
    }
    found = wiring(
        seen(
            queues=[queue("files", dead="dead"), queue("dead")],
            topics=[Topic(arn("sns", "done"), {})],
            functions=[function],
            buckets=[Bucket("photos", "", (notification,))],
            mappings=[mapping],
        )
    )

    assert connections(found) == {
        ("photos", "files", "notification"),
        ("files", "resize", "mapping"),
        ("files", "dead", "dead"),
        ("resize", "dead", "dead"),
        ("resize", "done", "destination"),
    }


def test_a_target_that_does_not_exist_is_in_trouble() -> None:
    found = wiring(seen(queues=[queue("a", dead="gone")]))

    assert found.things[arn("sqs", "gone")].trouble == ["missing"]


def test_a_target_that_may_only_not_be_listed_is_not() -> None:
    found = wiring(seen(queues=[queue("a", dead="gone")], left_out={"sqs:ListQueues"}))

    assert found.things[arn("sqs", "gone")].trouble == []


def test_trouble_is_a_full_dead_letter_queue_a_queue_nobody_reads_and_a_topic_nobody_hears() -> None:
    found = wiring(
        seen(
            queues=[
                queue("a", dead="dead", waiting=2, inFlight=0, NumberOfMessagesReceived=0),
                queue("dead", waiting=1),
                queue("read", waiting=1, inFlight=0, NumberOfMessagesReceived=7),
            ],
            topics=[Topic(arn("sns", "quiet"), {})],
        )
    )

    trouble = {thing.name: thing.trouble for thing in found.things.values() if thing.trouble}
    assert trouble == {"a": ["unread"], "dead": ["dead"], "quiet": ["unheard"]}
    shown = part(found, Wanted(trouble=True))
    assert {thing.name for thing in shown.things.values()} == {"a", "dead", "quiet"}


def test_the_neighbourhood_of_a_resource_is_all_that_leads_to_it_and_from_it() -> None:
    queues = [queue("a", dead="b"), queue("b", dead="c"), queue("c"), queue("other", dead="c"), queue("alone")]

    shown = part(wiring(seen(queues=queues)), Wanted(of=arn("sqs", "b")))

    assert {thing.name for thing in shown.things.values()} == {"a", "b", "c"}


def test_names_are_searched_for_with_their_neighbours() -> None:
    queues = [queue("orders", dead="dead"), queue("dead"), queue("other")]

    shown = part(wiring(seen(queues=queues)), Wanted(text="ORD"))

    assert {thing.name for thing in shown.things.values()} == {"orders", "dead"}


def test_what_is_too_much_is_told_and_connected_resources_come_first() -> None:
    queues = [*(queue(f"q{at}") for at in range(NODES_MAX)), queue("last", dead="q0")]

    shown = part(wiring(seen(queues=queues)), Wanted())

    assert len(shown.things) == NODES_MAX
    assert shown.hidden == 1
    assert len(shown.ways) == 1


def test_a_rate_is_over_the_time_between_samples() -> None:
    rates = Rates()
    rates.add(10.0, {"a": 100})
    assert rates.of("a") is None

    rates.add(12.0, {"a": 105, "b": 1})

    assert rates.of("a") == 2.5
    assert rates.of("b") == 0.5


def test_a_rate_begins_anew_when_counting_does() -> None:
    rates = Rates()
    rates.add(10.0, {"a": 100})
    rates.add(12.0, {"a": 3})

    assert rates.of("a") is None


def test_rates_are_worded_by_their_size() -> None:
    english = Language("en")

    assert [told(english, rate) for rate in (None, 0.0, 0.25, 2.5, 1234.5)] == [
        "–",
        "0/s",
        "0.25/s",
        "2.5/s",
        "1,234/s",
    ]
