"""`chasqui` with a runner that runs nothing: Lambda's control plane is looked at without environments."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from chasqui.cli.main import main
from chasqui.services.lambda_.running import runner
from chasqui.services.lambda_.running.contract import Deployment, Finished, Invocation, Stream
from tests.support import Server

ENVIRONMENTS_MAX = 3


class FakeRunner:
    """Runs Python and provided runtimes, as it says; it has room for three provisioned environments."""

    async def run(self, deployment: Deployment, invocation: Invocation, stream: Stream | None = None) -> Finished:
        """What a function that tells what it was given would answer."""
        return Finished(payload=deployment.version.encode())

    async def provision(self, deployment: Deployment, count: int) -> int:
        return min(count, ENVIRONMENTS_MAX)

    def retire(self, name: str, keep: frozenset[str]) -> None:
        pass

    def supports(self, runtime: str) -> str | None:
        if runtime.startswith(("python", "provided", "image")):
            return None
        return f"This machine has no interpreter for {runtime}."

    def statistics(self) -> Mapping[str, object]:
        return {}

    async def close(self) -> None:
        pass


class FunctionServer(Server):
    """A server of its own process, with the runner above."""

    launch = (sys.executable, "-m", "tests.unit.lambda_functions.serving")

    def __init__(self, data: Path, *options: str, environ: dict[str, str] | None = None) -> None:
        super().__init__(data, *options, environ=environ)


if __name__ == "__main__":
    runner.make_runner = lambda means: FakeRunner()
    main()
