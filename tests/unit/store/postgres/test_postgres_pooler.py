"""Behind PgBouncer in transaction mode: no statement relies on a session."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chasqui.store.port import NewRecord, Resource
from tests.postgres import Postgres, free_port, unprivileged
from tests.unit.store.postgres.test_postgres_resources import until

PROGRAM = os.environ.get("CHASQUI_PGBOUNCER") or shutil.which("pgbouncer")


@pytest.fixture
def pooled(postgres: Postgres, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database behind a pooler that has two connections for all."""
    if PROGRAM is None:
        pytest.skip("PgBouncer is not installed (CHASQUI_PGBOUNCER names it)")
    dsn, port = postgres.fresh_database(), free_port()
    name = dsn.partition("@/")[2].partition("?")[0]
    settings = postgres.folder / f"pgbouncer-{port}.ini"
    settings.write_text(
        f"[databases]\n{name} = host={postgres.folder} port={postgres.port} user=postgres\n"
        f"[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\nunix_socket_dir=\nauth_type=any\n"
        f"pool_mode=transaction\ndefault_pool_size=2\nlogfile={postgres.folder}/pgbouncer-{port}.log\n"
    )
    process = subprocess.Popen([PROGRAM, "-q", str(settings)], cwd=postgres.folder, **unprivileged())
    time.sleep(0.3)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/{name}?pgbouncer=1"
    finally:
        process.kill()
        process.wait()


def test_everything_works_through_two_shared_connections(tell: Any, pooled: str) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(pooled), await scene.node(pooled)
        log = await one.change("create_log")

        async def work(node: Any, n: int) -> None:
            await node.change("create", Resource("queue", "1", str(n), b""))
            assert await node.resources.get("queue", "1", str(n)) is not None
            assert len(await node.logs.append(log, [NewRecord("k", b"x", 0)])) == 1
            await node.logs.read(log, 0, 10, 1000)
            await node.change("put_blob", str(n), await node.blobs.stage(bytes(100_000)))
            assert len(b"".join([piece async for piece in node.blobs.read(str(n), 0, None)])) == 100_000
            lease = await node.leases.acquire(str(n), 1000)
            assert await node.leases.renew(lease, 1000)

        await asyncio.gather(*(work((one, other)[n % 2], n) for n in range(40)))
        assert (await one.logs.state(log)).last == 40
        assert len(await one.resources.listed("queue", None, "", ("", ""), 100)) == 40
        await until(lambda: len(set(one.heard)) == 40 and len(set(other.heard)) == 40)
        await one.swept()

    tell(story)
