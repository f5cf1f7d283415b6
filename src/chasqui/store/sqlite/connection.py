"""Opening the database: the lock on the data directory, the settings, the migrations, and refusing what is not ours.

Recovery after a kill is SQLite's own (the write-ahead log is replayed on open); nothing here repairs anything.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import apsw

from chasqui.base.directories import sync_directory
from chasqui.store.migrations import migrations
from chasqui.store.port import StoreUnusable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

APPLICATION_ID = 0x43485351  # "CHSQ"
QUICK_CHECK_BYTES_MAX = 8 << 20

SETTINGS = """
pragma journal_mode=wal;
pragma wal_autocheckpoint=1000;
pragma cache_size=-8192;
pragma temp_store=memory;
pragma foreign_keys=off;
"""


class DirectoryLock:
    """Held while the server runs, so that a second one on the same data directory is refused. The kernel lets go of
    it when the process dies, however it dies. It is a file of its own: opening and closing the database file beside
    SQLite would drop SQLite's locks."""

    def __init__(self, directory: Path) -> None:
        self._file: IO[str] = open(directory / "chasqui.lock", "a+", encoding="ascii")  # noqa: SIM115  held while open
        try:
            if sys.platform == "win32":
                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StoreUnusable(f"the data directory {directory} is in use by another server") from error

    def release(self) -> None:
        self._file.close()


def open_database(file: Path | None, vfs: str | None = None) -> apsw.Connection:
    """Open and migrate. Raises `StoreUnusable` for what is corrupt, foreign or newer than this program."""
    name = ":memory:" if file is None else str(file)
    try:
        db = apsw.Connection(name, vfs=vfs)
    except apsw.Error as error:
        raise StoreUnusable(f"{name} cannot be opened: {error}") from error
    # A statement is planned once, whatever is bound to it: else SQLite plans it anew at each change of a `limit ?`,
    # which costs several times what running it does.
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    try:
        _refuse_what_is_not_ours(db, name)
        _check(db, file)
        # Both must stand before the first table is there.
        db.execute("pragma page_size=4096; pragma auto_vacuum=incremental;").fetchall()
        db.execute(SETTINGS).fetchall()
        _migrate(db)
        if file is not None:
            sync_directory(file.parent)
    except apsw.Error as error:
        db.close()
        raise StoreUnusable(f"{name} is corrupt: {error}") from error
    except StoreUnusable:
        db.close()
        raise
    return db


def _pragma(db: apsw.Connection, name: str) -> int:
    return int(db.pragma(name))


def _refuse_what_is_not_ours(db: apsw.Connection, name: str) -> None:
    tables = db.execute("select count(*) from sqlite_schema").get
    application, version = _pragma(db, "application_id"), _pragma(db, "user_version")
    if application != APPLICATION_ID and (tables or application or version):
        raise StoreUnusable(f"{name} is another program's database")
    if version > len(migrations()):
        raise StoreUnusable(
            f"{name} was written by a newer version (schema {version}, this program knows {len(migrations())})"
        )


def _check(db: apsw.Connection, file: Path | None) -> None:
    """A full check costs seconds a gigabyte, so only small files get one; of others the size is looked at."""
    if file is None or _pragma(db, "user_version") == 0:
        return
    if file.stat().st_size <= QUICK_CHECK_BYTES_MAX:
        found = db.execute("pragma quick_check(1)").get
        if found != "ok":
            raise StoreUnusable(f"{file} is corrupt: {found}")
    db.execute("select count(*) from counter").fetchall()


def _migrate(db: apsw.Connection) -> None:
    version = _pragma(db, "user_version")
    for number, script in enumerate(migrations()[version:], start=version + 1):
        db.execute("begin immediate")
        db.execute(script).fetchall()
        db.execute(f"pragma application_id={APPLICATION_ID}").fetchall()
        db.execute(f"pragma user_version={number}").fetchall()
        db.execute("commit")
