"""`--workers N`: processes that share a port, die, are replaced under load, and are told to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chasqui.base.errors import SettingsError
from chasqui.base.settings import load_settings
from tests.faults.client import RawClient, children, operation_bytes
from tests.postgres import Postgres
from tests.support import Server, eventually

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")

WORKERS = 2
LOCKS = """
select relation::regclass from pg_locks where {which} and relation = 'message'::regclass
and (mode = 'AccessExclusiveLock' or not granted)
"""


class Load:
    """Threads that work until `end`, and what went wrong in them."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.over = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                while not self.over.is_set():
                    work()
            except BaseException as error:  # noqa: BLE001  told by the test
                self.errors.append(error)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def end(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


def messages(server: Server) -> list[str]:
    return [entry["message"] for entry in server.log]


def new_queue(server: Server, **attributes: str) -> str:
    with RawClient(server.url) as client:
        return str(client.call("CreateQueue", QueueName="q", Attributes=attributes)["QueueUrl"])


def replace(server: Server, times: int = 1) -> None:
    """Replace the workers, and wait until the old ones have ended."""
    for _ in range(times):
        before, done = set(children(server.process.pid)), messages(server).count("the workers are replaced")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda done=done: messages(server).count("the workers are replaced") > done, 60)
        eventually(lambda before=before: not before & set(children(server.process.pid)), 60)
    assert len(children(server.process.pid)) == WORKERS


@pytest.fixture
def options(postgres: Postgres) -> tuple[str, ...]:
    return "--database", postgres.fresh_database(), "--workers", str(WORKERS)


@pytest.fixture
def server(tmp_path: Path, options: tuple[str, ...]) -> Iterator[Server]:
    with Server(tmp_path, *options) as running:
        yield running


# -------------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize("database", ["sqlite", "memory"])
def test_workers_need_a_database_that_they_can_share(database: str) -> None:
    with pytest.raises(SettingsError, match=f"'{database}' is for one process"):
        load_settings(environ={}, overrides={"workers": 1, "database": database})


@pytest.mark.parametrize("workers", [-1, 257])
def test_there_are_so_many_workers_at_most(workers: int) -> None:
    with pytest.raises(SettingsError, match="between 0 and 256"):
        load_settings(environ={}, overrides={"workers": workers, "database": "postgresql:///x"})


def test_workers_have_no_test_clock() -> None:
    with pytest.raises(SettingsError, match="test clock"):
        load_settings(environ={}, overrides={"workers": 2, "database": "postgresql:///x", "test_clock": True})


# ---------------------------------------------------------------------------------------------------------- serving


def test_the_server_is_ready_once_when_all_workers_serve_its_one_port(server: Server) -> None:
    workers = children(server.process.pid)
    health = []
    for _ in range(40):  # so many connections reach each of two
        with RawClient(server.url) as client:
            health.append(client.call("ListQueues"))

    assert len(workers) == WORKERS
    assert messages(server).count("Ready.") == 1
    assert not server.url.endswith(":0")
    assert all(sockets_of(pid) & listening(server) for pid in workers)
    assert len(listening(server)) == WORKERS


