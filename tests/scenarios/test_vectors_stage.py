"""The stage on which recorded cases are played again: a client of either protocol, and the comparison with what AWS
answered. The plays are in `test_vectors_queues.py` and `test_vectors_messages.py`, the tests in `test_vectors_sqs.py`.

In the recordings what differs from run to run stands as a placeholder, `<receipt-handle:1>` or `timestamp`. A
placeholder stands for one value in the whole case, and two of one kind for two values.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chasqui.testing import TestServer
from tests.clients.programs import QueryError

ACCOUNT, THEIR_ACCOUNT = "000000000000", "111111111111"
_PLACEHOLDER = re.compile(r"<(?:<[a-z-]+>|[a-z-]+)(?::\d+)?>")
_names = itertools.count(1)

Play = Callable[["Stage"], dict[str, Any]]
PLAYS: dict[str, Play] = {}
"""What is played, by the case's name without class and protocol."""


def plays(*cases: str) -> Callable[[Play], Play]:
    """Register a function as what these cases tried. It returns what the case recorded, under the same keys."""

    def register(play: Play) -> Play:
        PLAYS.update(dict.fromkeys(cases, play))
        return play

    return register


class Stage:
    """A server and a client of it; `sqs` has boto3's methods, whichever protocol it speaks."""

    def __init__(self, server: TestServer, client: Any, *, query: bool, argument: str = "") -> None:
        self.server = server
        self.sqs = client
        self.query = query
        self.argument = argument
        """What stands in the case's brackets beside the protocol."""

    def attempt(self, operation: str, **options: Any) -> dict[str, Any]:
        """The answer, be it an error."""
        try:
            return dict(getattr(self.sqs, operation)(**options))
        except ClientError as error:
            return dict(error.response)
        except QueryError as error:
            told = {"Code": error.code, "Message": error.message, "Type": error.fault}
            return {"Error": told, "ResponseMetadata": {"HTTPStatusCode": error.status}}

    def queue(self, *, fifo: bool = False, **attributes: str) -> str:
        """The URL of a new queue."""
        name = f"queue-{next(_names)}{'.fifo' if fifo else ''}"
        if fifo:
            attributes["FifoQueue"] = "true"
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def arn(self, url: str) -> str:
        return str(self.attributes(url, "QueueArn")["Attributes"]["QueueArn"])

    def attributes(self, url: str, *names: str) -> dict[str, Any]:
        return dict(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"]))

    def with_dead_letters(self, receives: int = 1) -> tuple[str, str]:
        """(source, dead-letter queue)."""
        dead = self.queue()
        policy = json.dumps({"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": receives})
        return self.queue(RedrivePolicy=policy), dead

    def send(self, url: str, *bodies: str, **options: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=url, MessageBody=body, **options)

    def receive(self, url: str, **options: Any) -> dict[str, Any]:
        return dict(self.sqs.receive_message(QueueUrl=url, **options))


class Comparison:
    """Holds an answer against a recorded one; remembers what each placeholder stands for."""

    def __init__(self, *, query: bool) -> None:
        self._query = query
        self._values: dict[str, str] = {}

    def compare(self, expected: Any, actual: Any, at: str = "") -> None:
        if expected == "timestamp":
            assert actual is not None, at
        elif isinstance(expected, dict):
            self._compare_objects(expected, json.loads(actual) if isinstance(actual, str) else actual, at)
        elif isinstance(expected, list):
            assert isinstance(actual, list), at
            assert len(actual) == len(expected), (at, actual)
            for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
                self.compare(one, other, f"{at}[{number}]")
        elif isinstance(expected, str):
            self._compare_text(expected, str(actual), at)
        else:
            assert actual == expected, at

    def _compare_objects(self, expected: dict[str, Any], actual: dict[str, Any], at: str) -> None:
        if "HTTPStatusCode" in expected:
            expected = {"HTTPStatusCode": expected["HTTPStatusCode"]}
            actual = {"HTTPStatusCode": actual["HTTPStatusCode"]}
        if self._query:
            # botocore's own, of the JSON protocol; and an empty element that an older botocore does not pass on.
            expected = {key: value for key, value in expected.items() if key not in ("QueryErrorCode", "Detail")}
        if "message" not in expected:
            actual = {key: value for key, value in actual.items() if key != "message"}
        assert actual.keys() == expected.keys(), (at, actual)
        for key, value in expected.items():
            self.compare(value, actual[key], f"{at}.{key}")

    def _compare_text(self, expected: str, actual: str, at: str) -> None:
        expected = expected.replace(THEIR_ACCOUNT, ACCOUNT)
        names, pattern, end = [], "", 0
        for found in _PLACEHOLDER.finditer(expected):
            names.append(found.group(0))
            pattern += re.escape(expected[end : found.start()]) + "(.+)"
            end = found.end()
        match = re.fullmatch(pattern + re.escape(expected[end:]), actual, re.DOTALL)
        assert match, (at, expected, actual)
        for name, value in zip(names, match.groups(), strict=True):
            assert self._values.setdefault(name, value) == value, (at, name)
            alike = [other for other in self._values if other.partition(":")[0] == name.partition(":")[0]]
            assert sum(self._values[other] == value for other in alike) == 1, (at, name)


def test_a_placeholder_stands_for_one_value() -> None:
    comparison = Comparison(query=False)

    comparison.compare({"a": "<uuid:1>", "b": "arn:<uuid:2>"}, {"a": "x", "b": "arn:y"})

    with pytest.raises(AssertionError):
        comparison.compare("<uuid:1>", "z")
    with pytest.raises(AssertionError):
        comparison.compare("<uuid:3>", "x")


def test_what_is_missing_or_too_much_is_noticed() -> None:
    for actual in ({}, {"a": 1, "b": 2}):
        with pytest.raises(AssertionError):
            Comparison(query=False).compare({"a": 1}, actual)
