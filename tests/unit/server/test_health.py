"""The health path tells a load balancer whether a node serves."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.postgres import Postgres, binaries
from tests.support import Server, eventually


def health(server: Server) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{server.url}/_chasqui/health", timeout=10) as answer:
            return answer.status, json.load(answer)["status"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["status"]


@pytest.mark.skipif(binaries() is None, reason="PostgreSQL is not installed")
def test_a_node_without_its_database_is_unhealthy_until_it_is_back(tmp_path: Path) -> None:
    postgres = Postgres()
    try:
        with Server(tmp_path, "--database", postgres.fresh_database()) as server:
            assert health(server) == (200, "ok")
            postgres.stop()
            assert eventually(lambda: health(server)[0] == 503)
            assert health(server)[1] == "out of touch with the database"
            postgres.start()
            assert eventually(lambda: health(server) == (200, "ok"))
    finally:
        postgres.remove()
