"""SNS' delivery policies: reading and checking the JSON of topics and subscriptions, and what holds in the end.

Source: "Creating an HTTP/S delivery policy" in the SNS developer guide; the shapes and the messages are those that AWS
was seen to give. Only policies of HTTP and HTTPS are anybody's to change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.delivery.retries import Backoff, RetryPolicy

Level = Literal["topic", "subscription"]

CONTENT_TYPE: Final = "text/plain; charset=UTF-8"
"""Of notifications, where no policy says another one."""

CONTENT_TYPES: Final = frozenset(("application/json", "text/plain"))
"""What a topic may say, and a subscription without raw delivery."""

RAW_CONTENT_TYPES: Final = CONTENT_TYPES | {
    "application/atom+xml", "application/octet-stream", "application/soap+xml", "application/x-www-form-urlencoded",
    "application/xhtml+xml", "application/xml", "text/css", "text/csv", "text/html", "text/xml",
}  # fmt: skip
"""What a subscription with raw delivery may say."""

TOTAL_SECONDS_MAX: Final = 3600
RETRIES_MAX: Final = 100
DELAY_SECONDS_MAX: Final = 3600

Json = Mapping[str, Any]
"""A JSON object that a user sent: anything may be in it."""


class DeliveryPolicyError(ChasquiError):
    """A policy that AWS refuses. `reason` is its message from "DeliveryPolicy: " on; the operation puts before it
    "Invalid parameter: " or "Invalid parameter: Attributes Reason: ".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = f"DeliveryPolicy: {reason}"


class HealthyRetry(msgspec.Struct, frozen=True, rename="camel"):
    """A retry policy as its JSON has it. Delays in seconds."""

    min_delay_target: int = 20
    max_delay_target: int = 20
    num_retries: int = 3
    num_max_delay_retries: int = 0
    num_no_delay_retries: int = 0
    num_min_delay_retries: int = 0
    backoff_function: Backoff = "linear"

    def retries(self) -> RetryPolicy:
        """The same, as the outbox understands it."""
        return RetryPolicy(
            self.num_retries,
            self.min_delay_target * 1000,
            self.max_delay_target * 1000,
            self.num_no_delay_retries,
            self.num_min_delay_retries,
            self.num_max_delay_retries,
            self.backoff_function,
        )


class DeliveryPolicy(msgspec.Struct, frozen=True):
    """What one level says; None where it says nothing. `disable_overrides` is a topic's: its subscriptions' policies do
    not count."""

    retry: HealthyRetry | None = None
    per_second: int | None = None
    content_type: str | None = None
    disable_overrides: bool = False


class EffectivePolicy(msgspec.Struct, frozen=True):
    """What holds for a subscription's deliveries. `per_second` None: any number."""

    retry: HealthyRetry
    per_second: int | None
    content_type: str


# ------------------------------------------------------------------------------------------------------------ reading


