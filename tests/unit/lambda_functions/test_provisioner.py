"""What the runner is told to keep, as configurations and aliases change."""

from __future__ import annotations

from chasqui.services.lambda_.functions import aliases, provisioning
from chasqui.services.lambda_.running.contract import CannotRun, Deployment
from chasqui.services.lambda_.types import (
    CreateAliasRequest,
    DeleteAliasRequest,
    GetProvisionedConcurrencyConfigRequest,
    PutProvisionedConcurrencyConfigRequest,
    UpdateAliasRequest,
)
from tests.unit.lambda_functions.serving import FakeRunner
from tests.unit.lambda_functions.test_directory import CALL, Scene, played, until


class Noting(FakeRunner):
    """Notes what it is to keep: (version, how many)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.fails = False

    async def provision(self, deployment: Deployment, count: int) -> int:
        if self.fails:
            raise CannotRun("InvalidRuntimeException", "no interpreter here")
        self.told.append((deployment.version, count))
        return count


async def ready(scene: Scene) -> Noting:
    """A function with two versions and an alias that leads to the first."""
    runner = Noting()
    vars(scene.room)["runner"] = runner
    await scene.create(Publish=True)
    await scene.publish("two = 2\n")
    await aliases.create_alias(scene.room, CALL, CreateAliasRequest("f", "live", "1"))
    await scene.room.provisioner.begin()
    return runner


async def put(scene: Scene, qualifier: str, count: int) -> None:
    request = PutProvisionedConcurrencyConfigRequest("f", qualifier, count)
    await provisioning.put_provisioned_concurrency_config(scene.room, CALL, request)


def test_environments_follow_an_alias_to_another_version() -> None:
    async def play(scene: Scene) -> None:
        scene.room.endpoint = "http://localhost:4566"
        runner = await ready(scene)
        await put(scene, "live", 2)
        await until(lambda: runner.told == [("1", 2)])

        await aliases.update_alias(scene.room, CALL, UpdateAliasRequest("f", "live", "2"))

        await until(lambda: runner.told == [("1", 2), ("1", 0), ("2", 2)])

    played(play)


def test_environments_are_let_go_with_their_alias() -> None:
    async def play(scene: Scene) -> None:
        scene.room.endpoint = "http://localhost:4566"
        runner = await ready(scene)
        await put(scene, "live", 2)
        await until(lambda: runner.told == [("1", 2)])

        await aliases.delete_alias(scene.room, CALL, DeleteAliasRequest("f", "live"))

        await until(lambda: runner.told == [("1", 2), ("1", 0)])

    played(play)


def test_nothing_is_started_before_the_server_listens() -> None:
    async def play(scene: Scene) -> None:
        runner = await ready(scene)
        await put(scene, "1", 1)
        assert runner.told == []

        scene.room.endpoint = "http://localhost:4566"

        await until(lambda: runner.told == [("1", 1)])

    played(play)


def test_why_nothing_can_be_kept_is_told() -> None:
    async def play(scene: Scene) -> None:
        scene.room.endpoint = "http://localhost:4566"
        (await ready(scene)).fails = True
        await put(scene, "1", 1)
        place = ("000000000000/us-east-1", "f:1")
        await until(lambda: scene.room.provisioner.kept(place, 1).status == "FAILED")

        told = await provisioning.get_provisioned_concurrency_config(
            scene.room, CALL, GetProvisionedConcurrencyConfigRequest("f", "1")
        )

        assert (told.Status, told.StatusReason) == ("FAILED", "no interpreter here")

    played(play)
