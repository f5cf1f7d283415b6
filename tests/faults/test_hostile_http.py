"""HTTP as attackers speak it: requests that two programs would read differently, names that mean something else once
they are decoded, clients that hold what they have taken. Each is refused, and the server goes on.

What is refused of HTTP/1.1 is answered and ends its connection, so that nothing behind it is taken for a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest

from tests.faults.client import RawClient, control, operation_bytes
from tests.support import Server
from tests.unit.server.serving import QUICK, connected, read_answer, request, run, serving, until

HEALTH = "/_chasqui/health"
SMUGGLED = b"GET /_chasqui/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("data")) as running:
        yield running
        assert running.process.poll() is None
    assert not [each for each in running.log if each.get("level") in ("error", "critical")], running.log[-3:]


def check_alive(server: Server) -> None:
    with RawClient(server.url) as client:
        assert client.try_call("ListQueues").status == 200


def head(line: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join((line, *fields, b"", b""))


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return head(b"POST / HTTP/1.1", b"Host: localhost", *fields) + body


def get(target: bytes, *fields: bytes) -> bytes:
    return head(b"GET %b HTTP/1.1" % target, *(fields or (b"Host: localhost",)))


EMPTY = b"0\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"

# What two programs could read in two ways.
SMUGGLING = {
    "length and chunks": post(b"Content-Length: 5", CHUNKED, body=EMPTY),
    "chunks and length": post(CHUNKED, b"Content-Length: 5", body=EMPTY),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: 44"),
    "one length twice": post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"),
    "a list of lengths": post(b"Content-Length: 3, 3", body=b"abc"),
    "a hexadecimal length": post(b"Content-Length: 0x3", body=b"abc"),
    "a signed length": post(b"Content-Length: +3", body=b"abc"),
    "a negative length": post(b"Content-Length: -3", body=b"abc"),
    "a length in two": post(b"Content-Length: 3 3", body=b"abc"),
    "blank before the colon of the coding": post(b"Transfer-Encoding : chunked", body=EMPTY),
    "an unknown coding": post(b"Transfer-Encoding: xchunked", body=EMPTY),
    "chunks that are not last": post(b"Transfer-Encoding: chunked, identity", body=EMPTY),
    "identity": post(b"Transfer-Encoding: identity", body=EMPTY),
    "two codings": post(CHUNKED, b"Transfer-Encoding: identity", body=EMPTY),
    "one coding twice": post(CHUNKED, CHUNKED, body=EMPTY),
    "a vertical tab before the coding": post(b"Transfer-Encoding: \x0bchunked", body=EMPTY),
    "a quoted coding": post(b'Transfer-Encoding: "chunked"', body=EMPTY),
    "no coding": post(b"Transfer-Encoding:", body=EMPTY),
    "a folded coding": post(b"Transfer-Encoding:\r\n chunked", body=EMPTY),
    "a coding behind a bare line feed": post(b"X: y\nTransfer-Encoding: chunked", body=EMPTY),
    "a coding behind a bare carriage return": post(b"X: y\rTransfer-Encoding: chunked", body=EMPTY),
    "chunks in HTTP/1.0": head(b"POST / HTTP/1.0", b"Host: localhost", CHUNKED) + EMPTY,
    "a chunk size with a prefix": post(CHUNKED, body=b"0x3\r\nabc\r\n" + EMPTY),
    "a chunk size beyond all numbers": post(CHUNKED, body=b"fffffffffffffffff\r\nabc\r\n" + EMPTY),
    "a signed chunk size": post(CHUNKED, body=b"+3\r\nabc\r\n" + EMPTY),
    "a chunk size behind a blank": post(CHUNKED, body=b" 3\r\nabc\r\n" + EMPTY),
    "a chunk size and a bare line feed": post(CHUNKED, body=b"3\nabc\r\n" + EMPTY),
    "a chunk extension and a bare line feed": post(CHUNKED, body=b"3;a\nabc\r\n" + EMPTY),
    "a chunk longer than its size": post(CHUNKED, body=b"3\r\nabcX\r\n" + EMPTY),
}

MALFORMED = {
    "a folded header": get(b"/", b"Host: localhost", b"A: b", b" c"),
    "a fold at the beginning": get(b"/", b" Host: localhost"),
    "bare line feeds": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "NUL in a value": get(b"/", b"Host: localhost", b"A: b\0c"),
    "NUL in a name": get(b"/", b"Host: localhost", b"A\0b: c"),
    "NUL in the target": get(b"/\0"),
    "a carriage return in a name": get(b"/", b"Host: localhost", b"a\rb: c"),
    "no colon": get(b"/", b"Host: localhost", b"abc"),
    "no name": get(b"/", b"Host: localhost", b": abc"),
    "a blank in the target": get(b"/ x"),
    "tabs between the words": b"GET\t/\tHTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bytes that are no ASCII in the target": get(b"/\xc0\xaf"),
    "a fragment": get(b"/_chasqui/health#x"),
    "a target without a slash": get(b"_chasqui/health"),
    "another scheme": get(b"ftp://localhost/_chasqui/health"),
    "a user in the target": get(b"http://localhost@evil.test/_chasqui/health"),
    "no host": get(b"/", b"A: b"),
    "two hosts": get(b"/", b"Host: localhost", b"Host: evil.test"),
    "one host twice": get(b"/", b"Host: localhost", b"hOST: localhost"),
    "a list of hosts": get(b"/", b"Host: localhost, evil.test"),
    "a path in the host": get(b"/", b"Host: localhost/x"),
    "a user in the host": get(b"/", b"Host: localhost@evil.test"),
    "a blank in the host": get(b"/", b"Host: local host"),
    "a port beyond all ports": get(b"/", b"Host: localhost:99999"),
    "an address that is none": get(b"/", b"Host: [::1"),
    "an unknown version": b"GET / HTTP/1.2\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("data", [*SMUGGLING.values(), *MALFORMED.values()], ids=[*SMUGGLING, *MALFORMED])
def test_a_request_that_can_be_read_in_two_ways_is_refused_with_all_behind_it(server: Server, data: bytes) -> None:
    with RawClient(server.url) as client:
        client.send(data + SMUGGLED)
        received = client.rest()

    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1
    check_alive(server)


def test_the_target_of_a_proxys_request_says_the_host(server: Server) -> None:
    with RawClient(server.url) as client:
        foreign = client.ask(get(b"http://evil.test/_chasqui/health", b"Host: localhost"))
        own = client.ask(get(b"http://localhost/_chasqui/health", b"Host: evil.test"))

    assert (foreign.status, own.status) == (403, 200)


# Other ways to write the path of a control endpoint, and ways out of it.
PATHS = [
    "//_chasqui/{0}",
    "/_chasqui//{0}",
    "/x/../_chasqui/{0}",
    "/_chasqui/../_chasqui/{0}",
    "/_chasqui/./{0}",
    "/./_chasqui/{0}",
    "/%5fchasqui/{0}",
    "/%2f_chasqui/{0}",
    "/_chasqui%2f{0}",
    "/_chasqui/%2e%2e/_chasqui/{0}",
    "/_chasqui/{0}%00",
    "/_chasqui/{0}%20",
    "/_chasqui/{0};x",
    "/_chasqui/{0}.json",
    "/_chasqui\\{0}",
    "/_chasqui/{0}%2f",
    "/_CHASQUI/{0}",
    "/_aws/../_chasqui/{0}",
    "/_chasqui/%c1%9f/{0}",
    "/_chasqui/..%c0%af..%c0%afetc/passwd",
    "/_chasqui/../../../../etc/passwd",
    "/_chasqui/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_control_endpoint_has_one_path(server: Server, path: str) -> None:
    with RawClient(server.url) as client:
        client.call("CreateQueue", QueueName="kept")
        reset = control(client, path.format("reset"), {})
        health = control(client, path.format("health"))

        # What is no control path is a bucket's, or nothing: S3 has no such bucket, and takes no such form.
        assert reset.status in (400, 403, 404, 405), reset
        assert health.status in (403, 404, 405), health
        assert client.call("GetQueueUrl", QueueName="kept")["QueueUrl"]


@pytest.mark.parametrize(
    "target", ["../../tmp/out", "relative", "\0", "/a\0b", "", "/proc/self/mem", "/dev/null", "/etc"]
)
def test_a_backup_goes_to_an_empty_folder_or_nowhere(server: Server, target: str) -> None:
    with RawClient(server.url) as client:
        answer = control(client, "/_chasqui/backup", {"target": target})

    assert answer.status == (409 if target in ("/proc/self/mem", "/dev/null", "/etc") else 400)
    assert answer.json["message"]
    check_alive(server)


Fields = list[tuple[str, str]]


class Http2:
    """A connection that sends any header fields, whatever the rules."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), 5)
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                validate_outbound_headers=False, normalize_outbound_headers=False, header_encoding="latin-1"
            )
        )
        self.h2.initiate_connection()

    def __enter__(self) -> Http2:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, fields: Fields, body: bytes | None = None) -> int | None:
        """The answer's status; None when the connection is ended for a protocol error instead."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, fields, end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.socket.sendall(self.h2.data_to_send())
        while data := self.socket.recv(65536):
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.ConnectionTerminated):
                    assert event.error_code == h2.errors.ErrorCodes.PROTOCOL_ERROR
                    return None
                if isinstance(event, h2.events.ResponseReceived):
                    return int(dict(event.headers)[":status"])
        raise AssertionError("the connection ended without a word")


METHOD, SCHEME, AUTHORITY, PATH = (
    (":method", "GET"),
    (":scheme", "http"),
    (":authority", "localhost"),
    (":path", HEALTH),
)
WHOLE = [METHOD, SCHEME, AUTHORITY, PATH]

# Header fields, and the answer's status; None where the connection is ended.
CONFUSED: dict[str, tuple[Fields, int | None]] = {
    "a host that is not the authority": ([*WHOLE, ("host", "evil.test")], None),
    "two hosts": ([METHOD, SCHEME, PATH, ("host", "localhost"), ("host", "evil.test")], None),
    "neither host nor authority": ([METHOD, SCHEME, PATH], None),
    "two authorities": ([*WHOLE, (":authority", "evil.test")], None),
    "two paths": ([*WHOLE, (":path", "/x")], None),
    "no path": ([METHOD, SCHEME, AUTHORITY], None),
    "an empty path": ([METHOD, SCHEME, AUTHORITY, (":path", "")], None),
    "a path without a slash": ([METHOD, SCHEME, AUTHORITY, (":path", HEALTH[1:])], 400),
    "a path in absolute form": ([METHOD, SCHEME, AUTHORITY, (":path", f"http://localhost{HEALTH}")], 400),
    "a path with a request in it": ([METHOD, SCHEME, AUTHORITY, (":path", "/ HTTP/1.1\r\nHost: evil\r\n\r\n")], None),
    "a path with a blank": ([METHOD, SCHEME, AUTHORITY, (":path", f"{HEALTH} x")], 400),
    "a path with a fragment": ([METHOD, SCHEME, AUTHORITY, (":path", f"{HEALTH}#x")], 400),
    "a path that is no ASCII": ([METHOD, SCHEME, AUTHORITY, (":path", "/\xc0\xaf")], 400),
    "a method with a request in it": ([(":method", "GET / HTTP/1.1\r\n"), SCHEME, AUTHORITY, PATH], None),
    "an authority with a header in it": ([METHOD, SCHEME, (":authority", "localhost\r\nx: y"), PATH], None),
    "an authority with a user": ([METHOD, SCHEME, (":authority", "a@localhost"), PATH], 400),
    "a late pseudo-header": ([METHOD, SCHEME, AUTHORITY, ("x", "y"), PATH], None),
    "an unknown pseudo-header": ([*WHOLE, (":x", "y")], None),
    "a name in capitals": ([*WHOLE, ("X-A", "y")], None),
    "a name with a colon": ([*WHOLE, ("a:b", "y")], None),
    "a name with a line break": ([*WHOLE, ("a\r\nb", "y")], None),
    "a value with a line break": ([*WHOLE, ("a", "y\r\nhost: evil.test")], None),
    "a value with NUL": ([*WHOLE, ("a", "b\0c")], None),
    "HTTP/1.1's connection": ([*WHOLE, ("connection", "close")], None),
    "HTTP/1.1's coding": ([*WHOLE, ("transfer-encoding", "chunked")], None),
    "a length without a body": ([*WHOLE, ("content-length", "5")], 400),
    "two lengths": ([*WHOLE, ("content-length", "0"), ("content-length", "0")], 400),
    "a tunnel": ([(":method", "CONNECT"), AUTHORITY], 405),
}


@pytest.mark.parametrize(("fields", "status"), CONFUSED.values(), ids=CONFUSED.keys())
def test_http2_requests_that_would_be_others_in_http1_are_refused(
    server: Server, fields: Fields, status: int | None
) -> None:
    with Http2(server.url) as client:
        assert client.ask(fields) == status
    check_alive(server)


@pytest.mark.parametrize("length", ["2", "5"])
def test_an_http2_body_of_another_length_than_said_is_refused(server: Server, length: str) -> None:
    with Http2(server.url) as client:
        fields = [(":method", "POST"), SCHEME, AUTHORITY, PATH, ("content-length", length)]
        assert client.ask(fields, b"abc") is None
    check_alive(server)


def test_the_authority_of_http2_is_the_host_that_control_endpoints_look_at(server: Server) -> None:
    for authority, status in (("localhost", 200), ("evil.test", 403)):
        with Http2(server.url) as client:
            assert client.ask([METHOD, SCHEME, (":authority", authority), PATH]) == status


@pytest.mark.parametrize(
    "start", [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"PRI * HTTP/2.0\r\n", b"\x16\x03\x01"]
)
def test_many_clients_that_never_finish_do_not_keep_others_out(start: bytes) -> None:
    async def main() -> list[int]:
        async with serving(limits=QUICK) as listener, contextlib.AsyncExitStack() as stack:
            slow = [await stack.enter_async_context(connected(listener)) for _ in range(200)]
            for _, writer in slow:
                writer.write(start)
            answers = []
            async with connected(listener) as (reader, writer):
                for _ in range(3):
                    writer.write(request())
                    answers.append((await read_answer(reader))[0])
            await asyncio.gather(*(reader.read() for reader, _ in slow), return_exceptions=True)
            await until(lambda: listener.connections == 0)
            return answers

    assert run(main()) == [200, 200, 200]


def test_a_request_cut_off_anywhere_is_not_acted_on(server: Server) -> None:
    whole = operation_bytes("CreateQueue", b'{"QueueName": "half"}')
    for at in range(1, len(whole), 7):
        with RawClient(server.url) as client:
            client.send(whole[:at])
    check_alive(server)
    with RawClient(server.url) as client:
        assert client.try_call("GetQueueUrl", QueueName="half").status == 400


def test_who_has_only_closed_its_half_is_told_that_its_message_is_stored(server: Server) -> None:
    with RawClient(server.url) as client:
        url = client.call("CreateQueue", QueueName="closed-halves")["QueueUrl"]
        data = operation_bytes("SendMessage", json.dumps({"QueueUrl": url, "MessageBody": "kept"}).encode())
        for _ in range(100):
            client.close()
            client.send(data)
            client.finish_sending()  # arrives while the message is on its way to the disk
            assert b"MD5OfMessageBody" in client.rest()
        assert client.depths(url)[""] == 100


def test_a_poll_ends_with_a_client_that_sends_no_more(server: Server) -> None:
    with RawClient(server.url) as client, RawClient(server.url) as other:
        url = client.call("CreateQueue", QueueName="left-polls")["QueueUrl"]
        client.send(operation_bytes("ReceiveMessage", json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()))
        client.finish_sending()
        assert client.rest() == b""
        other.call("SendMessage", QueueUrl=url, MessageBody="for whoever is there")
        assert other.depths(url) == {"": 1, "NotVisible": 0, "Delayed": 0}
