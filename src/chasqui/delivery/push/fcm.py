"""Firebase Cloud Messaging by its HTTP v1 API: an access token for the service account, then one POST a message.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send and …/rest/v1/ErrorCode
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from chasqui.base.bounded import keep
from chasqui.base.clock import Clock
from chasqui.base.settings import Settings
from chasqui.delivery.push.credentials import GRANT, BadCredential, ServiceAccount, assertion, read_service_account
from chasqui.delivery.push.payloads import Json
from chasqui.delivery.sending import HttpPost, SendFailed, Sent, in_time, post, retry_after_ms, shown

_TOKENS_MAX: Final = 1000
_EARLY_MS: Final = 5 * 60 * 1000
_TOKEN_SECONDS: Final = 3600
_JSON: Final = {"content-type": "application/json; charset=utf-8"}
_UNAUTHENTICATED: Final = 401


class _Token(msgspec.Struct, frozen=True):
    text: str
    until_ms: int


class _Grant(msgspec.Struct):
    """The token endpoint's answer (RFC 6749, 5.1)."""

    access_token: str
    expires_in: int = _TOKEN_SECONDS


class FcmClient:
    """Sends to devices of any service account; its access tokens are kept until shortly before they expire."""

    def __init__(self, settings: Settings, clock: Clock, http_post: HttpPost) -> None:
        self._url = settings.fcm_url.rstrip("/")
        self._token_url = settings.fcm_token_url
        self._clock = clock
        self._post = http_post
        self._tokens: dict[ServiceAccount, _Token] = {}
        self._fetching: dict[ServiceAccount, asyncio.Task[str]] = {}

    async def send(self, credential: str, device: str, payload: Json) -> Sent:
        """Send what `render_push` made to a device's registration token, as the service account whose key file
        `credential` is. Raises `SendFailed`: `dead` where the token is good for nothing any more, `credentials` where
        the account is not let in."""
        try:
            account = read_service_account(credential)
        except BadCredential as error:
            raise SendFailed(str(error), retry=False, credentials=True) from error
        body = msgspec.json.encode({**payload, "message": {**payload["message"], "token": device}})
        async with in_time():
            known = account in self._tokens
            status, headers, answer = await self._ask(account, body)
            if status == _UNAUTHENTICATED and known:
                # A token that was kept may have been revoked since.
                self._tokens.pop(account, None)
                status, headers, answer = await self._ask(account, body)
        if status == 200:
            return Sent(_name_in(answer), status, shown(answer))
        raise _failure(status, headers, answer)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, account: ServiceAccount, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        headers = {**_JSON, "authorization": f"Bearer {await self._token(account)}"}
        url = f"{self._url}/v1/projects/{quote(account.project_id, safe='')}/messages:send"
        return await post(self._post, url, headers, body)

    async def _token(self, account: ServiceAccount) -> str:
        """An access token; whoever wants the same at once waits for one request."""
        kept = self._tokens.get(account)
        if kept is not None and self._clock.now_ms() < kept.until_ms:
            return kept.text
        task = self._fetching.get(account)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._fetch(account))
            self._fetching[account] = task
            task.add_done_callback(lambda _: self._fetching.pop(account, None))
        try:
            return await asyncio.shield(task)
        except SendFailed as error:
            # Another one for each who waits: an exception that is raised again and again gathers tracebacks.
            raise SendFailed(
                error.reason, retry=error.retry, status=error.status, answer=error.answer, credentials=error.credentials
            ) from error

    async def _fetch(self, account: ServiceAccount) -> str:
        now_ms = self._clock.now_ms()
        loop = asyncio.get_running_loop()
        try:
            signed = await loop.run_in_executor(None, assertion, account, self._token_url, now_ms // 1000)
        except BadCredential as error:
            raise SendFailed(str(error), retry=False, credentials=True) from error
        form = urlencode({"grant_type": GRANT, "assertion": signed}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        status, _, body = await post(self._post, self._token_url, headers, form)
        if status != 200:
            # 4xx means that Google does not know the account or its key (RFC 6749, 5.2: invalid_grant).
            passing = status >= 500 or status == 429
            reason = f"no access token: {status}"
            raise SendFailed(reason, retry=passing, status=status, answer=shown(body), credentials=not passing)
        try:
            grant = msgspec.json.decode(body, type=_Grant)
        except msgspec.DecodeError as error:
            raise SendFailed("the answer to a request for an access token is not valid", retry=True) from error
        keep(
            self._tokens, account, _Token(grant.access_token, now_ms + grant.expires_in * 1000 - _EARLY_MS), _TOKENS_MAX
        )
        return grant.access_token


def _name_in(body: bytes) -> str:
    """ "projects/…/messages/…"."""
    found = _decoded(body).get("name", "")
    return found if isinstance(found, str) else ""


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _failure(status: int, headers: Mapping[str, str], body: bytes) -> SendFailed:
    """What a refusal means: FCM's own code where there is one, else the status."""
    error = _decoded(body).get("error")
    error = error if isinstance(error, dict) else {}
    details = [each for each in error.get("details") or () if isinstance(each, dict)]
    code = next((str(each["errorCode"]) for each in details if "errorCode" in each), str(error.get("status") or ""))
    mismatch, unregistered = code == "SENDER_ID_MISMATCH", code == "UNREGISTERED"
    dead = unregistered or mismatch or (status == 400 and _blames_token(error, details))
    retry = status >= 500 or status == 429
    return SendFailed(
        f"{status} {code}: {error.get('message', '')}" if code else f"{status}",
        retry=retry,
        status=status,
        answer=shown(body),
        retry_after_ms=retry_after_ms(headers),
        dead=dead,
        # 404 without a word of a device: there is no such project.
        credentials=not dead and status in (401, 403, 404),
    )


def _blames_token(error: dict[str, Any], details: list[dict[str, Any]]) -> bool:
    violations = [each for detail in details for each in detail.get("fieldViolations") or () if isinstance(each, dict)]
    if violations:
        return any(each.get("field") == "message.token" for each in violations)
    return "registration token" in str(error.get("message", ""))
