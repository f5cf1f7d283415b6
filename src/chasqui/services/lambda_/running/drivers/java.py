"""Functions of Java: AWS' own runtime client (`aws-lambda-java-runtime-interface-client`), whose jars lie in the folder
that the setting `functions.java_client` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.running.drivers.plan import Interpreter, Places, Plan

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Deployment

_MAIN: Final = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
_HEAP_SHARE: Final = 0.75
MISSING: Final = (
    "Functions of Java need the jars of aws-lambda-java-runtime-interface-client and what it depends on, in a folder"
    " that the setting functions.java_client names."
)


def jars(folder: str) -> list[Path]:
    """The runtime client's; none where it is not."""
    found = sorted(Path(folder).glob("*.jar")) if folder else []
    return found if any("runtime-interface-client" in each.name for each in found) else []


def plan(deployment: Deployment, places: Places, interpreter: Interpreter, client: list[Path]) -> Plan:
    """How a function of Java is started. The client finds the function's own classes by LAMBDA_TASK_ROOT."""
    heap_mb = int(deployment.memory_mb * _HEAP_SHARE)
    # As AWS starts them: little time is spent on compiling what runs briefly.
    options = (f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
    isolated = places.runtime == "/var/runtime"
    path = ":".join(f"{places.runtime}/{each.name}" if isolated else str(each) for each in client)
    return Plan(
        argv=(interpreter.path, *options, "-cp", path, _MAIN, deployment.handler),
        parts={each.name: each for each in client},
        folders=interpreter.folders,
        framed=True,
        reserves_address_space=True,
    )
