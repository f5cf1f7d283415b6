"""Functions that bring their own runtime: an executable called `bootstrap` in the code or in a layer (Go, Rust, a
shell script …)."""

from __future__ import annotations

import os
from pathlib import Path

from chasqui.services.lambda_.running.contract import Faulty
from chasqui.services.lambda_.running.drivers.plan import Places, Plan


def plan(places: Places, code: Path, opt: Path) -> Plan:
    """How one is started. Raises `Faulty` when there is no such file."""
    for place, folder in ((places.task, code), (places.opt, opt)):
        if os.access(folder / "bootstrap", os.X_OK) and (folder / "bootstrap").is_file():
            return Plan(argv=(f"{place}/bootstrap",), reserves_address_space=True)
    raise Faulty("Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
