"""A fleet's file: what it means where it is silent, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chasqui.base.errors import SettingsError
from chasqui.fleet import settings as rules
from chasqui.fleet.settings import FleetSettings, load_fleet


def load(folder: Path, text: str, **environ: str) -> FleetSettings:
    file = folder / "crew.toml"
    file.write_text(text)
    return load_fleet(file, environ)


def test_a_queue_and_a_command_are_enough(tmp_path: Path) -> None:
    found = load(tmp_path, 'queue = "orders"\ncommand = ["sh"]')

    assert (found.name, found.endpoint, found.directory) == ("crew", "http://127.0.0.1:4566", str(tmp_path))
    assert (found.scaling.min, found.scaling.max, found.scaling.period_seconds) == (1, 10, 60)


@pytest.mark.parametrize(
    ("queue", "environ", "endpoint"),
    [
        ("orders", {"AWS_ENDPOINT_URL": "http://a:1"}, "http://a:1"),
        ("orders", {"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_SQS": "http://b:1"}, "http://b:1"),
        ("http://c:4566/000000000000/orders", {}, "http://c:4566"),
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/orders", {}, ""),
    ],
)
def test_the_endpoint_is_the_variables_or_the_queues(
    tmp_path: Path, queue: str, environ: dict[str, str], endpoint: str
) -> None:
    assert load(tmp_path, f'queue = "{queue}"\ncommand = ["sh"]', **environ).endpoint == endpoint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "required field `queue`"),
        ('queue = "q"', "give a command, or an image"),
        ('queue = "q"\ncommand = ["no-such-program"]', "no-such-program is not there"),
        ('queue = "q"\ncommand = ["sh"]\nstop_signal = "STOPP"', "no signal STOPP"),
        ('queue = "q"\ncommand = ["sh"]\nlisten = "4567x"', "listen is host:port"),
        ('queue = "q"\ncommand = ["sh"]\nworkers = 3', "unknown field `workers`"),
        ('queue = "q"\ncommand = ["sh"]\n[scaling]\nmin = 5\nmax = 4', r"scaling.min \(5\) is above"),
        ('queue = "q"\ncommand = ["sh"]\n[scaling]\nperiod_seconds = 0.5', "period_seconds"),
        ('queue = "q"\ncommand = ["sh"]\n[health]\nhttp = "http://x"\nheartbeat_seconds = 1', "takes one of"),
        ('queue = "q"\ncommand = ["sh"]\n[health]\nhttp = "http://127.0.0.1:{port}/"', "takes port_base"),
        ('queue = "q"\ncommand = ["sh"]\ndirectory = "gone"', "gone is not there"),
        ("queue = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load(tmp_path, text)


def test_an_image_is_refused_where_no_engine_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(SettingsError, match="neither is installed"):
        load(tmp_path, 'queue = "q"\nimage = "worker"')


def test_podman_is_taken_where_dockers_daemon_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("docker", "podman"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(rules, "_SOCKETS", ())

    assert rules.engine() == str(tmp_path / "podman")
