"""Two nodes on one PostgreSQL, under load, while one of the three or the line between them fails.

Each round: clients use a standard and a FIFO queue through both nodes, something fails for a moment drawn by
CHASQUI_FAULT_SEED, everything is whole again, the load goes on a little, the queues are drained, and the history of all
that the clients asked and were told is held to the rules in `history.py`. CHASQUI_FAULT_ROUNDS sets how many rounds.
"""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.client import RawClient, operation_bytes
from tests.faults.nodes.cluster import SEED, Cluster, Node, rounds
from tests.faults.nodes.load import Load, checked
from tests.faults.nodes.proxy import TO_DATABASE, TO_NODE, Proxy
from tests.postgres import Postgres, binaries

ROUNDS = rounds(default=1)

Fault = Callable[[Cluster, random.Random, int], str]
"""Breaks something, waits, and makes it whole again; returns what it did. It is given the round's number."""


@pytest.fixture
def database() -> Iterator[Postgres]:
    """One of the test's own, to be killed."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Postgres()
    yield running
    running.remove()


@pytest.fixture
def cluster(database: Postgres, tmp_path: Path) -> Iterator[Cluster]:
    dsn = database.fresh_database()
    running = Cluster(tmp_path, dsn, dsn)
    yield running
    running.close()


def endure(cluster: Cluster, scenario: str, fault: Fault, *, others_serve: bool) -> None:
    """The rounds of a scenario. `others_serve`: the load goes on while the fault lasts."""
    chance = random.Random(f"{SEED}-{scenario}")
    total: Counter[str] = Counter()
    slowest = 0.0
    for number in range(ROUNDS):
        with Load(cluster.urls, f"{scenario}{number}", seed=SEED) as load:
            time.sleep(chance.uniform(0.3, 0.8))
            began = time.monotonic()
            what = fault(cluster, chance, number)
            served = load.answered_since(began)
            back = cluster.wait_until_serving()
            healed = time.monotonic()
            time.sleep(0.5)
            load.stop()
            counted = checked(load)
        assert served or not others_serve, f"nothing was served during {what}"
        assert load.answered_since(healed), "nothing was served afterwards"
        total += counted
        slowest = max(slowest, back)
        print(f"{scenario} {number + 1}: {what}, back after {back:.2f} s, {dict(counted)} (seed {SEED})", flush=True)
    print(f"{scenario}: {ROUNDS} rounds, 0 violations, back after {slowest:.2f} s at most, {dict(total)}", flush=True)


@pytest.mark.timeout(3600)
def test_a_node_is_killed(cluster: Cluster) -> None:
    def kill(cluster: Cluster, chance: random.Random, number: int) -> str:
        at = chance.randrange(2)
        cluster.nodes[at].kill()
        seconds = chance.uniform(0.0, 1.0)
        time.sleep(seconds)
        cluster.restart(at)
        return f"node {at} killed for {seconds:.2f} s"

    endure(cluster, "kill", kill, others_serve=True)


@pytest.mark.timeout(3600)
def test_postgresql_is_killed_and_started_again(cluster: Cluster, database: Postgres) -> None:
    def kill(cluster: Cluster, chance: random.Random, number: int) -> str:
        database.kill()
        seconds = chance.uniform(0.0, 1.5)
        time.sleep(seconds)
        database.start()
        return f"PostgreSQL killed for {seconds:.2f} s"

    endure(cluster, "database", kill, others_serve=False)


@pytest.mark.timeout(3600)
def test_the_line_between_a_node_and_the_database_fails(database: Postgres, tmp_path: Path) -> None:
    proxy = Proxy(database.port)
    dsn = database.fresh_database()

    def fail(cluster: Cluster, chance: random.Random, number: int) -> str:
        how = ("answers held", "requests held", "all held", "broken", "slow")[(number + START) % 5]
        if how == "broken":
            proxy.cut()
        elif how == "slow":
            proxy.slow(chance.uniform(0.05, 0.4))
        else:
            proxy.hold(*{"answers held": [TO_NODE], "requests held": [TO_DATABASE]}.get(how, [TO_NODE, TO_DATABASE]))
        # Every sixth time for longer than any statement is waited for.
        seconds = 8.0 if number % 6 == 5 else chance.uniform(0.5, 3.0)
        time.sleep(seconds)
        proxy.heal()
        return f"{how} for {seconds:.2f} s"

    cluster = Cluster(tmp_path, database.tcp_dsn(dsn, proxy.port), dsn)
    try:
        endure(cluster, "line", fail, others_serve=True)
    finally:
        cluster.close()
        proxy.close()


def test_a_node_ends_although_its_database_is_silent(database: Postgres, tmp_path: Path) -> None:
    """Within the 10 s that supervisors and container engines commonly wait; what is under way is no success."""
    proxy = Proxy(database.port)
    node = Node(tmp_path, "--database", database.tcp_dsn(database.fresh_database(), proxy.port))
    try:
        with RawClient(node.url, timeout=15) as client:
            queue = client.call("CreateQueue", QueueName="q")["QueueUrl"]
            client.call("SendMessage", QueueUrl=queue, MessageBody="x")
            proxy.hold(TO_DATABASE, TO_NODE)
            client.send(operation_bytes("SendMessage", json.dumps({"QueueUrl": queue, "MessageBody": "y"}).encode()))
            time.sleep(0.3)
            began = time.monotonic()

            node.process.send_signal(signal.SIGTERM)

            with suppress(ConnectionResetError):
                assert client.answer().status == 503
            node.process.wait(15)
            assert time.monotonic() - began < 10, "a supervisor would have killed it"
    finally:
        proxy.heal()
        node.stop()
        proxy.close()


START = random.Random(SEED).randrange(5)
"""With few rounds, each run of the tests begins with another kind of failure."""


@pytest.mark.timeout(3600)
def test_a_node_is_paused_for_longer_than_its_leases(cluster: Cluster) -> None:
    def pause(cluster: Cluster, chance: random.Random, number: int) -> str:
        at = chance.randrange(2)
        cluster.nodes[at].pause()
        # Documents are fresh for 1 s, a transaction may idle for 3 s, the sweeper's lease holds for 10 s.
        seconds = 11.0 if number % 6 == 5 else chance.uniform(1.2, 4.5)
        time.sleep(seconds)
        cluster.nodes[at].resume()
        return f"node {at} paused for {seconds:.2f} s"

    endure(cluster, "pause", pause, others_serve=True)
