"""What invocations find in the directory: deployments by qualifier, never staler than an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chasqui.assembly import assemble
from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.principal import root_of
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import memory_ring
from chasqui.services.lambda_.functions import (
    aliases,
    concurrency,
    creating,
    deleting,
    event_invokes,
    updating,
    urls,
    versions,
)
from chasqui.services.lambda_.functions.directory import Directory, EventInvoke, Target
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    AliasRoutingConfiguration,
    CreateAliasRequest,
    CreateFunctionRequest,
    CreateFunctionUrlConfigRequest,
    DeadLetterConfig,
    DeleteFunctionRequest,
    DestinationConfig,
    Environment,
    FunctionCode,
    OnFailure,
    PublishVersionRequest,
    PutFunctionConcurrencyRequest,
    PutFunctionEventInvokeConfigRequest,
    UpdateFunctionCodeRequest,
    UpdateFunctionConfigurationRequest,
)
from chasqui.store.port import QueueGone
from chasqui.store.sqlite import open_store
from tests.unit.lambda_functions.conftest import ROLE, zipped
from tests.unit.lambda_functions.serving import FakeRunner

ACCOUNT, REGION = "000000000000", "us-east-1"
CALL = Call(ACCOUNT, REGION, root_of(ACCOUNT), ACCOUNT, "http://localhost:4566")
QUEUE = "arn:aws:sqs:us-east-1:000000000000:failures"


class Scene:
    """A room with a runner that notes what it is told to retire; `chances` decide where weighted aliases lead."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.retired: list[tuple[str, frozenset[str]]] = []
        self.chances = iter([0.0])
        directory = Directory(room, lambda: next(self.chances))
        directory.retire = lambda name, keep: self.retired.append((name, keep))
        vars(room).update(runner=FakeRunner(), functions=directory)

    async def create(self, **options: Any) -> None:
        given = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, **options}
        code = FunctionCode(ZipFile=zipped())
        await creating.create_function(self.room, CALL, CreateFunctionRequest(Code=code, **given))

    async def find(self, qualifier: str = "") -> Target:
        found = await self.room.functions.target(ACCOUNT, REGION, "f", qualifier)
        assert found is not None
        return found

    async def publish(self, text: str) -> None:
        code = zipped({"app.py": text})
        await updating.update_function_code(self.room, CALL, UpdateFunctionCodeRequest("f", ZipFile=code))
        await versions.publish_version(self.room, CALL, PublishVersionRequest("f"))


def played(play: Callable[[Scene], Awaitable[None]]) -> None:
    """Run a play on a store in memory."""

    async def run() -> None:
        clock = TestClock()
        store = await open_store(None, clock=clock)
        room = assemble(Settings(database="memory"), store, clock, memory_ring()).functions
        try:
            await play(Scene(room))
        finally:
            await room.background.close()
            await store.close()

    asyncio.run(run())


