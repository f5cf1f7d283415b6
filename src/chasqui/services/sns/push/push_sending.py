"""Push notifications: what Publish does with an endpoint's ARN, and one attempt to send a message to a device, for
direct ones and for topics'.

What a push service says of a device's token or of an application's credentials is kept: the endpoint, or the
application, is disabled until somebody gives it another one.
"""

from __future__ import annotations

import uuid
from typing import Final

import msgspec

from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.base.times import iso_ms
from chasqui.delivery.push.credentials import ApnsCertificate, ApnsCredential, ApnsKey
from chasqui.delivery.push.payloads import InvalidNotification, PushOptions, options_of, render_push
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed, Sent
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.publishing.notice import WAITS_MS, Notice
from chasqui.services.sns.push.endpoints import Read, find_endpoint, read_both
from chasqui.services.sns.push.push_credentials import pem_text
from chasqui.services.sns.push.push_documents import (
    APPLICATION,
    ApplicationDocument,
    Secret,
    application_of,
    encode,
    endpoint_place,
    platform_of,
    read_application,
)
from chasqui.services.sns.push.push_events import announce
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_sending import failed
from chasqui.store.port import Claimed, NewMessage, Transaction

_GONE: Final = "EndpointNotFound: Endpoint does not exist"
_ENDPOINT_DISABLED: Final = "EndpointDisabled: Endpoint is disabled"
_APPLICATION_DISABLED: Final = "PlatformApplicationDisabled: Platform application is disabled"
_EXPIRED: Final = "Expired: The time to live has passed"


class Push(msgspec.Struct, array_like=True, frozen=True):
    """A direct message on its way; `endpoint` is the endpoint's name."""

    endpoint: str
    notice: Notice


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Push).decode


async def publish_to_endpoint(room: Room, call: Call, target: str, notice: Notice) -> str:
    """What Publish with an endpoint's ARN does: the message is on disk when this returns its id. Raises
    `InvalidParameter`, `EndpointDisabled` and `PlatformApplicationDisabled`."""
    place = endpoint_place(target)
    found = None
    if place is not None and place[0] == owner_of(call):
        found = await find_endpoint(room, *place)
    if place is None or found is None:
        raise invalid_parameter("TargetArn Reason: No endpoint found for the target arn specified")
    _, application, _, endpoint = found
    if not endpoint.enabled:
        raise ServiceError("EndpointDisabled", "Endpoint is disabled", status=400)
    if not application.enabled:
        raise ServiceError("PlatformApplicationDisabled", "Platform application is disabled", status=400)
    now_ms = room.clock.now_ms()
    payload = room.ring.seal(_pack(Push(place[1], notice)))
    message = NewMessage(uuid.UUID(notice.id).bytes, payload, now_ms, now_ms, now_ms + WAITS_MS)
    await room.store.append_messages(application.queue, [message])
    return notice.id


def read_push(room: Room, payload: bytes) -> Push:
    """A direct message as it was sealed. Raises `UnreadableEnvelope`."""
    return _unpack(room.ring.open(payload))


async def push_to(room: Room, endpoint: str, notice: Notice) -> Outcome:
    """One attempt for a topic's message, in a background task; `endpoint` is an ARN."""
    place = endpoint_place(endpoint)
    return await push(room, *place, notice) if place is not None else Outcome(False, reason=_GONE)


async def push(room: Room, owner: str, name: str, notice: Notice) -> Outcome:
    """One attempt, in a background task. The reason of a failure begins with its type and a colon."""
    found = await find_endpoint(room, owner, name)
    platform, began_ms = platform_of(name), room.clock.now_ms()
    options = _options(platform, notice)
    if found is None:
        return Outcome(False, reason=_GONE)
    hindrance = _hindrance(found) or _late(notice, options.ttl_seconds or 0, began_ms)
    if hindrance:
        return Outcome(False, reason=hindrance)
    try:
        sent = await _send(room, platform, found[1], found[3].token, notice, options)
    except InvalidNotification as error:
        return Outcome(False, reason=f"InvalidNotification: {error}")
    except SendFailed as error:
        outcome = failed(error, room.clock.now_ms() - began_ms)
        return await _failed(room, notice.base_url, owner, name, found, error, outcome)
    return Outcome(True, status=sent.status, dwell_ms=room.clock.now_ms() - began_ms, response=sent.answer)


