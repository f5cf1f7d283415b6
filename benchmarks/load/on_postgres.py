#!/usr/bin/env python3
"""A node on a private PostgreSQL, both started fresh and ended together: `on_postgres.py DATA PORT [options of serve]`.

PostgreSQL is the tests' own (`tests/postgres.py`), from the machine's packages, with `fsync` and `synchronous_commit`
on and room for its work; its data lies beside the node's.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from loadbench.servers import end_with_parent  # noqa: E402

from tests.postgres import Postgres  # noqa: E402

SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "synchronous_commit": "on", "autovacuum_naptime": "5s"}


def main(data: str, port: str, *options: str) -> int:
    # PostgreSQL runs as a user of its own, who must get through to its folder in here.
    Path(data).chmod(0o711)
    tempfile.tempdir = data
    postgres = Postgres(fsync=True, settings=SETTINGS)
    try:
        dsn = postgres.fresh_database()
        command = [str(REPOSITORY / ".venv" / "bin" / "chasqui"), "serve", "--data", f"{data}/node", "--port", port]
        node = subprocess.Popen(
            [*command, "--database", dsn, *options],
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs yet
        )
        signal.signal(signal.SIGTERM, lambda *_: node.terminate())
        return node.wait()
    finally:
        postgres.remove()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
