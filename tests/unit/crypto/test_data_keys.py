"""Envelopes under data keys: reuse, leave, scope, tampering."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chasqui.base.actions import Values
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.crypto.keyring import UnreadableEnvelope
from chasqui.crypto.kms.data_keys import DataKeys, Scope
from chasqui.crypto.kms.keys import Key
from tests.unit.crypto.conftest import OWNER, Scene, Story, call_of

Tell = Callable[[Story], None]

QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue"
SCOPE = Scope(QUEUE, "aws:sqs:arn", "sqs.us-east-1.amazonaws.com", OWNER, 300_000)
CALL = call_of()


class Policy:
    """Notes what it is asked, and says yes until it is told otherwise."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.context: Mapping[str, Values] = {}
        self.refuses = ""

    async def __call__(self, call: Call, action: str, key_arn: str, context: Mapping[str, Values]) -> None:
        self.asked.append((call.account, action, key_arn))
        self.context = context
        if action == self.refuses:
            raise ServiceError("AccessDenied", "no")


async def sealed(data_keys: DataKeys, key: Key, clear: bytes = b"hello", call: Call = CALL) -> bytes:
    return (await data_keys.seal_all(call, SCOPE, key.id, [clear]))[0]


def data_key_of(envelope: bytes) -> bytes:
    return envelope[5 : 5 + int.from_bytes(envelope[1:3], "big")]


def test_an_envelope_opens(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        data_keys = DataKeys(scene.vault)
        envelope = await sealed(data_keys, await scene.key())

        assert envelope[0] == 255
        assert await data_keys.open(SCOPE, envelope, CALL) == b"hello"
        assert await DataKeys(scene.vault).open(SCOPE, envelope) == b"hello"

    tell(story)


def test_an_envelope_opens_where_it_was_moved_to(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        data_keys = DataKeys(scene.vault)
        envelope = await sealed(data_keys, await scene.key())

        assert await data_keys.open(SCOPE._replace(arn=f"{QUEUE}-dead"), envelope, CALL) == b"hello"

    tell(story)


def test_a_data_key_serves_a_principal_for_the_reuse_period(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        data_keys, key = DataKeys(scene.vault), await scene.key()
        first = await sealed(data_keys, key)
        scene.clock.advance(299_999)
        second = await sealed(data_keys, key)
        another = await sealed(data_keys, key, call=call_of("111122223333"))
        scene.clock.advance(1)
        third = await sealed(data_keys, key)

        assert data_key_of(first) == data_key_of(second)
        assert len({data_key_of(each) for each in (first, another, third)}) == 3

    tell(story)


def test_no_nonce_is_used_twice(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        envelopes = await DataKeys(scene.vault).seal_all(CALL, SCOPE, (await scene.key()).id, [b"hello"] * 100)
        start = 5 + sum(int.from_bytes(envelopes[0][at : at + 2], "big") for at in (1, 3))

        assert len({each[start : start + 12] for each in envelopes}) == 100

    tell(story)


def test_policies_are_asked_once_in_the_reuse_period(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        policy, key = Policy(), await scene.key()
        data_keys = DataKeys(scene.vault, policy)
        for _ in range(3):
            envelope = await sealed(data_keys, key)
        for _ in range(3):
            await data_keys.open(SCOPE, envelope, CALL)

        asked = [("000000000000", action, key.arn) for action in ("kms:GenerateDataKey", "kms:Decrypt", "kms:Decrypt")]
        assert policy.asked == asked
        assert policy.context == {
            "kms:ViaService": "sqs.us-east-1.amazonaws.com",
            "kms:CallerAccount": "000000000000",
            "kms:EncryptionContext:aws:sqs:arn": QUEUE,
            "kms:EncryptionContextKeys": ("aws:sqs:arn",),
        }
        scene.clock.advance(300_000)
        await data_keys.open(SCOPE, envelope, CALL)
        assert policy.asked == [*asked, ("000000000000", "kms:Decrypt", key.arn)]

    tell(story)


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_who_may_not_use_the_key_seals_nothing(tell: Tell, action: str) -> None:
    async def story(scene: Scene) -> None:
        policy = Policy()
        policy.refuses = action

        with pytest.raises(ServiceError):
            await sealed(DataKeys(scene.vault, policy), await scene.key())

    tell(story)


def test_leave_to_open_is_each_callers_own(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        policy = Policy()
        data_keys = DataKeys(scene.vault, policy)
        envelope = await sealed(data_keys, await scene.key())
        await data_keys.open(SCOPE, envelope, CALL)
        policy.refuses = "kms:Decrypt"

        with pytest.raises(ServiceError):
            await data_keys.open(SCOPE, envelope, call_of("111122223333"))
        assert await data_keys.open(SCOPE, envelope) == b"hello"

    tell(story)


@pytest.mark.parametrize("change", [{"enabled": False}, {"delete_at_ms": 1}])
def test_a_key_out_of_use_is_noticed_within_the_reuse_period(tell: Tell, change: dict[str, object]) -> None:
    async def story(scene: Scene) -> None:
        data_keys, key = DataKeys(scene.vault), await scene.key()
        envelope = await sealed(data_keys, key)
        await data_keys.open(SCOPE, envelope, CALL)

        await scene.change(key, **change)

        for attempt in (sealed(data_keys, key), data_keys.open(SCOPE, envelope, CALL), data_keys.open(SCOPE, envelope)):
            with pytest.raises(ServiceError):
                await attempt

    tell(story)


def test_a_changed_envelope_does_not_open(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        data_keys = DataKeys(scene.vault)
        envelope = await sealed(data_keys, await scene.key())
        await data_keys.open(SCOPE, envelope, CALL)
        for at in range(len(envelope)):
            changed = bytearray(envelope)
            changed[at] ^= 1
            with pytest.raises((ServiceError, UnreadableEnvelope)):
                await data_keys.open(SCOPE, bytes(changed), CALL)
        for length in range(0, len(envelope), 7):
            with pytest.raises((ServiceError, UnreadableEnvelope)):
                await data_keys.open(SCOPE, envelope[:length], CALL)

    tell(story)
