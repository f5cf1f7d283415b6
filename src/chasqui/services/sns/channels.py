"""What SNS sends with to where nothing of AWS' is: who takes text messages, the push services, and what a text message
costs. The application puts it together from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from chasqui.base.control import Endpoint
from chasqui.base.settings import Settings
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.failures import HttpFailure
from chasqui.delivery.sending import HttpPost, SendFailed
from chasqui.delivery.sms.phone import Phone, phone_endpoints

if TYPE_CHECKING:
    from chasqui.base.clock import Clock
    from chasqui.delivery.push.apns import ApnsClient
    from chasqui.delivery.push.fcm import FcmClient
    from chasqui.delivery.sms.port import SmsProvider
    from chasqui.store.port import Store


class Channels:
    """`sms_price` is USD for a segment of a text message. `control` are the embedded phone's endpoints, where that is
    who takes text messages."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, http: HttpClient) -> None:
        """Raises `SettingsError`."""
        self._settings, self._clock, self._http = settings, clock, http
        self.sms_price = settings.sms_price
        self.control: Mapping[tuple[str, str], Endpoint] = {}
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
        self.control = phone_endpoints(phone)
        return phone

    @cached_property
    def fcm(self) -> FcmClient:
        """Google's push service."""
        # With the first notification: servers that push nothing start without it. So is Apple's.
        from chasqui.delivery.push.fcm import FcmClient  # noqa: PLC0415

        return FcmClient(self._settings, self._clock, _http_post(self._http))

    @cached_property
    def apns(self) -> ApnsClient:
        """Apple's push service."""
        from chasqui.delivery.push.apns import ApnsClient  # noqa: PLC0415

        return ApnsClient(self._settings, self._clock)

    async def close(self) -> None:
        """End what is open."""
        await self.texts.close()
        for each in ("fcm", "apns"):
            if each in vars(self):
                await getattr(self, each).close()
        self._http.close()


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
