"""The process is killed at any moment while asynchronous events come in and are worked off: every event that was
acknowledged is run, at least once."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.support import Server, eventually
from tests.unit.lambda_invoking.test_on_a_server import World

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "2"))
HIDDEN_SECONDS = 31
"""What was under way when the process died is tried again after so long."""


def post_until_it_dies(server: Server, start: int, acknowledged: set[int], chance: random.Random) -> None:
    """Post events by two clients, and kill the server in the middle."""

    def post(numbers: range) -> None:
        client = server.client("lambda")
        try:
            for number in numbers:
                client.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps({"n": number}))
                acknowledged.add(number)
        except (BotoCoreError, ClientError):
            return  # it was killed; this one was not acknowledged

    threads = [threading.Thread(target=post, args=(range(start + each, start + 100_000, 2),)) for each in range(2)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(acknowledged) >= 20)
    time.sleep(chance.uniform(0.01, 0.4))
    server.kill()
    for thread in threads:
        thread.join()


def told_of(world: World, url: str, wanted: set[int]) -> set[int]:
    """The events that the function's destination was told of."""
    found: set[int] = set()

    def all_told() -> bool:
        answer: dict[str, Any] = world.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            found.add(json.loads(message["Body"])["responsePayload"]["n"])
            world.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return wanted <= found

    eventually(all_told, seconds=60)
    return found


def test_acknowledged_events_are_run_after_kills(tmp_path: Path) -> None:
    chance = random.Random(ROUNDS)
    acknowledged: set[int] = set()
    server = Server(tmp_path, "--test-clock")
    world = World(server)
    url, arn = world.queue()
    world.functions.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    for each in range(ROUNDS):
        if each:
            server = Server(tmp_path, "--test-clock")
        fresh: set[int] = set()
        post_until_it_dies(server, each * 1_000_000, fresh, chance)
        acknowledged |= fresh
    with Server(tmp_path, "--test-clock") as again:
        world = World.__new__(World)
        world.server, world.sqs = again, again.client("sqs")
        world.advance(HIDDEN_SECONDS)
        assert len(acknowledged) >= 20 * ROUNDS
        assert acknowledged <= told_of(world, url, acknowledged)
