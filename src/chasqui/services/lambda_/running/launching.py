"""From a deployment to what is started for it: its files, its interpreter, its variables, its isolation."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from chasqui.services.lambda_.running.contract import CannotRun
from chasqui.services.lambda_.running.drivers import python
from chasqui.services.lambda_.running.drivers.plan import Interpreter, Places, Plan
from chasqui.services.lambda_.running.interpreters import Interpreters, own_version, python_version
from chasqui.services.lambda_.running.packages import Packages
from chasqui.services.lambda_.running.processes import Command
from chasqui.services.lambda_.running.variables import variables_of

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Deployment, Package

_log = logging.getLogger("chasqui.lambda")


class Launched(msgspec.Struct):
    """What an environment holds while it lives: `command` makes what is started, `release` gives back what was held."""

    command: Callable[[str, int, str], Command]
    label: str
    release: Callable[[], None]


class Launcher:
    """Prepares environments. Folders are this process' own; those of processes that have ended are removed."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._interpreters = Interpreters(means.limits.interpreters)
        self._folder = means.scratch / f"{os.getpid()}-{os.urandom(4).hex()}"
        self._packages = Packages(means.store, self._folder / "packages", means.limits.unzipped_bytes_max)
        self._made: asyncio.Task[None] | None = None
        self._python_parts: Mapping[str, Path] | None = None
        self._told: set[str] = set()

    def supports(self, runtime: str) -> str | None:
        """Why this machine can not run a runtime; None when it can."""
        if python_version(runtime) is not None:
            if self._parts() is None:
                return python.MISSING
            if self._interpreters.candidate(runtime) is None and not self._means.limits.substitute:
                return f"There is no {runtime} on this machine (setting functions.interpreters names programs)."
            return None
        return f"The runtime {runtime} can not be run on this machine."

    def _parts(self) -> Mapping[str, Path] | None:
        if self._python_parts is None:
            self._python_parts = python.parts()
        return self._python_parts

    async def prepare(self, deployment: Deployment) -> Launched:
        """Everything that an environment needs before its process is started. Raises `CannotRun`, `ServiceError`,
        `OSError`."""
        why = self.supports(deployment.runtime)
        if why is not None:
            raise CannotRun("InvalidRuntimeException", why)
        if self._made is None:
            self._made = asyncio.get_running_loop().create_task(asyncio.to_thread(self._make_folders))
        await asyncio.shield(self._made)
        interpreter = await self._interpreter(deployment.runtime)
        keys = await self._means.role_keys(deployment.role, deployment.name)
        held: list[Sequence[Package]] = []
        try:
            code = await self._hold([deployment.code] if deployment.code else [], held)
            opt = await self._hold(deployment.layers, held)
        except BaseException:
            for each in held:
                self._packages.release(each)
            raise
        tmp = await asyncio.to_thread(tempfile.mkdtemp, prefix="tmp-", dir=self._folder)
        places = Places(task=str(code), opt=str(opt), runtime=str(self._folder / "python"), tmp=tmp)
        plan = python.plan(deployment, places, interpreter, self._parts() or {})

        def command(runtime_api: str, output: int, log_stream: str) -> Command:
            return self._command(deployment, plan, places, keys, runtime_api, output, log_stream)

        def release() -> None:
            for each in held:
                self._packages.release(each)
            asyncio.get_running_loop().run_in_executor(None, _remove, Path(tmp))

        return Launched(command, f"{deployment.runtime} ({interpreter.version})", release)

    async def _hold(self, packages: Sequence[Package], held: list[Sequence[Package]]) -> Path:
        if not packages:
            return self._folder / "empty"
        folder = await self._packages.hold(packages)
        held.append(packages)
        return folder

    def _make_folders(self) -> None:
        _remove_stale(self._means.scratch)
        for name in ("packages", "empty", "python"):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
        for name, source in (self._parts() or {}).items():
            part = self._folder / "python" / name
            if source.parent == python.CLIENT:
                # A script's folder is where it really lies.
                shutil.copyfile(source, part)
            else:
                part.symlink_to(source)

    async def _interpreter(self, runtime: str) -> Interpreter:
        path = self._interpreters.candidate(runtime)
        found = await self._interpreters.python(path) if path is not None else None
        if found is None and self._means.limits.substitute:
            found = await self._interpreters.python(self._interpreters.candidate(f"python{own_version()}") or "")
            if found is not None and runtime not in self._told:
                self._told.add(runtime)
                _log.warning(
                    "no interpreter for a runtime: another version runs its functions",
                    extra={"runtime": runtime, "version": found.version},
                )
        if found is None:
            raise CannotRun("InvalidRuntimeException", f"There is no {runtime} on this machine.")
        return found

    def _command(
        self,
        deployment: Deployment,
        plan: Plan,
        places: Places,
        keys: Mapping[str, str],
        runtime_api: str,
        output: int,
        log_stream: str,
    ) -> Command:
        variables = variables_of(
            deployment,
            plan,
            places,
            keys=keys,
            endpoint=self._means.endpoint,
            runtime_api=runtime_api,
            log_stream=log_stream,
        )
        if plan.framed:
            variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(output)
        return Command(
            argv=plan.argv,
            environment=variables,
            folder=places.task,
            files=(output,) if plan.framed else (),
        )

    async def close(self) -> None:
        """Remove what was unpacked."""
        await asyncio.to_thread(_remove, self._folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(scratch: Path) -> None:
    """Remove the folders of processes that are no more."""
    with suppress(OSError):
        for each in scratch.iterdir():
            pid = each.name.partition("-")[0]
            if pid.isdigit() and int(pid) != os.getpid() and not _alive(int(pid)):
                _remove(each)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
