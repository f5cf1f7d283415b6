"""What SNS sends with to where nothing of AWS' is: who takes text messages, the push services, and what a text message
costs. The application puts it together from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from chasqui.delivery.push.apns import ApnsClient
    from chasqui.delivery.push.fcm import FcmClient
    from chasqui.delivery.sms.port import SmsProvider


class Channels(msgspec.Struct, frozen=True):
    """`sms_price` is USD for a segment of a text message."""

    texts: SmsProvider
    fcm: FcmClient
    apns: ApnsClient
    sms_price: float = 0.0

    async def close(self) -> None:
        """End what is open."""
        for each in (self.texts, self.fcm, self.apns):
            await each.close()
