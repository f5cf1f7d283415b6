"""The ways in and out of a server: stopping under load, refusing to start on foreign files, refusing web pages."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.client import Answer, RawClient, control, operation_bytes, request_bytes
from tests.support import COMMAND, Server

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")


def refused_start(data: Path, *options: str) -> tuple[int, str]:
    """(exit status, what it said) of a server that should not start."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHASQUI_")}
    done = subprocess.run(
        [str(COMMAND), "serve", "--data", str(data), "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env=environment,
    )
    return done.returncode, done.stderr


def new_queue(server: Server, name: str = "q") -> str:
    with RawClient(server.url) as client:
        return str(client.call("CreateQueue", QueueName=name)["QueueUrl"])


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


# ------------------------------------------------------------------------------------------------------ stopping


def test_sigterm_ends_an_idle_server_with_status_0(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        new_queue(server)
        started = time.monotonic()

        status = server.stop()

    assert status == 0
    assert time.monotonic() - started < 5
    assert [entry["message"] for entry in server.log if entry.get("level") in ("error", "warning")] == []


def test_sigint_ends_it_as_well(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.process.send_signal(signal.SIGINT)

        assert server.process.wait(10) == 0


def test_requests_in_flight_at_sigterm_are_answered_and_kept(tmp_path: Path) -> None:
    """Each of the requests that a client has pipelined before the signal gets its answer."""
    with Server(tmp_path) as server, RawClient(server.url) as client:
        url = new_queue(server)
        send = operation_bytes("SendMessage", f'{{"QueueUrl":"{url}","MessageBody":"in flight"}}'.encode())
        statuses: list[int] = []

        client.send(send * 8)
        statuses.append(client.answer().status)  # the server has read them all
        server.process.send_signal(signal.SIGTERM)
        statuses += [client.answer().status for _ in range(7)]

        assert statuses == [200] * 8
        assert server.process.wait(10) == 0
    with Server(tmp_path) as again, RawClient(again.url) as client:
        assert len(client.drain(url)) == 8


def test_under_load_nothing_acknowledged_is_lost_by_sigterm(tmp_path: Path) -> None:
    acknowledged: list[list[str]] = [[] for _ in range(4)]

    def produce(url: str, mine: list[str]) -> None:
        try:
            with RawClient(url) as client:
                while True:
                    mine.append(client.call("SendMessage", QueueUrl=queue, MessageBody="load")["MessageId"])
        except OSError:
            return

    with Server(tmp_path) as server:
        queue = new_queue(server)
        producers = [in_thread(lambda mine=mine: produce(server.url, mine)) for mine in acknowledged]
        time.sleep(0.5)
        assert server.stop() == 0
        for each in producers:
            each.join(10)
    with Server(tmp_path) as again, RawClient(again.url) as client:
        found = {each["MessageId"] for each in client.drain(queue)}

    sent = {each for mine in acknowledged for each in mine}
    assert sent
    assert sent <= found


def test_waiting_long_polls_are_answered_promptly(tmp_path: Path) -> None:
    answers: list[object] = []

    def wait(url: str) -> None:
        try:
            with RawClient(server.url, timeout=30) as client:
                answer = client.try_call("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
                answers.append((answer.status, answer.body))
        except OSError as error:
            answers.append(error)

    with Server(tmp_path) as server:
        url = new_queue(server)
        waiting = [in_thread(lambda: wait(url)) for _ in range(5)]
        time.sleep(0.5)
        started = time.monotonic()

        status = server.stop()
        for each in waiting:
            each.join(10)

    assert status == 0
    assert answers == [(200, b"{}")] * 5
    assert time.monotonic() - started < 3


# ------------------------------------------------------------------------------------------- refusing to start


def test_a_second_server_on_a_data_directory_is_refused(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        url = new_queue(server)

        status, said = refused_start(tmp_path)

        with RawClient(server.url) as client:
            client.call("SendMessage", QueueUrl=url, MessageBody="the first one goes on")
    assert status == 1
    assert "in use by another server" in said
    assert "Traceback" not in said


def database(data: Path) -> Path:
    """The database file of a data directory that a server has used."""
    with Server(data) as server:
        url = new_queue(server)
        with RawClient(server.url) as client:
            for _ in range(50):
                client.call("SendMessage", QueueUrl=url, MessageBody="x" * 1000)
    (file,) = (each for each in data.iterdir() if each.is_file() and each.read_bytes()[:6] == b"SQLite")
    return file


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path)
    file.write_bytes(b"this is a shopping list\n" * 1000)

    status, said = refused_start(tmp_path)

    assert status == 1
    assert file.name in said
    assert "Traceback" not in said


def test_a_corrupt_database_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path)
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xa5" * (len(whole) - 4096)
    file.write_bytes(whole)

    status, said = refused_start(tmp_path)

    assert status == 1
    assert "corrupt" in said
    assert "Traceback" not in said


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = database(tmp_path)
    for each in tmp_path.glob(f"{file.name}*"):
        each.unlink()
    with sqlite3.connect(file) as foreign:
        foreign.execute("create table recipes (name text)")
    foreign.close()
    before = file.read_bytes()

    status, said = refused_start(tmp_path)

    assert status == 1
    assert "another program's database" in said
    assert file.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path)
    with sqlite3.connect(file) as newer:
        newer.execute("pragma user_version = 9999")
    newer.close()

    status, said = refused_start(tmp_path)

    assert status == 1
    assert "newer" in said


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    status, said = refused_start(tmp_path / "file" / "data")

    assert status == 1
    assert "data directory" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path: Path) -> None:
    with Server(tmp_path / "one") as server:
        port = server.url.rpartition(":")[2]

        status, said = refused_start(tmp_path / "two", "--port", port)

    assert status == 1
    assert port in said
    assert "Traceback" not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_listening_beyond_loopback_needs_an_administrator(tmp_path: Path, host: str) -> None:
    status, said = refused_start(tmp_path, "--host", host)

    assert status == 1
    assert "chasqui init" in said
    assert "--auth permissive" in said
    assert "Ready." not in said


# ------------------------------------------------------------------------------------------ refusing web pages


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Server:
    with Server(tmp_path_factory.mktemp("guarded")) as server:
        yield server


def ask_reset(server: Server, **headers: str) -> Answer:
    with RawClient(server.url) as client:
        return control(client, "/_chasqui/reset", {}, **headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:4566", "Origin": "http://evil.example:4566"},
        {"Host": "localhost.evil.example"},
    ],
)
def test_a_web_page_cannot_reset_the_server(guarded: Server, headers: dict[str, str]) -> None:
    new_queue(guarded, "kept")

    answer = ask_reset(guarded, **headers)

    assert answer.status == 403
    with RawClient(guarded.url) as client:
        assert client.call("GetQueueUrl", QueueName="kept")["QueueUrl"]


