"""What services may ask of the server: fronts, rules for pages, personal calls, large bodies, event streams."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import msgspec
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from chasqui.app import App
from chasqui.assembly import assemble
from chasqui.base.clock import SystemClock
from chasqui.base.loops import loop_factory
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import memory_ring
from chasqui.store.sqlite import open_store
from tests.support import CREDENTIALS
from tests.unit.server.stub_lambda import stub_lambda
from tests.unit.server.stub_logs import stub_logs


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server with the stubs in place of what they stand for, on a thread."""
    ready, stop = threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    async def main() -> None:
        clock, ring = SystemClock(), memory_ring()
        store = await open_store(None, clock=clock)
        settings = Settings(database="memory", port=0, host="127.0.0.1")
        parts = assemble(settings, store, clock, ring)
        stubs = {each.name: each for each in (stub_lambda(), stub_logs())}
        kept = [each for each in parts.services if each.name not in stubs]
        app = App(settings, store, clock, ring, msgspec.structs.replace(parts, services=[*kept, *stubs.values()]))
        await app.start()
        found.update(port=app.port, loop=asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        await app.close()

    def work() -> None:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(main())

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(20)
    yield f"http://127.0.0.1:{found['port']}"
    found["loop"].call_soon_threadsafe(stop.set)
    thread.join(20)


def client(url: str, service: str) -> Any:
    config = Config(retries={"max_attempts": 0}, inject_host_prefix=False)
    return boto3.client(service, endpoint_url=url, config=config, **CREDENTIALS)


def ask(
    url: str, path: str, body: bytes = b"", method: str = "POST", **fields: str
) -> tuple[int, dict[str, str], bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_a_personal_call_knows_the_requests_id_and_its_client(url: str) -> None:
    answer = client(url, "lambda").invoke(FunctionName="f")
    told = json.loads(answer["Payload"].read())
    assert told["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert told["source"] == "127.0.0.1"


def test_an_operations_answers_have_their_fields(url: str) -> None:
    answer = client(url, "lambda").invoke(FunctionName="f")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-always"] == "yes"


def test_a_body_may_be_as_large_as_its_operation_takes(url: str) -> None:
    answer = client(url, "lambda").invoke(FunctionName="f", Payload=b"x" * 1_000_000)
    assert json.loads(answer["Payload"].read())["bytes"] == 1_000_000
    with pytest.raises(ClientError) as refused:
        client(url, "lambda").invoke(FunctionName="f", Payload=b"x" * 1_000_001)
    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_events_come_one_by_one(url: str) -> None:
    answer = client(url, "lambda").invoke_with_response_stream(FunctionName="f", Payload=b"x")
    assert answer["ExecutedVersion"] == "1"
    assert list(answer["EventStream"]) == [
        {"PayloadChunk": {"Payload": b"0:x"}},
        {"PayloadChunk": {"Payload": b"1:x"}},
        {"PayloadChunk": {"Payload": b"2:x"}},
        {"InvokeComplete": {"LogResult": "log"}},
    ]


def test_an_error_among_events_is_the_last_of_them(url: str) -> None:
    events = iter(client(url, "lambda").invoke_with_response_stream(FunctionName="f", Payload=b"fail")["EventStream"])
    assert [next(events) for _ in range(3)][2] == {"PayloadChunk": {"Payload": b"2:fail"}}
    with pytest.raises(EventStreamError, match="InternalStreamFailure"):
        next(events)


def test_a_json_protocols_stream_begins_with_its_output(url: str) -> None:
    answer = client(url, "logs").start_live_tail(
        logGroupIdentifiers=["arn:aws:logs:us-east-1:000000000000:log-group:g"]
    )
    assert list(answer["responseStream"]) == [{"sessionStart": {"requestId": "r", "sessionId": "s"}}]


@pytest.mark.parametrize("size", [0, 10, 300_000])
def test_a_front_gets_the_whole_body(url: str, size: int) -> None:
    status, headers, answer = ask(url, "/whole/read", b"x" * size)
    assert (status, headers["x-whole"], answer) == (200, "1", b"%d" % size)


def test_a_front_refuses_larger_bodies_than_it_takes(url: str) -> None:
    status, _, answer = ask(url, "/whole/read", b"x" * 400_001)
    assert (status, b"RequestEntityTooLarge" in answer or b"smaller than 400000 bytes" in answer) == (413, True)


def test_a_front_that_streams_reads_the_body_as_it_comes(url: str) -> None:
    kind = "application/x-www-form-urlencoded"
    status, headers, answer = ask(url, "/streams/read", b"x" * 6_000_000, content_type=kind)
    assert (status, headers["x-whole"], answer) == (200, "0", b"6000000")


def test_a_front_answers_in_pieces(url: str) -> None:
    status, headers, answer = ask(url, "/streams/pieces", method="GET")
    assert (status, headers["content-length"], answer) == (206, "5000", b"p" * 5000)


def test_an_answer_that_is_shorter_than_promised_is_cut_off(url: str) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask(url, "/streams/short", method="GET")


def test_a_fronts_error_is_told_in_its_protocol(url: str) -> None:
    status, headers, answer = ask(url, "/whole/nothing")
    assert (status, headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert json.loads(answer) == {"Message": "There is nothing here."}


def test_a_front_learns_who_calls(url: str) -> None:
    host = urlsplit(url).netloc
    status, _, answer = ask(url, "/whole/who?a=b", method="GET")
    assert (status, answer.decode()) == (200, f"root 000000000000 {host} a=b")


def test_pages_of_other_sites_may_call_the_fronts_that_say_so(url: str) -> None:
    page = {"origin": "https://stranger.example", "sec_fetch_site": "cross-site"}
    assert ask(url, "/pages/pieces", method="GET", **page)[0] == 206
    assert ask(url, "/streams/pieces", method="GET", **page)[0] == 403


def test_a_service_lets_in_the_pages_that_its_rules_name(url: str) -> None:
    friend = {"origin": "https://friend.example", "sec_fetch_site": "cross-site"}
    status, headers, _ = ask(url, "/2015-03-31/functions/open/invocations", b"{}", **friend)
    assert (status, headers["access-control-allow-origin"]) == (200, "https://friend.example")
    assert ask(url, "/2015-03-31/functions/other/invocations", b"{}", **friend)[0] == 403
    stranger = {"origin": "https://stranger.example", "sec_fetch_site": "cross-site"}
    status, headers, _ = ask(url, "/2015-03-31/functions/open/invocations", b"{}", **stranger)
    assert status == 403
    assert "access-control-allow-origin" not in headers
