"""Every case that was recorded from AWS, played against the server and compared with what AWS answered.

Without the folder of recordings, or an older botocore for the query protocol, what needs it is skipped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chasqui.testing import TestServer
from tests.clients.programs import QueryClient, older_botocore
from tests.engines import Engine
from tests.scenarios import test_vectors_messages, test_vectors_queues
from tests.scenarios.test_vectors_stage import PLAYS, Comparison, Stage
from tests.support import CREDENTIALS, VECTORS, vectors

assert test_vectors_messages
assert test_vectors_queues

CASES = list(vectors("sqs-responses.jsonl"))
# "Class::name[protocol-argument]"; class, protocol and argument may be absent.
NAME = re.compile(r"(?:\w+::)?(?P<play>\w+?)(?:\[(?:(?P<protocol>sqs_query|sqs)(?:-|(?=\])))?(?P<argument>.*)\])?")


@pytest.fixture(scope="module")
def stage_server(engine: Engine) -> Iterator[TestServer]:
    """A server that minds the time between purges."""
    with engine.server(sqs={"purge_interval_s": 60}) as running:
        yield running


@pytest.fixture(scope="module")
def clients(stage_server: TestServer) -> Iterator[dict[str, Any]]:
    """By protocol: boto3, and an older botocore where there is one."""
    # The client must send what AWS was sent, however wrong.
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    made: dict[str, Any] = {"sqs": boto3.client("sqs", endpoint_url=stage_server.url, config=config, **CREDENTIALS)}
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(older_botocore())}
    made["sqs_query"] = QueryClient(environ, stage_server.url)
    yield made
    for client in made.values():
        client.close()


@pytest.mark.skipif(not CASES, reason=f"no {VECTORS}")
@pytest.mark.parametrize("case", CASES, ids=[each["case"] for each in CASES])
def test_aws_answered_the_same(stage_server: TestServer, clients: dict[str, Any], case: dict[str, Any]) -> None:
    named = NAME.fullmatch(case["case"])
    assert named
    protocol = named["protocol"] or "sqs"
    stage_server.reset()
    query = protocol == "sqs_query"
    stage = Stage(stage_server, clients[protocol], query=query, argument=named["argument"] or "")

    answers = PLAYS[named["play"]](stage)

    Comparison(query=query).compare(case["recorded"], answers)


def test_every_play_is_of_a_recorded_case() -> None:
    if CASES:
        recorded = {found["play"] for each in CASES if (found := NAME.fullmatch(each["case"]))}
        assert recorded == PLAYS.keys()
