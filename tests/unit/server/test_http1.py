"""HTTP/1.1 as clients see it, over real sockets."""

from __future__ import annotations

import asyncio
import http.client

import pytest

from chasqui.server.exchange import BadRequest, Exchange, Headers
from chasqui.server.limits import Limits
from tests.unit.server.serving import (
    QUICK,
    TEXT,
    Held,
    connected,
    echo,
    exchange_bytes,
    read_answer,
    request,
    run,
    serving,
    until,
)

CLOSE = "Connection: close"


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("own_loop", [False, True])
def test_a_connection_carries_many_requests(own_loop: bool) -> None:
    def talk(port: int) -> list[bytes]:
        client = http.client.HTTPConnection("127.0.0.1", port)
        answers = []
        for body in (b"one", b"2" * 300_000, iter([b"in ", b"chunks"])):
            client.request("POST", "/queue", body=body)  # type: ignore[arg-type]
            answers.append(client.getresponse().read())
        client.close()
        return answers

    async def main() -> tuple[list[bytes], int]:
        async with serving() as listener:
            answers = await asyncio.to_thread(talk, listener.port)
            return answers, listener.statistics().connections

    answers, connections = run(main(), own_loop)
    assert answers == [b"one", b"2" * 300_000, b"in chunks"]
    assert connections == 1


def test_an_answer_has_length_date_and_request_id() -> None:
    answer = run(exchange_bytes(request("/", CLOSE)))
    head, _, body = answer.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
    assert sorted(names) == [b"connection", b"content-length", b"content-type", b"date", b"x-amzn-requestid"]
    assert body == b"GET /"


def test_the_applications_request_id_is_used() -> None:
    answer = run(exchange_bytes(request("/", CLOSE), lambda exchange: exchange.respond(200, TEXT, b"", "my-id")))
    assert b"x-amzn-RequestId: my-id\r\n" in answer


def test_the_exchange_shows_the_request() -> None:
    seen: list[Exchange] = []

    def keep(exchange: Exchange) -> None:
        seen.append(exchange)
        echo(exchange)

    run(exchange_bytes(request("/a%20b?x=%31", "X-Amz-Content-SHA256: f \t", "X-A: 1", "x-a: 2", CLOSE), keep))
    exchange = seen[0]
    assert (exchange.method, exchange.target) == ("GET", "/a%20b?x=%31")
    assert (exchange.path, exchange.query) == ("/a%20b", "x=%31")
    assert exchange.header(b"x-amz-content-sha256") == b"f"
    assert exchange.header(b"absent") is None
    assert exchange.headers[1:4] == [(b"x-amz-content-sha256", b"f"), (b"x-a", b"1"), (b"x-a", b"2")]
    assert exchange.scheme == "http"
    assert exchange.peer is not None
    assert exchange.peer[0] == "127.0.0.1"


def test_pipelined_requests_are_answered_in_order_whatever_finishes_first() -> None:
    async def main() -> list[bytes]:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            writer.write(b"".join(request(f"/{i}") for i in range(5)))
            for exchange in reversed(await held.wait(5)):
                exchange.respond(200, TEXT, exchange.target.encode())
            return [(await read_answer(reader))[2] for _ in range(5)]

    assert run(main()) == [b"/0", b"/1", b"/2", b"/3", b"/4"]


def test_no_more_than_the_limit_of_pipelined_requests_is_worked_on() -> None:
    async def main() -> int:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            writer.write(b"".join(request(f"/{i}") for i in range(500)))
            await held.wait(16)
            await asyncio.sleep(0.05)
            begun = len(held.exchanges)
            for i in range(500):
                (await held.wait(i + 1))[i].respond(200, TEXT, f"{i}".encode())
            assert [(await read_answer(reader))[2] for _ in range(500)] == [f"{i}".encode() for i in range(500)]
            return begun

    assert run(main()) == 16