def read_delivery_policy(text: str, level: Level, *, raw: bool = False) -> DeliveryPolicy:
    """Read a `DeliveryPolicy` attribute. `raw`: the subscription has raw message delivery, which allows more content
    types. Raises `DeliveryPolicyError`."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DeliveryPolicyError("failed to parse JSON") from error
    if not isinstance(document, dict):
        raise DeliveryPolicyError("failed to parse JSON")
    if level == "subscription":
        return _read_level(document, "", _SUBSCRIPTION, RAW_CONTENT_TYPES if raw else CONTENT_TYPES)
    _known(document, "", ("http",))
    http = _object(document, "", "http")
    return DeliveryPolicy() if http is None else _read_level(http, "http.", _TOPIC, CONTENT_TYPES)


class _Names(msgspec.Struct, frozen=True):
    """What a level calls its parts."""

    retry: str
    throttle: str
    request: str
    others: tuple[str, ...]


_SUBSCRIPTION = _Names("healthyRetryPolicy", "throttlePolicy", "requestPolicy", ("sicklyRetryPolicy", "guaranteed"))
_TOPIC = _Names(
    "defaultHealthyRetryPolicy",
    "defaultThrottlePolicy",
    "defaultRequestPolicy",
    ("defaultSicklyRetryPolicy", "disableSubscriptionOverrides"),
)


def _read_level(document: Json, path: str, names: _Names, content_types: frozenset[str]) -> DeliveryPolicy:
    _known(document, path, (names.retry, names.throttle, names.request, *names.others))
    disable = document.get("disableSubscriptionOverrides", False)
    if not isinstance(disable, bool):
        raise DeliveryPolicyError(f"{path}disableSubscriptionOverrides must be a boolean")
    retry = _object(document, path, names.retry)
    throttle = _object(document, path, names.throttle)
    request = _object(document, path, names.request)
    return DeliveryPolicy(
        retry=None if retry is None else _read_retry(retry, f"{path}{names.retry}."),
        per_second=None if throttle is None else _read_throttle(throttle, f"{path}{names.throttle}."),
        content_type=None if request is None else _read_request(request, f"{path}{names.request}.", content_types),
        disable_overrides=disable,
    )


def _read_retry(document: Json, path: str) -> HealthyRetry:
    _known(document, path, tuple(_RETRY_FIELDS))
    for name in ("minDelayTarget", "maxDelayTarget", "numRetries"):
        if document.get(name) is None:
            raise DeliveryPolicyError(f"{path}{name} must be specified")
    minimum = _integer(document, path, "minDelayTarget", 1, DELAY_SECONDS_MAX)
    maximum = _integer(document, path, "maxDelayTarget", 1, DELAY_SECONDS_MAX)
    if maximum < minimum:
        raise DeliveryPolicyError(f"{path}maxDelayTarget must be greater than or equal to minDelayTarget")
    retries = _integer(document, path, "numRetries", 0, RETRIES_MAX)
    at_most = _integer(document, path, "numMaxDelayRetries", 0, None)
    at_once = _integer(document, path, "numNoDelayRetries", 0, None)
    at_least = _integer(document, path, "numMinDelayRetries", 0, None)
    if retries < at_most + at_once + at_least:
        raise DeliveryPolicyError(
            f"{path}numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and"
            " numMaxDelayRetries"
        )
    backoff: Backoff = document.get("backoffFunction") or "linear"
    if backoff not in get_args(Backoff):
        raise DeliveryPolicyError(f"{path}backoffFunction must be one of: {', '.join(sorted(get_args(Backoff)))}")
    read = HealthyRetry(minimum, maximum, retries, at_most, at_once, at_least, backoff)
    if read.retries().total_ms() > TOTAL_SECONDS_MAX * 1000:
        raise DeliveryPolicyError(f"{path.rstrip('.')}: total retry time must not exceed {TOTAL_SECONDS_MAX} seconds")
    return read


def _read_throttle(document: Json, path: str) -> int | None:
    _known(document, path, ("maxReceivesPerSecond",))
    if document.get("maxReceivesPerSecond") is None:
        return None
    return _integer(document, path, "maxReceivesPerSecond", 1, None)


def _read_request(document: Json, path: str, content_types: frozenset[str]) -> str | None:
    _known(document, path, ("headerContentType",))
    given = document.get("headerContentType")
    if given is None:
        return None
    kind, _, parameters = given.partition(";") if isinstance(given, str) else ("", "", "")
    if kind.strip().lower() not in content_types or not all(" " <= each < "\x7f" for each in parameters):
        raise DeliveryPolicyError(f"{path}headerContentType is not supported: {given}")
    return str(given)


_RETRY_FIELDS = msgspec.to_builtins(HealthyRetry())


def _known(document: Json, path: str, names: tuple[str, ...]) -> None:
    for name in document:
        if name not in names:
            raise DeliveryPolicyError(f"{path}{name} is not a valid field")


def _object(document: Json, path: str, name: str) -> Json | None:
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise DeliveryPolicyError(f"{path}{name} must be a JSON object")
    return value


def _integer(document: Json, path: str, name: str, least: int, most: int | None) -> int:
    value = document.get(name)
    if value is None:
        return least
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise DeliveryPolicyError(f"{path}{name} must be an integer")
    if value < least:
        raise DeliveryPolicyError(f"{path}{name} must be greater than or equal to {least}")
    if most is not None and value > most:
        raise DeliveryPolicyError(f"{path}{name} must be less than or equal to {most}")
    return int(value)


# ------------------------------------------------------------------------------------------------------------ effect


def effective_policy(topic: DeliveryPolicy | None, subscription: DeliveryPolicy | None) -> EffectivePolicy:
    """What holds: what the subscription says, unless the topic disables that; else what the topic says; else SNS'
    defaults. Part by part."""
    topic = topic or DeliveryPolicy()
    own = DeliveryPolicy() if subscription is None or topic.disable_overrides else subscription
    return EffectivePolicy(
        own.retry or topic.retry or HealthyRetry(),
        own.per_second or topic.per_second,
        own.content_type or topic.content_type or CONTENT_TYPE,
    )


# ------------------------------------------------------------------------------------------------------------ showing


def shown_policy(policy: DeliveryPolicy, level: Level) -> str:
    """The `DeliveryPolicy` attribute, as GetTopicAttributes and GetSubscriptionAttributes answer it."""
    retry, throttle, request = _shown(policy.retry, policy.per_second, policy.content_type)
    if level == "subscription":
        return _subscription_json(retry, throttle, request)
    return _topic_json(retry, throttle, request, policy.disable_overrides)


def shown_effective(topic: DeliveryPolicy | None, subscription: DeliveryPolicy | None, level: Level) -> str:
    """The `EffectiveDeliveryPolicy` attribute."""
    holds = effective_policy(topic, subscription)
    retry, throttle, request = _shown(holds.retry, holds.per_second, holds.content_type)
    if level == "subscription":
        return _subscription_json(retry, throttle, request)
    return _topic_json(retry, throttle, request, topic is not None and topic.disable_overrides)


def _shown(
    retry: HealthyRetry | None, per_second: int | None, content_type: str | None
) -> tuple[HealthyRetry | None, dict[str, int] | None, dict[str, str] | None]:
    throttle = None if per_second is None else {"maxReceivesPerSecond": per_second}
    return retry, throttle, None if content_type is None else {"headerContentType": content_type}


def _subscription_json(
    retry: HealthyRetry | None, throttle: dict[str, int] | None, request: dict[str, str] | None
) -> str:
    parts = {
        "healthyRetryPolicy": retry,
        "sicklyRetryPolicy": None,
        "throttlePolicy": throttle,
        "requestPolicy": request,
        "guaranteed": False,
    }
    return msgspec.json.encode(parts).decode()


def _topic_json(
    retry: HealthyRetry | None, throttle: dict[str, int] | None, request: dict[str, str] | None, disable: bool
) -> str:
    parts: dict[str, object] = {} if retry is None else {"defaultHealthyRetryPolicy": retry}
    parts["disableSubscriptionOverrides"] = disable
    if throttle is not None:
        parts["defaultThrottlePolicy"] = throttle
    if request is not None:
        parts["defaultRequestPolicy"] = request
    return msgspec.json.encode({"http": parts}).decode()
