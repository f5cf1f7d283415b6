"""A consistent copy while serving: the database page by page in slices, then the files its rows name.

The copy reads through the store's own connection, so SQLite carries writes made meanwhile over to it. Files never
change once they have a name, and none is unlinked while a backup runs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import apsw

from chasqui.base.directories import sync_directory
from chasqui.store.port import StoreUnusable
from chasqui.store.sqlite.engine import Engine

PAGES = 64


async def backup(engine: Engine, blobs: Path, target: Path) -> None:
    """Raises `StoreUnusable` when the target is not an empty folder."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise StoreUnusable(f"{target} is not empty")
    copy = apsw.Connection(str(target / "chasqui.db"))
    try:
        with copy.backup("main", engine.db, "main") as running:
            while not running.done:
                running.step(PAGES)
                await asyncio.sleep(0)
        names = [str(row[0]) for row in copy.execute("select file from blob where file is not null").fetchall()]
    finally:
        copy.close()
    for name in names:
        await asyncio.to_thread(_copy_file, blobs, target / "blobs", name)
    await asyncio.to_thread(sync_directory, target)


def _copy_file(blobs: Path, target: Path, name: str) -> None:
    folder = target / name[:2]
    folder.mkdir(parents=True, exist_ok=True)
    source = blobs / name[:2] / name
    shutil.copyfile(source if source.exists() else blobs / "staging" / name, folder / name)
    with open(folder / name, "rb") as file:
        os.fsync(file.fileno())
    sync_directory(folder)
