"""Filter policies at the moment they are set: the only place where they are refused."""

from __future__ import annotations

from typing import cast

from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.reading import Scope, read_filter_policy
from chasqui.services.sns import errors
from chasqui.services.sns.errors import Unacceptable


def check(text: str, scope: str) -> None:
    """Whether a filter policy is one for this scope ("MessageAttributes" or "MessageBody"). Raises `Unacceptable`, and
    `InvalidParameter` where policy and scope do not go together."""
    try:
        read_filter_policy(text, cast(Scope, scope))
    except InvalidPattern as error:
        if error.of_scope:
            raise errors.invalid_parameter(error.message) from None
        raise Unacceptable(f"FilterPolicy: {error.message}") from None
