"""N1 and N6: one publish reaches queues, an e-mail address, a phone and functions, each in its own way."""

from __future__ import annotations

import json

from tests.scenarios.notifying import ACCOUNT, World, follow, link


def test_n1_one_publish_reaches_a_queue_an_address_and_a_function(world: World) -> None:
    topic, queue, dead = world.topic(), world.queue(), world.queue()
    address = f"{world.name}@example.com"
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{world.name}"
    world.subscribe_queue(topic, queue, raw=False)
    world.subscribe(topic, "email", address)
    world.subscribe(topic, "lambda", function, RedrivePolicy=world.redrive(dead))
    assert follow(link(world.mails(address, 1)[0]["text"], "ConfirmSubscription"))[0] == 200

    sent = world.publish(topic, "A new order", Subject="Orders")

    envelope = json.loads(world.bodies(queue, 1)[0])
    assert (envelope["Type"], envelope["MessageId"]) == ("Notification", sent)
    assert (envelope["Subject"], envelope["Message"]) == ("Orders", "A new order")
    mail = world.mails(address, 2)[1]
    assert (mail["subject"], mail["text"].splitlines()[0]) == ("Orders", "A new order")
    # The function is not there: the message is not lost, and why is said. One that is gets it in test_s1_functions.py.
    lost = json.loads(world.bodies(dead, 1)[0])
    assert (lost["MessageId"], lost["Message"]) == (sent, "A new order")
    line = world.attempted(sent, "lambda", 1)
    assert line["attempts"][-1]["reason"] == f"Function not found: {function}"
    assert f"in the dead-letter queue {world.arn(dead)}" in line["now"]


def test_n1_who_has_left_gets_no_more_and_the_others_do(world: World) -> None:
    topic = world.topic()
    stays, leaves = world.queue(), world.queue()
    world.subscribe_queue(topic, stays)
    leaving = world.subscribe_queue(topic, leaves)
    world.publish(topic, "one")

    world.sns.unsubscribe(SubscriptionArn=leaving)
    world.publish(topic, "two")

    assert world.bodies(stays, 2) == ["one", "two"]
    assert world.bodies(leaves, 1) == ["one"]
    assert world.is_empty(leaves)


def test_n6_an_applications_events_reach_every_kind_of_work_and_analytics_only_what_it_counts(world: World) -> None:
    topic = world.topic()
    processing, logging = world.subscribed(topic), world.subscribed(topic)
    counted = json.dumps({"event": ["purchase"]})
    analytics = world.subscribed(topic, FilterPolicy=counted, FilterPolicyScope="MessageBody")
    events = [json.dumps({"event": each, "n": n}) for n, each in enumerate(("view", "purchase", "view", "purchase"))]

    entries = [{"Id": str(n), "Message": each} for n, each in enumerate(events)]
    answer = world.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    assert [each["Id"] for each in answer["Successful"]] == ["0", "1", "2", "3"]
    assert sorted(world.bodies(processing, 4)) == sorted(world.bodies(logging, 4)) == sorted(events)
    assert sorted(world.bodies(analytics, 2)) == sorted([events[1], events[3]])
    assert world.is_empty(analytics)
