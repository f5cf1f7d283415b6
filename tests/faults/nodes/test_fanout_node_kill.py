"""Two nodes on one PostgreSQL, one of which dies in the middle of fan-outs: the other finishes what was acknowledged.

The topics, the load and the rules are those of `test_fanout_kill.py`; clients publish through both nodes in turns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.nodes.cluster import SEED, rounds
from tests.faults.test_fanout_kill import WIDE, Load, Topics, check, check_endpoint
from tests.postgres import Postgres, binaries
from tests.support import Server
from tests.unit.sns_publish.endpoint import listening

ROUNDS = rounds(default=1)


@pytest.fixture
def dsn() -> Iterator[str]:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Postgres()
    yield running.fresh_database()
    running.remove()


def node(folder: Path, dsn: str, number: int) -> Server:
    environ = {"CHASQUI_SNS_FIFO_SUBSCRIPTIONS_MAX": str(WIDE)}
    return Server(folder / f"node{number}", "--database", dsn, "--keys", str(folder / "keys"), environ=environ)


@pytest.mark.timeout(300 * ROUNDS + 120)
def test_the_other_node_finishes_what_was_acknowledged(dsn: str, tmp_path: Path) -> None:
    moments = random.Random(f"{SEED}-fanout")
    with listening() as endpoint:
        nodes = [node(tmp_path, dsn, number) for number in range(2)]
        try:
            topics = Topics(nodes[0], endpoint)
            acknowledged: list[str] = []
            for number in range(ROUNDS):
                victim = moments.randrange(2)
                load = Load(nodes, topics, number)
                load.run(moments.uniform(0.5, 2.0), nodes[victim])
                check(nodes[1 - victim].client("sqs"), topics, load)
                acknowledged += load.acknowledged[topics.plain] + load.acknowledged[topics.wide]
                nodes[victim] = node(tmp_path, dsn, victim)
            check_endpoint(endpoint, acknowledged)
        finally:
            for each in nodes:
                each.stop()
