"""Functions that are container images: run by the machine's Docker or Podman, in the machine's network, for the server
and the Runtime API are on loopback. The image brings its own runtime client.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Deployment

MISSING: Final = "Functions that are container images need Docker or Podman, which does not run on this machine."
_SOCKETS: Final = ("/var/run/docker.sock", "/run/docker.sock")
_PROCESSES_MAX: Final = 1024
_KILL_SECONDS: Final = 20
# These are the image's own.
_NOT_PASSED: Final = frozenset(("PATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"))


def engine() -> str | None:
    """The program that runs containers, where there seems to be an engine for it; asked in no time."""
    docker = shutil.which("docker")
    reachable = bool(os.environ.get("DOCKER_HOST")) or any(Path(each).exists() for each in _SOCKETS)
    return docker if docker is not None and reachable else shutil.which("podman")


def command(program: str, deployment: Deployment, name: str, variables: Mapping[str, str]) -> list[str]:
    """What starts a container under this name. Variables are passed on from the environment of the program, but for
    those that the function may have chosen: they are not for the program."""
    argv = [program, "run", "--rm", "--name", name, "--network", "host", "--init"]
    argv += ["--memory", f"{deployment.memory_mb}m", "--pids-limit", str(_PROCESSES_MAX)]
    argv += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    argv += ["--tmpfs", f"/tmp:rw,exec,size={deployment.ephemeral_mb}m"]
    for each, value in variables.items():
        if each in deployment.environment:
            argv += ["--env", f"{each}={value}"]
        elif each not in _NOT_PASSED:
            argv += ["--env", each]
    config = deployment.image_config
    entry = cast(Sequence[str], config.get("EntryPoint") or ())
    words = cast(Sequence[str], config.get("Command") or ())
    if config.get("WorkingDirectory"):
        argv += ["--workdir", str(config["WorkingDirectory"])]
    if entry:
        argv += ["--entrypoint", entry[0]]
    return [*argv, deployment.image or "", *entry[1:], *words]


def kill(program: str, name: str) -> None:
    """End a container that may still run; blocks."""
    subprocess.run([program, "kill", name], capture_output=True, timeout=_KILL_SECONDS, check=False)


def engine_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """What the program itself needs of the server's environment."""
    return {name: environ[name] for name in ("HOME", "DOCKER_HOST", "XDG_RUNTIME_DIR") if name in environ}