def _options(platform: str, notice: Notice) -> PushOptions:
    given = {name: each.text for name, each in (notice.attributes or {}).items() if each.text is not None}
    return options_of(platform, given)


def _hindrance(found: Read) -> str:
    """Why nothing is sent to the endpoint; "" when it may."""
    _, application, _, endpoint = found
    if not endpoint.enabled:
        return _ENDPOINT_DISABLED
    return "" if application.enabled else _APPLICATION_DISABLED


def _late(notice: Notice, ttl_seconds: int, now_ms: int) -> str:
    """Whether the time to live has passed; one of 0 stands for one attempt, now or later."""
    return _EXPIRED if 0 < ttl_seconds * 1000 <= now_ms - notice.at_ms else ""


async def _send(
    room: Room, platform: str, application: ApplicationDocument, token: str, notice: Notice, options: PushOptions
) -> Sent:
    own = notice.messages is not None and platform in notice.messages
    payload = render_push(platform, notice.text(platform), own=own, ttl_seconds=options.ttl_seconds)
    secret = msgspec.msgpack.decode(room.ring.open(application.secret), type=Secret)
    if platform == "GCM":
        return await room.channels.fcm.send(secret.credential, token, payload)
    sandbox = platform == "APNS_SANDBOX"
    return await room.channels.apns.send(_apns(application, secret), token, payload, options, sandbox=sandbox)


def _apns(application: ApplicationDocument, secret: Secret) -> ApnsCredential:
    key = pem_text(secret.credential)
    if application.authentication == "certificate":
        return ApnsCertificate(secret.principal, key)
    attributes = application.attributes
    return ApnsKey(secret.principal, attributes["ApplePlatformTeamID"], attributes["ApplePlatformBundleID"], key)


async def _failed(
    room: Room, base_url: str, owner: str, name: str, found: Read, error: SendFailed, outcome: Outcome
) -> Outcome:
    """What a failure means for endpoint and application."""
    if error.dead:
        await _disable_endpoint(room, base_url, owner, name, found[3].token)
        type_ = "InvalidPlatformToken"
    elif error.credentials:
        await _disable_application(room, owner, application_of(name), found[1].secret)
        type_ = "InvalidPlatformCredentials"
    else:
        type_ = "ServiceFailure"
    retry = outcome.retry and not error.dead and not error.credentials
    return msgspec.structs.replace(outcome, retry=retry, reason=f"{type_}: {outcome.reason}")


async def _disable_endpoint(room: Room, base_url: str, owner: str, name: str, token: str) -> None:
    """The push service does not know the token any more; by now the endpoint may have another one."""

    async def change(tx: Transaction) -> ApplicationDocument | None:
        found = await read_both(tx, owner, name)
        if found is None or not found[3].enabled or found[3].token != token:
            return None
        document = msgspec.structs.replace(found[3], enabled=False)
        await tx.replace(msgspec.structs.replace(found[2], document=encode(document)))
        return found[1]

    changed = await room.store.transaction(change)
    if changed is not None:
        await announce(room, base_url, owner, changed, "EndpointUpdated", name)


async def _disable_application(room: Room, owner: str, name: str, secret: bytes) -> None:
    """The push service does not accept the credentials; by now the application may have others."""

    async def change(tx: Transaction) -> None:
        resource = await tx.get(APPLICATION, owner, name)
        document = read_application(resource) if resource is not None else None
        if resource is None or document is None or not document.enabled or document.secret != secret:
            return
        document.enabled = False
        await tx.replace(msgspec.structs.replace(resource, document=encode(document)))

    await room.store.transaction(change)


async def tell_failure(room: Room, owner: str, claimed: Claimed, outcome: Outcome) -> None:
    """A direct message is given up: the event DeliveryFailure."""
    sent = read_push(room, claimed.payload)
    resource = await room.store.resource(APPLICATION, owner, application_of(sent.endpoint))
    if resource is None:
        return
    type_, _, message = outcome.reason.partition(": ")
    await announce(
        room,
        sent.notice.base_url,
        owner,
        read_application(resource),
        "DeliveryFailure",
        sent.endpoint,
        DeliveryAttempts=claimed.receives,
        FailureMessage=message,
        FailureType=type_,
        MessageId=sent.notice.id,
        Time=iso_ms(room.clock.now_ms()),
    )
