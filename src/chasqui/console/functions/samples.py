"""Events to test a function with, as the services send them."""

from __future__ import annotations

import json
from typing import Any, Final

from chasqui.console.language import N_

NAMES: Final = (
    ("empty", N_("Empty")),
    ("hello", N_("Greeting")),
    ("sqs", N_("SQS message")),
    ("sns", N_("SNS notification")),
    ("s3", N_("S3 object created")),
    ("api", N_("Function URL request")),
)
"""The samples, and what they are called."""


def sample(name: str, region: str, account: str) -> str:
    """A sample's text; that of "hello" for unknown ones."""
    makers = {"empty": _empty, "sqs": _sqs, "sns": _sns, "s3": _s3, "api": _api}
    return json.dumps(makers.get(name, _hello)(region, account), indent=2)


def _empty(_region: str, _account: str) -> dict[str, Any]:
    return {}


def _hello(_region: str, _account: str) -> dict[str, Any]:
    return {"key1": "value1", "key2": "value2"}


def _sqs(region: str, account: str) -> dict[str, Any]:
    record = {
        "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
        "receiptHandle": "MessageReceiptHandle",
        "body": '{"order": 1}',
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1523232000000",
            "SenderId": account,
            "ApproximateFirstReceiveTimestamp": "1523232000001",
        },
        "messageAttributes": {},
        "md5OfBody": "8c3fdc0ac6ee5c8ac7d6bd8b8b6a6a15",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{region}:{account}:my-queue",
        "awsRegion": region,
    }
    return {"Records": [record]}


def _sns(region: str, account: str) -> dict[str, Any]:
    topic = f"arn:aws:sns:{region}:{account}:my-topic"
    notification = {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": topic,
        "Subject": "Example",
        "Message": "An order was placed",
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "MessageAttributes": {"kind": {"Type": "String", "Value": "order"}},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:c9135db0-26c4-47ec-8998-413945fb5a96",
        "Sns": notification,
    }
    return {"Records": [record]}


def _s3(region: str, _account: str) -> dict[str, Any]:
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": region,
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "example",
            "bucket": {"name": "my-bucket", "arn": "arn:aws:s3:::my-bucket"},
            "object": {"key": "pictures/cat.jpg", "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"},
        },
    }
    return {"Records": [record]}


def _api(_region: str, account: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/orders",
        "rawQueryString": "limit=10",
        "headers": {"content-type": "application/json"},
        "queryStringParameters": {"limit": "10"},
        "requestContext": {
            "accountId": account,
            "http": {"method": "POST", "path": "/orders", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "body": '{"order": 1}',
        "isBase64Encoded": False,
    }
