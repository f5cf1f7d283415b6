"""Text messages: what Publish checks, and what one attempt does, with a provider that takes notes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed
from chasqui.fabric.letters import Attribute
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms import phones, sms_settings
from chasqui.services.sns.sms.sms_queue import SMS_QUEUE, Text, queue_of, read_text
from chasqui.services.sns.sms.sms_sending import send_text, text_phone, topic_text
from chasqui.services.sns.sms.sms_settings import SmsSettings
from chasqui.services.sns.types import SetSMSAttributesInput
from chasqui.store.port import Claim
from tests.unit.sns.direct_support import NUMBER, OWNER, caller, noted_room


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


def options(**values: str) -> dict[str, Attribute]:
    return {f"AWS.SNS.SMS.{name}": Attribute("String", value) for name, value in values.items()}


async def waiting(room: Room) -> list[Text]:
    """What is on disk for the outbox."""
    resource = await room.store.resource(SMS_QUEUE, OWNER, "sms")
    if resource is None:
        return []
    claimed = await room.store.claim_messages(queue_of(resource), Claim(10, 0))
    return [read_text(room, each.payload) for each in claimed]


async def spending_limit(room: Room, usd: str) -> None:
    await sms_settings.set_sms_attributes(room, caller(), SetSMSAttributesInput(attributes={"MonthlySpendLimit": usd}))


def attempt(room: Room, message: str = "hello", **more: Any) -> Coroutine[Any, Any, Outcome]:
    return send_text(room, OWNER, Text(NUMBER, message, **more), "id")


def test_a_published_text_waits_on_disk_with_what_its_attributes_say() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            given = options(SenderID="Chasqui", SMSType="Transactional", MaxPrice="0.05")
            assert len(await text_phone(room, caller(), "+1 (202) 555-0123", "hello", given)) == 36
            expected = Text(NUMBER, "hello", "Chasqui", "Transactional", "0.05")
            assert await waiting(room) == [expected]
            assert notes.texts == []

    run(scene())


@pytest.mark.parametrize(
    ("number", "message", "given", "told"),
    [
        ("66XX0122520", "hi", {}, "Invalid parameter: PhoneNumber Reason: +66XX0122520 is not valid to publish to"),
        ("", "hi", {}, "Invalid parameter: PhoneNumber Reason: + is not valid to publish to"),
        (NUMBER, "x" * 1601, {}, "Invalid parameter: Message too long"),
        (NUMBER, "hi", options(SenderID="12345"), "AWS.SNS.SMS.SenderID must be"),
        (NUMBER, "hi", options(SMSType="promotional"), "AWS.SNS.SMS.SMSType must be"),
        (NUMBER, "hi", options(MaxPrice="-1"), "AWS.SNS.SMS.MaxPrice must be"),
        (NUMBER, "hi", {"AWS.MM.SMS.OriginationNumber": Attribute("String", "me")}, "OriginationNumber must be"),
    ],
)
def test_what_cannot_be_sent_is_refused(number: str, message: str, given: Any, told: str) -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, _):
            with pytest.raises(ServiceError) as caught:
                await text_phone(room, caller(), number, message, given)
            assert caught.value.code == "InvalidParameter"
            assert told in caught.value.message
            assert await waiting(room) == []

    run(scene())


def test_a_hostile_number_is_cut_in_the_answer() -> None:
    async def scene() -> None:
        async with noted_room() as (room, _, _):
            with pytest.raises(ServiceError) as caught:
                await text_phone(room, caller(), "9" * 1_000_000, "hi")
            assert len(caught.value.message) < 3000

    run(scene())


def test_the_accounts_defaults_stand_in_for_what_a_message_does_not_say() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            await attempt(room)
            defaults = {"DefaultSenderID": "Shop", "DefaultSMSType": "Transactional"}
            await sms_settings.set_sms_attributes(room, caller(), SetSMSAttributesInput(attributes=defaults))
            await attempt(room)
            await attempt(room, sender_id="Other", type="Promotional")
            assert [(each.sender_id, each.type) for each in notes.texts] == [
                ("", "Promotional"),
                ("Shop", "Transactional"),
                ("Other", "Promotional"),
            ]

    run(scene())


def test_nothing_is_sent_to_who_has_opted_out() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            await phones.opt_out(room, OWNER, NUMBER)
            outcome = await attempt(room)
            assert (outcome.ok, outcome.retry, outcome.reason) == (False, False, "Phone number is opted out")
            assert notes.texts == []

    run(scene())


def test_in_the_sandbox_only_passwords_go_to_numbers_that_are_not_verified() -> None:
    async def scene() -> None:
        async with noted_room() as (room, notes, _):
            await sms_settings.change_settings(room, OWNER, lambda settings: _move(settings, inside=True))
            assert not (await attempt(room)).ok
            assert (await attempt(room, verification=True)).ok
            await sms_settings.change_settings(room, OWNER, lambda settings: _move(settings, inside=False))
            assert (await attempt(room)).ok
            assert len(notes.texts) == 2

    run(scene())


def _move(settings: SmsSettings, *, inside: bool) -> None:
    settings.sandbox = inside


def test_a_setting_says_that_accounts_begin_in_the_sandbox() -> None:
    async def scene() -> None:
        async with noted_room(sms_sandbox=True) as (room, _, _):
            assert (await attempt(room)).reason == "The phone number is not verified in the SMS sandbox"

    run(scene())


def test_the_price_of_all_segments_counts_against_the_price_of_a_message() -> None:
    async def scene() -> None:
        async with noted_room(sms_price=0.05) as (room, _, _):
            assert (await attempt(room, "x" * 160, max_price="0.05")).ok
            outcome = await attempt(room, "x" * 161, max_price="0.05")
            assert (outcome.retry, outcome.reason) == (False, "This delivery would exceed max price")

    run(scene())


def test_the_months_limit_is_never_exceeded() -> None:
    async def scene() -> None:
        async with noted_room(sms_price=0.1) as (room, notes, _):
            await spending_limit(room, "0.3")
            outcomes = [await attempt(room) for _ in range(4)]
            assert [each.ok for each in outcomes] == [True, True, True, False]
            assert outcomes[3].reason == "No quota left for account"
            assert len(notes.texts) == 3
            await spending_limit(room, "0.4")
            assert (await attempt(room)).ok
            room.clock.advance(32 * 24 * 3600 * 1000)  # type: ignore[attr-defined]
            assert (await attempt(room)).ok

    run(scene())


def test_a_message_that_was_not_sent_costs_nothing() -> None:
    async def scene() -> None:
        async with noted_room(sms_price=0.1) as (room, notes, _):
            await spending_limit(room, "0.1")
            notes.failures.append(SendFailed("busy", retry=True, status=503, retry_after_ms=7000))
            outcome = await attempt(room)
            assert (outcome.ok, outcome.retry, outcome.status, outcome.retry_after_ms) == (False, True, 503, 7000)
            assert (await attempt(room)).ok

    run(scene())


def test_a_topics_text_begins_with_its_display_name_and_passes_over_bad_attributes() -> None:
    text = topic_text(NUMBER, "hello", options(SenderID="12345"), "Long display name")
    assert text == Text(NUMBER, "Long displ> hello")
    assert len(topic_text(NUMBER, "x" * 5000, None).message) == 1600
