"""From a deployment to what is started for it: its files, its interpreter, its variables, its isolation."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.services.lambda_.running.contract import CannotRun
from chasqui.services.lambda_.running.control_groups import ControlGroups, find_control_groups
from chasqui.services.lambda_.running.drivers import image, java, nodejs, provided, python
from chasqui.services.lambda_.running.drivers.plan import Interpreter, Places, Plan
from chasqui.services.lambda_.running.interpreters import (
    PROVIDED,
    Interpreters,
    java_version,
    node_version,
    python_version,
    substitute_of,
)
from chasqui.services.lambda_.running.isolation import (
    Limits,
    View,
    bubblewrap,
    controlled,
    few_processes,
    isolated,
    limited,
    mortal,
)
from chasqui.services.lambda_.running.packages import Packages
from chasqui.services.lambda_.running.processes import ARGUMENTS, Command
from chasqui.services.lambda_.running.variables import variables_of

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means
    from chasqui.services.lambda_.running.contract import Deployment, Package

_NO_BUBBLEWRAP: Final = (
    "functions.isolation is bubblewrap, which does not work on this machine: install bubblewrap, and allow user"
    " namespaces."
)
_NO_EXTENSIONS: Final = "[chasqui] a layer has external extensions (/opt/extensions): they are not run here\n"
_WRAPPER: Final = "AWS_LAMBDA_EXEC_WRAPPER"
IMAGE: Final = "image"
_ABSENT: Final = "There is no {runtime} on this machine (the setting functions.interpreters names programs)."
# Of what prepares and isolates a function: none of the function's own variables, which may name libraries to load.
_OUTSIDE: Final = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
_log = logging.getLogger("chasqui.lambda")


class Launched(msgspec.Struct):
    """What an environment holds while it lives: `command` makes what is started, `release` gives back what was held."""

    command: Callable[[str, int, str], Command]
    label: str
    release: Callable[[], None]
    note: str = ""
    """What the function's log should say of it."""


