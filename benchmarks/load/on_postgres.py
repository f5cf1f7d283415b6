#!/usr/bin/env python3
"""A node on a private PostgreSQL, both started fresh and ended together: `on_postgres.py DATA PORT [options of serve]`.

PostgreSQL is the tests' own (`tests/postgres.py`), from the machine's packages, with `fsync` and `synchronous_commit`
on and room for its work; its data lies beside the node's.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from loadbench.private_postgres import private_postgres
from loadbench.servers import REPOSITORY, end_with_parent


def main(data: str, port: str, *options: str) -> int:
    with private_postgres(Path(data)) as postgres:
        dsn = postgres.fresh_database()
        command = [str(REPOSITORY / ".venv" / "bin" / "chasqui"), "serve", "--data", f"{data}/node", "--port", port]
        node = subprocess.Popen(
            [*command, "--database", dsn, *options],
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs yet
        )
        signal.signal(signal.SIGTERM, lambda *_: node.terminate())
        return node.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
