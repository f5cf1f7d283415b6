"""Topics: what a publish costs that reaches one queue, ten, or one of a thousand filtered subscriptions.

Every figure is checked against the queues: a run in which a message is missing has failed. Figures are deliveries a
second, which for one queue are publishes a second.
"""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from collections.abc import Iterable
from typing import Any

from loadbench import wrk
from loadbench.client import LoadError, call, create_queue, endpoint
from loadbench.wrk import Figure

CONNECTIONS = 16
_SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0"


def sns(url: str, action: str, **parameters: str) -> str:
    """An operation of SNS': the answer's XML; LoadError when the server refuses it."""
    endpoint(url)
    form = urllib.parse.urlencode({"Action": action, "Version": "2010-03-31", **parameters}).encode()
    headers = {"Authorization": _SCOPE, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/", form, headers), timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            raise LoadError(f"{action} answered {error.code}: {error.read()[:300]!r}") from error


def text_of(xml: str, name: str) -> str:
    """The first element of this name; LoadError when there is none."""
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    if found is None:
        raise LoadError(f"no {name} in {xml[:300]}")
    return found[1]


def create_topic(url: str, name: str) -> str:
    return text_of(sns(url, "CreateTopic", Name=name), "TopicArn")


def subscribe(url: str, topic: str, protocol: str, where: str, **attributes: str) -> str:
    """A subscription's ARN."""
    entries = {}
    for number, (name, value) in enumerate(attributes.items(), 1):
        entries[f"Attributes.entry.{number}.key"] = name
        entries[f"Attributes.entry.{number}.value"] = value
    xml = sns(
        url, "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=where, ReturnSubscriptionArn="true", **entries
    )
    return text_of(xml, "SubscriptionArn")


def queue_arn(url: str, queue_url: str) -> str:
    answer = call(url, "GetQueueAttributes", {"QueueUrl": queue_url, "AttributeNames": ["QueueArn"]})
    return str(answer["Attributes"]["QueueArn"])


def depth(url: str, queue_url: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = call(url, "GetQueueAttributes", {"QueueUrl": queue_url, "AttributeNames": [name]})
    return int(answer["Attributes"][name])


def publish(url: str, topic: str, seconds: int, more: str = "-", connections: int = CONNECTIONS) -> dict[str, float]:
    """The result line of publishing for so long."""
    return wrk.run(url, "publish", "-", connections, seconds, topic=urllib.parse.quote(topic, safe=""), more=more)


def fan_out(url: str, name: str, timing: Any, queues: int, raw: bool = True) -> Figure:
    """Publishing to a topic with so many queues; the value is deliveries a second."""
    topic = create_topic(url, name)
    urls = [create_queue(url, f"{name}-{number}") for number in range(queues)]
    for queue_url in urls:
        subscribe(url, topic, "sqs", queue_arn(url, queue_url), **({"RawMessageDelivery": "true"} if raw else {}))
    accepted = 0.0
    if timing.warm:
        warm = publish(url, topic, timing.warm)
        accepted += warm["requests"] - warm["refused"]
    result = publish(url, topic, timing.seconds)
    accepted += result["requests"] - result["refused"]
    check_depths(url, urls, accepted)
    return wrk.rate(result, None, queues)


def check_depths(url: str, urls: Iterable[str], accepted: float) -> None:
    """Each queue has each message. wrk stops without waiting for its last answers, so a few more may be there."""
    for queue_url in urls:
        found = depth(url, queue_url)
        if not accepted <= found <= accepted + 2 * CONNECTIONS:
            raise LoadError(f"{accepted:.0f} publishes were answered, but a queue has {found} messages")
