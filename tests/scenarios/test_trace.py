"""`chasqui trace MESSAGE-ID` answers "why didn't my message arrive?", as an operator types it."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.scenarios.notifying import ACCOUNT, OPEN, World, text_attribute
from tests.support import COMMAND, eventually
from tests.unit.sns_publish.endpoint import Endpoint


def told(world: World, message: str, *options: str) -> dict[str, str]:
    """What the command prints, as one text for each endpoint; "" is what comes before them."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CHASQUI_"))}
    command = [str(COMMAND), "trace", message, "--url", world.server.url, *options]
    world.trace(message)  # it is known
    printed = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert printed.returncode == 0, printed.stderr
    head, *parts = printed.stdout.split("\n\n")
    return {"": head, **{part.split(" ", 1)[1].partition("\n")[0]: part for part in parts}}


def test_it_tells_who_got_a_message_and_whom_a_filter_kept_it_from_and_by_which_key(world: World) -> None:
    topic = world.topic()
    plain, invoices, large = world.subscribed(topic), world.queue(), world.queue()
    world.subscribe_queue(topic, invoices, FilterPolicy='{"eventType":["invoice"]}')
    nested = '{"order":{"amount":[{"numeric":[">",100]}]}}'
    world.subscribe_queue(topic, large, FilterPolicy=nested, FilterPolicyScope="MessageBody")

    attributes = {"eventType": text_attribute("user")}
    sent = world.publish(topic, '{"order":{"amount":20}}', Subject="an order", MessageAttributes=attributes)

    by_endpoint = told(world, sent)
    head = by_endpoint[""].splitlines()
    assert head[0].split() == ["message", sent]
    assert head[1].endswith(f" to {topic}")
    assert "subject    an order" in head
    got = by_endpoint[world.arn(plain)]
    assert "verdict       matched" in got
    assert f"put into the queue {world.arn(plain)} with the publish" in got
    assert 'filtered: eventType is "user"; wanted "invoice"' in by_endpoint[world.arn(invoices)]
    assert "filtered: order.amount is 20; wanted" in by_endpoint[world.arn(large)]


def test_it_tells_by_the_policies_of_the_time(world: World) -> None:
    topic, queue = world.topic(), world.queue()
    subscription = world.subscribe_queue(topic, queue, FilterPolicy='{"eventType":["invoice"]}')
    attributes = {"eventType": text_attribute("user")}
    sent = world.publish(topic, "m", MessageAttributes=attributes)

    world.sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"eventType":["user"]}'
    )
    again = world.publish(topic, "m", MessageAttributes=attributes)

    arn = world.arn(queue)
    # The change is noted beside the answer, so it is there a moment later.
    eventually(lambda: "filtered: eventType" in told(world, sent)[arn])
    assert "verdict       matched" in told(world, again)[arn]


def test_it_tells_each_attempt_with_its_answer_and_where_the_message_is_now(world: World, endpoint: Endpoint) -> None:
    topic, dead, closed = world.topic(), world.queue(), world.queue()
    world.confirmed(topic, endpoint, RedrivePolicy=world.redrive(dead))
    world.subscribe_queue(topic, closed, RedrivePolicy=world.redrive(dead))
    world.set_policy(closed, {**OPEN, "Effect": "Deny", "Principal": "*"})
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    world.subscribe(topic, "lambda", function)
    endpoint.statuses.put(410)
    sent = world.publish(topic, "m")
    world.take(dead, 2)

    for protocol in ("http", "lambda"):
        world.attempted(sent, protocol, 1)
    by_endpoint = told(world, sent)

    http = by_endpoint[endpoint.url]
    assert "attempt 1" in http
    assert "(410) in" in http
    assert f"given up after attempt 1: in the dead-letter queue {world.arn(dead)}" in http
    refused = by_endpoint[world.arn(closed)]
    assert f"it went to the dead-letter queue {world.arn(dead)}" in refused
    assert "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f" in by_endpoint[function]
    assert "given up after attempt 1: dropped" in by_endpoint[function]


def test_it_tells_when_the_next_attempt_is_due(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    world.confirmed(topic, endpoint)
    endpoint.statuses.put(503)
    sent = world.publish(topic, "m")
    endpoint.next()

    eventually(lambda: "(503)" in told(world, sent)[endpoint.url])

    assert "waiting for attempt 2, due 2" in told(world, sent)[endpoint.url]


def test_it_tells_who_had_not_confirmed(world: World, endpoint: Endpoint) -> None:
    topic = world.topic()
    world.subscribe(topic, "http", endpoint.url)

    sent = world.publish(topic, "m")

    assert "verdict       not confirmed" in told(world, sent)[endpoint.url]


@pytest.mark.one_engine("about the command")
def test_of_an_unknown_message_nothing_is_told(world: World) -> None:
    command = [str(COMMAND), "trace", "00000000-0000-0000-0000-000000000000", "--url", world.server.url]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert printed.returncode != 0
    assert "nothing is known of the message 00000000-0000-0000-0000-000000000000" in printed.stderr
