"""Functions as destinations: of a bucket's events, and of a topic's messages. They say in their logs what they got."""

from __future__ import annotations

import io
import json
import urllib.parse
import urllib.request
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.strict import ACCOUNT
from tests.support import Server, eventually

pytestmark = pytest.mark.one_engine("what is asked is whether events come; how they are stored is tested on both")

CODE = "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}  # fmt: skip


class Function:
    """A function that is told things."""

    def __init__(self, server: Server) -> None:
        self.server, self.client = server, server.client("lambda")
        self.name = f"told-{uuid.uuid4().hex[:8]}"
        role = server.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as package:
            package.writestr("told.py", CODE)
        made = self.client.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="told.handler",
            Code={"ZipFile": packed.getvalue()},
        )
        self.arn = str(made["FunctionArn"])
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 0.1})

    def let_in(self, service: str, source: str) -> None:
        self.client.add_permission(
            FunctionName=self.name,
            StatementId=service.partition(".")[0],
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source,
        )

    def events(self) -> list[dict[str, Any]]:
        """What it got, as its log says."""
        group = urllib.parse.quote(f"/aws/lambda/{self.name}")
        with urllib.request.urlopen(f"{self.server.url}/_chasqui/logs?group={group}") as answer:
            lines = [each["message"] for each in json.load(answer).get("events", ())]
        return [json.loads(each[4:]) for each in lines if each.startswith("GOT ")]


@pytest.fixture
def function(server: Server) -> Iterator[Function]:
    made = Function(server)
    yield made
    made.client.delete_function(FunctionName=made.name)


def test_a_function_gets_a_buckets_events_once_its_policy_lets_s3_in(server: Server, function: Function) -> None:
    s3, bucket = server.client("s3"), f"told-{uuid.uuid4().hex[:10]}"
    s3.create_bucket(Bucket=bucket)
    rule = {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}
    wanted = {"Bucket": bucket, "NotificationConfiguration": {"LambdaFunctionConfigurations": [rule]}}

    with pytest.raises(ClientError) as caught:
        s3.put_bucket_notification_configuration(**wanted)
    assert caught.value.response["Error"]["ArgumentValue1"] == f"Not authorized to invoke function [{function.arn}]"

    function.let_in("s3.amazonaws.com", f"arn:aws:s3:::{bucket}")
    s3.put_bucket_notification_configuration(**wanted)
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x")
    eventually(function.events, 30)
    (event,) = function.events()
    assert event["Records"][0]["s3"]["object"]["key"] == "a+b"


def test_a_function_gets_a_topics_messages_once_its_policy_lets_sns_in(server: Server, function: Function) -> None:
    sns, sqs, name = server.client("sns"), server.client("sqs"), f"told-{uuid.uuid4().hex[:8]}"
    topic = sns.create_topic(Name=name)["TopicArn"]
    dead = sqs.create_queue(QueueName=name)["QueueUrl"]
    redrive = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"}
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=function.arn,
        Attributes={"RedrivePolicy": json.dumps(redrive)},
    )

    sns.publish(TopicArn=topic, Message="refused")
    (message,) = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=10)["Messages"]
    assert json.loads(message["Body"])["Message"] == "refused"

    function.let_in("sns.amazonaws.com", topic)
    sns.publish(TopicArn=topic, Subject="s", Message="taken")
    eventually(function.events, 30)
    (event,) = function.events()
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Subject"], record["Sns"]["Message"]) == ("s", "taken")
