"""The server dies at any moment of publishing; each publish that it had acknowledged reaches every matching queue once.

Each round publishes from several threads to a standard topic (raw, enveloped and filtered queues, an HTTP endpoint), to
a FIFO topic and to two topics, one of them FIFO, with more queues than one transaction takes, kills the server
(SIGKILL) at a random moment and starts it on the same data. What was not answered happened everywhere or nowhere.
CHASQUI_FAULT_ROUNDS sets the number of rounds, CHASQUI_FAULT_SEED the moments.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from tests.support import Server, eventually
from tests.unit.sns_publish.endpoint import Endpoint, listening

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "1"))
SEED = os.environ.get("CHASQUI_FAULT_SEED") or str(time.time_ns())
WIDE = 205
"""More subscriptions than one transaction takes."""

WIDE_MESSAGES = 6
"""So many are published to each topic that has them; reading them all takes a while."""

PADDING = "x" * 5000
"""Makes a message so large that it is stored once for all its queues."""


Work = tuple[str, int, int, Callable[[str], dict[str, str]]]
"""What one thread does: its topic, its number in the messages' ids, how many it publishes, further parameters."""


class Topics:
    """The topics of a test, made once, and the queues that each message must be in."""

    def __init__(self, server: Server, endpoint: Endpoint) -> None:
        self.sns, self.sqs = server.client("sns"), server.client("sqs")
        self.plain = self.sns.create_topic(Name="plain")["TopicArn"]
        self.raw = [self._subscribed(self.plain, f"raw-{number}") for number in range(3)]
        self.enveloped = self._subscribed(self.plain, "enveloped", RawMessageDelivery="false")
        filtered = {"FilterPolicy": '{"even": [true]}', "FilterPolicyScope": "MessageBody"}
        self.even = self._subscribed(self.plain, "even", **filtered)
        self.fifo = self.sns.create_topic(
            Name="order.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"}
        )["TopicArn"]
        self.ordered = [self._subscribed(self.fifo, f"ordered-{number}.fifo") for number in range(2)]
        self.wide = self.sns.create_topic(Name="wide")["TopicArn"]
        self.many = [self._subscribed(self.wide, f"wide-{number}") for number in range(WIDE)]
        self.broad = self.sns.create_topic(
            Name="broad.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"}
        )["TopicArn"]
        self.row = [self._subscribed(self.broad, f"broad-{number}.fifo") for number in range(WIDE)]
        for topic in (self.plain, self.wide):
            self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
            self.sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.next().body)["Token"])

    def _subscribed(self, topic: str, name: str, **attributes: str) -> str:
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url = str(self.sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"])
        endpoint = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        wanted = {"RawMessageDelivery": "true", **attributes}
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=wanted)
        return url


class Load:
    """Threads that publish, through one server or several in turns, until it is gone or they are told to stop; what was
    asked, and what was acknowledged, by topic."""

    def __init__(self, servers: Sequence[Server], topics: Topics, number: int) -> None:
        self.asked: dict[str, list[str]] = {each: [] for each in (topics.plain, topics.fifo, topics.wide, topics.broad)}
        self.acknowledged: dict[str, list[str]] = {each: [] for each in self.asked}
        self._number = number
        self._began, self._stop = threading.Event(), threading.Event()
        works: list[Work] = [
            (topics.plain, 0, 1_000_000, lambda group: {}),
            (topics.plain, 1, 1_000_000, lambda group: {}),
            (topics.fifo, 0, 1_000_000, lambda group: {"MessageGroupId": group}),
            (topics.fifo, 1, 1_000_000, lambda group: {"MessageGroupId": group}),
            (topics.wide, 2, WIDE_MESSAGES, lambda group: {}),
            (topics.broad, 3, WIDE_MESSAGES, lambda group: {"MessageGroupId": group}),
        ]
        self._threads = [
            threading.Thread(target=self._publish, args=(servers[at % len(servers)].client("sns"), *work), daemon=True)
            for at, work in enumerate(works)
        ]

    def run(self, seconds: float, victim: Server) -> None:
        for each in self._threads:
            each.start()
        assert self._began.wait(60), "nothing is acknowledged"
        time.sleep(seconds)  # the moment of the kill is what the round draws
        victim.kill()
        self._stop.set()
        for each in self._threads:
            each.join(60)
            assert not each.is_alive(), "a client hangs"

    def _publish(
        self, client: Any, topic: str, index: int, most: int, options: Callable[[str], dict[str, str]]
    ) -> None:
        for number in range(most):
            if self._stop.is_set():
                return
            content = {"id": f"{self._number}-{index}-{number}", "even": number % 2 == 0}
            body = json.dumps({**content, "padding": PADDING} if number % 3 == 0 else content)
            self.asked[topic].append(body)
            try:
                client.publish(TopicArn=topic, Message=body, **options(f"g{index}"))
            except botocore.exceptions.BotoCoreError:
                return  # the server was killed: what was under way stays unanswered
            self.acknowledged[topic].append(body)
            self._began.set()


