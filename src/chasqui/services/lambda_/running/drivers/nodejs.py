"""Functions of Node.js, on a runtime client of Chasqui's own: AWS' must be compiled for each Node.js."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.running.drivers.plan import Interpreter, Places, Plan

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Deployment

CLIENT: Final = Path(__file__).parent.parent / "clients" / "nodejs"
_HEAP_SHARE: Final = 0.9


def plan(deployment: Deployment, places: Places, interpreter: Interpreter) -> Plan:
    """How a function of Node.js is started."""
    opt, major = places.opt, interpreter.version.partition(".")[0]
    modules = (f"{opt}/nodejs/node{major}/node_modules", f"{opt}/nodejs/node_modules", f"{places.task}/node_modules")
    heap_mb = int(deployment.memory_mb * _HEAP_SHARE)
    return Plan(
        argv=(interpreter.path, f"--max-old-space-size={heap_mb}", f"{places.runtime}/bootstrap.mjs"),
        variables={"NODE_PATH": ":".join(modules)},
        parts={"bootstrap.mjs": CLIENT / "bootstrap.mjs"},
        folders=interpreter.folders,
        framed=True,
        reserves_address_space=True,
    )
