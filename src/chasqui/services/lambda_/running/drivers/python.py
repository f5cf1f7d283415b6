"""Functions in Python: AWS' own runtime client (`awslambdaric`), on any interpreter of this machine.

Its native module is replaced by `clients/python/runtime_client.py`, so that one installation serves every version.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chasqui.services.lambda_.running.drivers.plan import Interpreter, Places, Plan

if TYPE_CHECKING:
    from chasqui.services.lambda_.running.contract import Deployment

CLIENT: Final = Path(__file__).parent.parent / "clients" / "python"
_NEEDED: Final = ("awslambdaric", "simplejson", "snapshot_restore_py")
# What AWS' runtimes bring along; used where it is installed beside the server.
_BROUGHT: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
MISSING: Final = (
    "Functions in Python need the package awslambdaric beside the server: pip install 'chasqui[lambda]' (or"
    " pip install awslambdaric)."
)


def parts() -> Mapping[str, Path] | None:
    """What the runtime's folder holds; None when `awslambdaric` is not installed."""
    found = {each.name: each for each in (CLIENT / "bootstrap.py", CLIENT / "runtime_client.py")}
    for name in (*_NEEDED, *_BROUGHT):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            if name in _NEEDED:
                return None
            continue
        origin = Path(spec.origin)
        source = origin.parent if spec.submodule_search_locations else origin
        found[source.name] = source
    return found


def plan(deployment: Deployment, places: Places, interpreter: Interpreter, brought: Mapping[str, Path]) -> Plan:
    """How a function of Python is started."""
    # -s: nothing of the server's user; -u is not needed, the runtime client flushes what is printed.
    return Plan(
        argv=(interpreter.path, "-s", f"{places.runtime}/bootstrap.py"),
        variables={
            "PYTHONPATH": places.runtime,
            "_CHASQUI_OPT": places.opt,
            # Folders are shared and not the function's to write in.
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        parts=brought,
        folders=interpreter.folders,
        framed=True,
    )
