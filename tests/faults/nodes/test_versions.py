"""A rolling upgrade: nodes of two versions on one database, and nodes that come to a database that is too new."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from chasqui.store.migrations import migrations
from tests.faults.nodes.cluster import SEED, Cluster, Node, rounds
from tests.faults.nodes.load import Load, checked
from tests.postgres import Postgres

KNOWN = len(migrations("postgres"))
TABLES = ("queue", "message", "grp", "fifo", "dedup", "attempt", "tally", "job", "lease", "resource", "change", "head")
LATER = "create table later (a integer primary key);" + "".join(
    f"alter table {table} add column later integer;" for table in TABLES
)
"""What the next version might bring: more columns everywhere."""

ROUNDS = rounds(default=1)


def version(postgres: Postgres, dsn: str) -> int:
    database = dsn.partition("@/")[2].partition("?")[0]
    return int(postgres.sql("select version from chasqui_schema", database))


def refusal(folder: Path, dsn: str, **how: dict[str, str]) -> str:
    """What a node says that should not start."""
    with pytest.raises(RuntimeError) as refused:
        Node(folder, "--database", dsn, **how)
    assert "Traceback" not in str(refused.value)
    return str(refused.value)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(postgres: Postgres, tmp_path: Path) -> None:
    dsn = postgres.fresh_database()
    with Node(tmp_path / "newer", "--database", dsn, environ={"NODE_MIGRATION": LATER}):
        pass

    said = refusal(tmp_path / "older", dsn)

    assert f"written by a newer version (schema {KNOWN + 1}, this program knows {KNOWN})" in said
    assert version(postgres, dsn) == KNOWN + 1


def test_a_database_that_cannot_be_brought_up_is_refused_and_left_alone(postgres: Postgres, tmp_path: Path) -> None:
    dsn = postgres.fresh_database()
    with Node(tmp_path / "older", "--database", dsn):
        said = refusal(tmp_path / "newer", dsn, environ={"NODE_MIGRATION": "create table later(a int); nonsense"})

    assert "the database cannot be used: syntax error" in said
    assert version(postgres, dsn) == KNOWN
    with Node(tmp_path / "older", "--database", dsn):
        pass


@pytest.mark.timeout(3600)
def test_a_newer_node_comes_while_an_older_one_serves(postgres: Postgres, tmp_path: Path) -> None:
    """The newer one brings the database up to its version, under load and under the older one, which goes on; only
    when that one is started again it is refused."""
    for number in range(ROUNDS):
        folder, dsn = tmp_path / str(number), postgres.fresh_database()
        cluster = Cluster(folder, dsn, dsn)
        try:
            with Load(cluster.urls, "upgrade", seed=SEED) as load:
                time.sleep(0.5)
                cluster.nodes[1].stop()
                cluster.restart(1, {"NODE_MIGRATION": LATER})
                upgraded = time.monotonic()
                assert version(postgres, dsn) == KNOWN + 1
                cluster.wait_until_serving()
                time.sleep(1.0)
                assert load.answered_since(upgraded)
                counted = checked(load)
            cluster.nodes[0].stop()
            with pytest.raises(RuntimeError, match="written by a newer version"):
                cluster.new(0)
            cluster.restart(0, {"NODE_MIGRATION": LATER})
            cluster.wait_until_serving()
        finally:
            cluster.close()
        print(f"upgrade {number + 1}: {dict(counted)} (seed {SEED})", flush=True)
