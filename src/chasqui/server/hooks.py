"""Init hooks: scripts of the user's that are run once the server is ready, to create queues and the like."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

_log = logging.getLogger("chasqui.init")


async def run_hooks(folder: Path, url: str, region: str, credentials: tuple[str, str]) -> None:
    """Run the folder's `.py` and `.sh` files in order of name, with the endpoint and credentials (key and secret) in
    their environment, where those of the server's own do not stand. A script that fails is logged; the next ones run
    all the same."""
    if not folder.is_dir():
        _log.warning("the init folder does not exist", extra={"folder": str(folder)})
        return
    environment = {
        "AWS_ACCESS_KEY_ID": credentials[0],
        "AWS_SECRET_ACCESS_KEY": credentials[1],
        **os.environ,
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", region),
    }
    for script in sorted(folder.iterdir()):
        if script.suffix not in (".py", ".sh") or not script.is_file():
            continue
        program = sys.executable if script.suffix == ".py" else "sh"
        process = await asyncio.create_subprocess_exec(program, str(script), env=environment)
        status = await process.wait()
        level = logging.INFO if status == 0 else logging.ERROR
        _log.log(level, "init script ended", extra={"script": script.name, "status": status})
