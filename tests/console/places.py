"""Every page of the console, for tests that go through all of them: the routes' tables, filled in with examples."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import zipfile
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from chasqui.console.sections import routes
from tests.support import Server

ACCOUNT = "000000000000"
CODE = b"def handler(event, context):\n    return {'seen': event}\n"
OPEN = "sign-in"
HEADERS = {"accept-language": "en", "sec-fetch-site": "same-origin", "accept-encoding": "gzip"}


class Place(msgspec.Struct, frozen=True):
    """An address below the region, and what a plain request for it gives: "page" or "piece", its text, and how many
    bytes come over the wire."""

    path: str
    kind: str
    text: str
    bytes: int


def furnish(server: Server) -> dict[str, str]:
    """Makes some of everything. Gives what stands in the braces of routes, by the path up to the brace."""
    sqs, sns, s3, iam = (server.client(name) for name in ("sqs", "sns", "s3", "iam"))
    dead = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"
    redrive = json.dumps({"deadLetterTargetArn": f"{arn}orders-dead", "maxReceiveCount": 3})
    orders = sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": redrive}, tags={"team": "shop"})
    sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})
    for body in ('{"order": 1}', "plain", "x" * 300):
        sqs.send_message(QueueUrl=orders["QueueUrl"], MessageBody=body)
    sqs.send_message(QueueUrl=dead, MessageBody="lost")
    topic = sns.create_topic(Name="news")["TopicArn"]
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{arn}orders", ReturnSubscriptionArn=True)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.com")
    sns.publish(TopicArn=topic, Message="hello")
    s3.create_bucket(Bucket="pictures")
    s3.put_object(Bucket="pictures", Key="llamas/one.txt", Body=b"a llama", ContentType="text/plain")
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=_policy("sts:AssumeRole", principal=True))
    iam.create_user(UserName="ana")
    iam.create_group(GroupName="staff")
    iam.create_access_key(UserName="ana")
    iam.put_user_policy(UserName="ana", PolicyName="mine", PolicyDocument=_policy("sqs:SendMessage"))
    policy = iam.create_policy(PolicyName="senders", PolicyDocument=_policy("sqs:SendMessage"))["Policy"]["Arn"]
    server.client("lambda").create_function(
        FunctionName="resize", Runtime="python3.12", Role=role["Role"]["Arn"], Handler="code.handler",
        Code={"ZipFile": _zipped()},
    )  # fmt: skip
    key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
    return {
        "queues": "orders", "topics": "news", "buckets": "pictures", "functions": "resize", "tours": "s3-events",
        "access/users": "ana", "access/groups": "staff", "access/roles": "runner", "access/policies": policy,
        "access/keys": key, "access/kms": key, "subscriptions": subscribed["SubscriptionArn"].rpartition(":")[2],
        "objects": "llamas/one.txt", "object": "llamas/one.txt",
    }  # fmt: skip


def _policy(action: str, principal: bool = False) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action}
    statement |= {"Principal": {"Service": "lambda.amazonaws.com"}} if principal else {"Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        package.writestr("code.py", CODE)
    return data.getvalue()


def paths(examples: dict[str, str]) -> list[str]:
    """The paths of all GET routes. A brace is filled in by the segments before it, or by the last of them."""
    found = [OPEN]
    for route in routes():
        if route.method == "GET":
            segments: list[str] = []
            for part in route.path.split("/"):
                if part.startswith("{"):
                    given = examples.get("/".join(segments)) or examples.get(segments[-1] if segments else "")
                    segments.append(quote(given or "none", safe="/" if part.endswith("*}") else ""))
                else:
                    segments.append(part)
            found.append("/".join(segments))
    return found


def places(server: Server, examples: dict[str, str], cookie: str = "") -> list[Place]:
    """The pages, and the pieces that pages ask for. Not: what is kept as a file, streams, JSON, and what leads
    elsewhere or wants a query of its own."""
    found = []
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    for path in paths(examples):
        connection.request("GET", f"/_chasqui/console/us-east-1/{path}", headers={**HEADERS, "cookie": cookie})
        answer = connection.getresponse()
        kind = (answer.getheader("content-type") or "").partition(";")[0]
        if kind == "text/event-stream":
            connection.close()
            continue
        data = answer.read()
        if answer.status == 200 and kind == "text/html":
            text = (gzip.decompress(data) if answer.getheader("content-encoding") == "gzip" else data).decode()
            whole = text.lstrip().startswith("<!doctype html>")
            found.append(Place(path, "page" if whole else "piece", text, len(data)))
    connection.close()
    return found
