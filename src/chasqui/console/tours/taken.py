"""Tours that are begun again: which of their names are taken by what was made the last time."""

from __future__ import annotations

import re
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.console.page import Page
from chasqui.console.tours.tour import Tour

_TURNS_MAX: Final = 99
_TURN: Final = re.compile(r"(-[1-9]\d?)?")
# What tells whether there is one of that name: the operation, and the parameter that has the name.
_ASKED: Final = {
    "queue": ("sqs", "GetQueueUrl", "QueueName"),
    "topic": ("sns", "GetTopicAttributes", "TopicArn"),
    "bucket": ("s3", "HeadBucket", "Bucket"),
    "function": ("lambda", "GetFunction", "FunctionName"),
    "user": ("iam", "GetUser", "UserName"),
}


def is_turn(text: str) -> bool:
    """Whether this is what `free_turn` gives."""
    return _TURN.fullmatch(text) is not None


async def free_turn(page: Page, tour: Tour) -> str:
    """What the names of a tour have to end in so that none is taken: "" the first time, then "-2" and so on."""
    for number in range(1, _TURNS_MAX + 1):
        turn = "" if number == 1 else f"-{number}"
        names = [(kind, name.replace("{account}", page.api.account)) for kind, name in tour.makes]
        if not any([await _exists(page, kind, name.replace("{turn}", turn)) for kind, name in names]):
            return turn
    return ""


async def _exists(page: Page, kind: str, name: str) -> bool:
    service, operation, parameter = _ASKED[kind]
    if kind == "topic":
        name = f"arn:aws:sns:{page.api.region}:{page.api.account}:{name}"
    given: dict[str, Any] = {parameter: name}
    try:
        await page.api(service, operation, **given)
    except ServiceError as refused:
        # A bucket of that name may be somebody else's, or in another region. Of others a refusal says nothing.
        return kind == "bucket" and refused.status != 404
    return True