def test_pipelined_requests_may_be_answered_at_once() -> None:
    answer = run(exchange_bytes(b"".join(request(f"/{i}") for i in range(3000)) + request("/last", CLOSE)))
    assert answer.count(b"HTTP/1.1 200 OK") == 3001
    assert answer.endswith(b"GET /last")


def test_a_client_that_expects_continue_is_asked_for_the_body() -> None:
    async def main() -> tuple[bytes, bytes]:
        async with serving() as listener, connected(listener) as (reader, writer):
            writer.write(request("/", "Content-Length: 4", "Expect: 100-continue", method="POST"))
            asked = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"body")
            return asked, (await read_answer(reader))[2]

    assert run(main()) == (b"HTTP/1.1 100 Continue\r\n\r\n", b"body")


def test_a_pipelined_expectation_waits_for_the_answers_before() -> None:
    async def main() -> bytes:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            writer.write(request("/1") + request("/2", "Content-Length: 4", "Expect: 100-continue", method="POST"))
            (await held.wait(1))[0].respond(200, TEXT, b"first")
            await reader.readuntil(b"first")
            return await reader.readuntil(b"\r\n\r\n")

    assert run(main()).startswith(b"HTTP/1.1 100")


def test_a_large_body_is_refused_before_it_is_sent() -> None:
    async def main() -> tuple[int, bytes]:
        async with serving(limits=Limits(body_bytes_max=1000)) as listener, connected(listener) as (reader, writer):
            writer.write(request("/", "Content-Length: 1001", "Expect: 100-continue", method="POST"))
            status, headers, _ = await read_answer(reader)
            assert headers["connection"] == "close"
            return status, await reader.read()

    assert run(main()) == (413, b"")


def test_a_refused_client_that_goes_on_sending_still_gets_its_answer() -> None:
    async def main() -> int:
        async with serving(limits=Limits(body_bytes_max=1000)) as listener, connected(listener) as (reader, writer):
            writer.write(request("/", "Content-Length: 8000000", method="POST"))
            for _ in range(80):
                writer.write(b"x" * 100_000)
                await asyncio.sleep(0)
            return (await read_answer(reader))[0]

    assert run(main()) == 413


def test_a_chunked_body_is_held_to_the_limit_too() -> None:
    data = request("/", "Transfer-Encoding: chunked", method="POST") + b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n"
    assert status_of(run(exchange_bytes(data, limits=Limits(body_bytes_max=1000)))) == 413


def test_trailers_are_not_headers() -> None:
    chunks = b"2\r\nok\r\n0\r\nX-Amz-Target: evil\r\n\r\n"
    data = request("/", "Transfer-Encoding: chunked", "X-Amz-Target: good", CLOSE, method="POST") + chunks
    answer = run(
        exchange_bytes(data, lambda e: e.respond(200, TEXT, b"%r %r" % (e.header(b"x-amz-target"), e.headers)))
    )
    assert b"b'good'" in answer
    assert b"evil" not in answer


def test_head_has_the_length_and_no_body() -> None:
    answer = run(exchange_bytes(request("/", CLOSE, method="HEAD"), lambda e: e.respond(200, TEXT, b"12345")))
    assert b"Content-Length: 5\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_the_application_may_say_the_length_itself() -> None:
    headers: Headers = ((b"Content-Length", b"77"),)
    answer = run(exchange_bytes(request("/", CLOSE, method="HEAD"), lambda e: e.respond(200, headers, b"")))
    assert answer.lower().count(b"content-length") == 1


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_has_no_length(status: int) -> None:
    answer = run(exchange_bytes(request("/", CLOSE), lambda e: e.respond(status, (), b"")))
    assert b"content-length" not in answer.lower()


def test_http_1_0_is_closed_after_the_answer() -> None:
    assert run(exchange_bytes(b"GET / HTTP/1.0\r\n\r\n")).endswith(b"GET /")


