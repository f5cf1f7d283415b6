"""What there is in an account and region, through the API: queues, topics with their subscriptions, buckets with their
notifications, functions and their event sources. For pages that look at all of it at once.

Each kind is listed up to a bound. What the visitor may not list, or may not look into, is left out and named. Several
resources are looked into at once, and no more is asked than is wanted: each call is judged and recorded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.base.arn import Arn, partition_of
from chasqui.base.errors import ServiceError
from chasqui.console.api import Api
from chasqui.console.attributes import dead_letter_arn
from chasqui.console.together import together

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
        return dead_letter_arn(self.attributes)


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
    """A bucket; `policy` is "" where it has none. `restricted`: its public access is blocked, whatever that says."""

    name: str
    policy: str
    notifications: tuple[Notification, ...]
    restricted: bool = False


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

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something of this account and region."""
        return str(Arn(partition_of(self.region), service, self.region, self.account, resource))

    def bucket_arn(self, name: str) -> str:
        """The ARN of a bucket."""
        return f"arn:{partition_of(self.region)}:s3:::{name}"

    def knows(self, *calls: str) -> bool:
        """Whether everything that these calls ("sqs:ListQueues") tell is here."""
        return not {*calls} & (self.left_out | self.cut)


KINDS: Final = ("queues", "topics", "buckets", "functions")


async def landscape(api: Api, kinds: tuple[str, ...] = KINDS, *, closely: bool = True) -> Landscape:
    """Look at everything of these kinds. If not `closely`, of queues only what the overview tells, where the visitor
    may see it (messages and dead-letter queues are among their `attributes` then), and of topics only that they are."""
    found = Landscape(api.account, api.region)
    looks = {"queues": _queues, "topics": _topics, "buckets": _buckets, "functions": _functions}
    for kind in kinds:
        await looks[kind](_Looking(api, found, closely), found)
    return found


class _Looking:
    """Calls that note what is denied."""

    def __init__(self, api: Api, found: Landscape, closely: bool) -> None:
        self.api = api
        self.closely = closely
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
    token = ("NextToken", "NextToken")
    urls = [each async for each in looking.pages("sqs", "ListQueues", "QueueUrls", token, MaxResults=_PAGE)]
    by_name = {} if looking.closely else {row["name"]: row for row in figures.values()}
    attributes = await together(_attributes(looking, url, by_name.get(url.rpartition("/")[2])) for url in urls)
    for url, each in zip(urls, attributes, strict=True):
        arn = each.get("QueueArn", "")
        if arn:
            found.queues.append(Queue(url.rpartition("/")[2], url, arn, each, figures.get(arn, {})))


_NUMBERS: Final = (("", "visible"), ("NotVisible", "inFlight"), ("Delayed", "delayed"))


async def _attributes(looking: _Looking, url: str, row: dict[str, Any] | None) -> dict[str, str]:
    """A queue's attributes; of its row in the overview, if one is given."""
    if row is None:
        told = await looking.ask("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        attributes: dict[str, str] = told.get("Attributes", {})
        return attributes
    known = {"QueueArn": row["arn"]}
    known |= {f"ApproximateNumberOfMessages{name}": str(row[figure]) for name, figure in _NUMBERS}
    if row["deadLetterTargetArn"]:
        policy = {"deadLetterTargetArn": row["deadLetterTargetArn"]}
        known["RedrivePolicy"] = msgspec.json.encode(policy).decode()
    return known


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
    token = ("NextToken", "NextToken")
    arns = [each["TopicArn"] async for each in looking.pages("sns", "ListTopics", "Topics", token)]
    if looking.closely:
        told = await together(looking.ask("sns", "GetTopicAttributes", TopicArn=arn) for arn in arns)
        found.topics += [Topic(arn, each.get("Attributes", {})) for arn, each in zip(arns, told, strict=True)]
    else:
        found.topics += [Topic(arn, {}) for arn in arns]
    listed = [each async for each in looking.pages("sns", "ListSubscriptions", "Subscriptions", token)]
    found.subscriptions += await together(_subscription(looking, each) for each in listed)


async def _subscription(looking: _Looking, listed: dict[str, str]) -> Subscription:
    arn, attributes = listed["SubscriptionArn"], dict[str, str]()
    if arn.startswith("arn:"):
        told = await looking.ask("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)
        attributes = told.get("Attributes", {})
    return Subscription(arn, listed["TopicArn"], listed["Protocol"], listed.get("Endpoint", ""), attributes)


_DESTINATIONS: Final = (
    ("QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "TopicArn"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
)


async def _buckets(looking: _Looking, found: Landscape) -> None:
    listed = (await looking.ask("s3", "ListBuckets")).get("Buckets", ())[:EACH_MAX]
    buckets = await together(_bucket(looking, each["Name"], found.region) for each in listed)
    found.buckets += [each for each in buckets if each is not None]


async def _bucket(looking: _Looking, name: str, region: str) -> Bucket | None:
    """A bucket; None for one of another region."""
    place = await looking.ask("s3", "GetBucketLocation", Bucket=name)
    if (place.get("LocationConstraint") or "us-east-1") != region:
        return None
    told = await looking.ask("s3", "GetBucketNotificationConfiguration", Bucket=name)
    policy = await looking.ask("s3", "GetBucketPolicy", Bucket=name)
    notifications = tuple(
        Notification(entry.get("Id", ""), entry[arn], tuple(entry.get("Events", ())))
        for member, arn in _DESTINATIONS
        for entry in told.get(member, ())
    )
    # Only who has a policy can be open by it.
    block = await looking.ask("s3", "GetPublicAccessBlock", Bucket=name) if policy else {}
    restricted = block.get("PublicAccessBlockConfiguration", {}).get("RestrictPublicBuckets") is True
    return Bucket(name, policy.get("Policy", ""), notifications, restricted)


async def _functions(looking: _Looking, found: Landscape) -> None:
    token = ("Marker", "NextMarker")
    listed = [each async for each in looking.pages("lambda", "ListFunctions", "Functions", token)]
    found.functions += await together(_function(looking, each) for each in listed)
    async for each in looking.pages("lambda", "ListEventSourceMappings", "EventSourceMappings", token):
        found.mappings.append(each)


async def _function(looking: _Looking, listed: dict[str, Any]) -> Function:
    name = listed["FunctionName"]
    events = await looking.ask("lambda", "GetFunctionEventInvokeConfig", FunctionName=name)
    policy = await looking.ask("lambda", "GetPolicy", FunctionName=name)
    return Function(name, listed["FunctionArn"], listed, events, policy.get("Policy", ""))
