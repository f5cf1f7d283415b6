"""HTTP as nobody should speak it: every request is answered with a 2xx or a 4xx and a request id, and nothing hangs.

The client ends its side after what it has sent, so that a request without an end is no reason to wait. Two refusals of
HTTP itself are 5xx by their RFC: 501 for an unknown transfer coding and 505 for an unknown version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.faults.client import SIGNED, RawClient, operation_bytes, request_bytes, resident_bytes
from tests.support import Server

EXAMPLES = int(os.environ.get("CHASQUI_FUZZ_EXAMPLES", "300"))
MEGABYTE = 1 << 20
GROWTH_BYTES_MAX = 48 * MEGABYTE
HTTP_REFUSALS = (501, 505)

fuzzing = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)

VALID = operation_bytes("ListQueues", b"{}")
TARGETS = [
    "/",
    "/000000000000/q",
    "/_chasqui/health",
    "/service/AmazonSQS/operation/ListQueues",
    "*",
    "/?Action=ListQueues",
]
NAMES = [
    "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "X-Amz-Target", "Authorization", "Connection",
    "Expect", "Upgrade", "HTTP2-Settings", "X-Amz-Date", "X-Amzn-Query-Mode", "smithy-protocol", "Origin",
    "Content-Encoding", "Cookie", "Range", "TE", "Trailer", "X-Forwarded-For", "",
]  # fmt: skip
VALUES = [
    "localhost", "evil.example", "[::1", "a:b:c", "0", "-1", "+5", "1e3", "0x10", "99999999999999999999999", "5, 5",
    "chunked", "gzip", "gzip, chunked", "identity", "chunked, chunked", "close", "keep-alive", "upgrade", "h2c",
    "100-continue", "200-ok", "application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.1",
    "application/x-amz-cbor-1.1", "application/cbor", "application/x-www-form-urlencoded", "multipart/form-data",
    "AmazonSQS.ListQueues", "AmazonSQS.", ".", "AmazonSQS.NoSuchThing", "Kinesis_20131202.ListStreams", "rpc-v2-cbor",
    SIGNED, "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=//////", "Basic eA==", "bytes=0-",
    "a" * 9000, "\x00", "\x7f", "é", "\t", "",
]  # fmt: skip

names = st.sampled_from(NAMES) | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
values = st.sampled_from(VALUES) | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)
methods = st.sampled_from(["POST", "GET", "PUT", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "post", ""])
targets = st.sampled_from(TARGETS) | st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n "), max_size=80
).map(lambda text: "/" + text)
bodies = st.sampled_from([b"", b"{}", b"[]", b"{", b"Action=ListQueues", b"\xa0", b"\xff\xfe"]) | st.binary(
    max_size=200
)


class Target:
    """The server under test, and what it must still be after each example."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = RawClient(server.url, timeout=5)

    def check_health(self) -> None:
        self.client.close()
        assert self.client.try_call("ListQueues").status == 200

    def exchange(self, data: bytes) -> bytes:
        """What comes back until the connection ends. `TimeoutError` when it does not end in 5 s."""
        self.client.close()
        try:
            self.client.send(data)
            self.client.finish_sending()
            return self.client.rest()
        except TimeoutError as error:
            raise AssertionError(f"no end to {data[:300]!r}") from error
        except OSError:
            return b""  # the server hung up before it had read everything


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Server(tmp_path_factory.mktemp("data")) as server:
        fuzzed = Target(server)
        for _ in range(300):
            fuzzed.check_health()
        before = resident_bytes(server.process.pid) if sys.platform == "linux" else 0
        yield fuzzed
        fuzzed.check_health()
        fuzzed.client.close()
        grown = resident_bytes(server.process.pid) - before if sys.platform == "linux" else 0
        assert server.process.poll() is None
    assert grown < GROWTH_BYTES_MAX, f"the server grew by {grown / MEGABYTE:.0f} MB"
    assert not [each for each in server.log if each.get("level") == "error"], server.log[-3:]


