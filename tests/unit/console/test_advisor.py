"""The advisor's rules: each finds its trouble, and nothing where there is none."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import msgspec
import pytest

from chasqui.console.advisor.findings import Finding, Step
from chasqui.console.advisor.rules import advise
from chasqui.console.advisor.wording import WORDS
from chasqui.console.commands import At
from chasqui.console.landscape import Bucket, Function, Landscape, Notification, Queue, Subscription, Topic

ACCOUNT, REGION = "000000000000", "us-east-1"
HERE = At("http://localhost:4566", REGION)
OPEN = {"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "sqs:*"}]}


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def queue(name: str, figures: dict[str, Any] | None = None, **attributes: str) -> Queue:
    url = f"http://localhost:4566/{ACCOUNT}/{name}"
    return Queue(name, url, arn("sqs", name), {"QueueArn": arn("sqs", name), **attributes}, figures or {})


def redrive(target: str, count: int = 5) -> str:
    return json.dumps({"deadLetterTargetArn": arn("sqs", target), "maxReceiveCount": count})


def function(name: str, **configuration: Any) -> Function:
    return Function(name, arn("lambda", f"function:{name}"), configuration, {}, "")


def mapping(source: str, target: str, **facts: Any) -> dict[str, Any]:
    found = {"UUID": "u-1", "EventSourceArn": arn("sqs", source), "FunctionArn": arn("lambda", f"function:{target}")}
    return {**found, "State": "Enabled", **facts}


def world(**kinds: Any) -> Landscape:
    return Landscape(ACCOUNT, REGION, **kinds)


def codes(found: Landscape) -> list[str]:
    return [each.code for each in advise(found)]


def healthy() -> list[Queue]:
    return [
        queue("orders", RedrivePolicy=redrive("dead"), VisibilityTimeout="180", MessageRetentionPeriod="345600"),
        queue("dead", MessageRetentionPeriod="1209600"),
    ]


def test_a_setup_by_the_book_has_no_finding() -> None:
    found = world(
        queues=healthy(), functions=[function("work", Timeout=30)], mappings=[mapping("orders", "work")],
        topics=[Topic(arn("sns", "news"), {})],
    )  # fmt: skip
    assert codes(found) == []


def test_a_queue_without_a_dead_letter_queue_gets_one() -> None:
    finding = advise(world(queues=[queue("orders.fifo")]))[0]
    assert (finding.code, finding.severity) == ("queue-without-dlq", "warning")
    create, put = finding.steps
    assert create.params["QueueName"] == "orders-dlq.fifo"
    assert create.params["Attributes"]["FifoQueue"] == "true"
    policy = json.loads(put.params["Attributes"]["RedrivePolicy"])
    assert policy == {"deadLetterTargetArn": arn("sqs", "orders-dlq.fifo"), "maxReceiveCount": 5}


@pytest.mark.parametrize(
    ("visibility", "expected"), [("20", ["visibility-below-timeout"]), ("60", ["visibility-short"]), ("180", [])]
)
def test_visibility_is_compared_with_the_functions_timeout(visibility: str, expected: list[str]) -> None:
    queues = [msgspec.structs.replace(healthy()[0]), healthy()[1]]
    queues[0] = queue("orders", RedrivePolicy=redrive("dead"), VisibilityTimeout=visibility)
    found = world(queues=queues, functions=[function("work", Timeout=30)], mappings=[mapping("orders", "work")])
    assert codes(found) == expected


def test_the_window_of_a_trigger_counts_too() -> None:
    queues = [queue("orders", RedrivePolicy=redrive("dead"), VisibilityTimeout="180"), healthy()[1]]
    source = mapping("orders", "work", MaximumBatchingWindowInSeconds=60)
    finding = advise(world(queues=queues, functions=[function("work", Timeout=30)], mappings=[source]))[0]
    assert finding.steps[0].params["Attributes"] == {"VisibilityTimeout": "240"}


def test_a_dead_letter_queue_with_messages_is_told_with_its_sources() -> None:
    queues = [healthy()[0], queue("dead", MessageRetentionPeriod="1209600", ApproximateNumberOfMessages="3")]
    (finding,) = advise(world(queues=queues))
    assert (finding.code, finding.facts["count"], finding.facts["sources"]) == ("dlq-with-messages", 3, "orders")


def test_a_dead_letter_queue_keeps_longer_than_its_source() -> None:
    assert codes(world(queues=[healthy()[0], queue("dead", MessageRetentionPeriod="345600")])) == ["dlq-retention"]


def test_a_circle_of_dead_letter_queues_is_found_once() -> None:
    kept = {"MessageRetentionPeriod": "1209600"}
    ring = [queue(name, RedrivePolicy=redrive(to), **kept) for name, to in (("a", "b"), ("b", "c"), ("c", "a"))]
    tail = queue("into", RedrivePolicy=redrive("a"))
    found = [each for each in advise(world(queues=[tail, *ring])) if each.code == "redrive-loop"]
    assert [each.name for each in found] == ["a"]
    assert found[0].steps[0].params["Attributes"] == {"RedrivePolicy": ""}


def test_a_queue_that_nobody_reads_is_told_after_a_while() -> None:
    def found(age: int, received: int) -> list[str]:
        figures = {"oldestAgeSeconds": age, "NumberOfMessagesReceived": received}
        waiting = queue("orders", figures, RedrivePolicy=redrive("dead"), ApproximateNumberOfMessages="2")
        return codes(world(queues=[waiting, healthy()[1]]))

    assert found(600, 0) == ["queue-nobody-reads"]
    assert found(10, 0) == []
    assert found(600, 1) == []


def test_a_disabled_trigger_in_front_of_waiting_messages_is_told() -> None:
    waiting = queue("orders", VisibilityTimeout="180", RedrivePolicy=redrive("dead"), ApproximateNumberOfMessages="2")
    off = mapping("orders", "work", State="Disabled")
    found = world(queues=[waiting, healthy()[1]], functions=[function("work", Timeout=30)], mappings=[off])
    assert codes(found) == ["mapping-disabled"]


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}])
def test_a_policy_for_everybody_is_an_error(principal: object) -> None:
    statement = {"Sid": "S", "Effect": "Allow", "Principal": principal, "Action": ["sqs:SendMessage"]}
    policy = json.dumps({"Statement": [statement, {"Sid": "keep", "Effect": "Deny", "Principal": "*"}]})
    queues = [queue("orders", RedrivePolicy=redrive("dead"), Policy=policy), healthy()[1]]
    (finding,) = advise(world(queues=queues))
    assert (finding.code, finding.severity) == ("policy-open", "error")
    left = json.loads(finding.steps[0].params["Attributes"]["Policy"])["Statement"]
    assert [each["Sid"] for each in left] == ["keep"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Principal": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}},
        {"Effect": "Allow", "Principal": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}},
    ],
)
def test_other_policies_are_no_finding(statement: dict[str, Any]) -> None:
    policy = json.dumps({"Statement": statement})
    assert codes(world(queues=[queue("a", RedrivePolicy=redrive("dead"), Policy=policy), healthy()[1]])) == []


def test_a_subscription_that_drops_gets_a_queue_that_the_topic_may_fill() -> None:
    topic = arn("sns", "news")
    subscription = Subscription(f"{topic}:1", topic, "https", "https://x.example", {})
    (finding,) = advise(world(topics=[Topic(topic, {})], subscriptions=[subscription]))
    policy = json.loads(finding.steps[0].params["Attributes"]["Policy"])
    assert policy["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": topic}}
    assert finding.steps[1].params["SubscriptionArn"] == f"{topic}:1"


def test_pending_subscriptions_are_counted_by_topic() -> None:
    topic = arn("sns", "news")
    pending = [Subscription("PendingConfirmation", topic, "email", f"{n}@x.example", {}) for n in range(3)]
    (finding,) = advise(world(topics=[Topic(topic, {})], subscriptions=pending))
    assert (finding.code, finding.facts["count"]) == ("subscription-pending", 3)


def test_a_bucket_that_sends_into_nothing_is_an_error() -> None:
    bucket = Bucket("pictures", "", (Notification("toQueue", arn("sqs", "gone"), ("s3:ObjectCreated:*",)),))
    assert codes(world(buckets=[bucket])) == ["target-missing"]
    assert codes(world(buckets=[bucket], left_out={"sqs:ListQueues"})) == []


def test_a_function_that_topics_invoke_needs_somewhere_for_failures() -> None:
    topic, called = arn("sns", "news"), arn("lambda", "function:work")
    subscription = Subscription(f"{topic}:1", topic, "lambda", called, {"RedrivePolicy": redrive("dead")})
    plain = world(topics=[Topic(topic, {})], subscriptions=[subscription], functions=[function("work")])
    assert codes(plain) == ["function-without-destination"]
    covered = function("work", DeadLetterConfig={"TargetArn": arn("sqs", "dead")})
    assert codes(world(subscriptions=[subscription], functions=[covered])) == []


def test_commands_survive_hostile_names() -> None:
    step = Step("sqs", "SetQueueAttributes", {"QueueUrl": "http://x/'; rm -rf ~ #", "Attributes": {"Policy": "$(id)"}})
    (line,) = Finding("policy-open", "error", "arn", "name", steps=(step,)).commands(HERE)
    assert shlex.split(line)[5:] == [
        "sqs", "set-queue-attributes", "--queue-url", "http://x/'; rm -rf ~ #", "--attributes", '{"Policy": "$(id)"}'
    ]  # fmt: skip


def test_every_kind_has_words_for_its_facts() -> None:
    figures = {"oldestAgeSeconds": 600, "NumberOfMessagesReceived": 0}
    topic = arn("sns", "t")
    found = world(
        queues=[
            queue("orders", VisibilityTimeout="1", RedrivePolicy=redrive("dead", 1), SqsManagedSseEnabled="false"),
            queue("dead", ApproximateNumberOfMessages="1", MessageRetentionPeriod="60", Policy=json.dumps(OPEN)),
            queue("alone", figures, ApproximateNumberOfMessages="1"),
        ],
        functions=[function("work", Timeout=30)], mappings=[mapping("orders", "work")],
        topics=[Topic(topic, {})],
        subscriptions=[Subscription("PendingConfirmation", topic, "email", "a@x.example", {})],
    )  # fmt: skip
    findings: list[Finding] = advise(found)
    assert len({each.code for each in findings}) >= 7
    for each in findings:
        values = {"name": each.name, **each.facts}
        assert WORDS[each.code].title % values
        assert WORDS[each.code].why % values
        assert each.commands(HERE)


def test_placeholders_are_of_names() -> None:
    for words in WORDS.values():
        assert re.findall(r"%(?!\(\w+\)s)", words.title + words.why) == []


def test_a_functions_dead_letter_queue_needs_none_and_no_reader() -> None:
    kept = queue("given-up", {"oldestAgeSeconds": 9000, "NumberOfMessagesReceived": 0}, ApproximateNumberOfMessages="2")
    worker = function("worker", DeadLetterConfig={"TargetArn": kept.arn})
    found = Landscape(ACCOUNT, REGION, queues=[kept], functions=[worker])
    assert not {each.code for each in advise(found)} & {"queue-without-dlq", "queue-nobody-reads"}


@pytest.mark.parametrize("states", [("Enabled", "Disabled"), ("Disabled", "Enabled")])
def test_a_queue_with_one_mapping_that_is_on_is_read(states: tuple[str, str]) -> None:
    source = queue("jobs", ApproximateNumberOfMessages="2")
    mappings = [
        {"EventSourceArn": source.arn, "FunctionArn": arn("lambda", f"function:{state}"), "State": state, "UUID": state}
        for state in states
    ]
    found = Landscape(ACCOUNT, REGION, queues=[source], mappings=mappings)
    assert "mapping-disabled" not in {each.code for each in advise(found)}


def test_all_open_statements_of_a_policy_are_one_finding() -> None:
    opened = {"Effect": "Allow", "Principal": "*"}
    statements = [{**opened, "Action": "sqs:SendMessage"}, {**opened, "Sid": "B", "Action": ["sqs:ReceiveMessage"]}]
    queues = [
        queue("orders", RedrivePolicy=redrive("dead"), Policy=json.dumps({"Statement": statements})),
        healthy()[1],
    ]
    (finding,) = advise(world(queues=queues))
    assert finding.facts == {"which": "#1, B", "actions": "sqs:SendMessage, sqs:ReceiveMessage"}
    assert finding.steps[0].params["Attributes"] == {"Policy": ""}


def test_a_bucket_whose_public_access_is_blocked_is_not_open() -> None:
    policy = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}})
    assert codes(world(buckets=[Bucket("b", policy, (), restricted=True)])) == []
    assert codes(world(buckets=[Bucket("b", policy, ())])) == ["policy-open"]


def test_arns_are_of_the_regions_partition() -> None:
    found = Landscape(ACCOUNT, "cn-north-1", buckets=[Bucket("b", json.dumps(OPEN), ())])
    assert [each.arn for each in advise(found)] == ["arn:aws-cn:s3:::b"]


def test_a_queue_that_says_whose_dead_letter_queue_it_is_needs_none() -> None:
    figures = {"oldestAgeSeconds": 9000, "NumberOfMessagesReceived": 0}
    given = {"RedriveAllowPolicy": '{"redrivePermission": "allowAll"}', "ApproximateNumberOfMessages": "2"}
    assert codes(world(queues=[queue("kept", figures, **given)])) == []


def test_what_looks_like_a_dead_letter_queue_is_one_where_not_all_was_seen() -> None:
    queues = [queue("orders-dlq"), queue("orders")]
    seen = [each.name for each in advise(world(queues=queues, cut={"sqs:ListQueues"}))]
    assert seen == ["orders"]
    assert {each.name for each in advise(world(queues=queues))} == {"orders", "orders-dlq"}


def test_a_dead_letter_queue_that_waits_by_its_name_is_taken() -> None:
    finding = next(
        each for each in advise(world(queues=[queue("orders"), queue("orders-dlq")])) if each.name == "orders"
    )
    assert [each.operation for each in finding.steps] == ["SetQueueAttributes"]


def test_a_queue_of_two_functions_waits_for_the_slower_one() -> None:
    queues = [queue("orders", RedrivePolicy=redrive("dead"), VisibilityTimeout="30"), healthy()[1]]
    functions = [function("slow", Timeout=30), function("quick", Timeout=10)]
    findings = advise(
        world(queues=queues, functions=functions, mappings=[mapping("orders", "slow"), mapping("orders", "quick")])
    )
    assert [each.steps[0].params["Attributes"] for each in findings] == [{"VisibilityTimeout": "180"}] * 2


def test_messages_in_flight_show_a_reader_at_another_node() -> None:
    figures = {"oldestAgeSeconds": 9000, "NumberOfMessagesReceived": 0, "inFlight": 1}
    waiting = queue("orders", figures, RedrivePolicy=redrive("dead"), ApproximateNumberOfMessages="2")
    assert codes(world(queues=[waiting, healthy()[1]])) == []


def test_a_target_that_may_not_be_looked_at_is_not_missing() -> None:
    bucket = Bucket("pictures", "", (Notification("toQueue", arn("sqs", "unseen"), ("s3:ObjectCreated:*",)),))
    assert codes(world(buckets=[bucket], left_out={"sqs:GetQueueAttributes"})) == []
