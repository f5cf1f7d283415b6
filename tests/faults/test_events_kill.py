"""The server dies at any moment of putting objects: every object that is there has its event, and every event its
object.

Each round puts objects from several threads, of which one half tells a queue and the other a topic with a queue behind
it, kills the server (SIGKILL) at a random moment and starts it on the same data. CHASQUI_FAULT_ROUNDS sets the number
of rounds, CHASQUI_FAULT_SEED the moments.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import botocore.exceptions

from tests.support import Server, eventually

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "1"))
SEED = os.environ.get("CHASQUI_FAULT_SEED") or str(time.time_ns())
BUCKET = "killed-events"
ACCOUNT = "000000000000"
LARGE = 100_000
"""Bytes of an object that is a file."""


class Places:
    """The bucket's destinations, made once."""

    def __init__(self, server: Server) -> None:
        self.use(server)
        self.s3.create_bucket(Bucket=BUCKET)
        self.topic = self.sns.create_topic(Name="events")["TopicArn"]
        self.direct, self.behind = self._queue("direct"), self._queue("behind")
        self.sns.set_topic_attributes(
            TopicArn=self.topic, AttributeName="Policy", AttributeValue=_policy("sns:Publish", self.topic)
        )
        raw = {"RawMessageDelivery": "true"}
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=_arn("behind"), Attributes=raw)
        self.s3.put_bucket_notification_configuration(
            Bucket=BUCKET,
            NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": _arn("direct"), **_rule("queue/")}],
                "TopicConfigurations": [{"TopicArn": self.topic, **_rule("topic/")}],
            },
        )

    def use(self, server: Server) -> None:
        self.s3, self.sqs, self.sns = (server.client(each) for each in ("s3", "sqs", "sns"))

    def _queue(self, name: str) -> str:
        policy = {"Policy": _policy("sqs:SendMessage", _arn(name))} if name == "direct" else {}
        return str(self.sqs.create_queue(QueueName=name, Attributes=policy)["QueueUrl"])

    def objects(self, prefix: str) -> set[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return {each["Key"] for page in pages for each in page.get("Contents", ())}

    def events(self, queue: str, seen: Counter[str]) -> None:
        """Count what is in a queue, and empty it."""
        while messages := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                records = json.loads(each["Body"]).get("Records", ())
                seen.update(record["s3"]["object"]["key"] for record in records)
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])


def _arn(queue: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}"


def _rule(prefix: str) -> dict[str, Any]:
    return {
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
    }


def _policy(action: str, resource: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:*:{BUCKET}"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Load:
    """Threads that put objects until the server is gone, and what was acknowledged."""

    def __init__(self, server: Server, number: int) -> None:
        self.acknowledged: list[str] = []
        self._number = number
        self._began = threading.Event()
        self._threads = [
            threading.Thread(target=self._put, args=(server.client("s3"), prefix, index), daemon=True)
            for index, prefix in enumerate(("queue/", "queue/", "topic/", "topic/"))
        ]

    def run(self, seconds: float, server: Server) -> None:
        for each in self._threads:
            each.start()
        assert self._began.wait(30), "nothing is acknowledged"
        time.sleep(seconds)  # the moment of the kill is what the round draws
        server.kill()
        for each in self._threads:
            each.join(60)
            assert not each.is_alive(), "a client hangs"

    def _put(self, client: Any, prefix: str, index: int) -> None:
        for number in range(1_000_000):
            key = f"{prefix}{self._number}-{index}-{number}"
            try:
                client.put_object(Bucket=BUCKET, Key=key, Body=bytes(LARGE if number % 4 == 0 else 10))
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                return
            self.acknowledged.append(key)
            self._began.set()


def test_every_object_has_its_event_and_every_event_its_object(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    print(f"CHASQUI_FAULT_SEED={SEED}")
    server = Server(tmp_path)
    try:
        places = Places(server)
        acknowledged: set[str] = set()
        direct: Counter[str] = Counter()
        behind: Counter[str] = Counter()
        for number in range(ROUNDS):
            load = Load(server, number)
            load.run(chance.uniform(0.2, 1.0), server)
            acknowledged.update(load.acknowledged)
            server = Server(tmp_path)
            places.use(server)
            told, published = places.objects("queue/"), places.objects("topic/")
            assert acknowledged <= told | published
            places.events(places.direct, direct)
            assert direct == Counter(told), "an event a queue's object, and the other way round"

            def published_all(published: set[str] = published) -> bool:
                places.events(places.behind, behind)
                return set(behind) >= published

            eventually(published_all, 60)
            assert set(behind) == published
    finally:
        server.stop()
