"""What there is in an account and region, through the API: queues, topics with their subscriptions, buckets with their
notifications, functions and their event sources. For pages that look at all of it at once.

Each kind is listed up to a bound. What the visitor may not list, or may not look into, is left out and named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.api import Api

EACH_MAX: Final = 500
"""So many of each kind are looked at."""
_PAGE: Final = 100


class Queue(msgspec.Struct, frozen=True):
    """A queue. `figures` are those of the server's overview (`visible`, `inFlight`, `oldestAgeSeconds`,
    `NumberOfMessagesReceived` …), empty where the visitor may not see it."""

    name: str
    url: str
    arn: str
    attributes: Mapping[str, str]
    figures: Mapping[str, Any]

    @property
    def dead_letter_arn(self) -> str:
        """Its dead-letter queue's ARN, "" for none."""
        policy = decoded(self.attributes.get("RedrivePolicy"))
        return str(policy.get("deadLetterTargetArn", ""))


class Subscription(msgspec.Struct, frozen=True):
    """A subscription: `arn` is "PendingConfirmation" or "Deleted" where it has none."""

    arn: str
    topic: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str]


class Topic(msgspec.Struct, frozen=True):
    """A topic."""

    arn: str
    attributes: Mapping[str, str]

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition(":")[2]


class Notification(msgspec.Struct, frozen=True):
    """Where a bucket's events go: `target` is an ARN."""

    id: str
    target: str
    events: tuple[str, ...]


class Bucket(msgspec.Struct, frozen=True):
    """A bucket; `policy` is "" where it has none."""

    name: str
    policy: str
    notifications: tuple[Notification, ...]


class Function(msgspec.Struct, frozen=True):
    """A function. `events` is its configuration for asynchronous events, `policy` its resource policy ("" for none)."""

    name: str
    arn: str
    configuration: Mapping[str, Any]
    events: Mapping[str, Any]
    policy: str


class Landscape(msgspec.Struct):
    """What there is. `left_out` names what could not be looked at ("sqs:ListQueues"), `cut` the kinds that have more
    than `EACH_MAX`. `mappings` are Lambda's event-source mappings as ListEventSourceMappings gives them."""

    account: str
    region: str
    queues: list[Queue] = []
    topics: list[Topic] = []
    subscriptions: list[Subscription] = []
    buckets: list[Bucket] = []
    functions: list[Function] = []
    mappings: list[dict[str, Any]] = []
    left_out: set[str] = set()
    cut: set[str] = set()


def decoded(text: str | None) -> dict[str, Any]:
    """A JSON object in an attribute; empty for none, and for what is no object."""
    try:
        found = msgspec.json.decode(text) if text else {}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


async def landscape(api: Api, kinds: tuple[str, ...] = ("queues", "topics", "buckets", "functions")) -> Landscape:
    """Look at everything of these kinds."""
    found = Landscape(api.account, api.region)
    looks = {"queues": _queues, "topics": _topics, "buckets": _buckets, "functions": _functions}
    for kind in kinds:
        await looks[kind](_Looking(api, found), found)
    return found


class _Looking:
    """Calls that note what is denied."""

    def __init__(self, api: Api, found: Landscape) -> None:
        self.api = api
        self._found = found

    async def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """The result; empty where there is none, or it is denied."""
        try:
            return await self.api(service, operation, **params)
        except ServiceError as error:
            if "AccessDenied" in error.code or error.code in ("AuthorizationError", "NotAuthorized"):
                self._found.left_out.add(f"{service}:{operation}")
            return {}

    async def pages(
        self, service: str, operation: str, member: str, token: tuple[str, str], **params: Any
    ) -> AsyncIterator[Any]:
        """The entries of a listing, `EACH_MAX` at most. `token` is what it is called in the request and the answer."""
        asked, told = token
        after, seen = None, 0
        while True:
            page = await self.ask(service, operation, **params, **{asked: after})
            for each in page.get(member, ()):
                if seen == EACH_MAX:
                    self._found.cut.add(f"{service}:{operation}")
                    return
                seen += 1
                yield each
            after = page.get(told)
            if not after:
                return


async def _queues(looking: _Looking, found: Landscape) -> None:
    figures = await _figures(looking, found)
    async for url in looking.pages("sqs", "ListQueues", "QueueUrls", ("NextToken", "NextToken"), MaxResults=_PAGE):
        told = await looking.ask("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        attributes = told.get("Attributes", {})
        arn = attributes.get("QueueArn", "")
        if arn:
            found.queues.append(Queue(url.rpartition("/")[2], url, arn, attributes, figures.get(arn, {})))


async def _figures(looking: _Looking, found: Landscape) -> dict[str, Any]:
    """The overview's rows by ARN."""
    api, rows = looking.api, dict[str, Any]()
    after: object = None
    try:
        while len(rows) < EACH_MAX:
            page = await api.control(
                "GET", "/_chasqui/queues", limit=_PAGE, after=after or None, account=api.account, region=api.region
            )
            rows |= {row["arn"]: row for row in page["queues"]}
            after = page["after"]
            if after is None:
                break
    except ServiceError:
        found.left_out.add("chasqui:ListQueues")
    return rows


async def _topics(looking: _Looking, found: Landscape) -> None:
    async for each in looking.pages("sns", "ListTopics", "Topics", ("NextToken", "NextToken")):
        told = await looking.ask("sns", "GetTopicAttributes", TopicArn=each["TopicArn"])
        found.topics.append(Topic(each["TopicArn"], told.get("Attributes", {})))
    async for each in looking.pages("sns", "ListSubscriptions", "Subscriptions", ("NextToken", "NextToken")):
        arn, attributes = each["SubscriptionArn"], dict[str, str]()
        if arn.startswith("arn:"):
            told = await looking.ask("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)
            attributes = told.get("Attributes", {})
        found.subscriptions.append(
            Subscription(arn, each["TopicArn"], each["Protocol"], each.get("Endpoint", ""), attributes)
        )


_DESTINATIONS: Final = (
    ("QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "TopicArn"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
)


async def _buckets(looking: _Looking, found: Landscape) -> None:
    for each in (await looking.ask("s3", "ListBuckets")).get("Buckets", ())[:EACH_MAX]:
        name = each["Name"]
        place = await looking.ask("s3", "GetBucketLocation", Bucket=name)
        if (place.get("LocationConstraint") or "us-east-1") != found.region:
            continue
        told = await looking.ask("s3", "GetBucketNotificationConfiguration", Bucket=name)
        policy = await looking.ask("s3", "GetBucketPolicy", Bucket=name)
        notifications = tuple(
            Notification(entry.get("Id", ""), entry[arn], tuple(entry.get("Events", ())))
            for member, arn in _DESTINATIONS
            for entry in told.get(member, ())
        )
        found.buckets.append(Bucket(name, policy.get("Policy", ""), notifications))


async def _functions(looking: _Looking, found: Landscape) -> None:
    async for each in looking.pages("lambda", "ListFunctions", "Functions", ("Marker", "NextMarker")):
        name = each["FunctionName"]
        events = await looking.ask("lambda", "GetFunctionEventInvokeConfig", FunctionName=name)
        policy = await looking.ask("lambda", "GetPolicy", FunctionName=name)
        found.functions.append(Function(name, each["FunctionArn"], each, events, policy.get("Policy", "")))
    async for each in looking.pages(
        "lambda", "ListEventSourceMappings", "EventSourceMappings", ("Marker", "NextMarker")
    ):
        found.mappings.append(each)
