"""N3: who gets what is decided by filter policies, on attributes and on the body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.scenarios.notifying import World, text_attribute


def of_type(kind: str) -> dict[str, Any]:
    return {"MessageAttributes": {"eventType": text_attribute(kind)}}


def test_n3_invoices_go_to_one_queue_and_users_to_the_other(world: World) -> None:
    topic = world.topic()
    invoices = world.subscribed(topic, FilterPolicy='{"eventType":["invoice"]}')
    users = world.subscribed(topic, FilterPolicy='{"eventType":["user"]}')
    everything = world.subscribed(topic)

    for kind in ("invoice", "user", "other"):
        world.publish(topic, f"about {kind}", **of_type(kind))
    world.publish(topic, "about nothing")

    assert world.bodies(invoices, 1) == ["about invoice"]
    assert world.bodies(users, 1) == ["about user"]
    assert sorted(world.bodies(everything, 4)) == ["about invoice", "about nothing", "about other", "about user"]
    assert world.is_empty(invoices)
    assert world.is_empty(users)


def test_n3_the_same_by_the_messages_body(world: World) -> None:
    topic = world.topic()
    scope = {"FilterPolicyScope": "MessageBody"}
    invoices = world.subscribed(topic, FilterPolicy='{"eventType":["invoice"]}', **scope)
    users = world.subscribed(topic, FilterPolicy='{"eventType":["user"]}', **scope)
    invoice, user = (json.dumps({"eventType": each, "id": 7}) for each in ("invoice", "user"))

    for message in (invoice, user, "no JSON", '{"eventType":"other"}', '["invoice"]'):
        world.publish(topic, message)

    assert world.bodies(invoices, 1) == [invoice]
    assert world.bodies(users, 1) == [user]
    assert world.is_empty(invoices)
    assert world.is_empty(users)


BODY = {
    "eventType": "invoice",
    "amount": 120.5,
    "customer": {"name": "Tupac", "country": "pe", "ip": "10.1.2.3"},
    "lines": [{"sku": "A-1"}, {"sku": "B-2"}],
    "file": "photo.PNG",
}


@pytest.mark.parametrize(
    ("policy", "gets"),
    [
        ({"amount": [{"numeric": [">", 100, "<=", 120.5]}]}, True),
        ({"amount": [{"numeric": [">", 120.5]}]}, False),
        ({"customer": {"country": [{"equals-ignore-case": "PE"}], "name": [{"prefix": "Tu"}]}}, True),
        ({"customer": {"country": [{"anything-but": ["pe", "bo"]}]}}, False),
        ({"customer": {"ip": [{"cidr": "10.0.0.0/8"}]}}, True),
        ({"customer": {"ip": [{"cidr": "10.2.0.0/16"}]}}, False),
        ({"file": [{"suffix": ".PNG"}]}, True),
        ({"file": [{"wildcard": "ph*.P*G"}]}, True),
        ({"file": [{"anything-but": {"prefix": "ph"}}]}, False),
        ({"lines": {"sku": ["B-2"]}}, True),
        ({"coupon": [{"exists": False}], "amount": [{"exists": True}]}, True),
        ({"$or": [{"amount": [1]}, {"customer": {"name": ["Tupac"]}}]}, True),
        ({"$or": [{"amount": [1]}, {"customer": {"name": ["Micaela"]}}]}, False),
    ],
)
def test_n3_a_body_is_held_to_every_operator(world: World, policy: dict[str, Any], gets: bool) -> None:
    topic = world.topic()
    queue = world.subscribed(topic, FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")

    world.publish(topic, json.dumps(BODY))

    assert world.is_empty(queue) is not gets


def test_n3_attributes_are_texts_numbers_and_lists(world: World) -> None:
    topic = world.topic()
    policy = {"price": [{"numeric": [">=", 100]}], "sizes": ["XL"], "store": [{"prefix": "cuzco"}]}
    queue = world.subscribed(topic, FilterPolicy=json.dumps(policy))
    fitting = {
        "price": {"DataType": "Number", "StringValue": "1e2"},
        "sizes": {"DataType": "String.Array", "StringValue": '["S","XL",null,1]'},
        "store": text_attribute("cuzco-plaza"),
    }

    world.publish(topic, "fits", MessageAttributes=fitting)
    for name, other in (
        ("price", {"DataType": "Number", "StringValue": "99.99"}),
        ("price", text_attribute("100")),
        ("sizes", {"DataType": "String.Array", "StringValue": '["S"]'}),
        ("store", text_attribute("lima")),
    ):
        world.publish(topic, "does not", MessageAttributes={**fitting, name: other})

    assert world.bodies(queue, 1) == ["fits"]
    assert world.is_empty(queue)


def test_n3_a_changed_policy_holds_from_the_next_message_on(world: World) -> None:
    topic, queue = world.topic(), world.queue()
    subscription = world.subscribe_queue(topic, queue, FilterPolicy='{"eventType":["invoice"]}')

    def change(name: str, value: str) -> None:
        world.sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName=name, AttributeValue=value)

    world.publish(topic, "user 1", **of_type("user"))
    change("FilterPolicy", '{"eventType":["user"]}')
    world.publish(topic, "user 2", **of_type("user"))
    change("FilterPolicyScope", "MessageBody")
    world.publish(topic, "user 3", **of_type("user"))
    world.publish(topic, '{"eventType":"user"}')
    change("FilterPolicy", "{}")
    world.publish(topic, "anything")

    assert world.bodies(queue, 3) == ["user 2", '{"eventType":"user"}', "anything"]
    assert world.is_empty(queue)


def test_n3_each_protocols_own_text_is_what_its_body_filter_sees(world: World) -> None:
    topic = world.topic()
    queue = world.subscribed(topic, FilterPolicy='{"for":["queues"]}', FilterPolicyScope="MessageBody")
    texts = {"default": '{"for":"all"}', "sqs": '{"for":"queues"}'}

    world.publish(topic, json.dumps(texts), MessageStructure="json")

    assert world.bodies(queue, 1) == ['{"for":"queues"}']