@pytest.mark.parametrize("headers", [{}, {"Host": "127.0.0.1:1"}, {"Host": "localhost", "Origin": "http://localhost"}])
def test_the_machine_itself_can_reset_the_server(guarded: Server, headers: dict[str, str]) -> None:
    new_queue(guarded, "emptied")

    answer = ask_reset(guarded, **headers)

    assert answer.status == 200
    with RawClient(guarded.url) as client:
        assert client.try_call("GetQueueUrl", QueueName="emptied").status == 400


@pytest.mark.parametrize("path", ["/_chasqui/metrics", "/_chasqui/queues", "/_localstack/health", "/_aws/sqs/messages"])
def test_no_control_endpoint_answers_a_foreign_host(guarded: Server, path: str) -> None:
    with RawClient(guarded.url) as client:
        assert control(client, path, Host="evil.example").status == 403


@pytest.mark.parametrize(
    "path", ["//_chasqui/reset", "/_chasqui/../_chasqui/reset", "/%5fchasqui/reset", "/_CHASQUI/reset"]
)
def test_a_disguised_control_path_is_no_way_around(guarded: Server, path: str) -> None:
    new_queue(guarded, "kept")

    with RawClient(guarded.url) as client:
        answer = control(client, path, {}, Host="evil.example", Origin="https://evil.example")

        assert 400 <= answer.status < 500
        assert client.call("GetQueueUrl", QueueName="kept")["QueueUrl"]


@pytest.mark.parametrize("host", ["sqs.us-east-1.amazonaws.com", "chasqui", "host.docker.internal:4566", "[::1]:4566"])
def test_api_requests_work_under_any_host(guarded: Server, host: str) -> None:
    data = operation_bytes("ListQueues", b"{}").replace(b"Host: localhost", f"Host: {host}".encode())

    with RawClient(guarded.url) as client:
        assert client.ask(data).status == 200


def test_the_root_page_answers_a_person(guarded: Server) -> None:
    with RawClient(guarded.url) as client:
        answer = client.ask(request_bytes("/", {"Host": "localhost", "Accept": "text/html"}, b"", "GET"))

    assert answer.status < 500
