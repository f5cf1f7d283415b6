"""The rules about topics, buckets, functions, and about policies of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.console.advisor.findings import Finding, Rule, Step
from chasqui.console.attributes import RETENTION_SECONDS_MAX, decoded
from chasqui.console.landscape import Function, Landscape, Subscription

_DELIVERING: Final = ("sqs", "lambda", "http", "https")
"""Protocols with receivers that may be down, or gone."""


def subscriptions(found: Landscape) -> Iterator[Finding]:
    """Subscriptions that drop what they cannot deliver, and those that wait to be confirmed."""
    pending: dict[str, int] = {}
    for each in found.subscriptions:
        if each.arn == "PendingConfirmation" or each.attributes.get("PendingConfirmation") == "true":
            pending[each.topic] = pending.get(each.topic, 0) + 1
        elif _drops(each):
            yield _without_queue(found, each)
    for topic, count in sorted(pending.items()):
        name = topic.rpartition(":")[2]
        facts: dict[str, str | int] = {"count": count}
        hint = f"aws sns list-subscriptions-by-topic --topic-arn {topic}"
        yield Finding("subscription-pending", "note", topic, name, facts, ("topics", name), hints=(hint,))


def _drops(each: Subscription) -> bool:
    delivering = each.arn.startswith("arn:") and each.protocol in _DELIVERING
    return delivering and not decoded(each.attributes.get("RedrivePolicy"))


def _without_queue(found: Landscape, each: Subscription) -> Finding:
    name = each.topic.rpartition(":")[2]
    fifo = name.endswith(".fifo")
    queue = f"{name.removesuffix('.fifo')[:70]}-undelivered{'.fifo' if fifo else ''}"
    arn = found.arn("sqs", queue)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Undelivered",
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": each.topic}},
            }
        ],
    }
    attributes = {"MessageRetentionPeriod": str(RETENTION_SECONDS_MAX), "Policy": msgspec.json.encode(policy).decode()}
    if fifo:
        attributes["FifoQueue"] = "true"
    redrive = msgspec.json.encode({"deadLetterTargetArn": arn}).decode()
    steps = (
        Step("sqs", "CreateQueue", {"QueueName": queue, "Attributes": attributes}),
        Step(
            "sns",
            "SetSubscriptionAttributes",
            {"SubscriptionArn": each.arn, "AttributeName": "RedrivePolicy", "AttributeValue": redrive},
        ),
    )
    facts: dict[str, str | int] = {"endpoint": each.endpoint, "which": each.arn.rpartition(":")[2]}
    return Finding("subscription-without-dlq", "note", each.topic, name, facts, ("topics", name), steps)


def missing_targets(found: Landscape) -> Iterator[Finding]:
    """Buckets whose events go to what is not there any more. Targets in other regions and accounts are not known."""
    known = {each.arn for each in found.queues} | {each.arn for each in found.topics}
    known |= {each.arn for each in found.functions}
    seen = {
        "sqs": ("sqs:ListQueues", "sqs:GetQueueAttributes"),
        "sns": ("sns:ListTopics",),
        "lambda": ("lambda:ListFunctions",),
    }
    for bucket in found.buckets:
        for each in bucket.notifications:
            parts = each.target.split(":")
            here = parts[3:5] == [found.region, found.account]
            looked = parts[2] in seen and found.knows(*seen[parts[2]])
            target = ":".join(parts[:7]) if parts[2] == "lambda" else each.target
            if here and looked and target not in known:
                facts: dict[str, str | int] = {"target": each.target, "which": each.id}
                hint = f"aws s3api get-bucket-notification-configuration --bucket {bucket.name}"
                page = ("buckets", bucket.name)
                arn = found.bucket_arn(bucket.name)
                yield Finding("target-missing", "error", arn, bucket.name, facts, page, hints=(hint,))


def lost_events(found: Landscape) -> Iterator[Finding]:
    """Functions invoked asynchronously that keep nothing of what fails."""
    for function in found.functions:
        sources = _invokers(found, function)
        dead = function.configuration.get("DeadLetterConfig") or {}
        failed = ((function.events.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if sources and not dead.get("TargetArn") and not failed:
            facts: dict[str, str | int] = {"sources": ", ".join(sources[:5])}
            hint = (
                "aws lambda put-function-event-invoke-config --function-name "
                f"{function.name} --destination-config OnFailure={{Destination=QUEUE_ARN}}"
            )
            page = ("functions", function.name)
            yield Finding(
                "function-without-destination", "note", function.arn, function.name, facts, page, hints=(hint,)
            )


def _invokers(found: Landscape, function: Function) -> list[str]:
    """Topics and buckets that invoke a function asynchronously, by name."""
    topics = {
        each.topic.rpartition(":")[2]
        for each in found.subscriptions
        if each.protocol == "lambda" and ":".join(each.endpoint.split(":")[:7]) == function.arn
    }
    buckets = {
        bucket.name
        for bucket in found.buckets
        for each in bucket.notifications
        if ":".join(each.target.split(":")[:7]) == function.arn
    }
    return sorted(topics | buckets)


# ----------------------------------------------------------------------------------------------------------- policies


def open_policies(found: Landscape) -> Iterator[Finding]:
    """Policies that let everybody in. What mends one takes all its open statements out at once: each by itself would
    put the others back."""
    for queue in found.queues:
        opened, rest = _open(queue.attributes.get("Policy"))
        step = Step("sqs", "SetQueueAttributes", {"QueueUrl": queue.url, "Attributes": {"Policy": rest}})
        yield from _told(opened, queue.arn, queue.name, ("queues", queue.name, "policy"), (step,))
    for topic in found.topics:
        opened, rest = _open(topic.attributes.get("Policy"))
        given = {"TopicArn": topic.arn, "AttributeName": "Policy", "AttributeValue": rest}
        # A topic without a policy gets its owner's; there is none without statements.
        step = Step("sns", "SetTopicAttributes", given)
        yield from _told(opened, topic.arn, topic.name, ("topics", topic.name), (step,) if rest else ())
    for bucket in found.buckets:
        opened, rest = _open("" if bucket.restricted else bucket.policy)
        step = Step("s3", "PutBucketPolicy", {"Bucket": bucket.name, "Policy": rest})
        if not rest:
            step = Step("s3", "DeleteBucketPolicy", {"Bucket": bucket.name})
        yield from _told(opened, found.bucket_arn(bucket.name), bucket.name, ("buckets", bucket.name), (step,))
    for function in found.functions:
        opened, _rest = _open(function.policy)
        sids = [str(each.get("Sid", "")) for _, each in opened]
        named = ({"FunctionName": function.name, "StatementId": sid} for sid in sids)
        steps = tuple(Step("lambda", "RemovePermission", each) for each in named)
        yield from _told(opened, function.arn, function.name, ("functions", function.name), steps)


_Statements = list[tuple[int, dict[str, Any]]]


def _open(text: str | None) -> tuple[_Statements, str]:
    """The statements that allow anybody without a condition, with their numbers from 1; and the policy that is left
    without them ("" for none)."""
    policy = decoded(text)
    statements = policy.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list):
        return [], ""
    numbered = [(at, each) for at, each in enumerate(statements, 1) if isinstance(each, dict)]
    opened = [(at, each) for at, each in numbered if _lets_everybody_in(each)]
    rest = [each for _, each in numbered if not _lets_everybody_in(each)]
    return opened, msgspec.json.encode({**policy, "Statement": rest}).decode() if rest else ""


def _lets_everybody_in(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    anybody = named == "*" or (isinstance(named, list) and "*" in named)
    return statement.get("Effect") == "Allow" and anybody and not statement.get("Condition")


def _told(
    opened: _Statements, arn: str, name: str, page: tuple[str, ...], steps: tuple[Step, ...]
) -> Iterator[Finding]:
    if not opened:
        return
    actions: list[str] = []
    for _, each in opened:
        named = each.get("Action", each.get("NotAction", "*"))
        actions += map(str, named if isinstance(named, list) else [named])
    facts: dict[str, str | int] = {
        "which": ", ".join(str(each.get("Sid") or f"#{at}") for at, each in opened),
        "actions": ", ".join(dict.fromkeys(actions)),
    }
    hint = (
        f"aws sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value file://policy.json"
    )
    yield Finding("policy-open", "error", arn, name, facts, page, steps, () if steps else (hint,))


OTHER_RULES: tuple[Rule, ...] = (subscriptions, missing_targets, lost_events, open_policies)
