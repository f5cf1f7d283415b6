"""The function that a page is about, and what its pages share: tabs, the codes of what is not there, fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from chasqui.base.fronts import Reply
from chasqui.console.language import N_
from chasqui.console.page import Page

TABS: Final = (
    ("code", N_("Code")),
    ("test", N_("Test")),
    ("logs", N_("Logs")),
    ("triggers", N_("Triggers")),
    ("configuration", N_("Configuration")),
    ("versions", N_("Versions and aliases")),
    ("permissions", N_("Permissions")),
    ("tags", N_("Tags")),
)
"""A function's tabs: the last segment of their addresses ("functions/{name}/code"), and their names."""
STATES: Final = (
    N_("Active"), N_("Inactive"), N_("Pending"), N_("Failed"), N_("Enabled"), N_("Disabled"), N_("Creating"),
    N_("Enabling"), N_("Disabling"), N_("Updating"), N_("Deleting"),
)  # fmt: skip
"""What functions and mappings may be, marked for translation."""
ABSENT: Final = ("ResourceNotFoundException", "NoSuchEntity", "ResourceNotFound")


class FunctionFacts(msgspec.Struct, frozen=True):
    """A function as GetFunction tells of it. `qualifier` is what the page was asked for ("" for $LATEST), `location`
    where its package is ("" for images), `reserved` None without reserved concurrency."""

    name: str
    qualifier: str
    arn: str
    configuration: dict[str, Any]
    tags: dict[str, str]
    location: str
    reserved: int | None

    @property
    def own_arn(self) -> str:
        """Its ARN without a qualifier."""
        return ":".join(self.arn.split(":")[:7])

    @property
    def log_group(self) -> str:
        """The group that its output goes to."""
        return str(self.configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{self.name}")

    @property
    def modified(self) -> float | None:
        """When it was changed last, in seconds since the epoch."""
        return seconds_of(self.configuration.get("LastModified"))

    @property
    def role_name(self) -> str:
        """The last part of its role's ARN."""
        return str(self.configuration.get("Role", "")).rpartition("/")[2]


async def function_of(page: Page) -> FunctionFacts:
    """The function that the address names. Raises `ServiceError`."""
    name, qualifier = page.places["name"], page.query.get("qualifier")
    found = await page.api("lambda", "GetFunction", FunctionName=name, Qualifier=qualifier or None)
    configuration = found.get("Configuration", {})
    return FunctionFacts(
        name,
        qualifier,
        configuration.get("FunctionArn", ""),
        configuration,
        found.get("Tags", {}),
        found.get("Code", {}).get("Location", ""),
        found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
    )


async def show(page: Page, template: str, tab: str, function: FunctionFacts, **values: Any) -> Reply:
    """A tab. With a `problem` among the values its status is that error's."""
    problem = values.get("problem")
    status = (problem.status or 400) if problem is not None else 200
    given: dict[str, Any] = {"problem": None, "denied": (), "typed": None, **values}
    return await page.render(template, status, function=function, tab=tab, tabs=TABS, **given)


def seconds_of(text: str | None) -> float | None:
    """A time as Lambda writes it ("2026-11-22T10:00:00.000+0000") in seconds since the epoch."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except ValueError:
        return None


def lines_of(text: str) -> list[str]:
    """The lines of a field that are not empty."""
    return [each.strip() for each in text.split("\n") if each.strip()]