def listening(server: Server) -> set[str]:
    """The sockets that listen on the server's port, by inode."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[1].endswith(port) and row[3] == "0A"}


def sockets_of(pid: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = os.readlink(each)
        except OSError:
            continue
        if name.startswith("socket:["):
            found.add(name[8:-1])
    return found


def test_a_port_that_other_workers_share_is_taken(server: Server, tmp_path: Path, options: tuple[str, ...]) -> None:
    with pytest.raises(RuntimeError, match="cannot listen on"):
        Server(tmp_path, *options, "--port", server.url.rpartition(":")[2])


def test_workers_that_can_not_start_end_the_server(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "001.key").write_bytes(b"short")

    with pytest.raises(RuntimeError, match="not a key of Chasqui's"):
        Server(tmp_path, *options)


# ----------------------------------------------------------------------------------------------------------- dying


def test_a_worker_that_dies_is_replaced(server: Server) -> None:
    url = new_queue(server)
    before = children(server.process.pid)

    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(set(children(server.process.pid)) - set(before)) == 1)

    for number in range(20):  # some of them come to its socket, and wait there until it serves
        with RawClient(server.url) as client:
            client.call("SendMessage", QueueUrl=url, MessageBody=str(number))
    with RawClient(server.url) as client:
        assert len(client.drain(url)) == 20
    assert messages(server).count("a worker has died") == 1


def test_workers_end_with_their_parent(server: Server) -> None:
    workers = children(server.process.pid)

    server.process.kill()
    server.process.wait()

    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


# -------------------------------------------------------------------------------------------------------- replacing


def test_under_load_no_request_fails_while_workers_are_replaced(server: Server) -> None:
    """Clients that keep their connections, that open one a request, and that wait for messages; none tries twice."""
    url, load = new_queue(server), Load()
    sent: list[str] = []
    received: list[str] = []

    def send_on_one_connection(client: RawClient) -> None:
        sent.append(client.call("SendMessage", QueueUrl=url, MessageBody="x")["MessageId"])

    def send_and_leave() -> None:
        with RawClient(server.url, timeout=30) as client:
            send_on_one_connection(client)

    def receive(client: RawClient) -> None:
        got = client.call("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            client.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            received.append(message["MessageId"])

    clients = [RawClient(server.url, timeout=30) for _ in range(5)]
    for client in clients[:2]:
        load.add(lambda client=client: send_on_one_connection(client))
    load.add(send_and_leave)
    for client in clients[2:4]:
        load.add(lambda client=client: receive(client))
    load.add(lambda: time.sleep(0.3) or send_on_one_connection(clients[4]))  # idle most of the time
    before = len(sent)

    replace(server, times=3)

    assert load.errors == []
    load.end()
    assert load.errors == []
    assert len(sent) > before + 100
    for client in clients:
        client.close()
    with RawClient(server.url) as client:
        left = [each["MessageId"] for each in client.drain(url)]
    assert sorted(received + left) == sorted(sent)


def test_a_replacement_that_does_not_start_leaves_the_old_workers(server: Server, tmp_path: Path) -> None:
    url, before = new_queue(server), children(server.process.pid)
    key = tmp_path / "keys" / "001.key"
    kept = key.read_bytes()
    key.write_bytes(b"short")

    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "the new worker did not start: the old ones go on" in messages(server))

    with RawClient(server.url) as client:
        client.call("SendMessage", QueueUrl=url, MessageBody="they do")
    assert children(server.process.pid) == before
    key.write_bytes(kept)
    replace(server)


# --------------------------------------------------------------------------------------------------------- stopping


def test_sigterm_answers_waiting_receives_and_ends_with_status_0(server: Server) -> None:
    url, answers = new_queue(server), []

    def wait() -> None:
        with RawClient(server.url, timeout=30) as client:
            answer = client.try_call("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
            answers.append((answer.status, answer.body))

    waiting = [threading.Thread(target=wait, daemon=True) for _ in range(8)]
    for thread in waiting:
        thread.start()
    time.sleep(0.7)
    began = time.monotonic()

    status = server.stop()

    for thread in waiting:
        thread.join(10)
    assert status == 0
    assert answers == [(200, b"{}")] * 8
    assert time.monotonic() - began < 5


def test_a_claim_for_a_client_that_has_gone_is_undone_before_the_server_ends(
    tmp_path: Path, postgres: Postgres, options: tuple[str, ...]
) -> None:
    """The client leaves and the server is told to stop while the database is still at the claim."""
    database = options[1].partition("@/")[2].partition("?")[0]
    slow = "lock table message in access exclusive mode; select pg_sleep(2)"
    with Server(tmp_path, *options) as server:
        url = new_queue(server, VisibilityTimeout="600")
        with RawClient(server.url) as client:
            client.call("SendMessage", QueueUrl=url, MessageBody="once")
        blocker = threading.Thread(target=lambda: postgres.sql(slow, database), daemon=True)
        blocker.start()
        eventually(lambda: "message" in postgres.sql(LOCKS.format(which="granted"), database))

        with RawClient(server.url) as client:
            client.send(operation_bytes("ReceiveMessage", f'{{"QueueUrl":"{url}"}}'.encode()))
            eventually(lambda: "message" in postgres.sql(LOCKS.format(which="not granted"), database))
        assert blocker.is_alive()
        status = server.stop()
        blocker.join(10)

    assert status == 0
    with Server(tmp_path, *options) as again, RawClient(again.url) as client:
        (left,) = client.drain(url)
    assert left["Attributes"]["ApproximateReceiveCount"] == "1"
