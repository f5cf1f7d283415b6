"""The vault: finding keys, states by the clock, rotation."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from chasqui.base.errors import ServiceError
from chasqui.crypto.keyring import UnreadableEnvelope
from chasqui.crypto.kms.documents import ALIAS, KEY, AliasDocument, alias_resource, encode
from chasqui.crypto.kms.keys import Key
from chasqui.crypto.kms.vault import Vault
from tests.unit.crypto.conftest import DAY_MS, NOW, OWNER, Scene, Story

Tell = Callable[[Story], None]


async def add_alias(scene: Scene, name: str, key: Key) -> None:
    document = AliasDocument(target=key.id, created_ms=NOW, updated_ms=NOW)
    await scene.vault.store.transaction(lambda tx: tx.create(alias_resource(OWNER, name, document)))


async def told(awaitable: object) -> tuple[str, str]:
    with pytest.raises(ServiceError) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value.code, caught.value.message


def test_a_key_is_found_by_whatever_names_it(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key()
        await add_alias(scene, "mine", key)

        for name in (key.id, key.arn, "alias/mine", "arn:aws:kms:us-east-1:000000000000:alias/mine"):
            assert (await scene.vault.find(OWNER, name)).id == key.id

    tell(story)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nonsense", "Invalid keyId 'nonsense'"),
        ("134f2428cec14b25a1ae9048164dba47", "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"),
        (
            "134f2428-cec1-4b25-a1ae-9048164dba47",
            "Key 'arn:aws:kms:us-east-1:000000000000:key/134f2428-cec1-4b25-a1ae-9048164dba47' does not exist",
        ),
        ("alias/none", "Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found."),
        ("alias/aws/none", "Alias arn:aws:kms:us-east-1:000000000000:alias/aws/none is not found."),
        (
            "arn:aws:kms:eu-west-1:000000000000:key/134f2428-cec1-4b25-a1ae-9048164dba47",
            "Invalid arn eu-west-1",
        ),
        ("arn:aws:sqs:us-east-1:000000000000:queue", "Invalid arn arn:aws:sqs:us-east-1:000000000000:queue"),
    ],
)
def test_what_names_no_key_is_told(tell: Tell, name: str, message: str) -> None:
    async def story(scene: Scene) -> None:
        assert await told(scene.vault.find(OWNER, name)) == ("NotFoundException", message)

    tell(story)


def test_a_managed_key_is_made_when_it_is_first_used(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.vault.find(OWNER, "alias/aws/sqs")
        again = await scene.vault.find(OWNER, "alias/aws/sqs")
        elsewhere = await scene.vault.find("000000000000/eu-west-1", "alias/aws/sqs")

        assert key.document.manager == "AWS"
        assert again.id == key.id
        assert elsewhere.id != key.id

    tell(story)


def test_a_key_is_gone_with_its_aliases_when_its_time_has_come(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key(delete_at_ms=NOW + 7 * DAY_MS, enabled=False)
        await add_alias(scene, "mine", key)
        scene.clock.advance(7 * DAY_MS - 1)
        assert (await scene.vault.find(OWNER, key.id)).state == "PendingDeletion"

        scene.clock.advance(1)

        assert (await told(scene.vault.find(OWNER, key.id)))[0] == "NotFoundException"
        assert await scene.vault.store.resource(KEY, OWNER, key.id) is None
        assert await scene.vault.store.resource(ALIAS, OWNER, "mine") is None

    tell(story)


def test_old_ciphertexts_open_after_rotation(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key(rotation_days=90, rotate_at_ms=NOW + 90 * DAY_MS)
        before, old = await scene.vault.encrypt(key, b"hello", {})
        scene.clock.advance(90 * DAY_MS)

        after, new = await scene.vault.encrypt(await scene.vault.find(OWNER, key.id), b"hello", {})

        assert new != old
        for blob, material in ((before, old), (after, new)):
            opened = await scene.vault.decrypt("us-east-1", blob, {})
            assert (opened.clear, opened.material) == (b"hello", material)

    tell(story)


def test_a_key_that_nobody_used_for_long_rotates_once(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key(rotation_days=90, rotate_at_ms=NOW + 90 * DAY_MS)
        scene.clock.advance(200 * DAY_MS)

        rotated = await scene.vault.rotated(key)

        assert [each.at_ms for each in rotated.document.materials] == [NOW, NOW + 180 * DAY_MS]
        assert rotated.document.rotate_at_ms == NOW + 270 * DAY_MS

    tell(story)


@pytest.mark.parametrize("facts", [{"enabled": False}, {"delete_at_ms": NOW + 900 * DAY_MS}])
def test_a_key_out_of_use_does_not_rotate(tell: Tell, facts: dict[str, object]) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key(rotation_days=90, rotate_at_ms=NOW + 90 * DAY_MS, **facts)
        scene.clock.advance(90 * DAY_MS)

        assert (await scene.vault.rotated(key)).current == key.current

    tell(story)


def test_a_change_is_seen_by_the_next_use(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.vault.find(OWNER, (await scene.key()).id)
        blob, _ = await scene.vault.encrypt(key, b"hello", {})

        await scene.change(key, enabled=False)

        assert await told(scene.vault.decrypt("us-east-1", blob, {})) == (
            "DisabledException",
            f"{key.arn} is disabled.",
        )

    tell(story)


def test_a_ciphertext_of_a_key_that_is_gone_says_no_more_than_aws_does(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key()
        blob, _ = await scene.vault.encrypt(key, b"hello", {})
        await scene.change(key, delete_at_ms=NOW)

        assert (await told(scene.vault.decrypt("us-east-1", blob, {})))[0] == "AccessDeniedException"
        assert (await told(scene.vault.decrypt("eu-west-1", blob, {})))[0] == "AccessDeniedException"

    tell(story)


def test_backing_keys_are_sealed_in_the_store(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key()
        row = await scene.vault.store.resource(KEY, OWNER, key.id)

        assert row is not None
        assert key.material(key.current.id) == bytes(32)
        assert bytes(32) not in key.current.sealed

    tell(story)


def test_a_backing_key_that_was_put_into_another_keys_document_does_not_open(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        one, other = await scene.key(), await scene.key()
        row = other.resource
        document = msgspec.structs.replace(other.document, materials=one.document.materials)
        forged = Key(msgspec.structs.replace(row, document=encode(document)), scene.vault.ring)

        with pytest.raises(UnreadableEnvelope):
            forged.material(forged.current.id)

    tell(story)


def test_another_vault_sees_what_this_one_changed(tell: Tell) -> None:
    async def story(scene: Scene) -> None:
        key = await scene.key()
        other = Vault(scene.vault.store, scene.clock, scene.vault.ring)
        await other.find(OWNER, key.id)

        await scene.change(key, description="new")

        assert (await other.find(OWNER, key.id)).document.description == "new"

    tell(story)
