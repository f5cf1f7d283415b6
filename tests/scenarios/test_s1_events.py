"""S1: the S3 exercise. Events of a bucket reach queues and topics that let S3 in, and nobody else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.strict import ACCOUNT, StrictServer
from tests.support import Server, eventually

CREATED = "s3:ObjectCreated:*"


class World:
    """A bucket, and what is around it, on one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.s3, self.sqs, self.sns, self.kms = (server.client(each) for each in ("s3", "sqs", "sns", "kms"))
        self.name = f"files-{uuid.uuid4().hex[:10]}"
        self.s3.create_bucket(Bucket=self.name)
        self.bucket_arn = f"arn:aws:s3:::{self.name}"

    def allowing(self, action: str, resource: str) -> str:
        """The policy of the exercise: S3, on behalf of this bucket."""
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "s3.amazonaws.com"},
                        "Action": action,
                        "Resource": resource,
                        "Condition": {
                            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:*:{self.name}"},
                            "StringEquals": {"aws:SourceAccount": ACCOUNT},
                        },
                    }
                ],
            }
        )

    def queue(self, *, allows: bool = True, suffix: str = "", **attributes: str) -> Queue:
        url = self.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:10]}{suffix}", Attributes=attributes)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if allows:
            policy = self.allowing("sqs:SendMessage", arn)
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return Queue(self.sqs, url, arn)

    def topic(self, *, allows: bool = True) -> str:
        arn: str = self.sns.create_topic(Name=f"t-{uuid.uuid4().hex[:10]}")["TopicArn"]
        if allows:
            policy = self.allowing("sns:Publish", arn)
            self.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return arn

    def notify(
        self, *queues: str, topics: tuple[str, ...] = (), events: tuple[str, ...] = (CREATED,), **how: Any
    ) -> None:
        configuration = {
            "QueueConfigurations": [{"Id": "VersSQS", "QueueArn": each, "Events": list(events)} for each in queues],
            "TopicConfigurations": [{"TopicArn": each, "Events": list(events)} for each in topics],
        }
        self.configure({name: each for name, each in configuration.items() if each})

    def configure(self, configuration: dict[str, Any], **how: Any) -> None:
        self.s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration=configuration, **how)

    def put(self, key: str, body: bytes = b"hello") -> Any:
        return self.s3.put_object(Bucket=self.name, Key=key, Body=body)


class Queue:
    """A queue that is read."""

    def __init__(self, sqs: Any, url: str, arn: str) -> None:
        self.sqs, self.url, self.arn = sqs, url, arn

    def bodies(self, wait: int = 0) -> list[Any]:
        found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        for each in found.get("Messages", ()):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in found.get("Messages", ())]

    def records(self, wait: int = 0) -> list[Any]:
        """Those of events, test events left out."""
        return [record for body in self.bodies(wait) for record in body.get("Records", ())]


@pytest.fixture
def world(server: Server) -> World:
    return World(server)


def refused(call: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error: dict[str, Any] = caught.value.response["Error"]
    return error


# ------------------------------------------------------------------------------------------------------ the exercise


def test_the_exercise(world: World) -> None:
    queue = world.queue()
    world.notify(queue.arn)
    (test,) = queue.bodies()
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", world.name)
    assert set(test) == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}

    put = world.put("a b/c@d.txt")
    (record,) = queue.records()

    assert record["eventVersion"] == "2.1"
    assert (record["eventSource"], record["awsRegion"], record["eventName"]) == (
        "aws:s3", "us-east-1", "ObjectCreated:Put",
    )  # fmt: skip
    assert record["responseElements"]["x-amz-request-id"] == put["ResponseMetadata"]["RequestId"]
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    assert record["userIdentity"] == record["s3"]["bucket"]["ownerIdentity"]
    assert record["s3"]["bucket"]["arn"] == world.bucket_arn
    assert record["s3"]["configurationId"] == "VersSQS"
    seen = record["s3"]["object"]
    assert (seen["key"], seen["size"], seen["eTag"]) == ("a+b/c%40d.txt", 5, put["ETag"].strip('"'))
    assert int(seen["sequencer"], 16) > 0
    assert "versionId" not in seen

    world.configure({})
    world.put("unheard")
    assert queue.records() == []
    world.s3.delete_objects(Bucket=world.name, Delete={"Objects": [{"Key": "a b/c@d.txt"}, {"Key": "unheard"}]})
    world.s3.delete_bucket(Bucket=world.name)


