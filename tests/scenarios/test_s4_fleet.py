"""S4: `chasqui workers` keeps ordinary processes that consume a queue, as many as its backlog asks for."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import COMMAND, CREDENTIALS, Server, eventually

CONSUMER = """
import os, sys, urllib.request, json, time
def call(operation, **given):
    body = json.dumps({"QueueUrl": os.environ["QUEUE_URL"], **given}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"}
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], body, headers)
    return json.loads(urllib.request.urlopen(request).read() or b"{}")
while True:
    for message in call("ReceiveMessage", MaxNumberOfMessages=1, WaitTimeSeconds=1).get("Messages", []):
        time.sleep(0.05)
        call("DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
        print("did", message["Body"], flush=True)
"""
QUICK = """
[scaling]
min = {min}
max = {max}
backlog_per_worker = 10
period_seconds = 1
scale_out_periods = 1
scale_in_periods = 2
scale_out_cooldown_seconds = 0
scale_in_cooldown_seconds = 0

[restart]
delay_seconds = 0.1
delay_max_seconds = 0.2
crashes_max = 3
start_grace_seconds = 0.5
"""


class Fleet:
    """A `chasqui workers` process; its log is gathered as it comes."""

    def __init__(self, file: Path, url: str, **variables: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("CHASQUI_", "AWS_"))}
        keys = {f"AWS_{name.removeprefix('aws_').upper()}": value for name, value in CREDENTIALS.items()}
        keys["AWS_DEFAULT_REGION"] = keys.pop("AWS_REGION_NAME")
        self.environ = {**environ, **keys, "AWS_ENDPOINT_URL": url, "COLUMNS": "120", **variables}
        self.file = file
        self.process = subprocess.Popen(
            [str(COMMAND), "workers", str(file), "--log-format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environ,
        )
        self.log: list[dict[str, Any]] = []
        self.printed: list[str] = []
        self._readers = [threading.Thread(target=each, daemon=True) for each in (self._read_log, self._read_output)]
        for reader in self._readers:
            reader.start()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            text = line.decode()
            self.log.append(json.loads(text) if text.startswith("{") else {"message": text.strip()})

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        self.printed.extend(line.decode().rstrip() for line in self.process.stdout)

    def said(self, text: str) -> list[dict[str, Any]]:
        return [entry for entry in list(self.log) if text in entry["message"]]

    def get(self, path: str, host: str | None = None) -> tuple[int, bytes]:
        served = eventually(lambda: self.said("status is served"))
        connection = http.client.HTTPConnection(urlsplit(served[0]["url"]).netloc, timeout=5)
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.get("/status")[1])
        return status

    def pids(self, number: int) -> list[int]:
        """The processes of the workers, once so many run."""

        def running() -> list[int]:
            found = [each["pid"] for each in self.status()["workers"] if each["state"] == "running"]
            return found if len(found) == number else []

        return list(eventually(running))

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status


Start = Callable[..., Fleet]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture
def queue(served: Server, request: pytest.FixtureRequest) -> str:
    name = request.node.name[:70]
    served.client().create_queue(QueueName=name)
    return str(name)


@pytest.fixture
def start(served: Server, queue: str, tmp_path: Path) -> Iterator[Start]:
    """Starts a fleet of a command, with what else its file says."""
    started: list[Fleet] = []

    def starting(command: str, more: str = "", tables: str = "", least: int = 1, most: int = 4) -> Fleet:
        started.append(Fleet(write(tmp_path, queue, command, more, tables, least, most), served.url))
        return started[-1]

    yield starting
    for each in started:
        each.stop()


def write(
    folder: Path, queue: str, command: str, more: str = "", tables: str = "", least: int = 1, most: int = 4
) -> Path:
    script = json.dumps(["sh", "-c", command])
    file = folder / "crew.toml"
    file.write_text(
        f'queue = "{queue}"\ncommand = {script}\nlisten = "127.0.0.1:0"\nstop_grace_seconds = 2\n{more}\n'
        f"{QUICK.format(min=least, max=most)}\n{tables}\n"
    )
    return file


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_fleet_grows_with_the_backlog_works_it_off_and_shrinks(
    served: Server, queue: str, start: Start, tmp_path: Path
) -> None:
    sqs = served.client()
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    (tmp_path / "consumer.py").write_text(CONSUMER)
    bodies = [f"order-{number}" for number in range(80)]
    for at in range(0, 80, 10):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": bodies[at + n]} for n in range(10)])

    fleet = start("exec python3 consumer.py")

    eventually(lambda: fleet.status()["desired"] == 4)
    eventually(lambda: len([line for line in fleet.printed if " did " in line]) == 80, 20)
    eventually(lambda: fleet.status()["desired"] == 1 and len(fleet.status()["workers"]) == 1)
    assert sorted(line.split()[-1] for line in fleet.printed) == sorted(bodies)
    assert {line.split()[0] for line in fleet.printed} == {f"[crew-{number}]" for number in range(4)}
    assert fleet.said("the fleet grows")[0]["workers"] == 4
    assert fleet.said("the fleet shrinks")[-1]["workers"] == 1


def test_a_worker_finds_the_queue_and_who_it_is_in_its_variables(start: Start, queue: str) -> None:
    fleet = start("echo $WORKER_ID $QUEUE_URL $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_REGION $MORE; exec sleep 60",
                  tables='[env]\nMORE = "more"')  # fmt: skip

    line = eventually(lambda: fleet.printed)[0]

    url = fleet.environ["AWS_ENDPOINT_URL"]
    worker, queue_url, *others = line.removeprefix("[crew-0] ").split()
    assert [worker, *others] == ["crew-0", url, "test", "us-east-1", "more"]
    assert queue_url.endswith(f"/{queue}")


def test_a_worker_that_is_killed_is_started_again(start: Start) -> None:
    fleet = start("exec sleep 60", least=2)
    first, second = fleet.pids(2)

    os.kill(first, signal.SIGKILL)

    now = eventually(lambda: fleet.pids(2) if first not in fleet.pids(2) else None)
    assert now[1] == second
    assert fleet.status()["workers"][0]["lastExit"] == "SIGKILL"


def test_a_worker_that_crashes_again_and_again_is_given_up_until_the_file_is_read_again(
    start: Start, queue: str, tmp_path: Path
) -> None:
    fleet = start("exit 3")
    eventually(lambda: fleet.said("is given up"))
    assert fleet.get("/health")[0] == 503

    write(tmp_path, queue, "exec sleep 60")
    fleet.process.send_signal(signal.SIGHUP)

    assert len(fleet.pids(1)) == 1
    assert fleet.get("/health") == (200, b"ok\n")
    assert fleet.status()["workers"][0]["restarts"] == 3


def test_a_worker_whose_heart_stops_is_replaced(start: Start) -> None:
    health = "[health]\nheartbeat_seconds = 1\ninterval_seconds = 0.2\nfailures_max = 2"
    fleet = start('touch "$HEARTBEAT_FILE"; exec sleep 60', tables=health)

    eventually(lambda: fleet.status()["workers"][0]["lastExit"] == "unhealthy")


def test_a_worker_is_running_when_its_health_check_first_passes(start: Start, tmp_path: Path) -> None:
    health = '[health]\ncommand = ["test", "-e", "ready"]\ninterval_seconds = 0.1\nfailures_max = 1000'
    fleet = start("exec sleep 60", tables=health)
    eventually(lambda: fleet.status()["workers"][0]["pid"])
    assert fleet.status()["workers"][0]["state"] == "starting"

    (tmp_path / "ready").touch()

    fleet.pids(1)


def test_a_worker_is_checked_by_http_at_its_own_port(start: Start, served: Server) -> None:
    port = int(served.url.rpartition(":")[2])
    health = '[health]\nhttp = "http://127.0.0.1:{port}/_chasqui/health"\ninterval_seconds = 0.1\nfailures_max = 1'
    fleet = start("exec sleep 60", more=f"port_base = {port}", tables=health, least=1)

    first = fleet.pids(1)

    assert fleet.pids(1) == first


def test_a_stopped_fleet_lets_its_workers_finish(start: Start, tmp_path: Path) -> None:
    fleet = start("trap 'sleep 0.3; echo done > finished; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    eventually(lambda: fleet.printed)

    assert fleet.stop() == 0
    assert (tmp_path / "finished").read_text() == "done\n"


def test_a_worker_that_does_not_end_is_killed_after_its_grace(start: Start) -> None:
    fleet = start("trap '' TERM; echo up; while :; do sleep 0.05; done")
    eventually(lambda: fleet.printed)
    (pid,) = fleet.pids(1)

    assert fleet.stop() == 0
    assert not alive(pid)
    assert fleet.said("does not end and is killed")


def test_a_killed_fleet_leaves_nothing_behind(start: Start) -> None:
    fleet = start("sleep 61 & echo $! $$; wait", least=2)
    eventually(lambda: len(fleet.printed) == 2)
    pids = [int(word) for line in fleet.printed for word in line.split()[1:]]
    assert len(pids) == 4
    assert all(map(alive, pids))

    fleet.process.kill()

    eventually(lambda: not any(map(alive, pids)))


def test_a_reload_changes_the_bounds_at_once(start: Start, queue: str, tmp_path: Path) -> None:
    fleet = start("exec sleep 60")
    fleet.pids(1)

    write(tmp_path, queue, "exec sleep 60", least=3)
    fleet.process.send_signal(signal.SIGHUP)

    assert len(fleet.pids(3)) == 3


def test_a_reload_replaces_the_workers(start: Start, queue: str, tmp_path: Path) -> None:
    fleet = start("echo old; exec sleep 60", least=2)
    before = fleet.pids(2)

    write(tmp_path, queue, "echo new; exec sleep 60", least=2)
    fleet.process.send_signal(signal.SIGHUP)

    eventually(lambda: {"[crew-0] new", "[crew-1] new"} <= set(fleet.printed))
    assert not set(fleet.pids(2)) & set(before)
    assert fleet.status()["restarts"] == 0


def test_a_reload_of_a_wrong_file_changes_nothing(start: Start, queue: str, tmp_path: Path) -> None:
    fleet = start("exec sleep 60")
    before = fleet.pids(1)

    write(tmp_path, queue, "exec sleep 60", least=9)
    fleet.process.send_signal(signal.SIGHUP)

    eventually(lambda: fleet.said("goes on with its old settings"))
    assert fleet.pids(1) == before


def test_output_goes_to_a_file_each_when_a_folder_is_given(start: Start, tmp_path: Path) -> None:
    start("echo hello; exec sleep 60", tables='[output]\nfolder = "logs"')

    log = tmp_path / "logs" / "crew-0.log"
    eventually(log.is_file)
    eventually(lambda: log.read_text() == "hello\n")


def test_the_figures_are_there_for_prometheus_and_for_people(start: Start, tmp_path: Path) -> None:
    fleet = start("exec sleep 60", more='status_file = "status.json"', least=2)
    fleet.pids(2)
    eventually(lambda: fleet.status()["backlog"] == 0)

    metrics = fleet.get("/metrics")[1].decode()
    eventually((tmp_path / "status.json").exists)
    fleet.file.write_text(fleet.file.read_text().replace('listen = "127.0.0.1:0"', ""))
    command = [str(COMMAND), "workers", str(fleet.file), "--status"]
    shown = subprocess.run(command, capture_output=True, text=True, env=fleet.environ, check=True)

    assert 'chasqui_fleet_workers{fleet="crew",state="running"} 2.0' in metrics
    assert 'chasqui_fleet_backlog{fleet="crew"} 0.0' in metrics
    assert "2 workers" in shown.stdout
    assert "crew-1" in shown.stdout


def test_a_fleet_stays_as_it_is_while_its_queue_cannot_be_asked(served: Server, queue: str, start: Start) -> None:
    sqs = served.client()
    fleet = start("exec sleep 60", least=2)
    before = fleet.pids(2)

    sqs.delete_queue(QueueUrl=fleet.status()["queue"])

    eventually(lambda: fleet.said("the queue cannot be asked"))
    assert fleet.status()["backlog"] is None
    assert fleet.pids(2) == before


PRETENDED_DOCKER = """#!/bin/sh
case "$1" in
ps) echo left-behind ;;
run) echo "$@" with "$AWS_SECRET_ACCESS_KEY"; exec sleep 60 ;;
*) echo "$@" >> "$0.log" ;;
esac
"""


def test_containers_are_run_and_removed_by_an_engine_and_those_left_behind_first(
    served: Server, queue: str, tmp_path: Path
) -> None:
    engine = tmp_path / "docker"
    engine.write_text(PRETENDED_DOCKER)
    engine.chmod(0o755)
    file = write(tmp_path, queue, "unused", more='image = "consumer:1"')
    fleet = Fleet(file, served.url, PATH=f"{tmp_path}:{os.environ['PATH']}", DOCKER_HOST="unix:///nowhere")

    started = eventually(lambda: fleet.printed)[0]
    assert fleet.stop() == 0

    assert " --name chasqui-crew-0 " in started
    assert "--env QUEUE_URL" in started
    assert started.endswith("consumer:1 sh -c unused with test")
    assert (tmp_path / "docker.log").read_text().splitlines() == [
        "rm --force left-behind",
        "rm --force chasqui-crew-0",
    ]


def test_the_status_is_not_told_under_a_foreign_host_name(start: Start) -> None:
    assert start("exec sleep 60").get("/status", host="evil.example:80")[0] == 403


def test_a_fleet_of_a_queue_that_is_not_there_ends_and_says_so(start: Start, tmp_path: Path) -> None:
    fleet = start("exec sleep 60")
    fleet.file.write_text(fleet.file.read_text().replace('queue = "', 'queue = "no-'))

    done = subprocess.run(
        [str(COMMAND), "workers", str(fleet.file)], capture_output=True, text=True, env=fleet.environ, check=False
    )

    assert done.returncode == 1
    assert "does not exist" in done.stderr