class _Start:
    """One environment's facts."""

    def __init__(self, deployment: Deployment, plan: Plan, places: Places, keys: Mapping[str, str]) -> None:
        self.deployment = deployment
        self.plan = plan
        self.places = places
        self.keys = keys
        self.code = self.opt = Path()
        self.control: Sequence[str] = ()


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
        self._bubblewrap: str | None = None
        self._groups = ControlGroups(())
        self._cleaning: set[asyncio.Future[None]] = set()

    def supports(self, runtime: str) -> str | None:
        """Why this machine can not run a runtime; None when it can."""
        if runtime in PROVIDED:
            return None
        if runtime == IMAGE:
            return None if image.engine() is not None else image.MISSING
        if not (python_version(runtime) or node_version(runtime) or java_version(runtime)):
            return f"The runtime {runtime} can not be run on this machine."
        return self._lacking(runtime)

    def _lacking(self, runtime: str) -> str | None:
        """What a runtime that needs an interpreter does not find here."""
        if java_version(runtime) and not java.jars(self._means.limits.java_client):
            return java.MISSING
        if python_version(runtime) and self._parts() is None:
            return python.MISSING
        wanted = (runtime, substitute_of(runtime)) if self._means.limits.substitute else (runtime,)
        return None if any(map(self._interpreters.candidate, wanted)) else _ABSENT.format(runtime=runtime)

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
        if self._made is None or (self._made.done() and self._made.exception() is not None):
            self._made = asyncio.get_running_loop().create_task(asyncio.to_thread(self._make_folders))
        await asyncio.shield(self._made)
        if deployment.runtime == IMAGE:
            return await self._prepare_image(deployment)
        interpreter = await self._interpreter(deployment.runtime)
        keys = await self._means.role_keys(deployment.role, deployment.name)
        held: list[Sequence[Package]] = []
        try:
            code = await self._hold([deployment.code] if deployment.code else [], held)
            opt = await self._hold(deployment.layers, held)
            tmp = await asyncio.to_thread(tempfile.mkdtemp, prefix="tmp-", dir=self._folder)
            if self._bubblewrap:
                places = Places(task="/var/task", opt="/opt", runtime="/var/runtime", tmp="/tmp")
            else:
                places = Places(task=str(code), opt=str(opt), runtime=str(self._folder / "runtime"), tmp=tmp)
            plan = self._plan(deployment, places, interpreter, code, opt)
        except BaseException:
            for each in held:
                self._packages.release(each)
            raise
        start = _Start(deployment, plan, places, keys)
        start.code, start.opt = code, opt

        def release() -> None:
            for each in held:
                self._packages.release(each)
            self._later(partial(self._clean, Path(tmp), start.control))

        label = deployment.runtime + (f" ({interpreter.version})" if interpreter is not None else "")
        ignored = (opt / "extensions").is_dir()
        return Launched(partial(self._command, start), label, release, _NO_EXTENSIONS if ignored else "")

    async def _prepare_image(self, deployment: Deployment) -> Launched:
        program = image.engine()
        assert program is not None, "asked before"
        keys = await self._means.role_keys(deployment.role, deployment.name)
        name = f"chasqui-{os.getpid()}-{os.urandom(6).hex()}"
        places = Places(task="/var/task", opt="/opt", runtime="/var/runtime", tmp="/tmp")

        def command(runtime_api: str, _output: int, log_stream: str) -> Command:
            variables = self._variables(deployment, Plan(argv=()), places, keys, runtime_api, log_stream)
            argv = image.command(program, deployment, name, variables)
            passed = {name: value for name, value in variables.items() if name not in deployment.environment}
            environment = {**_OUTSIDE, **passed, **image.engine_variables(os.environ)}
            return Command(argv=mortal(argv), environment=environment, folder="/")

        return Launched(command, f"image {deployment.image}", lambda: self._later(partial(image.kill, program, name)))

    def _later(self, clean: Callable[[], None]) -> None:
        """Tidy up in a thread."""
        cleaning = asyncio.get_running_loop().run_in_executor(None, clean)
        self._cleaning.add(cleaning)
        cleaning.add_done_callback(self._cleaning.discard)

    def _plan(
        self, deployment: Deployment, places: Places, interpreter: Interpreter | None, code: Path, opt: Path
    ) -> Plan:
        if interpreter is None:
            return provided.plan(places, code, opt)
        if java_version(deployment.runtime):
            return java.plan(deployment, places, interpreter, java.jars(self._means.limits.java_client))
        if node_version(deployment.runtime):
            return nodejs.plan(deployment, places, interpreter)
        return python.plan(deployment, places, interpreter, self._parts() or {})

    def _clean(self, tmp: Path, control: Sequence[str]) -> None:
        _remove(tmp)
        self._groups.remove(control)

    async def _hold(self, packages: Sequence[Package], held: list[Sequence[Package]]) -> Path:
        if not packages:
            return self._folder / "empty"
        folder = await self._packages.hold(packages)
        held.append(packages)
        return folder

    def _make_folders(self) -> None:
        """What is done once, before the first environment; in a thread."""
        self._look_around()
        _remove_stale(self._means.scratch)
        for name in ("packages", "empty", "runtime"):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
        own = {"bootstrap.mjs": nodejs.CLIENT / "bootstrap.mjs"}
        for name, source in {**own, **(self._parts() or {})}.items():
            part = self._folder / "runtime" / name
            if source.parent in (python.CLIENT, nodejs.CLIENT):
                # A script's folder is where it really lies.
                shutil.copyfile(source, part)
            else:
                part.symlink_to(source)

    def _look_around(self) -> None:
        """See what functions can be kept apart with."""
        wanted = self._means.limits.isolation
        found = bubblewrap() if wanted != "process" else None
        if found is None and wanted == "bubblewrap":
            raise CannotRun("ServiceException", _NO_BUBBLEWRAP)
        self._bubblewrap = found
        self._groups = find_control_groups(f"chasqui-{self._folder.name}")
        if found is None and not wanted:
            _log.warning("functions run as plain processes, which see what the server sees: no bubblewrap here")
        elif found is not None and not self._groups.bases and os.geteuid() == 0:
            _log.warning("nothing bounds how many processes a function starts: no control groups for root")
        _log.info(
            "functions are run here",
            extra={"isolation": "bubblewrap" if found else "process", "control_groups": bool(self._groups.bases)},
        )

    async def _interpreter(self, runtime: str) -> Interpreter | None:
        """What runs a runtime; None for those that bring their own. Raises `CannotRun`."""
        if runtime in PROVIDED:
            return None
        found, other = self._interpreters, self._interpreters.candidate(substitute_of(runtime))
        path = found.candidate(runtime)
        interpreter = await found.ask(runtime, path) if path is not None else None
        if interpreter is not None and found.fits(runtime, interpreter):
            return interpreter
        replaceable = other is not None and self._means.limits.substitute and java_version(runtime) is None
        substitute = await found.ask(runtime, other) if replaceable and other else None
        if substitute is None:
            raise CannotRun("InvalidRuntimeException", _ABSENT.format(runtime=runtime))
        if runtime not in self._told:
            self._told.add(runtime)
            _log.warning(
                "no interpreter for a runtime: another version runs its functions",
                extra={"runtime": runtime, "version": substitute.version},
            )
        return substitute

    def _command(self, start: _Start, runtime_api: str, output: int, log_stream: str) -> Command:
        deployment, plan, places = start.deployment, start.plan, start.places
        variables = self._variables(deployment, plan, places, start.keys, runtime_api, log_stream)
        if plan.framed:
            variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(output)
        if self._groups.bases and not start.control:
            start.control = self._groups.make(f"function-{os.urandom(6).hex()}", _control_mb(deployment))
        limits = Limits(deployment.memory_mb, deployment.ephemeral_mb, start.control, plan.reserves_address_space)
        wrapper = deployment.environment.get(_WRAPPER) if deployment.runtime not in PROVIDED else None
        argv = [wrapper, *plan.argv] if wrapper else plan.argv
        if self._bubblewrap:
            mounts, links = _mounts(start)
            view = View(plan.folders, mounts, deployment.ephemeral_mb, links)
            program, *words = isolated(self._bubblewrap, view, places.task)
            inside = [program, "--args", ARGUMENTS, *words, *few_processes(argv)]
        else:
            inside = mortal(argv)
        settings = [word for name, value in variables.items() for word in ("--setenv", name, value)]
        return Command(
            argv=controlled(limited(inside, limits), start.control),
            environment=_OUTSIDE if self._bubblewrap else variables,
            folder="/" if self._bubblewrap else places.task,
            files=(output,) if plan.framed else (),
            arguments=settings if self._bubblewrap else (),
        )

    def _variables(
        self,
        deployment: Deployment,
        plan: Plan,
        places: Places,
        keys: Mapping[str, str],
        runtime_api: str,
        log_stream: str,
    ) -> dict[str, str]:
        return variables_of(
            deployment,
            plan,
            places,
            keys=keys,
            endpoint=self._means.endpoint,
            runtime_api=runtime_api,
            log_stream=log_stream,
        )

    async def close(self) -> None:
        """Remove what was unpacked."""
        await asyncio.gather(*self._cleaning, return_exceptions=True)
        await asyncio.to_thread(self._remove_all)

    def _remove_all(self) -> None:
        _remove(self._folder)
        self._groups.close()


