"""The process is killed at any moment while a mapping works a queue off: every message is processed, and a function
that writes each result under its message's own name leaves each exactly once. The same from a bucket on."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tests.support import Server, eventually
from tests.unit.lambda_mappings.conftest import ACCOUNT, World

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "2"))
MESSAGES = 60

WRITING = """
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for each in event["Records"]:
        s3.put_object(Bucket="results", Key=each["body"], Body=each["messageId"].encode())
"""


def test_every_message_is_processed_whenever_the_server_is_killed(tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("CHASQUI_FAULT_SEED", "mapping"))
    wanted: set[str] = set()
    for round_ in range(ROUNDS):
        with Server(tmp_path) as server:
            world = World(server)
            if not round_:
                server.client("s3").create_bucket(Bucket="results")
                world.queue("work", VisibilityTimeout="3")
                name = world.function(WRITING, Timeout=3)
                world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=f"{ACCOUNT}work")
            url = world.sqs.get_queue_url(QueueName="work")["QueueUrl"]
            for first in range(0, MESSAGES, 10):
                bodies = [f"{round_}-{first + number}" for number in range(10)]
                entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
                world.sqs.send_message_batch(QueueUrl=url, Entries=entries)
                wanted.update(bodies)
            time.sleep(chance.uniform(0.0, 0.8))
            server.kill()
    with Server(tmp_path) as server:
        s3, world = server.client("s3"), World(server)
        url = world.sqs.get_queue_url(QueueName="work")["QueueUrl"]

        eventually(lambda: world.depth(url) == 0, seconds=60)

        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="results")
        assert {each["Key"] for page in pages for each in page["Contents"]} == wanted


COPYING = """
import json, urllib.parse
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    for each in event["Records"]:
        for record in json.loads(each["body"]).get("Records", []):
            key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
            image = s3.get_object(Bucket="images", Key=key)["Body"].read()
            s3.put_object(Bucket="results", Key=key, Body=image[::-1])
"""

LETS_S3_IN = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": f"{ACCOUNT}work",
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::images"}},
        }
    ],
}


def build(world: World, server: Server) -> None:
    """The pipeline: what is put into `images` comes out in `results`, turned around."""
    s3 = server.client("s3")
    for bucket in ("images", "results"):
        s3.create_bucket(Bucket=bucket)
    world.queue("work", VisibilityTimeout="3", Policy=json.dumps(LETS_S3_IN))
    name = world.function(COPYING, Timeout=3)
    world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=f"{ACCOUNT}work")
    told = {"QueueArn": f"{ACCOUNT}work", "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket="images", NotificationConfiguration={"QueueConfigurations": [told]})


def put_until_it_dies(server: Server, round_: int, stored: dict[str, bytes], chance: random.Random) -> None:
    """Put images, and kill the server in the middle."""

    def put() -> None:
        s3 = server.client("s3")
        try:
            for number in range(10_000):
                key, body = f"{round_}/é {number}.jpg", f"{round_}-{number}".encode() * 20
                s3.put_object(Bucket="images", Key=key, Body=body)
                stored[key] = body
        except (BotoCoreError, ClientError):
            return  # it was killed; this one was not acknowledged

    thread = threading.Thread(target=put)
    thread.start()
    eventually(lambda: len(stored) >= 20 * (round_ + 1))
    time.sleep(chance.uniform(0.0, 0.8))
    server.kill()
    thread.join()


def test_every_image_that_was_stored_comes_out_of_the_pipeline(tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("CHASQUI_FAULT_SEED", "pipeline"))
    stored: dict[str, bytes] = {}
    for round_ in range(ROUNDS):
        with Server(tmp_path) as server:
            if not round_:
                build(World(server), server)
            put_until_it_dies(server, round_, stored, chance)
    with Server(tmp_path) as server:
        s3, world = server.client("s3"), World(server)
        url = world.sqs.get_queue_url(QueueName="work")["QueueUrl"]

        eventually(lambda: world.depth(url) == 0, seconds=90)

        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="results")
        results = {each["Key"] for page in pages for each in page["Contents"]}
        images = {
            each["Key"]
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket="images")
            for each in page["Contents"]
        }
        assert set(stored) <= images
        assert results == images
        for key in random.Random(1).sample(sorted(stored), 10):
            assert s3.get_object(Bucket="results", Key=key)["Body"].read() == stored[key][::-1]
