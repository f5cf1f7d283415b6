"""What SNS sends with to where nothing of AWS' is: who takes text messages, who takes push notifications, and what a
text message costs. The application puts it together from the settings."""

from __future__ import annotations

import msgspec

from chasqui.delivery.sms.port import SmsProvider


class Channels(msgspec.Struct, frozen=True):
    """`sms_price` is USD for a segment of a text message."""

    texts: SmsProvider
    sms_price: float = 0.0

    async def close(self) -> None:
        """End what is open."""
        await self.texts.close()
