"""What SNS sends with to where nothing of AWS' is: who takes text messages, the push services, and what a text message
costs. The application puts it together from the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from chasqui.base.control import Endpoint
from chasqui.base.settings import Settings
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.failures import HttpFailure
from chasqui.delivery.mail.mailbox import Mailbox, mail_endpoints
from chasqui.delivery.mail.message import Mail
from chasqui.delivery.push.apns import ApnsClient
from chasqui.delivery.push.fcm import FcmClient
from chasqui.delivery.sending import HttpPost, SendFailed, Sent
from chasqui.delivery.sms.phone import Phone, phone_endpoints

if TYPE_CHECKING:
    from chasqui.base.clock import Clock
    from chasqui.delivery.sms.port import SmsProvider
    from chasqui.store.port import Store


class Mailer(Protocol):
    """Who sends mail: a relay, or the embedded mailbox."""

    async def send(self, mail: Mail) -> Sent:
        """One attempt. Raises `SendFailed` and `BadMail`."""
        ...


class Channels:
    """`sms_price` is USD for a segment of a text message. `control` are the embedded phone's and the embedded mailbox'
    endpoints, where these take text messages and mails."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, http: HttpClient) -> None:
        """Raises `SettingsError`."""
        self.sms_price = settings.sms_price
        self.control: dict[tuple[str, str], Endpoint] = {}
        self._open: list[Callable[[], Awaitable[None]]] = []
        self.http = http
        self.mail = self._mail(settings, store, clock)
        self.fcm = FcmClient(settings, clock, _http_post(http))
        self.apns = ApnsClient(settings, clock)
        self.texts = self._texts(settings, store, clock, http)

    def _texts(self, settings: Settings, store: Store, clock: Clock, http: HttpClient) -> SmsProvider:
        # A provider's client is imported where it is wanted.
        if settings.sms_url:
            from chasqui.delivery.sms.gateway import HttpGateway  # noqa: PLC0415

            return HttpGateway(settings, _http_post(http))
        if settings.smpp_host:
            from chasqui.delivery.sms.smpp import SmppProvider  # noqa: PLC0415

            return SmppProvider(settings)
        phone = Phone(store, clock, settings)
        self.control |= phone_endpoints(phone)
        return phone

    def _mail(self, settings: Settings, store: Store, clock: Clock) -> Mailer:
        if settings.smtp_host:
            from chasqui.delivery.mail.relay import MailRelay  # noqa: PLC0415  as above

            relay = MailRelay(settings, clock)
            self._open.append(relay.close)
            return relay
        mailbox = Mailbox(store, clock, settings)
        self.control |= mail_endpoints(mailbox)
        return mailbox

    async def close(self) -> None:
        """End what is open."""
        for close in (*self._open, self.texts.close, self.fcm.close, self.apns.close):
            await close()
        self.http.close()


def _http_post(http: HttpClient) -> HttpPost:
    """The deliveries' HTTP client, as the channels' clients ask it."""

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        try:
            response = await http.request("POST", url, headers, body)
        except HttpFailure as failure:
            raise SendFailed(failure.reason, retry=not failure.permanent) from failure
        fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.fields.items()}
        return response.status, fields, response.body

    return post