def test_without_the_policy_the_notification_is_refused(world: World) -> None:
    queue = world.queue(allows=False)
    error = refused(world.notify, queue.arn)
    assert error["Code"] == "InvalidArgument"
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert error["ArgumentName1"] == queue.arn
    assert error["ArgumentValue1"] == (
        "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
    )
    assert world.s3.get_bucket_notification_configuration(Bucket=world.name).get("QueueConfigurations") is None


def test_a_policy_for_another_bucket_is_none(world: World) -> None:
    other = World(world.server)
    assert refused(world.notify, other.queue().arn)["Code"] == "InvalidArgument"


def test_a_permission_that_is_lost_ends_the_events(world: World) -> None:
    queue = world.queue()
    world.notify(queue.arn)
    world.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": ""})
    world.put("unheard")
    assert queue.records() == []

    def told() -> list[str]:
        return [each["destination"] for each in world.server.log if each.get("bucket") == world.bucket_arn]

    eventually(told)
    assert told() == [queue.arn]


def test_a_configuration_is_told_as_it_was_put_with_ids(world: World) -> None:
    queue = world.queue()
    rules = [{"Name": "suffix", "Value": ".jpg"}, {"Name": "PREFIX", "Value": "in/"}]
    put = {"QueueArn": queue.arn, "Events": [CREATED], "Filter": {"Key": {"FilterRules": rules}}}
    world.configure({"QueueConfigurations": [put]})
    (told,) = world.s3.get_bucket_notification_configuration(Bucket=world.name)["QueueConfigurations"]
    assert told.pop("Id")
    assert [each["Name"] for each in told["Filter"]["Key"]["FilterRules"]] == ["Suffix", "Prefix"]
    assert (told["QueueArn"], told["Events"]) == (queue.arn, [CREATED])


def test_filters_choose_by_the_beginning_and_the_end_of_a_key(world: World) -> None:
    queue = world.queue()
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    put = {"QueueArn": queue.arn, "Events": [CREATED], "Filter": {"Key": {"FilterRules": rules}}}
    world.configure({"QueueConfigurations": [put]})
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg"):
        world.put(key)
    assert [each["s3"]["object"]["key"] for each in queue.records()] == ["in/a.jpg"]


def test_a_queue_of_another_region_is_refused(world: World) -> None:
    error = refused(world.notify, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:far")
    assert error["Message"] == (
        "The notification destination service region is not valid for the bucket location constraint"
    )


def test_fifo_queues_are_refused(world: World) -> None:
    queue = world.queue(suffix=".fifo", FifoQueue="true")
    assert refused(world.notify, queue.arn)["ArgumentValue1"] == "FIFO SQS queue are not supported"


def test_what_does_not_exist_is_refused_unless_validation_is_skipped(world: World) -> None:
    queues = [f"arn:aws:sqs:us-east-1:{ACCOUNT}:missing"]
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:missing"
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:missing"
    configuration = {
        "QueueConfigurations": [{"QueueArn": queues[0], "Events": ["s3:ObjectCreated:Put"]}],
        "TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:Post"]}],
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectRemoved:*"]}],
    }
    error = refused(world.configure, configuration)
    told = {error[f"ArgumentName{n}"]: error[f"ArgumentValue{n}"] for n in (1, 2, 3)}
    assert told == {
        queues[0]: "The destination queue does not exist",
        topic: "The destination topic does not exist",
        f"{function}, null": f"Not authorized to invoke function [{function}]",
    }
    world.configure(configuration, SkipDestinationValidation=True)
    world.put("unheard")


def test_an_event_bus_is_refused_clearly(world: World) -> None:
    error = refused(world.configure, {"EventBridgeConfiguration": {}})
    assert error["Code"] == "NotImplemented"


# --------------------------------------------------------------------------------------------------------- all events


def test_what_happens_to_objects_is_told_by_name(world: World) -> None:
    queue = world.queue()
    world.notify(queue.arn, events=(CREATED, "s3:ObjectRemoved:*", "s3:ObjectTagging:*"))
    s3, bucket = world.s3, world.name
    world.put("a")
    s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket=bucket, Key="a")
    s3.delete_object(Bucket=bucket, Key="a")
    records = queue.records()
    assert [each["eventName"] for each in records] == [
        "ObjectCreated:Put", "ObjectCreated:Copy", "ObjectTagging:Put", "ObjectTagging:Delete", "ObjectRemoved:Delete",
    ]  # fmt: skip
    assert [each["eventVersion"] for each in records] == ["2.1", "2.1", "2.3", "2.3", "2.1"]
    assert set(records[2]["s3"]["object"]) == {"key", "eTag"}
    assert set(records[4]["s3"]["object"]) == {"key", "sequencer"}


