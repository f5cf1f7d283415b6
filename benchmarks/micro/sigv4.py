#!/usr/bin/env python3
"""What reading and checking one signed request costs: SendMessage in JSON, a body of 300 bytes, five signed headers.

Warm: the caller has sent before, so its credential and its signing key are remembered; each request has a body and a
signature of its own. Aim: 12 microseconds. Run: `.venv/bin/python benchmarks/micro/sigv4.py`.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import time
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chasqui.access.sigv4.check import check
from chasqui.access.sigv4.read import read_presented
from chasqui.wire.protocol import Request

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SERVICES = frozenset(("sqs",))


def signed(number: int) -> Request:
    """A SendMessage as boto3 sends it."""
    body = (b'{"QueueUrl":"http://localhost:4566/000000000000/q","MessageBody":"%d' % number).ljust(298, b"x") + b'"}'
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "Host": "localhost:4566",
        "X-Amz-Target": "AmazonSQS.SendMessage",
        "x-amzn-query-mode": "true",
    }
    request = AWSRequest("POST", "http://localhost:4566/", headers=headers, data=body)
    SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "sqs", "us-east-1").add_auth(request)
    sent = {name.lower().encode(): str(value).encode() for name, value in request.headers.items()}
    others = {b"user-agent": b"Boto3/1.40", b"content-length": b"300", b"amz-sdk-request": b"attempt=1"}
    return Request("POST", "/", "", sent | others, body)


def measure(requests: list[Request], rounds: int) -> float:
    """Microseconds a request, of the best round."""
    best = float("inf")
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    for _ in range(rounds):
        start = time.perf_counter()
        for request in requests:
            presented = read_presented(request, "json")
            assert presented is not None
            check(presented, request, SECRET, now_ms, SERVICES, family="json")
        best = min(best, time.perf_counter() - start)
    return best / len(requests) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    requests = [signed(number) for number in range(options.requests)]
    gc.collect()
    gc.disable()
    if options.profile:
        with cProfile.Profile() as profile:
            measure(requests, 1)
        pstats.Stats(profile).sort_stats("tottime").print_stats(15)
    print(f"{measure(requests, options.rounds):.2f} microseconds a request")


if __name__ == "__main__":
    main()
