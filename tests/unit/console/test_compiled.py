"""What templates are compiled to is kept as Python keeps modules, and never believed of another source or compiler."""

from __future__ import annotations

import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from chasqui.console.compiled import Compiled


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text("one")
    return tmp_path


def _rendered(folder: Path, options: str = "") -> str:
    """The page as a process that has just begun renders it."""
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=Compiled(options))
    return environment.get_template("page.html").render()


def _kept(folder: Path) -> Path:
    return Path(cache_from_source(str(folder / "page.html")))


def _never(*_args: object, **_more: object) -> None:
    raise AssertionError("it was compiled anew")


def test_a_template_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _rendered(folder) == "one"
    monkeypatch.setattr(Environment, "compile", _never)
    assert _rendered(folder) == "one"


def test_every_language_uses_the_same_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    compiled = Compiled("")
    loader = FileSystemLoader(folder)
    first, second = (Environment(loader=loader, autoescape=True, bytecode_cache=compiled) for _ in range(2))
    first.get_template("page.html")
    monkeypatch.setattr(Environment, "compile", _never)
    assert second.get_template("page.html").render() == "one"


def test_a_changed_template_is_compiled_anew(folder: Path) -> None:
    _rendered(folder)
    (folder / "page.html").write_text("two")
    assert _rendered(folder) == "two"


def test_other_options_compile_anew(folder: Path) -> None:
    _rendered(folder, "some")
    before = _kept(folder).read_bytes()
    _rendered(folder, "others")
    assert _kept(folder).read_bytes() != before


@pytest.mark.parametrize("kept", [0, 20, -3])
def test_what_was_cut_off_is_not_run(folder: Path, kept: int) -> None:
    _rendered(folder)
    whole = _kept(folder).read_bytes()
    _kept(folder).write_bytes(whole[:kept])
    assert _rendered(folder) == "one"
    assert _kept(folder).read_bytes() == whole


def test_what_is_damaged_is_not_run(folder: Path) -> None:
    _rendered(folder)
    whole = bytearray(_kept(folder).read_bytes())
    whole[40] ^= 1
    _kept(folder).write_bytes(whole)
    assert _rendered(folder) == "one"
    assert _kept(folder).read_bytes() != whole


def test_nothing_is_written_where_python_writes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    _rendered(folder)
    assert not _kept(folder).exists()


def test_a_folder_that_can_not_be_written_is_no_error(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way")
    assert _rendered(folder) == "one"
