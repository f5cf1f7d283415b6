"""What anybody can type into an address or send as a form: an answer every time, and never one that says the server has
failed. Hand-made requests; what browsers do with the answers is in `test_hostile_pages.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from chasqui.console.sections import routes
from tests.console.caller import CONSOLE, Answer, Caller
from tests.console.places import furnish, paths
from tests.support import Server

NAMES = ("nobody", "..%2f..", "%00", "x" * 3000, "%F0%9F%A6%99", "%ED%A0%80", "%0d%0aSet-Cookie:a=b", "a%2Fb", ".", "%25s")
"""What may stand in the place of a name, as it stands in an address."""

SECTION_PYTHON = Path(__file__).resolve().parents[2] / "src/chasqui/console"
_READ = re.compile(r"""(?:query|form|given|fields|asked)\.(?:get|raw|all|flag|pairs)\(\s*"([\w.-]+)"(?:,\s*"([\w.-]+)")?""")
_NAMED = re.compile(r"""(?:name=|field\(|area\(|choice\(|tick\(|radios\()"([a-zA-Z][\w.-]*)\"""")

VALUES = (
    "", "0", "-1", "1e999", "NaN", "9" * 40, "\u0661\u0662", "true", "x" * 5000, "\x00", "\ud800", "\u202e\u200b", "%s %(name)s {0}",
    "{", "[]", "[[]]", "null", '{"a":' * 600, '{"Statement":1}', '{"Statement":[null]}', "arn:aws:sqs", "arn:aws:sqs:::", "::::::::", "http://[", "javascript:alert(1)",
    "../..", "\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "2026-99-99T99:99", "🦙" * 200,
)  # fmt: skip


@pytest.fixture(scope="module")
def examples(server: Server) -> dict[str, str]:
    return furnish(server)


@pytest.fixture(scope="module")
def caller(server: Server) -> Caller:
    return Caller(server.url)


def words() -> list[str]:
    """Every name that some page looks for in a query or a form, as its source has it."""
    found = set[str]()
    for file in SECTION_PYTHON.rglob("*.py"):
        found |= {each for pair in _READ.findall(file.read_text()) for each in pair if each}
    for file in SECTION_PYTHON.rglob("*.html"):
        found |= set(_NAMED.findall(file.read_text()))
    return sorted(found - {"csrf"})
