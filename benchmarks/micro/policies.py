"""What a decision costs: evaluations a second for a principal with ten policies of three statements each.

    python benchmarks/micro/policies.py

Questions are mixed: allowed, denied and not mentioned, exact resources and patterns, some with conditions, one that
denies by a condition on every request. No decision is cached; policies are compiled beforehand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from chasqui.access.policy.compiled import Compiled
from chasqui.access.policy.decision import Grants, Question, decide
from chasqui.access.policy.document import PolicyType, compile_policy
from chasqui.base.principal import Principal

ACCOUNT = "123456789012"
USER = Principal(
    kind="user",
    account=ACCOUNT,
    arn=f"arn:aws:iam::{ACCOUNT}:user/bob",
    id="AIDAEXAMPLEEXAMPLE123",
    name="bob",
    tags={"team": "blue"},
)
CONTEXT = {
    "aws:SourceIp": "10.1.2.3",
    "aws:SecureTransport": "true",
    "aws:CurrentTime": "2026-01-01T00:00:00Z",
    "aws:EpochTime": "1767225600",
    "aws:RequestedRegion": "us-east-1",
    "aws:UserAgent": "benchmark",
}


def queue(name: str, region: str = "us-east-1") -> str:
    return f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"


def allow(actions: Sequence[str], resources: Sequence[str], **others: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources), **others}


def statements(number: int) -> list[dict[str, object]]:
    team = {"StringEquals": {"aws:PrincipalTag/team": ["blue", "green"]}}
    return [
        allow(["sqs:SendMessage", "sqs:ReceiveMessage"], [queue(f"orders-{number}"), queue(f"jobs-{number}-*", "*")]),
        allow(["sqs:Get*", "sqs:List*", f"sns:Publish{number}"], [queue(f"*-{number}")], Condition=team),
        allow(["s3:GetObject", "kms:Decrypt"], [f"arn:aws:s3:::bucket-{number}/${{aws:username}}/*"]),
    ]


def policies() -> tuple[Compiled, ...]:
    found = [statements(number) for number in range(10)]
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    found[3][2] = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": insecure}
    outside = {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}}
    found[7][1] = {"Effect": "Deny", "Action": "sqs:Delete*", "Resource": "*", "Condition": outside}
    texts = [json.dumps({"Version": "2012-10-17", "Statement": each}) for each in found]
    return tuple(compile_policy(text, PolicyType.IDENTITY, f"policy {place}") for place, text in enumerate(texts))


def questions() -> list[Question]:
    asked = [("sqs:SendMessage", queue(f"orders-{number}")) for number in (0, 5, 9)]
    asked += [("sqs:SendMessage", queue(f"jobs-{number}-eu", "eu-west-1")) for number in (1, 8)]
    asked += [("sqs:SendMessage", queue("unknown")), ("sqs:DeleteMessage", queue("orders-1"))]
    asked += [("sqs:GetQueueAttributes", queue("orders-4")), ("s3:GetObject", "arn:aws:s3:::bucket-2/bob/photo.jpg")]
    asked += [("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders")]
    return [Question(USER, action, resource, ACCOUNT, CONTEXT) for action, resource in asked]


def measure(label: str, asked: list[Question], grants: Grants, seconds: float = 1.0) -> None:
    count, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        for question in asked:
            decide(question, grants, None)
        count += len(asked)
    each = (time.process_time() - started) / count
    print(f"{label:44} {each * 1e6:8.2f} µs   {1 / each:10,.0f}/s")


def main() -> None:
    grants = Grants(identity=policies())
    for question in questions():
        verdict = decide(question, grants, None).verdict.value
        measure(f"{question.action} {verdict}", [question], grants, 0.2)
    measure("all of them, mixed", questions(), grants)


if __name__ == "__main__":
    main()