def test_versions_are_told_and_delete_markers_have_an_event_of_their_own(world: World) -> None:
    queue = world.queue()
    world.s3.put_bucket_versioning(Bucket=world.name, VersioningConfiguration={"Status": "Enabled"})
    world.notify(queue.arn, events=(CREATED, "s3:ObjectRemoved:*"))
    version = world.put("a")["VersionId"]
    marker = world.s3.delete_object(Bucket=world.name, Key="a")["VersionId"]
    world.s3.delete_object(Bucket=world.name, Key="a", VersionId=version)
    put, marked, deleted = queue.records()
    assert put["s3"]["object"]["versionId"] == version
    assert (marked["eventName"], marked["s3"]["object"]["versionId"]) == ("ObjectRemoved:DeleteMarkerCreated", marker)
    assert (deleted["eventName"], deleted["s3"]["object"]["versionId"]) == ("ObjectRemoved:Delete", version)
    assert put["s3"]["object"]["sequencer"] < marked["s3"]["object"]["sequencer"]


# -------------------------------------------------------------------------------------------------- other destinations


def test_a_topic_gets_events_that_its_subscribers_receive(world: World) -> None:
    topic, queue = world.topic(), world.queue(allows=False)
    world.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    world.notify(topics=(topic,))
    put = world.put("a")
    envelopes: list[Any] = []

    def both() -> bool:
        envelopes.extend(queue.bodies(1))
        return len(envelopes) == 2

    eventually(both)
    test, event = sorted(envelopes, key=lambda each: "Records" in each["Message"])
    assert {each["Subject"] for each in (test, event)} == {"Amazon S3 Notification"}
    assert json.loads(test["Message"])["Event"] == "s3:TestEvent"
    (record,) = json.loads(event["Message"])["Records"]
    assert record["s3"]["object"]["eTag"] == put["ETag"].strip('"')


def test_a_bucket_made_again_under_its_name_tells_its_own_topic(world: World) -> None:
    lost, topic, queue = world.topic(), world.topic(), world.queue(allows=False)
    world.notify(topics=(lost,))
    world.s3.delete_bucket(Bucket=world.name)
    world.s3.create_bucket(Bucket=world.name)
    raw = {"RawMessageDelivery": "true"}
    world.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)
    world.notify(topics=(topic,))
    world.put("a")
    records: list[Any] = []

    def told() -> bool:
        records.extend(queue.records(1))
        return bool(records)

    eventually(told)
    assert [each["s3"]["object"]["key"] for each in records] == ["a"]


def test_a_topic_that_does_not_let_s3_in_is_refused(world: World) -> None:
    error = refused(world.notify, topics=(world.topic(allows=False),))
    assert error["ArgumentValue1"] == (
        "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"
    )


def test_fifo_topics_are_refused(world: World) -> None:
    name = f"t-{uuid.uuid4().hex[:10]}.fifo"
    topic = world.sns.create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"]
    assert refused(world.notify, topics=(topic,))["ArgumentValue1"] == "FIFO SNS topics are not supported"


def test_a_queue_under_a_kms_key_gets_events_when_the_key_lets_s3_in(world: World) -> None:
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    key = world.kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    queue = world.queue(KmsMasterKeyId=key)
    world.notify(queue.arn)
    world.put("a")
    records: list[Any] = []

    def told() -> bool:
        records.extend(queue.records(1))
        return bool(records)

    eventually(told)
    assert [each["s3"]["object"]["key"] for each in records] == ["a"]


# ------------------------------------------------------------------------------------------------------------- strict


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict")) as running:
        yield running


def test_on_a_strict_server_the_event_names_the_user_who_put_the_object(strict: StrictServer) -> None:
    world = World(strict)
    queue = world.queue()
    world.notify(queue.arn)
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{world.bucket_arn}/*"}
    strict.client("s3", **strict.user(statement, name="ana")).put_object(Bucket=world.name, Key="a", Body=b"x")
    user = strict.client("iam").get_user(UserName="ana")["User"]["UserId"]
    (record,) = queue.records()
    assert record["userIdentity"] == {"principalId": f"AWS:{user}"}


def test_on_a_strict_server_who_may_not_configure_is_refused(strict: StrictServer) -> None:
    world = World(strict)
    queue = world.queue()
    world.s3 = strict.client("s3", **strict.user())
    assert refused(world.notify, queue.arn)["Code"] == "AccessDenied"