def bodies(sqs: Any, url: str) -> list[str]:
    """Everything in a queue, which is emptied."""
    found: list[str] = []
    while True:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not got:
            return found
        found += [each["Body"] for each in got]
        entries = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(got)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def check_everywhere(sqs: Any, urls: list[str], load: Load, topic: str) -> None:
    """Each acknowledged message is in every queue once, and what was not answered in all or in none."""
    counts = [Counter(bodies(sqs, url)) for url in urls]
    for count in counts:
        missing = set(load.acknowledged[topic]) - set(count)
        assert not missing, f"acknowledged and not there: {sorted(missing)[:5]} (seed {SEED})"
        assert set(count.values()) <= {1}, f"delivered twice (seed {SEED})"
        assert set(count) <= set(load.asked[topic])
        assert count == counts[0], f"in some queues only (seed {SEED})"


def check_plain(sqs: Any, topics: Topics, load: Load) -> None:
    """Raw, enveloped and filtered queues have the same messages."""
    enveloped = [json.loads(each)["Message"] for each in bodies(sqs, topics.enveloped)]
    even = bodies(sqs, topics.even)
    assert sorted(even) == sorted(each for each in enveloped if json.loads(each)["even"])
    assert len(set(enveloped)) == len(enveloped)
    assert set(load.acknowledged[topics.plain]) <= set(enveloped)
    check_everywhere(sqs, topics.raw, load, topics.plain)


def check_order(sqs: Any, topics: Topics, load: Load) -> None:
    """Groups are in order, and each queue has them alike."""
    for topic, queues in ((topics.fifo, topics.ordered), (topics.broad, topics.row)):
        first, *others = (bodies(sqs, each) for each in queues)
        assert all(each == first for each in others), f"queues differ (seed {SEED})"
        assert set(load.acknowledged[topic]) <= set(first)
        for index in range(4):
            mine = [each for each in first if f"-{index}-" in json.loads(each)["id"]]
            asked = [each for each in load.asked[topic] if f"-{index}-" in json.loads(each)["id"]]
            assert mine == asked[: len(mine)], f"out of order, or with holes (seed {SEED})"


def wait_for_jobs(sqs: Any, topics: Topics, load: Load) -> None:
    """Jobs go on after the start: until every queue has what the first has, twice in a row, and all that was
    acknowledged."""
    names = ["ApproximateNumberOfMessages"]

    def depth(url: str) -> int:
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])

    seen: list[set[int]] = []

    def there() -> bool:
        before = list(seen)
        seen[:] = [{depth(url) for url in queues} for queues in (topics.many, topics.row)]
        wanted = [len(load.acknowledged[each]) for each in (topics.wide, topics.broad)]
        whole = all(len(depths) == 1 and min(depths) >= most for depths, most in zip(seen, wanted, strict=True))
        return whole and seen == before

    # A job that a dead node had claimed is begun anew after a quarter of a minute.
    eventually(there, 120)


@pytest.mark.timeout(120 * ROUNDS + 120)
def test_acknowledged_publishes_reach_every_matching_queue_once(tmp_path: Path) -> None:
    moments = random.Random(SEED)
    with listening() as endpoint:
        options = {"environ": {"CHASQUI_SNS_FIFO_SUBSCRIPTIONS_MAX": str(WIDE)}}
        server = Server(tmp_path, **options)
        topics = Topics(server, endpoint)
        acknowledged: list[str] = []
        try:
            for number in range(ROUNDS):
                load = Load([server], topics, number)
                load.run(moments.uniform(0.3, 1.5), server)
                port = server.url.rpartition(":")[2]
                server = Server(tmp_path, "--port", port, **options)
                check(server.client("sqs"), topics, load)
                acknowledged += load.acknowledged[topics.plain] + load.acknowledged[topics.wide]
                print(f"round {number + 1}: {sum(map(len, load.acknowledged.values()))} acknowledged", flush=True)
            check_endpoint(endpoint, acknowledged)
        finally:
            server.stop()


def check(sqs: Any, topics: Topics, load: Load) -> None:
    """Every queue has what it should, and is empty then."""
    wait_for_jobs(sqs, topics, load)
    check_plain(sqs, topics, load)
    check_order(sqs, topics, load)
    check_everywhere(sqs, topics.many, load, topics.wide)


def check_endpoint(endpoint: Endpoint, acknowledged: list[str]) -> None:
    """The HTTP endpoint gets each at least once."""
    missing = set(acknowledged)

    def there() -> bool:
        while not endpoint.is_quiet():
            missing.discard(json.loads(endpoint.next().body)["Message"])
        return not missing

    # What an attempt held when the server died comes again when its claim is over.
    eventually(there, 90)