def check_answers(received: bytes, sent: bytes) -> int:
    """Each answer in what was received is one that the rules allow. Returns how many there are."""
    found = 0
    while received and not received.startswith(b"PRI") and received[:5] == b"HTTP/":
        head, _, rest = received.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status == 100:
            received = rest
            continue
        assert 200 <= status < 500 or status in HTTP_REFUSALS, (status, sent[:300], rest[:300])
        # S3 has a name of its own for it.
        assert b"x-amzn-requestid:" in head.lower() or b"x-amz-request-id:" in head.lower(), (head, sent[:300])
        found += 1
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        received = rest[length:] if not sent.startswith(b"HEAD") else rest
    return found


@fuzzing
@given(data=st.binary(max_size=400))
@example(b"\x00")
@example(b"GET / HTTP/9.9\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
@example(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
@example(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 40)
@example(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 40)
def test_fuzz_bytes_that_are_no_http(target: Target, data: bytes) -> None:
    check_answers(target.exchange(data), data)
    target.check_health()


@fuzzing
@given(
    at=st.integers(0, len(VALID)),
    length=st.integers(0, 8),
    put=st.binary(max_size=8),
    repeat=st.sampled_from([1, 1, 3]),
)
def test_fuzz_a_request_with_some_bytes_changed(target: Target, at: int, length: int, put: bytes, repeat: int) -> None:
    data = (VALID[:at] + put + VALID[at + length :]) * repeat

    check_answers(target.exchange(data), data)
    target.check_health()


@fuzzing
@given(
    method=methods,
    path=targets,
    fields=st.lists(st.tuples(names, values), max_size=12),
    host=st.booleans(),
    body=bodies,
)
def test_fuzz_random_methods_targets_and_headers(
    target: Target, method: str, path: str, fields: list[tuple[str, str]], host: bool, body: bytes
) -> None:
    lines = [f"{method} {path} HTTP/1.1", *(["Host: localhost"] if host else [])]
    lines += [f"{name}: {value}" for name, value in fields]
    data = ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n").encode("latin-1") + body

    check_answers(target.exchange(data), data)
    target.check_health()


@fuzzing
@given(
    path=targets,
    fields=st.dictionaries(
        st.sampled_from(["Content-Type", "X-Amz-Target", "Authorization", "smithy-protocol", "X-Amzn-Query-Mode"]),
        st.sampled_from([each for each in VALUES if each.isprintable()]),
    ),
    method=st.sampled_from(["POST", "GET", "PUT", "DELETE"]),
    body=bodies,
)
def test_fuzz_well_formed_requests_are_always_answered(
    target: Target, path: str, fields: dict[str, str], method: str, body: bytes
) -> None:
    data = request_bytes(path, {"Host": "localhost", **fields}, body, method)

    answered = check_answers(target.exchange(data), data)

    assert answered == 1, data[:300]


@fuzzing
@given(
    sizes=st.lists(
        st.sampled_from(
            ["2", "0", "1", "-1", "g", "ffffffffffffffff", "fffffffffffffffff", "2;x=y", "2;" + "x" * 5000, " 2", ""]
        ),
        max_size=5,
    ),
    end=st.sampled_from(["\r\n", "\n", "", "\r"]),
    trailer=st.sampled_from(["", "X-A: b\r\n", "Content-Length: 5\r\n", "x" * 70_000 + ": y\r\n"]),
)
def test_fuzz_chunks(target: Target, sizes: list[str], end: str, trailer: str) -> None:
    head = VALID.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked").removesuffix(b"{}")
    chunks = "".join(f"{size}{end}{{}}{end}" for size in sizes)
    data = head + chunks.encode() + f"0{end}{trailer}{end}".encode()

    check_answers(target.exchange(data), data)
    target.check_health()


def test_fuzz_many_answers_of_one_pipelined_connection(target: Target) -> None:
    data = VALID * 500

    assert check_answers(target.exchange(data + VALID.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost")), data) > 0
    target.check_health()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nb: " + b"c" * 70_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
    ],
)
def test_fuzz_what_is_too_large_or_ambiguous_is_refused_by_its_status(target: Target, data: bytes, status: int) -> None:
    received = target.exchange(data)

    assert received.startswith(f"HTTP/1.1 {status} ".encode()), received[:200]
    assert check_answers(received, data) == 1