def test_a_deployment_has_what_was_configured() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(Environment=Environment({"STAGE": "one"}), Timeout=7, MemorySize=256, Publish=True)
        latest, version = (await scene.find()).deployment, (await scene.find("1")).deployment

        assert (latest.arn, version.arn) == (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", f"{latest.arn}:1")
        assert (latest.version, version.version) == ("$LATEST", "1")
        assert latest.id != version.id
        assert latest.code == version.code
        assert (latest.environment, latest.timeout_ms, latest.memory_mb) == ({"STAGE": "one"}, 7000, 256)

    played(play)


def test_variables_are_not_readable_in_the_store() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(Environment=Environment({"SECRET": "do not tell"}))

        stored = await scene.room.store.resources("lambda:version", f"{ACCOUNT}/{REGION}")

        assert all(b"do not tell" not in each.document and b"SECRET" not in each.document for each in stored)

    played(play)


def test_what_changes_is_found_changed_at_once() -> None:
    async def play(scene: Scene) -> None:
        await scene.create()
        before = await scene.find()

        await updating.update_function_configuration(
            scene.room, CALL, UpdateFunctionConfigurationRequest("f", Timeout=9)
        )
        await concurrency.put_function_concurrency(scene.room, CALL, PutFunctionConcurrencyRequest("f", 5))

        after = await scene.find()
        assert (before.deployment.timeout_ms, after.deployment.timeout_ms) == (3000, 9000)
        assert (before.reserved, after.reserved) == (None, 5)
        assert after.deployment.id != before.deployment.id
        assert await scene.room.functions.reserved(ACCOUNT, REGION) == 5

    played(play)


def test_a_weighted_alias_leads_where_chance_says() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(Publish=True)
        await scene.publish("two = 2\n")
        routing = AliasRoutingConfiguration({"2": 0.25})
        await aliases.create_alias(scene.room, CALL, CreateAliasRequest("f", "live", "1", RoutingConfig=routing))

        scene.chances = iter([0.0, 0.74, 0.76, 0.999])
        led = [(await scene.find("live")).deployment.version for _ in range(4)]

        assert led == ["1", "1", "2", "2"]

    played(play)


def test_an_aliases_target_tells_what_was_invoked() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(Publish=True)
        await aliases.create_alias(scene.room, CALL, CreateAliasRequest("f", "live", "1"))

        found = await scene.find("live")

        assert found.invoked_arn == f"{found.arn}:live"
        assert (found.qualifier, found.deployment.version) == ("live", "1")

    played(play)


@pytest.mark.parametrize("qualifier", ["7", "nowhere", "$LATES"])
def test_a_qualifier_that_is_not_there_leads_nowhere(qualifier: str) -> None:
    async def play(scene: Scene) -> None:
        await scene.create()

        assert await scene.room.functions.target(ACCOUNT, REGION, "f", qualifier) is None
        assert await scene.room.functions.target(ACCOUNT, REGION, "g", "") is None

    played(play)


def test_only_what_there_is_is_kept_running() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(Publish=True)
        await scene.publish("two = 2\n")
        expected = frozenset([(await scene.find(each)).deployment.id for each in ("", "1", "2")])
        await until(lambda: bool(scene.retired) and scene.retired[-1] == (f"{ACCOUNT}/{REGION}/f", expected))

        await deleting.delete_function(scene.room, CALL, DeleteFunctionRequest("f"))

        await until(lambda: scene.retired[-1] == (f"{ACCOUNT}/{REGION}/f", frozenset()))

    played(play)


async def until(check: Callable[[], bool]) -> None:
    """Come back when it is true; fail when it does not come true."""
    for _ in range(500):
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true in time")


def test_events_are_configured_by_qualifier_and_dead_letters_by_version() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(DeadLetterConfig=DeadLetterConfig(QUEUE), Publish=True)
        request = PutFunctionEventInvokeConfigRequest(
            "f", "1", MaximumRetryAttempts=0, DestinationConfig=DestinationConfig(OnFailure=OnFailure(QUEUE))
        )
        await event_invokes.put_function_event_invoke_config(scene.room, CALL, request)
        directory = scene.room.functions

        assert await directory.event_invoke(await scene.find()) == EventInvoke(dead_letter=QUEUE)
        assert await directory.event_invoke(await scene.find("1")) == EventInvoke(
            retries_max=0, on_failure=QUEUE, dead_letter=QUEUE
        )

    played(play)


def test_a_function_has_one_queue_of_events_which_goes_with_it() -> None:
    async def play(scene: Scene) -> None:
        await scene.create()
        before = await scene.find()

        first = await scene.room.functions.event_queue(before)
        again = await scene.room.functions.event_queue(before)

        assert first == again == (await scene.find()).queue
        await deleting.delete_function(scene.room, CALL, DeleteFunctionRequest("f"))
        with pytest.raises(QueueGone):
            await scene.room.functions.event_queue(before)
        with pytest.raises(QueueGone):
            await scene.room.store.append_messages(first, [])

    played(play)


def test_a_urls_id_leads_to_its_function() -> None:
    async def play(scene: Scene) -> None:
        await scene.create()
        made = await urls.create_function_url_config(
            scene.room, CALL, CreateFunctionUrlConfigRequest("f", AuthType="NONE")
        )
        id_ = made.FunctionUrl.removeprefix("http://").partition(".")[0]

        found = await scene.room.functions.url(id_)

        assert found is not None
        assert (found.account, found.region, found.name, found.qualifier, found.auth) == (
            ACCOUNT, REGION, "f", "", "NONE",
        )  # fmt: skip
        await deleting.delete_function(scene.room, CALL, DeleteFunctionRequest("f"))
        assert await scene.room.functions.url(id_) is None

    played(play)


def test_a_packages_bytes_go_with_the_last_who_has_it() -> None:
    async def play(scene: Scene) -> None:
        await scene.create(Publish=True)
        code = (await scene.find()).deployment.code
        assert code is not None

        await updating.update_function_code(
            scene.room, CALL, UpdateFunctionCodeRequest("f", ZipFile=zipped({"app.py": "other = 1\n"}))
        )
        assert await scene.room.store.blob_size(code.blob) == code.size

        await deleting.delete_function(scene.room, CALL, DeleteFunctionRequest("f", "1"))
        assert await scene.room.store.blob_size(code.blob) is None

    played(play)