def test_http_1_0_may_ask_to_be_kept() -> None:
    async def main() -> list[str]:
        async with serving() as listener, connected(listener) as (reader, writer):
            found = []
            for _ in range(2):
                writer.write(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                found.append((await read_answer(reader))[1]["connection"])
            return found

    assert run(main()) == ["keep-alive", "keep-alive"]


def test_an_offered_upgrade_is_declined_and_the_body_read() -> None:
    data = request("/", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", method="POST", body=b"the body")
    answer = run(exchange_bytes(data + request("/next", CLOSE)))
    assert b"the body" in answer
    assert answer.endswith(b"GET /next")


def test_a_target_in_absolute_form_brings_its_host() -> None:
    data = b"GET http://queue.test/a?b HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n"
    answer = run(exchange_bytes(data, lambda e: e.respond(200, TEXT, b"%s %s" % (e.target.encode(), e.table[b"host"]))))
    assert answer.endswith(b"/a?b queue.test")


REFUSED = {
    "garbage": (b"\x00\x01\x02\r\n\r\n", 400),
    "unknown method": (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "two hosts in two spellings": (b"GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n", 400),
    "bad host": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "host with user": (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "length and chunks": (request("/", "Content-Length: 3", "Transfer-Encoding: chunked"), 400),
    "chunks and length": (request("/", "Transfer-Encoding: chunked", "Content-Length: 3"), 400),
    "two lengths": (request("/", "Content-Length: 3", "Content-Length: 4"), 400),
    "length no number": (request("/", "Content-Length: +3"), 400),
    "huge length": (request("/", "Content-Length: " + "9" * 40), 400),
    "other coding": (request("/", "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n", 501),
    "folded header": (request("/", "A: b\r\n c"), 400),
    "bare cr": (request("/", "A: b\rc"), 400),
    "bare lf": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "nul in header": (request("/", "A: b\0c"), 400),
    "blank before colon": (request("/", "A : b"), 400),
    "bad chunk": (request("/", "Transfer-Encoding: chunked") + b"zz\r\n", 400),
    "connect": (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    "long target": (request("/" + "a" * 40_000), 414),
    "long target, unfinished": (b"GET /" + b"a" * 70_000, 414),
    "large head": (request("/", *(f"A{i}: " + "b" * 1000 for i in range(70))), 431),
    "large header, unfinished": (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000, 431),
    "many headers": (request("/", *(f"A{i}: b" for i in range(128))), 431),
    "version": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "expectation": (request("/", "Expect: tea", "Content-Length: 5", method="POST"), 417),
    "many trailers": (
        request("/", "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n" + b"A: b\r\n" * 70_000, 431
    ),
    "tiny chunks": (request("/", "Transfer-Encoding: chunked") + b"1;" + b"e" * 200_000, 400),
}  # fmt: skip


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(data: bytes, status: int) -> None:
    async def main() -> int:
        handled: list[Exchange] = []
        async with serving(handled.append) as listener, connected(listener) as (reader, writer):
            writer.write(data)
            found = (await read_answer(reader))[0]
            assert await reader.read() == b""
            assert not handled
            return found

    assert run(main()) == status


def test_the_application_shapes_refusals() -> None:
    def shape(facts: BadRequest) -> tuple[int, Headers, bytes]:
        return facts.status, ((b"Content-Type", b"application/json"),), b'{"message": "%s"}' % facts.target.encode()

    answer = run(exchange_bytes(request("/x", "Content-Length: +3"), bad_request=shape))
    assert answer.endswith(b'{"message": "/x"}')


def test_a_refusal_waits_for_the_answers_before_it() -> None:
    async def main() -> list[int]:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            writer.write(request("/1") + b"nonsense\r\n\r\n")
            await held.wait(1)
            await asyncio.sleep(0.02)
            held.exchanges[0].respond(200, TEXT, b"fine")
            return [(await read_answer(reader))[0] for _ in range(2)]

    assert run(main()) == [200, 400]


def test_a_handler_that_fails_answers_500(caplog: pytest.LogCaptureFixture) -> None:
    def fail(exchange: Exchange) -> None:
        raise RuntimeError("bug")

    assert status_of(run(exchange_bytes(request("/", CLOSE), fail))) == 500
    assert "bug" in caplog.text


def test_a_slow_sender_gets_408() -> None:
    async def main() -> tuple[int, int]:
        async with serving(limits=QUICK) as listener, connected(listener) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\n")
            status = (await read_answer(reader))[0]
            return status, listener.statistics().timed_out

    assert run(main()) == (408, 1)


def test_bytes_in_drops_do_not_buy_time() -> None:
    async def main() -> int:
        async with serving(limits=QUICK) as listener, connected(listener) as (reader, writer):
            writer.write(request("/", "Content-Length: 100", method="POST"))
            answer = asyncio.create_task(read_answer(reader))
            while not answer.done():
                writer.write(b"x")
                await asyncio.sleep(0.01)
            return (await answer)[0]

    assert run(main()) == 408


def test_an_idle_connection_is_closed() -> None:
    async def main() -> bytes:
        async with serving(limits=QUICK) as listener, connected(listener) as (reader, writer):
            writer.write(request())
            await read_answer(reader)
            return await reader.read()

    assert run(main()) == b""


def test_a_long_poll_is_not_idle() -> None:
    async def main() -> bytes:
        held = Held()
        async with serving(held, limits=QUICK) as listener, connected(listener) as (reader, writer):
            writer.write(request("/poll"))
            await held.wait(1)
            await asyncio.sleep(0.6)
            held.exchanges[0].respond(200, TEXT, b"at last")
            answer = (await read_answer(reader))[2]
            assert await reader.read() == b""  # and idle afterwards
            return answer

    assert run(main()) == b"at last"


def test_waiting_long_polls_need_no_timer() -> None:
    async def main() -> bool:
        held = Held()
        async with serving(held, limits=QUICK) as listener, connected(listener) as (_, writer):
            writer.write(request("/poll"))
            await held.wait(1)
            await until(lambda: listener._hub._sweeping is None)
            return True

    assert run(main())


def test_a_client_that_leaves_frees_its_long_poll_at_once() -> None:
    async def main() -> tuple[list[str], int]:
        held = Held()
        async with serving(held) as listener:
            async with connected(listener) as (_, writer):
                writer.write(request("/poll"))
                await held.wait(1)
            await until(lambda: bool(held.gone), 0.5)
            held.exchanges[0].respond(200, TEXT, b"too late")
            return held.gone, listener.connections

    assert run(main()) == (["/poll"], 0)


def test_a_client_that_only_closes_its_half_is_answered() -> None:
    async def main() -> bytes:
        waiting: list[Exchange] = []
        async with serving(waiting.append) as listener, connected(listener) as (reader, writer):
            writer.write(request())
            writer.write_eof()
            await until(lambda: bool(waiting))
            await asyncio.sleep(0.02)
            waiting[0].respond(200, TEXT, b"here")
            return await reader.read()

    assert run(main()).endswith(b"here")


def test_a_reader_that_does_not_read_stops_its_own_requests_only() -> None:
    async def main() -> int:
        big = b"x" * 1_000_000

        def answer(exchange: Exchange) -> None:
            answered.append(exchange.target)
            exchange.respond(200, TEXT, big)

        answered: list[str] = []
        async with serving(answer) as listener, connected(listener) as (reader, writer):
            writer.transport.pause_reading()
            writer.write(b"".join(request(f"/{i}") for i in range(300)))
            await asyncio.sleep(0.3)
            begun = len(answered)
            writer.transport.resume_reading()
            for _ in range(300):
                assert len((await read_answer(reader))[2]) == 1_000_000
            return begun

    assert run(main()) < 30


def test_a_reader_that_never_reads_is_cut_off() -> None:
    async def main() -> int:
        def answer(exchange: Exchange) -> None:
            exchange.respond(200, TEXT, b"x" * 20_000_000)

        async with serving(answer, limits=QUICK) as listener, connected(listener) as (_, writer):
            writer.transport.pause_reading()
            writer.write(request())
            await until(lambda: listener.statistics().timed_out == 1)
            await until(lambda: listener.connections == 0)
            return listener.statistics().timed_out

    assert run(main()) == 1
