"""A PostgreSQL of the benchmark's own, on the repository's disk, as durable as one that is run in earnest."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadbench.servers import REPOSITORY

sys.path.insert(0, str(REPOSITORY))

from tests.postgres import Postgres

SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "synchronous_commit": "on", "autovacuum_naptime": "5s"}


@contextmanager
def private_postgres(folder: Path) -> Iterator[Postgres]:
    """Started in this folder, which the user that it runs as can then pass through; gone when the block ends."""
    folder.chmod(0o711)
    tempfile.tempdir = str(folder)
    postgres = Postgres(fsync=True, settings=SETTINGS)
    try:
        yield postgres
    finally:
        postgres.remove()
