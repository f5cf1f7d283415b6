"""What the pages of this section have in common: its parts, lists, the way back after a deed."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.language import N_
from chasqui.console.page import Page

PARTS: Final = (
    ("", N_("Overview")),
    ("users", N_("Users")),
    ("groups", N_("User groups")),
    ("roles", N_("Roles")),
    ("policies", N_("Policies")),
    ("providers", N_("Identity providers")),
    ("keys", N_("Encryption keys")),
    ("explain", N_("Explain")),
    ("log", N_("Audit log")),
)
"""The section's parts: the segment behind "access", and the name."""

PAGE_ROWS: Final = 100
_CALLS_MAX: Final = 20
NEW_POLICY: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "sqs:ReceiveMessage",
      "Resource": "arn:aws:sqs:*:*:*"
    }
  ]
}"""


async def listed(
    page: Page, operation: str, member: str, name: str, search: str, **params: Any
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of a listing of IAM's, and the marker of the next: what is in `member`, where `search` is in what each is
    called (`name`). IAM finds nothing by name, so it is looked through, a bounded way in one go."""
    rows: list[dict[str, Any]] = []
    marker: str | None = page.query["marker"] or None
    for _ in range(_CALLS_MAX):
        found = await page.api("iam", operation, Marker=marker, MaxItems=PAGE_ROWS - len(rows), **params)
        rows += [each for each in found[member] if search.lower() in each[name].lower()]
        marker = found.get("Marker") if found.get("IsTruncated") else None
        if marker is None or len(rows) >= PAGE_ROWS:
            break
    return rows, marker


async def show(page: Page, part: str, template: str, /, status: int = 200, **values: Any) -> Reply:
    """A page of one of the parts."""
    return await page.render(f"access/{template}", status, part=part, parts=PARTS, **values)


def back(page: Page, address: str, done: str, error: ServiceError | None = None) -> Reply:
    """To the page that shows what was done, or what was refused and why."""
    return page.redirect(address, "" if error else done, str(error) if error else "")


def readable(document: str | None) -> str:
    """A policy as IAM answers with it (RFC 3986), as text."""
    return unquote(document or "")


def tags_of(text: str) -> list[dict[str, str]]:
    """Tags as they are written in a form, a line each: "team = sales"."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return [{"Key": key.strip(), "Value": value.strip()} for key, _, value in pairs]
