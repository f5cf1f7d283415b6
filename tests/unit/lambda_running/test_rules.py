"""The pure rules of running functions."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from chasqui.services.lambda_.running import report
from chasqui.services.lambda_.running.contract import CannotRun, Deployment
from chasqui.services.lambda_.running.drivers import image
from chasqui.services.lambda_.running.interpreters import parse_named
from chasqui.services.lambda_.running.output import EVENT_BYTES_MAX, Splitter
from chasqui.services.lambda_.running.packages import unpack
from tests.unit.lambda_running.harness import zipped


def _framed(message: bytes) -> bytes:
    return b"\xa5\x5a\x00\x03" + len(message).to_bytes(4, "big") + bytes(8) + message


def test_output_is_split_at_newlines_and_the_rest_is_held() -> None:
    splitter = Splitter()

    assert splitter.feed(b"one\ntwo\nthr") == ["one\n", "two\n"]
    assert splitter.feed(b"ee\n") == ["three\n"]
    assert splitter.flush() == []


def test_an_unfinished_line_is_an_event_at_the_end() -> None:
    splitter = Splitter()
    splitter.feed(b"half")

    assert splitter.flush() == ["half"]


def test_frames_keep_their_lines_together_and_their_place() -> None:
    data = b"before\n" + _framed(b"a\nb") + b"after\n"

    assert Splitter().feed(data) == ["before\n", "a\nb", "after\n"]


@pytest.mark.parametrize("cut", range(1, 28))
def test_frames_may_come_in_pieces(cut: int) -> None:
    data, splitter = b"x\n" + _framed(b"a\nb") + b"y\n", Splitter()

    assert splitter.feed(data[:cut]) + splitter.feed(data[cut:]) == ["x\n", "a\nb", "y\n"]


def test_long_lines_are_cut() -> None:
    splitter = Splitter()

    events = splitter.feed(b"x" * (EVENT_BYTES_MAX + 10)) + splitter.feed(b"y" * EVENT_BYTES_MAX + b"\n")

    assert [len(each) for each in events] == [EVENT_BYTES_MAX, EVENT_BYTES_MAX, 11]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, "Runtime exited without providing a reason"),
        (1, "Runtime exited with error: exit status 1"),
        (-9, "Runtime exited with error: signal: killed"),
        (137, "Runtime exited with error: signal: killed"),
        (139, "Runtime exited with error: signal: segmentation fault (core dumped)"),
    ],
)
def test_exits_are_worded_as_aws_words_them(status: int, reason: str) -> None:
    assert report.exit_reason(status) == reason


@pytest.mark.parametrize(("duration", "init", "billed"), [(0.2, None, 1), (3.01, None, 4), (3.0, 100.5, 104)])
def test_whole_milliseconds_are_billed(duration: float, init: float | None, billed: int) -> None:
    assert report.billed(duration, init) == billed


def test_interpreters_are_named_by_runtime() -> None:
    assert parse_named("python3.12=/a/b nodejs20.x=/c") == {"python3.12": "/a/b", "nodejs20.x": "/c"}


def _unpack(tmp_path: Path, *zips: bytes, bytes_max: int = 1000) -> Path:
    paths = []
    for number, data in enumerate(zips):
        paths.append(tmp_path / f"{number}.zip")
        paths[-1].write_bytes(data)
    unpack(paths, tmp_path / "all", bytes_max)
    return tmp_path / "all"


def _zip_with_link(name: str, to: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, to)
    return file.getvalue()


def test_files_keep_their_executable_bits(tmp_path: Path) -> None:
    folder = _unpack(tmp_path, zipped({"bin/tool": "x"}))

    assert os.access(folder / "bin" / "tool", os.X_OK)


def test_links_within_a_package_are_kept(tmp_path: Path) -> None:
    folder = _unpack(tmp_path, _zip_with_link("a", "b"))

    assert os.readlink(folder / "a") == "b"


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "..\\out"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotRun):
        _unpack(tmp_path, zipped({name: "x"}))

    assert not (tmp_path / "out").exists()


def test_nothing_is_written_through_links(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()

    with pytest.raises(CannotRun):
        _unpack(tmp_path, _zip_with_link("a", str(tmp_path / "outside")), zipped({"a/file": "x"}))

    assert list((tmp_path / "outside").iterdir()) == []


def test_a_package_is_bounded_by_what_it_really_holds(tmp_path: Path) -> None:
    with pytest.raises(CannotRun):
        _unpack(tmp_path, zipped({"a": b"x" * 2000}))


def test_a_container_is_started_with_what_its_image_is_configured_with() -> None:
    function = Deployment(
        id="1", account="0", region="r", name="f", version="1", arn="a", runtime="image", handler="", role="r",
        memory_mb=256, timeout_ms=1000, ephemeral_mb=512, environment={"PATH": "/mine"}, code=None, log_group="/g",
        image="repo/it:1",
        image_config={"EntryPoint": ["/entry", "one"], "Command": ["two"], "WorkingDirectory": "/work"},
    )  # fmt: skip

    argv = image.command("docker", function, "it", {"AWS_REGION": "r", "PATH": "p", "LANG": "l"})

    assert argv[:5] == ["docker", "run", "--rm", "--name", "it"]
    assert argv[argv.index("--memory") + 1] == "256m"
    assert [argv[at + 1] for at, each in enumerate(argv) if each == "--env"] == ["AWS_REGION", "PATH=p"]
    assert argv[-7:] == ["--workdir", "/work", "--entrypoint", "/entry", "repo/it:1", "one", "two"]
