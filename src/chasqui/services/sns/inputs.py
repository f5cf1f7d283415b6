"""What every operation asks of its parameters: the model's constraints in AWS' words, and ARNs of topics and
subscriptions.

SNS answers an ARN that is not of its form by what is wrong with the form, and one of another region or kind by the
parameter's name alone (as recorded from AWS).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from chasqui.base.arn import Arn, partition_of
from chasqui.base.call import Call
from chasqui.services.sns import errors
from chasqui.wire.held import Run, held_to_model, hold_to_model

_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?\Z")
_PLACE = re.compile(r"[a-z0-9-]{1,64}\Z")
_SUBSCRIPTION_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


SHOWN_MAX: Final = 2048


def shown(text: str) -> str:
    """A value in an error: no answer grows with what was sent."""
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX]


def check(name: str, request: msgspec.Struct) -> None:
    """Refuse what breaks a constraint of the model. Raises `ValidationError`, with every violation."""
    hold_to_model("sns", name, request)


def checked(name: str, operation: Run) -> Run:
    """An operation whose request is held to the model first. Raises `ValidationError`, with every violation."""
    return held_to_model("sns", name, operation)


def is_signed(call: Call) -> bool:
    """Whether somebody signed the request, and not a link was followed."""
    return bool(call.principal.access_key)


def read_arn(text: str | None, parameter: str) -> Arn:
    """The parts of an ARN. Raises `InvalidParameter`."""
    if not text:
        raise errors.invalid_parameter(f"{parameter} Reason: no value for required parameter")
    parts = text.split(":", 5)
    if len(parts) < 6:
        raise errors.invalid_parameter(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    return Arn(*parts[1:])


def topic_place(call: Call, text: str | None, parameter: str = "TopicArn") -> tuple[str, str]:
    """(owner, name) of the topic with an ARN. Raises `InvalidParameter`; whether there is one is not looked at."""
    arn = _own_arn(call, text, parameter)
    if not _TOPIC_NAME.match(arn.resource):
        raise errors.invalid_parameter(parameter)
    return f"{arn.account}/{arn.region}", arn.resource


def subscription_place(call: Call, text: str | None) -> tuple[str, str]:
    """(owner, "topic:uuid") of the subscription with an ARN. Raises `InvalidParameter`."""
    arn = _own_arn(call, text, "SubscriptionArn")
    topic, _, id_ = arn.resource.partition(":")
    if not _TOPIC_NAME.match(topic) or not _SUBSCRIPTION_ID.match(id_):
        raise errors.invalid_parameter("SubscriptionId")
    return f"{arn.account}/{arn.region}", arn.resource


def _own_arn(call: Call, text: str | None, parameter: str) -> Arn:
    """An ARN of SNS' in the region that was called; a link names no region, so it may be of any."""
    arn = read_arn(text, parameter)
    here = not is_signed(call) or arn.region == call.region
    well_formed = _PLACE.match(arn.account) and _PLACE.match(arn.region) and arn.resource
    if arn.service != "sns" or not here or not well_formed or arn.partition != partition_of(arn.region):
        raise errors.invalid_parameter(parameter)
    return arn
