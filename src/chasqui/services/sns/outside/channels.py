"""What SNS sends with to where nothing of AWS' is: who takes mails and text messages, the push services, and what a
text message costs. The application puts it together from the settings."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chasqui.base.control import Endpoint
from chasqui.base.settings import Settings
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.mail.mailbox import Mailbox, mail_endpoints
from chasqui.delivery.sms.phone import Phone, phone_endpoints

if TYPE_CHECKING:
    from chasqui.base.clock import Clock
    from chasqui.crypto.keyring import KeyRing
    from chasqui.delivery.mail.relay import MailRelay
    from chasqui.delivery.push.apns import ApnsClient
    from chasqui.delivery.push.fcm import FcmClient
    from chasqui.delivery.sms.port import SmsProvider
    from chasqui.store.port import Store


class Channels:
    """`mails` and `texts` take mails and text messages. `sms_price` is USD for a segment of a text message. `control`
    are the endpoints of the embedded mailbox and phone, where those are who takes them. `http` asks services that the
    settings name."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, ring: KeyRing, http: HttpClient) -> None:
        """Raises `SettingsError`."""
        self.sms_price = settings.sms_price
        self.control: dict[tuple[str, str], Endpoint] = {}
        self._settings = settings
        self._clock = clock
        self._http = http
        self._push: list[FcmClient | ApnsClient] = []
        self.mails = self._mails(settings, store, clock, ring)
        self.texts = self._texts(settings, store, clock, ring, http)

    # The push services' clients are imported with the first message to a device.
    @cached_property
    def fcm(self) -> FcmClient:
        """Firebase Cloud Messaging's client."""
        from chasqui.delivery.push.fcm import FcmClient  # noqa: PLC0415

        client = FcmClient(self._settings, self._clock, self._http.post)
        self._push.append(client)
        return client

    @cached_property
    def apns(self) -> ApnsClient:
        """The client of Apple's push service."""
        from chasqui.delivery.push.apns import ApnsClient  # noqa: PLC0415

        client = ApnsClient(self._settings, self._clock)
        self._push.append(client)
        return client

    def _mails(self, settings: Settings, store: Store, clock: Clock, ring: KeyRing) -> MailRelay | Mailbox:
        if settings.smtp_host:
            from chasqui.delivery.mail.relay import MailRelay  # noqa: PLC0415  where it is wanted

            return MailRelay(settings, clock)
        mailbox = Mailbox(store, clock, settings, ring)
        self.control |= mail_endpoints(mailbox)
        return mailbox

    def _texts(self, settings: Settings, store: Store, clock: Clock, ring: KeyRing, http: HttpClient) -> SmsProvider:
        # A provider's client is imported where it is wanted.
        if settings.sms_url:
            from chasqui.delivery.sms.gateway import HttpGateway  # noqa: PLC0415

            return HttpGateway(settings, http.post)
        if settings.smpp_host:
            from chasqui.delivery.sms.smpp import SmppProvider  # noqa: PLC0415

            return SmppProvider(settings)
        phone = Phone(store, clock, settings, ring)
        self.control |= phone_endpoints(phone)
        return phone

    async def close(self) -> None:
        """End what is open."""
        for each in (self.mails, self.texts, *self._push):
            await each.close()
        self._http.close()
