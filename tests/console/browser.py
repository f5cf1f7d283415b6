"""Chromium for tests: pages that watch themselves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
NEEDED = os.environ.get("CHASQUI_NEED_CLIENTS") == "1"

_WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Watched:
    """What went wrong on the pages of one context: none of it is ever right."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.dialogs: list[str] = []

    def watch(self, page: Any) -> None:
        """Listen to a page."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._requested)
        page.on("dialog", self._dialog)
        page.on("console", self._said)

    def _said(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.errors.append(message.text)

    def _requested(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.foreign.append(request.url)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def check(self) -> None:
        """Fails if anything happened that must not."""
        assert not self.errors, self.errors
        assert not self.foreign, self.foreign
        assert not self.dialogs, self.dialogs


class Visit:
    """Somebody at the console: a browser context with one page. `url` is the server's."""

    def __init__(self, context: Any, url: str, region: str) -> None:
        self.context = context
        self.url = url
        self.region = region
        self.watched = Watched(urlsplit(url).netloc)
        context.add_init_script(_WATCH)
        context.on("page", self.watched.watch)
        self.page = context.new_page()

    def address(self, path: str) -> str:
        """The address of a console's page: `address("queues/new")`."""
        return f"{self.url}/_chasqui/console/{self.region}/{path}"

    def open(self, path: str = "home") -> Any:
        """Open a console's page; the page."""
        self.page.goto(self.address(path))
        return self.page

    def violations(self) -> list[str]:
        """What the page's policy refused."""
        found: list[str] = self.page.evaluate("window.__violations || []")
        return found


def sign_in(page: Any, key: dict[str, str]) -> None:
    """Sign in at the door, with a key as boto3's clients take it."""
    page.get_by_label("Access key ID").fill(key["aws_access_key_id"])
    page.get_by_label("Secret access key").fill(key["aws_secret_access_key"])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


@contextmanager
def visiting(
    browser: Any, url: str, *, language: str = "en", theme: str = "light", width: int = 1280, region: str = "us-east-1"
) -> Iterator[Visit]:
    """A visit with a browser of one's own language, theme and width; checked when it ends."""
    context = browser.new_context(
        locale={"pt": "pt-BR"}.get(language, language),
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"],
        timezone_id="UTC",
    )
    context.set_default_timeout(15_000)
    try:
        visit = Visit(context, url.replace("127.0.0.1", "localhost"), region)
        yield visit
        violations = visit.violations()
        assert not violations, violations
        visit.watched.check()
    finally:
        context.close()
