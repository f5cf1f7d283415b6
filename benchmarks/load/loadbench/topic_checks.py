"""Topics beside themselves: what envelopes cost against raw messages, and a thousand filters against none."""

from __future__ import annotations

import time
import urllib.parse
from dataclasses import replace
from statistics import median
from typing import Any

from loadbench import servers, wrk
from loadbench.client import LoadError, create_queue
from loadbench.report import Check
from loadbench.servers import Contestant
from loadbench.topics import create_topic, depth, fan_out, publish, queue_arn, subscribe


def envelopes(server: Contestant, timing: Any, rounds: int) -> list[Check]:
    """Ten queues with envelopes, which are signed once a publish, beside ten raw ones."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for raw, found in rates.items():
            with servers.started(server) as running:
                found.append(fan_out(running.url, "enveloped", timing, 10, raw).value)
    raw_rate, enveloped = median(rates[True]), median(rates[False])
    share = enveloped / 10 * signing_ms() / 1000
    detail = {"raw_per_s": raw_rate, "enveloped_per_s": enveloped, "signing_share_of_a_core": share}
    return [
        Check(
            "envelopes",
            "deliveries with envelopes to ten queues, of raw ones",
            enveloped / raw_rate,
            "",
            0,
            True,
            detail,
        )
    ]


def signing_ms() -> float:
    """What one RSA-2048 signature costs here."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    began = time.perf_counter()
    for _ in range(200):
        key.sign(b"x" * 400, padding.PKCS1v15(), hashes.SHA1())
    return (time.perf_counter() - began) * 5


def filtered(server: Contestant, timing: Any, rounds: int, policies: int = 1000) -> list[Check]:
    """A topic with a thousand filtered subscriptions of which one matches, beside one with one subscription."""
    rates: dict[int, list[float]] = {1: [], policies: []}
    for _ in range(rounds):
        for count, found in rates.items():
            with servers.started(quota(server, policies)) as running:
                found.append(filtered_rate(running.url, timing, count))
    one, many = median(rates[1]), median(rates[policies])
    detail = {"one_per_s": one, "many_per_s": many, "policies": policies}
    return [
        Check(
            "filters", f"publishes to {policies} filtered subscriptions, of to one", many / one, "", 0.8, True, detail
        )
    ]


def quota(server: Contestant, policies: int) -> Contestant:
    return replace(server, environment=(*server.environment, ("CHASQUI_SNS_FILTERS_PER_TOPIC_MAX", str(policies))))


def filtered_rate(url: str, timing: Any, count: int) -> float:
    topic = create_topic(url, "filtered")
    queue_url = create_queue(url, "filtered")
    others = create_queue(url, "others")
    arns = queue_arn(url, queue_url), queue_arn(url, others)
    for number in range(count):
        policy = f'{{"customer":["c{number}"],"kind":["order","return"]}}'
        # A queue is subscribed to a topic once: each of the others gets one of its own.
        where = arns[0] if number == 0 else queue_arn(url, create_queue(url, f"others-{number}"))
        subscribe(url, topic, "sqs", where, RawMessageDelivery="true", FilterPolicy=policy)
    attributes = {"customer": "c0", "kind": "order"}
    pairs = []
    for number, (name, value) in enumerate(attributes.items(), 1):
        prefix = f"MessageAttributes.entry.{number}"
        pairs += [
            (f"{prefix}.Name", name),
            (f"{prefix}.Value.DataType", "String"),
            (f"{prefix}.Value.StringValue", value),
        ]
    more = urllib.parse.urlencode(pairs)
    if timing.warm:
        publish(url, topic, timing.warm, more)
    result = publish(url, topic, timing.seconds, more)
    if depth(url, others) or result["refused"]:
        raise LoadError("a message came to a queue that did not ask for it, or was refused")
    return wrk.rate(result, None).value
