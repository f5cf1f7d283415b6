"""N2 on a strict server: what is published reaches a queue only if the queue's policy, and its key's, let SNS in for
that topic; who may publish is the topic's policy to say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engines import Engine
from tests.scenarios.notifying import OPEN, World, follow
from tests.strict import ACCOUNT, ADMIN, OTHER, House, allow, policy, refusal, shared_house


@pytest.fixture(scope="module")
def house(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("strict"), *engine.options()) as found:
        yield found


@pytest.fixture
def own(house: House) -> World:
    """The administrator's."""
    return World(house[0], (ADMIN["aws_access_key_id"], ADMIN["aws_secret_access_key"]))


@pytest.fixture
def theirs(house: House) -> World:
    """The other account's."""
    return World(house[0], **house[1])


def open_queue(world: World, *statements: dict[str, Any], **attributes: str) -> str:
    """A queue that lets SNS in, or whom the statements say."""
    queue = world.queue(**attributes)
    world.set_policy(queue, *(statements or (OPEN,)))
    return queue


def only_from(topic: str, **more: Any) -> dict[str, Any]:
    """SNS, for this topic alone, as AWS' documentation writes it."""
    return {**OPEN, "Condition": {"ArnEquals": {"aws:SourceArn": topic}, **more}}


def test_n2_a_queue_without_a_policy_lets_nothing_in(own: World) -> None:
    topic, closed, dead = own.topic(), own.queue(), open_queue(own)
    own.subscribe_queue(topic, closed, RedrivePolicy=own.redrive(dead))

    sent = own.publish(topic, "m")

    assert own.bodies(dead, 1) == ["m"]
    assert own.is_empty(closed)
    (line,) = own.trace(sent)["subscriptions"]
    assert line["now"].startswith("AccessDenied: ")


def test_n2_a_queue_may_let_in_one_topic_and_no_other(own: World) -> None:
    topic, other, dead = own.topic(), own.topic(), open_queue(own)
    queue = open_queue(own, only_from(topic))
    for each in (topic, other):
        own.subscribe_queue(each, queue, RedrivePolicy=own.redrive(dead))

    own.publish(topic, "let in")
    own.publish(other, "kept out")

    assert own.bodies(queue, 1) == ["let in"]
    assert own.bodies(dead, 1) == ["kept out"]
    assert own.is_empty(queue)


def test_n2_a_changed_policy_holds_from_the_next_message_on(own: World) -> None:
    topic, dead = own.topic(), open_queue(own)
    queue = open_queue(own, only_from(topic))
    own.subscribe_queue(topic, queue, RedrivePolicy=own.redrive(dead))
    own.publish(topic, "one")

    own.set_policy(queue, only_from(f"{topic}-other"))
    own.publish(topic, "two")
    own.set_policy(queue, {**OPEN, "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}})
    own.publish(topic, "three")

    assert sorted(own.bodies(queue, 2)) == ["one", "three"]
    assert own.bodies(dead, 1) == ["two"]


def test_n2_a_fifo_queue_is_held_to_its_policy_too(own: World) -> None:
    topic = own.topic(fifo=True, ContentBasedDeduplication="true")
    opened, closed = open_queue(own, only_from(topic), fifo=True), own.queue(fifo=True)
    for each in (opened, closed):
        own.subscribe_queue(topic, each)

    own.publish(topic, "m", MessageGroupId="g")

    assert own.bodies(opened, 1) == ["m"]
    assert own.is_empty(closed)


def test_n2_another_account_publishes_where_the_topics_policy_says_so(own: World, theirs: World) -> None:
    topic, queue = own.topic(), open_queue(own)
    own.subscribe_queue(topic, queue)
    assert refusal(theirs.sns.publish, TopicArn=topic, Message="x")[:2] == ("AuthorizationError", 403)

    text = policy(allow("sns:Publish", on=topic, Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}))
    own.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    theirs.publish(topic, "from the other account")

    assert own.bodies(queue, 1) == ["from the other account"]
    assert refusal(theirs.sns.delete_topic, TopicArn=topic)[0] == "AuthorizationError"


def test_n2_another_accounts_queue_is_confirmed_by_the_token_that_it_gets(own: World, theirs: World) -> None:
    topic = own.topic()
    queue = open_queue(theirs, only_from(topic))
    subscription = own.subscribe(topic, "sqs", theirs.arn(queue), RawMessageDelivery="true")
    own.publish(topic, "before it agreed")
    asked = json.loads(theirs.bodies(queue, 1)[0])
    assert asked["Type"] == "SubscriptionConfirmation"

    confirmed = theirs.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    own.publish(topic, "afterwards")

    assert confirmed["SubscriptionArn"] == subscription
    assert theirs.bodies(queue, 1) == ["afterwards"]


def test_n2_links_need_no_credentials_on_a_strict_server(own: World, theirs: World) -> None:
    topic = own.topic()
    queue = open_queue(theirs, only_from(topic))
    own.subscribe(topic, "sqs", theirs.arn(queue))

    assert follow(json.loads(theirs.bodies(queue, 1)[0])["SubscribeURL"])[0] == 200
    own.publish(topic, "m")
    told = json.loads(theirs.bodies(queue, 1)[0])

    assert told["Message"] == "m"
    assert follow(told["SigningCertURL"])[0] == 200
    assert follow(told["UnsubscribeURL"])[0] == 200
    assert own.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


@pytest.mark.parametrize("fifo", [False, True])
def test_n2_a_queues_key_must_let_sns_use_it(own: World, house: House, fifo: bool) -> None:
    kms = house[0].client("kms")
    owner = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    sns = allow("kms:GenerateDataKey*", "kms:Decrypt", Principal={"Service": "sns.amazonaws.com"})
    key = kms.create_key(Policy=policy(owner))["KeyMetadata"]["KeyId"]
    topic = own.topic(fifo=fifo, **({"ContentBasedDeduplication": "true"} if fifo else {}))
    group = {"MessageGroupId": "g"} if fifo else {}
    queue = open_queue(own, only_from(topic), fifo=fifo, KmsMasterKeyId=key)
    dead = open_queue(own, fifo=fifo)
    own.subscribe_queue(topic, queue, RedrivePolicy=own.redrive(dead))

    own.publish(topic, "kept out by the key", **group)
    assert own.bodies(dead, 1) == ["kept out by the key"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(owner, sns))
    own.publish(topic, "let in", **group)

    assert own.bodies(queue, 1) == ["let in"]
    assert own.is_empty(dead)


def test_n2_a_users_leave_to_publish_is_for_one_topic(own: World, house: House) -> None:
    topic, other = own.topic(), own.topic()
    queue = open_queue(own)
    own.subscribe_queue(topic, queue)
    user = house[0].client("sns", **house[0].user(allow("sns:Publish", on=topic)))

    entries = [{"Id": "1", "Message": "m"}]
    user.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    assert own.bodies(queue, 1) == ["m"]
    assert refusal(user.publish, TopicArn=other, Message="m")[:2] == ("AuthorizationError", 403)
    assert refusal(user.publish, PhoneNumber="+12025550100", Message="m")[:2] == ("AuthorizationError", 403)
