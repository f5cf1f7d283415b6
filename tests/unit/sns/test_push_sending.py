"""Push notifications: what Publish checks, and what one attempt does, with push services that take notes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_uuid
from chasqui.delivery.push.credentials import ApnsKey
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed
from chasqui.fabric.letters import Attribute
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.push import endpoints, platforms
from chasqui.services.sns.push.push_sending import publish_to_endpoint, push_to, read_push, tell_failure
from chasqui.services.sns.room import Room
from chasqui.services.sns.types import (
    CreatePlatformApplicationInput,
    CreatePlatformEndpointInput,
    GetEndpointAttributesInput,
    SetEndpointAttributesInput,
    SetPlatformApplicationAttributesInput,
)
from chasqui.store.port import Claim
from tests.unit.sns.direct_support import OWNER, apple, caller, gcm, noted_room, p256_pem, service_account

TOPIC = "arn:aws:sns:us-east-1:000000000000:events"
EVENTS = dict.fromkeys(platforms.EVENTS, TOPIC)


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


async def device(room: Room, platform: str = "GCM", token: str = "abcdef", **attributes: str) -> str:
    """The ARN of an endpoint of a new application."""
    given = attributes or (gcm() if platform == "GCM" else apple())
    request = CreatePlatformApplicationInput("app", platform, given)
    app = (await platforms.create_platform_application(room, caller(), request)).PlatformApplicationArn
    made = await endpoints.create_platform_endpoint(room, caller(), CreatePlatformEndpointInput(app, token))
    return made.EndpointArn or ""


async def enabled(room: Room, arn: str) -> str:
    shown = await endpoints.get_endpoint_attributes(room, caller(), GetEndpointAttributesInput(arn))
    return (shown.Attributes or {})["Enabled"]


def notice(room: Room, message: str = "hello", **more: Any) -> Notice:
    return Notice(new_uuid(), "", message, room.clock.now_ms(), **more)


async def refused(room: Room, arn: str) -> tuple[str, str]:
    with pytest.raises(ServiceError) as caught:
        await publish_to_endpoint(room, caller(), arn, notice(room))
    return caught.value.code, caught.value.message


def attempt(room: Room, arn: str, **more: Any) -> Coroutine[Any, Any, Outcome]:
    return push_to(room, arn, notice(room, **more))


def test_a_published_message_waits_in_its_applications_queue() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)
            sent = notice(room)
            assert await publish_to_endpoint(room, caller(), arn, sent) == sent.id
            _, application = await platforms.find_application(room, OWNER, "GCM/app")
            (claimed,) = await room.store.claim_messages(application.queue, Claim(10, 1000))
            kept = read_push(room, claimed.payload)
            assert (kept.endpoint, kept.notice) == (arn.partition("endpoint/")[2], sent)
            assert b"hello" not in claimed.payload
            assert notes.pushes == []

    run(scene())


def test_publishing_to_what_cannot_get_it_is_refused() -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, _):
            arn = await device(room)
            none = (
                "InvalidParameter",
                "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
            )
            assert await refused(room, arn + "0") == none
            assert await refused(room, arn.replace("000000000000", "111122223333")) == none
            assert await refused(room, "x") == none
            off = SetEndpointAttributesInput(arn, {"Enabled": "false"})
            await endpoints.set_endpoint_attributes(room, caller(), off)
            assert await refused(room, arn) == ("EndpointDisabled", "Endpoint is disabled")

    run(scene())


def test_google_gets_the_token_the_credential_and_the_payload() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)
            assert (await attempt(room, arn)).ok
            ((credential, token, payload, _),) = notes.pushes
            assert (credential, token) == (service_account(), "abcdef")
            assert payload == {"message": {"data": {"default": "hello"}}}

    run(scene())


def test_apple_gets_its_own_json_and_the_reserved_attributes() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room, "APNS_SANDBOX")
            messages = {"APNS_SANDBOX": '{"aps":{"alert":"own"}}', "default": "hello"}
            attributes = {"AWS.SNS.MOBILE.APNS.PRIORITY": Attribute("String", "5")}
            assert (await attempt(room, arn, messages=messages, attributes=attributes)).ok
            ((credential, token, payload, beside, more),) = notes.pushes
            assert credential == ApnsKey("ABCDE12345", "TEAM123456", "org.example.app", p256_pem())
            assert (token, payload) == ("abcdef", {"aps": {"alert": "own"}})
            assert (beside.priority, more) == (5, {"sandbox": True})

    run(scene())


def test_a_dead_token_disables_the_endpoint_and_tells() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, events):
            arn = await device(room, **gcm(**EVENTS))
            notes.failures.append(SendFailed("404 UNREGISTERED", retry=False, status=404, dead=True))
            outcome = await attempt(room, arn)
            assert (outcome.ok, outcome.retry, outcome.status) == (False, False, 404)
            assert outcome.reason == "InvalidPlatformToken: 404 UNREGISTERED"
            assert await enabled(room, arn) == "false"
            assert (await attempt(room, arn)).reason == "EndpointDisabled: Endpoint is disabled"
            assert notes.pushes == []
            assert [each[2]["EventType"] for each in events] == ["EndpointCreated", "EndpointUpdated"]

    run(scene())


def test_a_token_that_was_changed_in_between_is_not_held_against_the_endpoint() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)

            async def send(*_what: Any, **_options: Any) -> None:
                await endpoints.set_endpoint_attributes(
                    room, caller(), SetEndpointAttributesInput(arn, {"Token": "new"})
                )
                raise SendFailed("gone", retry=False, dead=True)

            notes.send = send  # type: ignore[method-assign, assignment]
            assert not (await attempt(room, arn)).ok
            assert await enabled(room, arn) == "true"

    run(scene())


def test_refused_credentials_disable_the_application_until_it_gets_others() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)
            notes.failures.append(SendFailed("401", retry=True, status=401, credentials=True))
            outcome = await attempt(room, arn)
            assert (outcome.retry, outcome.reason) == (False, "InvalidPlatformCredentials: 401")
            told = ("PlatformApplicationDisabled", "Platform application is disabled")
            assert await refused(room, arn) == told
            app = "arn:aws:sns:us-east-1:000000000000:app/GCM/app"
            change = SetPlatformApplicationAttributesInput(app, {"PlatformCredential": service_account("other")})
            await platforms.set_platform_application_attributes(room, caller(), change)
            assert (await attempt(room, arn)).ok

    run(scene())


def test_what_may_pass_is_tried_again() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)
            notes.failures.append(SendFailed("503", retry=True, status=503, retry_after_ms=1000))
            outcome = await attempt(room, arn)
            assert (outcome.retry, outcome.retry_after_ms, outcome.reason) == (True, 1000, "ServiceFailure: 503")
            assert await enabled(room, arn) == "true"

    run(scene())


def test_what_is_no_payload_is_given_up() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)
            outcome = await attempt(room, arn, messages={"GCM": "no json", "default": "x"})
            assert not outcome.retry
            assert outcome.reason.startswith("InvalidNotification: ")
            assert notes.pushes == []

    run(scene())


def test_a_message_is_not_sent_after_its_time_to_live() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            arn = await device(room)
            late = notice(room, attributes={"AWS.SNS.MOBILE.FCM.TTL": Attribute("String", "60")})
            room.clock.advance(61_000)  # type: ignore[attr-defined]
            assert (await push_to(room, arn, late)).reason.startswith("Expired")
            assert notes.pushes == []

    run(scene())


def test_endpoints_that_are_gone_get_nothing() -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, _):
            arn = await device(room)
            outcome = await push_to(room, arn + "0", notice(room))
            assert (outcome.ok, outcome.retry) == (False, False)
            assert not (await push_to(room, "arn:aws:sns:us-east-1:000000000000:events", notice(room))).ok

    run(scene())


def test_each_change_of_an_endpoint_is_an_event() -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, events):
            arn = await device(room, **gcm(**EVENTS))
            change = SetEndpointAttributesInput(arn, {"CustomUserData": "x"})
            await endpoints.set_endpoint_attributes(room, caller(), change)
            await endpoints.set_endpoint_attributes(room, caller(), change)
            await endpoints.delete_endpoint(room, caller(), endpoints.DeleteEndpointInput(arn))
            app = "arn:aws:sns:us-east-1:000000000000:app/GCM/app"
            facts = {"EndpointArn": arn, "Resource": app, "Service": "SNS"}
            assert [(topic, message) for topic, _, message in events] == [
                (TOPIC, {**facts, "EventType": "EndpointCreated"}),
                (TOPIC, {**facts, "EventType": "EndpointUpdated"}),
                (TOPIC, {**facts, "EventType": "EndpointDeleted"}),
            ]

    run(scene())


def test_a_direct_message_that_is_given_up_is_an_event() -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, events):
            arn = await device(room, **gcm(EventDeliveryFailure=TOPIC))
            sent = notice(room)
            await publish_to_endpoint(room, caller(), arn, sent)
            _, application = await platforms.find_application(room, OWNER, "GCM/app")
            (claimed,) = await room.store.claim_messages(application.queue, Claim(10, 1000))
            await tell_failure(room, OWNER, claimed, Outcome(False, reason="InvalidPlatformToken: gone"))
            ((topic, _, message),) = events
            assert topic == TOPIC
            assert message["EventType"] == "DeliveryFailure"
            assert (message["FailureType"], message["FailureMessage"]) == ("InvalidPlatformToken", "gone")
            assert (message["MessageId"], message["DeliveryAttempts"]) == (sent.id, 1)

    run(scene())


def test_an_event_that_nobody_takes_changes_nothing() -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, _):

            async def announce(_topic: str, _subject: str, _message: str, _base_url: str) -> None:
                raise ServiceError("NotFound", "Topic does not exist")

            room.announce = announce
            assert await enabled(room, await device(room, **gcm(**EVENTS))) == "true"

    run(scene())