def _mounts(start: _Start) -> tuple[dict[str, Path], dict[str, str]]:
    """Where an isolated function sees its files, and links. Layers' entries one by one: /opt may hold an interpreter
    too."""
    mounts, links = {start.places.task: start.code}, {}
    for each in sorted(start.opt.iterdir()):
        place = f"{start.places.opt}/{each.name}"
        if each.is_symlink():
            links[place] = os.readlink(each)
        else:
            mounts[place] = each
    for name, source in start.plan.parts.items():
        mounts[f"{start.places.runtime}/{name}"] = source
    return mounts, links


def _control_mb(deployment: Deployment) -> int:
    """What the kernel holds a function to: its /tmp is memory too."""
    return deployment.memory_mb + deployment.ephemeral_mb


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(scratch: Path) -> None:
    """Remove the folders of processes that are no more. In a container a server has the number that the one before it
    had."""
    with suppress(OSError):
        for each in scratch.iterdir():
            pid = each.name.partition("-")[0]
            if pid.isdigit() and (not _alive(int(pid)) or (int(pid) == os.getpid() and _older_than_us(each))):
                _remove(each)


def _older_than_us(folder: Path) -> bool:
    """Whether a folder was there before this process."""
    with suppress(OSError):
        return folder.stat().st_mtime < Path("/proc/self").stat().st_ctime
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
