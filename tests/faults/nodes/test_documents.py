"""What is decided from a document: not by a node that cannot know whether the document still stands."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.client import RawClient, operation_bytes
from tests.faults.nodes.cluster import Cluster
from tests.faults.nodes.proxy import TO_DATABASE, TO_NODE, Proxy
from tests.postgres import Postgres

FRESH_SECONDS = 1.0

READS: list[tuple[str, dict[str, Any]]] = [
    ("GetQueueUrl", {"QueueName": "q"}),
    ("GetQueueAttributes", {"AttributeNames": ["VisibilityTimeout"]}),
    ("ListQueueTags", {}),
    ("SendMessage", {"MessageBody": "x"}),
    ("ReceiveMessage", {}),
]


@pytest.fixture
def proxy(postgres: Postgres) -> Iterator[Proxy]:
    line = Proxy(postgres.port)
    yield line
    line.close()


@pytest.fixture
def cluster(postgres: Postgres, proxy: Proxy, tmp_path: Path) -> Iterator[Cluster]:
    """The first node's line to the database may be held."""
    dsn = postgres.fresh_database()
    running = Cluster(tmp_path, postgres.tcp_dsn(dsn, proxy.port), dsn)
    yield running
    proxy.heal()
    running.close()


def known_everywhere(cluster: Cluster) -> str:
    """The URL of a queue that both nodes have used."""
    with RawClient(cluster.urls[0]) as one, RawClient(cluster.urls[1]) as other:
        url = str(one.call("CreateQueue", QueueName="q")["QueueUrl"])
        for client in (one, other):
            for operation, parameters in READS:
                client.call(operation, **request(url, operation, parameters))
        return url


def request(url: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return parameters if operation == "GetQueueUrl" else {"QueueUrl": url, **parameters}


def test_a_node_that_is_cut_off_uses_no_document(cluster: Cluster, proxy: Proxy) -> None:
    url = known_everywhere(cluster)
    proxy.hold(TO_DATABASE, TO_NODE)
    with RawClient(cluster.urls[1]) as other:
        other.call("DeleteQueue", QueueUrl=url)
    time.sleep(FRESH_SECONDS + 0.1)

    statuses: dict[str, int] = {}
    for operation, parameters in READS:
        with RawClient(cluster.urls[0], timeout=9) as cut_off:
            statuses[operation] = cut_off.try_call(operation, **request(url, operation, parameters)).status

    assert statuses == dict.fromkeys(statuses, 503)


@pytest.mark.parametrize(("operation", "parameters"), READS)
def test_a_node_that_was_paused_uses_no_document_of_before(
    cluster: Cluster, operation: str, parameters: dict[str, Any]
) -> None:
    url = known_everywhere(cluster)
    with RawClient(cluster.urls[0], timeout=9) as paused, RawClient(cluster.urls[1]) as other:
        paused.call("ListQueues")  # connected
        cluster.nodes[0].pause()
        other.call("DeleteQueue", QueueUrl=url)
        time.sleep(FRESH_SECONDS + 0.1)
        paused.send(operation_bytes(operation, json.dumps(request(url, operation, parameters)).encode()))
        cluster.nodes[0].resume()

        assert paused.answer().status in (400, 503)
