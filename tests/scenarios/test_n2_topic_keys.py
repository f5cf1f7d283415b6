"""N2: a topic under a KMS key. Whoever publishes must be able to use the key, and the key must serve."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.strict import StrictServer, allow, refusal


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("data")) as running:
        yield running


def topic_under(house: StrictServer, name: str, key: str) -> str:
    made = house.client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})
    return str(made["TopicArn"])


def test_n2_who_may_not_use_the_topics_key_may_not_publish(house: StrictServer) -> None:
    key = house.client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = topic_under(house, "kept", key)
    lacking = house.client("sns", **house.user(allow("sns:Publish")))
    trusted = house.client(
        "sns", **house.user(allow("sns:Publish"), allow("kms:GenerateDataKey*", "kms:Decrypt", on=key))
    )

    assert trusted.publish(TopicArn=topic, Message="m")["MessageId"]
    assert refusal(lacking.publish, TopicArn=topic, Message="m")[:2] == ("KMSAccessDenied", 400)
    entries = [{"Id": "1", "Message": "m"}]
    assert refusal(lacking.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == "KMSAccessDenied"


def test_n2_a_key_that_does_not_serve_refuses_everybody(house: StrictServer) -> None:
    kms, sns = house.client("kms"), house.client("sns")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    topic = topic_under(house, "disabled", key)
    sns.publish(TopicArn=topic, Message="m")
    kms.disable_key(KeyId=key)

    assert refusal(sns.publish, TopicArn=topic, Message="m")[0] == "KMSDisabled"
    kms.enable_key(KeyId=key)
    assert sns.publish(TopicArn=topic, Message="m")["MessageId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refusal(sns.publish, TopicArn=topic, Message="m")[0] == "KMSInvalidState"
    missing = topic_under(house, "missing", "alias/nobody")
    assert refusal(sns.publish, TopicArn=missing, Message="m")[0] == "KMSNotFound"


def test_n2_the_managed_key_is_there_for_everybody_of_the_account(house: StrictServer) -> None:
    topic = topic_under(house, "managed", "alias/aws/sns")
    user = house.client("sns", **house.user(allow("sns:Publish")))

    assert user.publish(TopicArn=topic, Message="m")["MessageId"]
