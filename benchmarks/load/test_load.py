"""The benchmark's own rules: reading wrk, medians and verdicts, and a short run of its parts against a fake server."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import run as command
from loadbench import longpoll, plot, report, servers, wrk
from loadbench.client import LoadError, create_queue, endpoint, post
from loadbench.fill import Backlog, batch_body, fill
from loadbench.report import Check, Run
from loadbench.servers import Contestant, Running
from loadbench.workloads import WORKLOADS
from loadbench.wrk import Figure
from rich.console import Console

OUTPUT = """Running 3s test @ http://127.0.0.1:7802/
  1 threads and 16 connections
Requests/sec:  15476.75
RESULT {"seconds": 2.000, "requests": 30000.000, "refused": 1000.000, "broken": 1.000, "p50_ms": 0.971}
"""
MACHINE = {"when": "2026-11-22T07:03:22+00:00", "cores": 2, "cpu": "a model", "fdatasync_p50_ms": 0.25}


def run_of(**values: list[float]) -> Run:
    out = Run()
    for name, rates in values.items():
        for rate in rates:
            out.add("send16", name, Figure(rate, p99_ms=2))
    return out


@pytest.fixture
def server() -> Iterator[Running]:
    fake = Contestant("fake", (sys.executable, str(servers.LOAD / "fake_sqs.py"), "{port}"))
    with servers.started(fake) as running:
        yield running


def test_the_result_line_is_read_from_between_what_wrk_prints() -> None:
    assert wrk.parse(OUTPUT)["requests"] == 30_000


@pytest.mark.parametrize("errors", ["", "send.lua:7: attempt to index a nil value"])
def test_an_output_without_a_trustworthy_result_is_an_error(errors: str) -> None:
    with pytest.raises(LoadError, match="no result"):
        wrk.parse(OUTPUT if errors else "unable to connect", errors)


def test_refused_requests_do_not_count_as_messages() -> None:
    figure = wrk.rate(wrk.parse(OUTPUT), counted=None, per_request=10)
    assert (figure.value, figure.errors) == (145_000, 1001)


def test_a_script_that_counts_is_taken_at_its_count() -> None:
    result = {"seconds": 2.0, "requests": 90.0, "refused": 0.0, "broken": 0.0, "failed": 0.0, "deleted": 50.0}
    assert wrk.rate(result, "deleted").value == 25


def test_the_ratio_is_of_medians_and_the_verdict_follows_it() -> None:
    run = run_of(yardstick=[100, 10, 200], chasqui=[60, 1000, 50])
    assert report.ratio(run, "send16") == 0.6
    assert report.verdict(run, WORKLOADS["send16"]) is True


def test_nothing_measured_is_no_verdict() -> None:
    assert report.verdict(run_of(chasqui=[5]), WORKLOADS["send16"]) is None


def test_a_wake_up_is_judged_by_its_milliseconds() -> None:
    run = Run()
    run.add("longpoll", "chasqui", Figure(0.4))
    assert report.verdict(run, WORKLOADS["longpoll"]) is True


def test_the_referee_agrees_within_its_share() -> None:
    run = run_of(yardstick=[110])
    run.add_referee("send16", "yardstick", Figure(100))
    assert report.agreement(run)[0]["difference"] == pytest.approx(0.1)


@pytest.mark.parametrize(("value", "text"), [(20_789, "20 800"), (5.313, "5.31"), (0.1142, "0.114"), (46, "46")])
def test_numbers_have_three_digits_that_count(value: float, text: str) -> None:
    assert report.number(value) == text


def test_the_table_shows_medians_ratio_and_errors() -> None:
    run = run_of(yardstick=[100], chasqui=[70, 90])
    run.add("send16", "peer", Figure(5, errors=3))
    console = Console(width=200, record=True, file=StringIO())
    console.print(report.table(run))
    text = console.export_text()
    assert all(part in text for part in ("80 (70–90)", "0.80", "3 errors", "yes"))


def test_the_document_is_json_and_keeps_every_round(tmp_path: Path) -> None:
    checks = [Check("memory", "resident", 120, "MB", 150)]
    written = report.write(tmp_path, report.document(MACHINE, {}, run_of(chasqui=[1, 2, 3]), checks))
    content = json.loads(written.read_text())
    assert [figure["value"] for figure in content["workloads"]["send16"]["rounds"]["chasqui"]] == [1, 2, 3]
    assert content["scale"][0]["passed"] is True


def test_a_peer_of_this_run_replaces_its_published_figure() -> None:
    labels = [label for label, _, _ in plot.bars(run_of(chasqui=[1], goaws=[5]), "send16")]
    assert "goaws" in labels
    assert not any(label.startswith("GoAWS") for label in labels)
    assert "Floci *" in labels


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    plot.draw(run_of(yardstick=[100], chasqui=[70]), MACHINE, 1, tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("url", ["http://sqs.us-east-1.amazonaws.com", "http://10.0.0.1:4566", "https://127.0.0.1:1"])
def test_only_the_loopback_is_loaded(url: str) -> None:
    with pytest.raises(LoadError, match=r"127\.0\.0\.1"):
        endpoint(url)


def test_a_request_has_the_referees_headers() -> None:
    head = post("http://127.0.0.1:4566", "SendMessage", b"{}").decode()
    names = [line.partition(":")[0] for line in head.split("\r\n")[1:6]]
    assert names == ["Host", "Content-Type", "X-Amz-Date", "Authorization", "X-Amz-Target"]


def test_a_backlog_ends_with_what_is_left() -> None:
    backlog = Backlog(messages=12, body_bytes=64, mark="q", groups=3, fifo=True)
    entries = json.loads(batch_body("u", backlog, "run", 10))["Entries"]
    assert [entry["MessageGroupId"] for entry in entries] == ["q1", "q2"]
    assert {len(entry["MessageBody"]) for entry in entries} == {64}


def test_unknown_workloads_are_refused() -> None:
    with pytest.raises(SystemExit):
        command.arguments(["--only", "send17"])


def test_a_long_poll_wakes(server: Running) -> None:
    assert longpoll.measure(server.url, "poll", 2).value < 1000


@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk")
@pytest.mark.parametrize("fifo", [False, True])
def test_a_drain_takes_exactly_what_was_put_in(server: Running, fifo: bool) -> None:
    queue_url = create_queue(server.url, "drain", fifo)
    put = fill(server.url, queue_url, Backlog(200, mark="q", groups=20 if fifo else 0, fifo=fifo))
    result = wrk.run(server.url, "drain", queue_url, 4, 5, limit=200, mark="q")
    assert (put, result["deleted"], result["marked"]) == (200, 200, 200)
    assert (result["refused"], result["failed"]) == (0, 0)


@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk")
@pytest.mark.parametrize("script", ["send", "send_batch", "fifo_send", "cycle"])
def test_every_script_runs_without_a_refusal(server: Running, script: str) -> None:
    queue_url = create_queue(server.url, "queue", fifo=script == "fifo_send")
    result = wrk.run(server.url, script, queue_url, 4, 1)
    assert result["requests"] > 0
    assert (result["refused"], result["broken"]) == (0, 0)
    assert result.get("sent", 0) - result.get("deleted", 0) <= 4


@pytest.mark.parametrize(("rate", "reached"), [(2000, True), (1999, False)])
def test_what_the_yardstick_cannot_do_is_judged_by_its_rate(rate: float, reached: bool) -> None:
    run = Run()
    run.add("put4k", "chasqui", Figure(rate))
    assert report.verdict(run, WORKLOADS["put4k"]) is reached
