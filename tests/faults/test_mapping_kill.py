"""The process is killed at any moment while a mapping works a queue off: every message is processed, and a function
that writes each result under its message's own name leaves each exactly once."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

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
