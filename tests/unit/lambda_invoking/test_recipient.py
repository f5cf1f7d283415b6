"""Functions as other services send to them."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.base.principal import service_principal
from chasqui.fabric.letters import Around, Letter
from chasqui.fabric.recipients import Recipient, Undeliverable
from chasqui.services.lambda_.functions.documents import AliasDocument, VersionDocument, new_alias, new_version
from chasqui.store.port import Transaction
from tests.unit.lambda_invoking.conftest import ACCOUNT, NOW, OWNER, ROLE, Scene


async def found(scene: Scene, arn: str) -> Recipient:
    recipient = await scene.room.recipients.find(arn)
    assert recipient is not None
    return recipient


async def post(scene: Scene, recipient: Recipient, letter: Letter) -> None:
    await scene.store.append_messages(recipient.queue, [recipient.draft(letter, scene.clock.now_ms())])
    await scene.rest()


def test_a_letter_is_an_event_of_the_function(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        recipient = await found(scene, arn)
        await post(scene, recipient, Letter('{"Records":[]}', "s3"))
        assert [each.payload for each in scene.runner.met] == [b'{"Records":[]}']
        assert recipient.counted == ("AsyncEventsReceived", arn)

    tell(story)


def test_a_letter_with_something_around_it_is_put_together(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        recipient = await found(scene, await scene.function())
        await post(scene, recipient, Letter('"b"', "sns", around=Around('{"a":', "}")))
        assert scene.runner.met[0].payload == b'{"a":"b"}'

    tell(story)


def test_an_alias_in_the_arn_is_respected(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        document = VersionDocument(build="f-7", revision="7", modified_ms=NOW, role=ROLE, runtime="python3.11")

        async def publish(tx: Transaction) -> None:
            await tx.create(new_version(OWNER, "f", "7", document))
            await tx.create(new_alias(OWNER, "f", "live", AliasDocument("7", "r")))

        await scene.store.transaction(publish)
        await post(scene, await found(scene, f"{arn}:live"), Letter("{}", "s3"))
        assert scene.runner.met[0].function_arn == f"{arn}:live"

    tell(story)


@pytest.mark.parametrize("rest", ["function:nobody", "function:f:nobody", "layer:f", "function:f:live:x", "function:"])
def test_what_is_not_there_is_nobody(tell: Any, rest: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.function()
        assert await scene.room.recipients.find(f"arn:aws:lambda:us-east-1:000000000000:{rest}") is None

    tell(story)


def test_what_is_at_hand_is_forgotten_when_the_function_changes(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        await found(scene, arn)
        await scene.ask("lambda", "DeleteFunction", FunctionName="f")
        assert await scene.room.recipients.find(arn) is None
        await scene.function()
        again = await found(scene, arn)
        await post(scene, again, Letter("{}", "s3"))
        assert len(scene.runner.met) == 1

    tell(story)


def test_a_letter_that_is_larger_than_events_may_be_is_not_taken(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        recipient = await found(scene, await scene.function())
        with pytest.raises(Undeliverable, match="1048576 bytes at most"):
            recipient.draft(Letter('"' + "x" * 1_048_576 + '"', "s3"), NOW)

    tell(story)


class Bucket:
    """On whose behalf S3 sends."""

    service = service_principal("s3.amazonaws.com")
    arn = "arn:aws:s3:::pictures"
    account = ACCOUNT


def test_who_has_no_permission_is_not_let_in_though_it_is_of_the_same_account(tell: Any) -> None:
    async def story(scene: Scene) -> None:
        recipient = await found(scene, await scene.function())
        assert not await scene.room.recipients.admits(recipient, Bucket())

    tell(story)


@pytest.mark.parametrize(("source", "admitted"), [("arn:aws:s3:::pictures", True), ("arn:aws:s3:::others", False)])
def test_a_permission_lets_its_source_in_from_then_on(tell: Any, source: str, admitted: bool) -> None:
    async def story(scene: Scene) -> None:
        arn = await scene.function()
        assert not await scene.room.recipients.admits(await found(scene, arn), Bucket())
        await scene.ask(
            "lambda", "AddPermission", FunctionName="f", StatementId="s3", Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com", SourceArn=source,
        )  # fmt: skip
        assert await scene.room.recipients.admits(await found(scene, arn), Bucket()) is admitted

    tell(story)
