"""Filter policies at the moment they are set: the only place where they are refused."""

from __future__ import annotations

from chasqui.services.sns import errors


def check(_text: str, _scope: str) -> None:
    """Whether a filter policy is one for this scope. Raises `Unacceptable`, and `InvalidParameter` for what is wrong
    with the scope."""
    raise errors.not_implemented("FilterPolicy")
