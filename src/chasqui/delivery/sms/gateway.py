"""A provider reached over HTTP: one POST a message, made from the template of the setting `sms_body`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote_plus

import msgspec

from chasqui.base.errors import SettingsError
from chasqui.base.settings import Settings
from chasqui.delivery.sending import HttpPost, SendFailed, Sent, post, retry_after_ms, shown
from chasqui.delivery.sms.port import Sms

_PLACEHOLDER = re.compile(r"\{(to|text|sender_id|type|message_id)\}")
_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+): *(?P<value>[\x20-\x7e]*)\Z")
_RETRIED: Final = (408, 425, 429)
_REFUSED: Final = (401, 403)
_IDS: Final = ("id", "message_id", "messageId", "sid", "message-id")


class HttpGateway:
    """The gateway that the settings `sms_*` name. Raises `SettingsError` where they cannot work."""

    def __init__(self, settings: Settings, http_post: HttpPost) -> None:
        self._url = settings.sms_url
        self._template = settings.sms_body
        self._form = settings.sms_format == "form"
        self._post = http_post
        self._headers = _headers(settings)
        if not self._form:
            _check_json(self._template)

    async def send(self, sms: Sms) -> Sent:
        """Post a message; any 2xx is success. Raises `SendFailed`: worth another attempt after 5xx, 408, 425, 429 and
        where the network failed, final otherwise."""
        status, headers, body = await post(self._post, self._url, self._headers, self.body(sms))
        if 200 <= status < 300:
            return Sent(_id_in(body), status, shown(body))
        raise SendFailed(
            f"the gateway answered {status}",
            retry=status >= 500 or status in _RETRIED or status in _REFUSED,
            status=status,
            answer=shown(body),
            retry_after_ms=retry_after_ms(headers),
            credentials=status in _REFUSED,
        )

    async def close(self) -> None:
        """Connections are the HTTP client's."""

    def body(self, sms: Sms) -> bytes:
        """What is posted for a message."""
        return filled(self._template, sms, quote_plus if self._form else _json_text).encode()


def filled(template: str, sms: Sms, escape: Callable[[str], str]) -> str:
    """A template with the message's fields in their places, each escaped."""
    return _PLACEHOLDER.sub(lambda found: escape(getattr(sms, found[1])), template)


def _json_text(text: str) -> str:
    """A text as it stands between the quotes of a JSON string."""
    return msgspec.json.encode(text.encode("utf-8", "replace").decode())[1:-1].decode()


def _headers(settings: Settings) -> dict[str, str]:
    headers = {
        "content-type": "application/x-www-form-urlencoded" if settings.sms_format == "form" else "application/json"
    }
    for line in settings.sms_headers:
        found = _HEADER.match(line)
        if found is None:
            raise SettingsError("sms_headers: each is `Name: value`")
        headers[found["name"].lower()] = found["value"]
    if settings.sms_authorization:
        headers["authorization"] = settings.sms_authorization
    return headers


def _check_json(template: str) -> None:
    sample = Sms(to="+12025550123", text='"', message_id="1")
    try:
        msgspec.json.decode(filled(template, sample, _json_text))
    except msgspec.DecodeError as error:
        raise SettingsError(f"sms_body is no JSON once it is filled: {error}") from error


def _id_in(body: bytes) -> str:
    """The gateway's own name for the message, where its answer is JSON that has one under a usual name."""
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    found = [answer[name] for name in _IDS if name in answer] if isinstance(answer, dict) else []
    return str(found[0])[:200] if found and isinstance(found[0], str | int) else ""
