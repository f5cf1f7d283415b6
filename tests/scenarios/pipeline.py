"""The image pipeline of scenario S2: a bucket tells a queue of its uploads, a function works the queue off and puts
what it made of each image into another bucket. Also what `benchmarks/load/pipeline.py` measures.

Pillow comes in a layer, made of the package that these tests run with; the function's own zip has only its code.
"""

from __future__ import annotations

import importlib.util
import io
import json
import random
import sys
import uuid
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support import Server

THUMBNAIL = (160, 120)
ROLE = "arn:aws:iam::000000000000:role/pipeline"
CODE = """
import http.client, io, json, os, urllib.parse
from PIL import Image

place = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
scope = "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
fields = {"Authorization": scope % "test", "x-amz-date": "20260101T000000Z", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
server = http.client.HTTPConnection(place.hostname, place.port)

def call(method, bucket, key, body=None):
    server.request(method, f"/{bucket}/{key}", body, fields)
    answer = server.getresponse()
    content = answer.read()
    assert answer.status == 200, (answer.status, content)
    return content

def resized(content):
    image = Image.open(io.BytesIO(content)).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()

def handler(event, context):
    failed = []
    for message in event["Records"]:
        try:
            for record in json.loads(message["body"])["Records"]:
                key = record["s3"]["object"]["key"]
                call("PUT", os.environ["RESULTS"], key, resized(call("GET", record["s3"]["bucket"]["name"], key)))
        except Exception as error:
            print("failed:", repr(error))
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
""".replace("SIZE", repr(THUMBNAIL))


def resized(content: bytes) -> bytes:
    """What the function makes of an image, without any server."""
    image = Image.open(io.BytesIO(content)).convert("RGB").resize(THUMBNAIL, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def images(count: int, width: int, height: int) -> Iterable[bytes]:
    """Different JPEG images."""
    chance = random.Random(7)
    for _ in range(count):
        small = Image.frombytes("RGB", (16, 12), chance.randbytes(16 * 12 * 3))
        out = io.BytesIO()
        small.resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
        yield out.getvalue()


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of these."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return data.getvalue()


def pillow() -> bytes:
    """Pillow as a layer."""
    spec = importlib.util.find_spec("PIL")
    assert spec is not None, "Pillow is a dependency of the tests"
    assert spec.origin is not None
    packages = Path(spec.origin).parent.parent
    found = [each for name in ("PIL", "pillow.libs") for each in (packages / name).rglob("*") if each.is_file()]
    kept = (each for each in found if "__pycache__" not in each.parts)
    return packed((f"python/{each.relative_to(packages)}", each.read_bytes()) for each in kept)


class Pipeline:
    """One of these on a server. `seconds` is the function's timeout and the queue's visibility timeout."""

    def __init__(self, server: Server, seconds: int = 4, batch: int = 5) -> None:
        self.s3, self.sqs, functions = (server.client(name) for name in ("s3", "sqs", "lambda"))
        name = f"images-{uuid.uuid4().hex[:8]}"
        self.images, self.results = name, f"{name}-results"
        self.s3.create_bucket(Bucket=self.images)
        self.s3.create_bucket(Bucket=self.results)
        # What is written twice has two versions.
        self.s3.put_bucket_versioning(Bucket=self.results, VersioningConfiguration={"Status": "Enabled"})
        self.dead = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        queue = self._queue(name, seconds)
        runtime = f"python3.{sys.version_info.minor}"
        layer = functions.publish_layer_version(
            LayerName=name, Content={"ZipFile": pillow()}, CompatibleRuntimes=[runtime]
        )
        functions.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="resize.handler",
            Role=ROLE,
            Code={"ZipFile": packed([("resize.py", CODE.encode())])},
            Layers=[layer["LayerVersionArn"]],
            Timeout=seconds,
            MemorySize=512,
            Environment={"Variables": {"RESULTS": self.results}},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1})
        functions.create_event_source_mapping(
            EventSourceArn=queue, FunctionName=name, BatchSize=batch, FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        rule = {"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.images, NotificationConfiguration={"QueueConfigurations": [rule]}
        )

    def _queue(self, name: str, seconds: int) -> str:
        dead = f"arn:aws:sqs:us-east-1:000000000000:{name}-dead"
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        statement = {
            "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": arn, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{name}"}},
        }  # fmt: skip
        attributes = {
            "VisibilityTimeout": str(seconds),
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2}),
        }
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        return arn

    def upload(self, name: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.images, Key=name, Body=content)

    def versions(self) -> list[str]:
        """The key of each version of each result."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.results)
        return [each["Key"] for page in pages for each in page.get("Versions", ())]

    def dead_keys(self) -> list[str]:
        """The images whose events are in the dead-letter queue; they are taken out of it."""
        answer = self.sqs.receive_message(QueueUrl=self.dead, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        events: list[dict[str, Any]] = [json.loads(each["Body"]) for each in answer.get("Messages", ())]
        return [record["s3"]["object"]["key"] for event in events for record in event.get("Records", ())]
