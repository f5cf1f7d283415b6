"""`chasqui backup` and `chasqui restore`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from chasqui.base.errors import ChasquiError
from chasqui.cli.client import call


class BackupError(ChasquiError):
    """A backup that can't be taken or restored; the message says why."""


def take_backup(url: str, target: Path) -> None:
    """Ask the server for a copy, on its own machine."""
    if target.exists() and any(target.iterdir()):
        raise BackupError(f"{target} is not empty")
    call(url, "/_chasqui/backup", {"target": str(target.absolute())})
    click.echo(f"Backed up to {target}. The encryption keys are not in it: keep a copy of the keys folder elsewhere.")


def restore_backup(source: Path, data: Path) -> None:
    """Copy a backup into a data directory that holds no database. Raises `BackupError`."""
    if not (source / "chasqui.db").is_file():
        raise BackupError(f"{source} holds no chasqui.db: it is no backup of Chasqui's")
    if (data / "chasqui.db").exists():
        raise BackupError(f"{data} already holds a database; give an empty data directory")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for item in sorted(source.iterdir()):
        if item.is_dir():
            shutil.copytree(item, data / item.name, dirs_exist_ok=True)
        else:
            shutil.copy2(item, data / item.name)
    click.echo(f"Restored into {data}. Put the keys folder of that server there before you start it.")
