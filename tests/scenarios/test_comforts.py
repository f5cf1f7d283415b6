"""The comforts: control endpoints, init hooks, backup and restore, the command line, the test server."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from chasqui import testing
from tests.engines import Engine
from tests.support import COMMAND, Server


def get(server: Any, path: str, accept: str = "application/json") -> bytes:
    request = urllib.request.Request(server.url + path, headers={"accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def run(*arguments: str) -> str:
    return subprocess.run([str(COMMAND), *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


def refused(*arguments: str) -> str:
    done = subprocess.run([str(COMMAND), *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    return done.stderr


def test_health_in_both_forms(server: Server) -> None:
    assert json.loads(get(server, "/_chasqui/health"))["status"] == "ok"
    services = json.loads(get(server, "/_localstack/health"))["services"]
    assert services["sqs"] == services["iam"] == "available"


def test_the_root_page_tells_a_person_where_they_are(server: Server) -> None:
    assert b"AWS_ENDPOINT_URL" in get(server, "/")


def test_capabilities_list_what_is_implemented(server: Server) -> None:
    services = json.loads(get(server, "/_chasqui/capabilities"))["services"]

    assert "SendMessage" in services["sqs"]
    assert len(services["sqs"]) == 23


def test_peek_shows_messages_without_receiving_them(server: Server, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="look")
    sqs.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=600)

    def peek(options: str = "") -> list[str]:
        shown = json.loads(get(server, f"/_aws/sqs/messages?QueueUrl={queue}{options}"))
        return [each["Body"] for each in shown["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]]

    assert peek() == ["look"]
    assert peek("&ShowDelayed=true") == ["look", "late"]
    sqs.receive_message(QueueUrl=queue)
    assert peek() == []
    assert peek("&ShowInvisible=true") == ["look"]
    assert b"<Body>look</Body>" in get(server, f"/_aws/sqs/messages?QueueUrl={queue}&ShowInvisible=1", "text/xml")


def test_metrics_count_by_queue(server: Server, sqs: Any, queue: str, name: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="counted")

    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    assert f'chasqui_NumberOfMessagesSent_total{{arn="{arn}"}} 1.0'.encode() in get(server, "/_chasqui/metrics")


def test_the_queues_table(server: Server, sqs: Any, queue: str, name: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="shown")

    printed = run("queues", "--url", server.url, "--once", "--prefix", name)

    assert name[:15] in printed
    assert "1 queue" in printed


def test_the_settings_name_their_variables() -> None:
    assert "durability = full    (CHASQUI_DURABILITY)" in run("settings")


def test_a_moved_clock_survives_a_restart(tmp_path: Path, engine: Engine) -> None:
    def clock(server: Server, order: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if order is None else json.dumps(order).encode()
        with urllib.request.urlopen(f"{server.url}/_chasqui/clock", data=data, timeout=10) as answer:
            return dict(json.loads(answer.read()))

    options = ("--test-clock", *engine.options())
    with Server(tmp_path, *options) as first:
        clock(first, {"freeze": True})
        moved = clock(first, {"advance_seconds": 86_400})
    with Server(tmp_path, *options) as second:
        assert clock(second) == moved


def test_without_a_test_clock_there_is_none_to_move(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(server, "/_chasqui/clock")


def test_init_hooks_run_when_ready(tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "1.py").write_text("import boto3\nboto3.client('sqs').create_queue(QueueName='made-by-python')\n")
    (hooks / "2.sh").write_text(f"echo $AWS_ENDPOINT_URL > {tmp_path}/endpoint\n")
    with Server(tmp_path / "data", "--init-dir", str(hooks)) as server:
        client = server.client()
        end = time.monotonic() + 20
        while not (tmp_path / "endpoint").exists() and time.monotonic() < end:
            time.sleep(0.05)

        assert "made-by-python" in client.list_queues()["QueueUrls"][0]
        assert (tmp_path / "endpoint").read_text().strip() == server.url
        client.close()


def test_a_backup_taken_while_serving_is_restored(tmp_path: Path) -> None:
    with Server(tmp_path / "one") as server:
        client = server.client()
        url = client.create_queue(QueueName="kept")["QueueUrl"]
        for number in range(20):
            client.send_message(QueueUrl=url, MessageBody=f"message {number}")
        run("backup", str(tmp_path / "backup"), "--url", server.url)
        client.send_message(QueueUrl=url, MessageBody="after the backup")
        client.close()

    run("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "two"))
    shutil.copytree(tmp_path / "one" / "keys", tmp_path / "two" / "keys")

    with Server(tmp_path / "two") as restored:
        client = restored.client()
        url = client.get_queue_url(QueueName="kept")["QueueUrl"]
        shown = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert shown["ApproximateNumberOfMessages"] == "20"
        assert client.receive_message(QueueUrl=url)["Messages"][0]["Body"].startswith("message ")
        client.close()


def test_a_database_without_its_keys_is_refused(tmp_path: Path, engine: Engine) -> None:
    options = engine.options()
    with Server(tmp_path, *options):
        pass
    shutil.rmtree(tmp_path / "keys")

    assert "are sealed with another 001.key" in refused("serve", "--data", str(tmp_path), "--port", "0", *options)


def test_a_restore_never_overwrites(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        run("backup", str(tmp_path / "backup"), "--url", server.url)

    assert "already holds a database" in refused("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "data"))


def test_relaxed_durability_says_so_and_survives_a_kill(tmp_path: Path, engine: Engine) -> None:
    options = engine.options()
    server = Server(tmp_path, "--durability", "relaxed", *options)
    client = server.client()
    url = client.create_queue(QueueName="q")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="kept")
    client.close()
    server.kill()

    assert any("durability is relaxed" in entry["message"] for entry in server.log)
    with Server(tmp_path, *options) as again:
        client = again.client()
        assert client.receive_message(QueueUrl=again.url + "/000000000000/q")["Messages"][0]["Body"] == "kept"
        client.close()


def test_accounts_and_regions_are_separate_worlds(server: Server, sqs: Any, queue: str, name: str) -> None:
    other = server.client(aws_access_key_id="123456789012")

    with pytest.raises(other.exceptions.QueueDoesNotExist):
        other.get_queue_url(QueueName=name)
    assert "/123456789012/" in other.create_queue(QueueName=name)["QueueUrl"]
    other.close()


def test_the_test_server_starts_beside_the_test_too() -> None:
    with testing.server(beside=True) as running:
        client = running.client("sqs")
        url = client.create_queue(QueueName="q")["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
        running.clock.advance(minutes=15)

        assert client.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "later"
        client.close()


def test_the_fixture_is_empty_at_each_tests_start(chasqui: testing.TestServer) -> None:
    client = chasqui.client("sqs")

    assert "QueueUrls" not in client.list_queues()
    client.create_queue(QueueName="left-behind")
    chasqui.reset()
    assert "QueueUrls" not in client.list_queues()
    client.close()
