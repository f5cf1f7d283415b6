"""The settings of a fleet: one TOML file, read and checked whole before anything is started."""

from __future__ import annotations

import os
import shutil
import signal
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from chasqui.base.errors import SettingsError

_ENDPOINT = "http://127.0.0.1:4566"
WORKERS_MAX = 1000
_PORT_MAX = 65_535
_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")

Positive = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; a key that it does not know is an error."""


class Scaling(_Table, frozen=True, kw_only=True):
    """How many workers there are. The periods' numbers are those of the alarms that AWS' target tracking makes."""

    min: Annotated[int, msgspec.Meta(ge=0, le=WORKERS_MAX)] = 1
    max: Annotated[int, msgspec.Meta(ge=1, le=WORKERS_MAX)] = 10
    backlog_per_worker: Positive = 100
    period_seconds: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 60
    """Between two looks at the queue: CloudWatch's period. Looking is by design: a metric is what is sampled."""
    scale_out_periods: Count = 3
    scale_in_periods: Count = 15
    scale_out_cooldown_seconds: Seconds = 60
    scale_in_cooldown_seconds: Seconds = 300
    count_in_flight: bool = False
    """Whether messages that workers have received and not deleted count as backlog, too."""


class Restart(_Table, frozen=True, kw_only=True):
    """What happens when a worker ends by itself."""

    delay_seconds: Positive = 1
    delay_max_seconds: Positive = 60
    crashes_max: Count = 5
    """So many crashes within the window, and the worker is given up until SIGHUP."""
    crash_window_seconds: Positive = 300
    start_grace_seconds: Seconds = 10
    """So long after its start a worker may fail its health check; and who ends sooner has crashed."""


class Health(_Table, frozen=True, kw_only=True):
    """How a worker shows that it is well: one of `command`, `http` and `heartbeat_seconds`, or by being there."""

    command: tuple[str, ...] = ()
    http: str = ""
    heartbeat_seconds: Seconds = 0
    interval_seconds: Positive = 10
    timeout_seconds: Positive = 5
    failures_max: Count = 3


class Output(_Table, frozen=True, kw_only=True):
    """Where what workers print goes: with a prefix to standard output, or to a file each in `folder`."""

    folder: str = ""
    file_bytes_max: Annotated[int, msgspec.Meta(ge=4096)] = 10_000_000
    files_max: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5


class FleetSettings(_Table, frozen=True, kw_only=True):
    """The whole file. Paths are relative to its folder."""

    queue: Annotated[str, msgspec.Meta(min_length=1)]
    name: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{0,60}\Z")] = ""
    endpoint: str = ""
    region: str = ""
    command: tuple[str, ...] = ()
    image: str = ""
    directory: str = "."
    port_base: Annotated[int, msgspec.Meta(ge=0, le=_PORT_MAX - WORKERS_MAX)] = 0
    """The first worker's WORKER_PORT, the next one's is one more. 0: none has one."""
    stop_signal: str = "TERM"
    stop_grace_seconds: Seconds = 30
    listen: str = ""
    status_file: str = ""
    env: dict[str, str] = {}
    scaling: Scaling = Scaling()
    restart: Restart = Restart()
    health: Health = Health()
    output: Output = Output()

    @property
    def signal(self) -> signal.Signals:
        """The signal that asks a worker to end."""
        return signal.Signals[f"SIG{self.stop_signal.removeprefix('SIG')}"]

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port of `listen`; None when it is not set."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]") or "127.0.0.1", int(port)) if self.listen else None


def load_fleet(path: Path, environ: Mapping[str, str] | None = None) -> FleetSettings:
    """Read a fleet's file. Raises `SettingsError` that says what to change."""
    environ = os.environ if environ is None else environ
    try:
        with path.open("rb") as file:
            settings = msgspec.convert(tomllib.load(file), FleetSettings)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path}: {error}") from error
    folder = path.resolve().parent
    filled: dict[str, Any] = {
        "name": settings.name or path.stem,
        "endpoint": settings.endpoint or _endpoint(settings.queue, environ),
        "region": settings.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "",
        "directory": str(folder / settings.directory),
        "status_file": str(folder / settings.status_file) if settings.status_file else "",
    }
    if settings.output.folder:
        filled["output"] = msgspec.structs.replace(settings.output, folder=str(folder / settings.output.folder))
    settings = msgspec.structs.replace(settings, **filled)
    wrong = _mistake(settings)
    if wrong:
        raise SettingsError(f"{path}: {wrong}")
    return settings


def _endpoint(queue: str, environ: Mapping[str, str]) -> str:
    """Where the queue is, by the SDKs' variables or its URL; "" for AWS itself, which SDKs find by the region."""
    named = environ.get("AWS_ENDPOINT_URL_SQS") or environ.get("AWS_ENDPOINT_URL")
    if named or "://" not in queue:
        return named or _ENDPOINT
    url = urlsplit(queue)
    return (
        "" if (url.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")) else f"{url.scheme}://{url.netloc}"
    )


def _mistake(settings: FleetSettings) -> str:
    """What is wrong with settings whose values are each in their ranges; "" for nothing."""
    scaling, restart, health = settings.scaling, settings.restart, settings.health
    checks = bool(health.command) + bool(health.http) + bool(health.heartbeat_seconds)
    mistakes = {
        f"scaling.min ({scaling.min}) is above scaling.max ({scaling.max})": scaling.min > scaling.max,
        "restart.delay_seconds is above restart.delay_max_seconds": restart.delay_seconds > restart.delay_max_seconds,
        "health takes one of command, http and heartbeat_seconds": checks > 1,
        "health.http is an http:// address, in which {port} stands for the worker's": bool(health.http)
        and not health.http.startswith("http://"),
        "a heartbeat file cannot be seen in a container: take health.command or health.http": bool(settings.image)
        and health.heartbeat_seconds > 0,
        "health.http names {port}, which takes port_base": "{port}" in health.http and not settings.port_base,
        f"there is no signal {settings.stop_signal}": not _is(lambda: settings.signal),
        "listen is host:port": not _is(lambda: settings.address is None or range(_PORT_MAX + 1)[settings.address[1]]),
    }
    return next((text for text, made in mistakes.items() if made), "") or _missing(settings)


def _is(read: Callable[[], object]) -> bool:
    """Whether something can be read."""
    try:
        read()
    except (LookupError, ValueError):
        return False
    return True


def _missing(settings: FleetSettings) -> str:
    """What the machine lacks that these settings need."""
    if not Path(settings.directory).is_dir():
        return f"directory {settings.directory} is not there"
    if settings.image:
        return "" if engine() else "image takes Docker or Podman, and neither is installed: give a command instead"
    if not settings.command:
        return "give a command, or an image"
    program = settings.command[0]
    looked = str(Path(settings.directory, program)) if "/" in program else program
    path = settings.env.get("PATH") or os.environ.get("PATH")
    return "" if shutil.which(looked, path=path) else f"the command's {program} is not there, or cannot be run"


def engine() -> str | None:
    """The container engine's command, when one is installed: Docker where its daemon seems to be there, else Podman."""
    docker, podman = shutil.which("docker"), shutil.which("podman")
    there = "DOCKER_HOST" in os.environ or any(Path(each).exists() for each in _SOCKETS)
    return docker if docker and (there or not podman) else podman
