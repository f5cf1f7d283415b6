"""Signed sends: what verifying signatures and asking policies costs, as a share of sends that nobody checks.

The strict server's caller is a user with ten policies, the permissive one's is nobody in particular. Requests
are signed before the measurement: a signature is good for fifteen minutes, and a repeated one is a legitimate request.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from loadbench import servers, wrk
from loadbench.report import Check
from loadbench.servers import Contestant
from loadbench.workloads import Timing

ADMINISTRATOR = {"aws_access_key_id": "AKIABENCHADMINISTRATR", "aws_secret_access_key": "the benchmark's own secret"}
ANYBODY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
POLICIES = 10
REQUESTS = 512
CONNECTIONS = 16
MODES = ("permissive", "strict")


def in_mode(server: Contestant, mode: str) -> Contestant:
    """A server that lets callers in as the mode says; its administrator is the benchmark."""
    settings = {
        "CHASQUI_AUTH": mode,
        "CHASQUI_ADMIN_ACCESS_KEY": ADMINISTRATOR["aws_access_key_id"],
        "CHASQUI_ADMIN_SECRET_KEY": ADMINISTRATOR["aws_secret_access_key"],
    }
    return replace(server, environment=tuple(settings.items()), strict=mode == "strict")


def client(service: str, url: str, credentials: dict[str, str]) -> Any:
    import boto3

    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **credentials)


def producer(url: str) -> dict[str, str]:
    """A user with ten policies, one of which lets it send."""
    iam = client("iam", url, ADMINISTRATOR)
    iam.create_user(UserName="producer")
    for number in range(POLICIES):
        action = "sqs:SendMessage" if number == POLICIES - 1 else f"sqs:Get{number}*"
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": "arn:aws:sqs:*:*:bench-*"},
            {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": f"arn:aws:sqs:*:*:kept-{number}"},
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="producer", PolicyName=f"policy-{number}", PolicyDocument=document)
    key = iam.create_access_key(UserName="producer")["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def signed_requests(queue_url: str, url: str, credentials: dict[str, str]) -> bytes:
    """Requests for the script, signed by botocore."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(*credentials.values()), "sqs", "us-east-1")
    parts = []
    for number in range(REQUESTS):
        text = f"{number:08}.".ljust(wrk.BODY_BYTES, "x")
        body = json.dumps({"QueueUrl": queue_url, "MessageBody": text}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
        request = AWSRequest("POST", f"{url}/", data=body, headers=headers)
        signer.add_auth(request)
        prepared = request.prepare()
        host = url.partition("//")[2]
        lines = [f"{name}: {value}" for name, value in prepared.headers.items()]
        head = "\r\n".join(["POST / HTTP/1.1", f"Host: {host}", *lines, "", ""])
        whole = head.encode() + body
        parts.append(f"{len(whole):08}".encode() + whole)
    return b"".join(parts)


def rate(contestant: Contestant, timing: Timing) -> float:
    """Signed sends a second."""
    with servers.started(contestant) as running, servers.fresh_directory() as folder:
        credentials = producer(running.url) if contestant.strict else ANYBODY
        name = f"bench-{uuid.uuid4().hex[:12]}"
        queue_url = client("sqs", running.url, ADMINISTRATOR).create_queue(QueueName=name)["QueueUrl"]
        file = Path(folder) / "requests"
        file.write_bytes(signed_requests(queue_url, running.url, credentials))
        if timing.warm:
            wrk.run(running.url, "send_signed", queue_url, CONNECTIONS, timing.warm, file=file)
        found = wrk.run(running.url, "send_signed", queue_url, CONNECTIONS, timing.seconds, file=file)
        return wrk.rate(found, None).value


def signed(server: Contestant, timing: Timing, rounds: int) -> list[Check]:
    """Strict sends against permissive ones: interleaved, medians."""
    rates: dict[str, list[float]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode, found in rates.items():
            found.append(rate(in_mode(server, mode), timing))
    permissive, strict = (median(rates[mode]) for mode in MODES)
    detail = {"permissive_per_s": permissive, "strict_per_s": strict, "policies": POLICIES}
    title = f"signed sends of a strict server, {POLICIES} policies, of a permissive one's"
    return [Check("signed", title, strict / permissive, "", 0.75, True, detail)]
