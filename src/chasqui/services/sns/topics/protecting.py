"""Holding a message to its topic's data protection policy, before anything else is done with it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from chasqui.services.sns import errors
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.topics.data_protection import Denied, protection

_LONG: Final = 8192
"""Longer texts are looked through off the event loop."""


async def protect(policy: str, notice: Notice) -> None:
    """Mask and take out of a notice's texts what the policy says. Raises `AuthorizationError` where it denies.

    What AWS says then was not recorded; the code is that of any other refusal by a policy.
    """
    texts = {"": notice.message, **(notice.messages or {})}
    work = partial(_applied, policy, texts, notice.publisher)
    try:
        if sum(map(len, texts.values())) > _LONG:
            texts = await asyncio.get_running_loop().run_in_executor(None, work)
        else:
            texts = work()
    except Denied as error:
        raise errors.authorization_error(f"The message was not published: {error}") from None
    notice.message = texts.pop("")
    if notice.messages is not None:
        notice.messages = texts


def _applied(policy: str, texts: dict[str, str], publisher: str) -> dict[str, str]:
    apply = protection(policy).apply
    return {protocol: apply(text, publisher) for protocol, text in texts.items()}
