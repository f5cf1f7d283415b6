"""A server and a browser for the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import CHROMIUM, NEEDED, OPTIONS, Visit, visiting
from tests.console.caller import Caller
from tests.strict import StrictServer
from tests.support import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A permissive server of this module's."""
    with Server(tmp_path_factory.mktemp("console")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright, for one module: an event loop of its own runs while it is there, and
    other tests have theirs."""
    if not CHROMIUM:
        if NEEDED:
            pytest.fail("Chromium is needed here and is not installed")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Visit]]:
    """Opens visits (`visit(language="fr")`) that are checked at the test's end: no error, no refused script, no request
    to another host, no dialog."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(visiting(browser, server.url, **options))


@pytest.fixture
def screenshots() -> Path:
    """Where pictures of pages are kept."""
    folder = Path(__file__).resolve().parents[2] / "build" / "console"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visitor(server: StrictServer) -> Callable[..., Caller]:
    """Somebody who is signed in on a strict server of the module's, and may do what is said."""

    def sign_in(*statements: dict[str, Any]) -> Caller:
        caller = Caller(server.url)
        assert caller.sign_in(server.user(*statements)).status == 303
        return caller

    return sign_in
