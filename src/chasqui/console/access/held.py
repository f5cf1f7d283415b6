"""The policies that resources themselves have, by their ARNs: for the question who may do what to them."""

from __future__ import annotations

from typing import Any

from chasqui.base.arn import Arn, parse_arn
from chasqui.base.errors import ServiceError
from chasqui.console.page import Page


async def policy_of(page: Page, resource: str) -> str:
    """The policy of a queue, topic, bucket (or an object in it), key or function; "" where there is none, or none that
    the visitor may see."""
    arn = parse_arn(resource)
    if arn is None or "*" in resource:
        return ""
    try:
        found = await _found(page, arn, resource)
    except ServiceError:
        return ""
    return found if isinstance(found, str) else ""


async def _found(page: Page, arn: Arn, resource: str) -> Any:
    api = page.api.elsewhere(arn.region) if arn.region else page.api
    if arn.service == "sqs":
        url = (await api("sqs", "GetQueueUrl", QueueName=arn.resource))["QueueUrl"]
        found = await api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])
        return found.get("Attributes", {}).get("Policy")
    if arn.service == "sns":
        return (await api("sns", "GetTopicAttributes", TopicArn=resource))["Attributes"].get("Policy")
    if arn.service == "s3":
        return (await api("s3", "GetBucketPolicy", Bucket=arn.resource.partition("/")[0]))["Policy"]
    if arn.service == "kms":
        return (await api("kms", "GetKeyPolicy", KeyId=resource, PolicyName="default"))["Policy"]
    if arn.service == "lambda":
        return (await api("lambda", "GetPolicy", FunctionName=resource))["Policy"]
    return ""
