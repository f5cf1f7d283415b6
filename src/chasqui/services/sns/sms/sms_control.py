"""The control endpoints of text messages that stand for what happens outside of AWS' API: a phone's owner answers, and
AWS moves an account out of the SMS sandbox, or into it. What they do is in `sms_replies.py`, imported when they are
asked.
"""

from __future__ import annotations

from typing import Final

from chasqui.base.control import Answer, ControlRequest, Endpoint
from chasqui.services.sns.room import Room

REPLY_PATH: Final = "/_chasqui/sms/reply"
SANDBOX_PATH: Final = "/_chasqui/sms/sandbox"


def control_handlers(room: Room) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint."""

    async def reply(request: ControlRequest) -> Answer:
        from chasqui.services.sns.sms import sms_replies  # noqa: PLC0415  see above

        return await sms_replies.reply(room, request)

    async def sandbox(request: ControlRequest) -> Answer:
        from chasqui.services.sns.sms import sms_replies  # noqa: PLC0415  see above

        return await sms_replies.move(room, request)

    return {
        ("POST", REPLY_PATH): Endpoint(reply, "chasqui:ReplyToText"),
        ("POST", SANDBOX_PATH): Endpoint(sandbox, "chasqui:SetSmsSandbox"),
    }
