"""Creating a topic, and editing it: the same fields."""

from __future__ import annotations

from typing import Any

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.choices import key_names
from chasqui.console.commands import both
from chasqui.console.forms import Form
from chasqui.console.page import Page
from chasqui.console.routes import Route
from chasqui.console.topics import fields
from chasqui.console.topics.facts import TABS, topic_of


async def ask(page: Page) -> Reply:
    """The form for a new topic; `?type=` is "standard" or "fifo"."""
    fifo = page.query.get("type") == "fifo"
    return await _form(page, {"name": "", "Policy": "", "tags": []}, fields.shown({}, fifo), fifo)


async def create(page: Page) -> Reply:
    """Create it, and show it."""
    form = await page.form()
    fifo = form.get("type") == "fifo"
    given = fields.from_form(form, fifo)
    params = _params(form, given, fifo)
    try:
        if form.flag("show_commands"):
            return await _form(page, _typed(form), given, fifo, commands=params)
        await page.api("sns", "CreateTopic", **params)
    except ServiceError as error:
        return await _form(page, _typed(form), given, fifo, error=error)
    done = page.text("The topic %(name)s was created.", name=params["Name"])
    return page.redirect(page.href("topics", params["Name"], "subscriptions"), done=done)


def _params(form: Form, given: dict[str, str], fifo: bool) -> dict[str, Any]:
    """What CreateTopic is told."""
    name = form.get("name").strip()
    if fifo and name and not name.endswith(".fifo"):
        name += ".fifo"
    attributes = fields.to_create(given, fifo)
    if form.get("Policy").strip():
        attributes["Policy"] = form.get("Policy").strip()
    tags = [{"Key": key, "Value": value} for key, value in form.pairs("tag_key", "tag_value").items()]
    return {"Name": name, "Attributes": attributes or None, "Tags": tags or None}


def _typed(form: Form) -> dict[str, Any]:
    tags = list(form.pairs("tag_key", "tag_value").items())
    return {"name": form.get("name"), "Policy": form.get("Policy"), "tags": tags}


async def _form(
    page: Page,
    typed: dict[str, Any],
    values: dict[str, str],
    fifo: bool,
    error: ServiceError | None = None,
    commands: dict[str, Any] | None = None,
) -> Reply:
    if error is not None or commands is not None:
        # What was typed is shown as it was typed.
        values = {**values, "ArchivePolicy": (await page.form()).get("ArchivePolicy")}
    told = both(page.api, "sns", "CreateTopic", **commands) if commands else ()
    return await page.render(
        "topics/new.html",
        error.status or 400 if error else 200,
        fifo=fifo,
        typed=typed,
        tags=typed["tags"],
        groups=fields.groups(fifo),
        values=values,
        keys=await key_names(page, "alias/aws/sns"),
        error=error,
        wrong=_wrong(error, values),
        commands=told,
    )


def _wrong(error: ServiceError | None, values: dict[str, str]) -> str:
    """The field that an error is about."""
    if error is None:
        return ""
    named = fields.field_named(error.message, [*values, "Policy", "Tag"])
    return named or ("name" if "Topic Name" in error.message else "")


# ------------------------------------------------------------------------------------------------------------- editing


async def edit(page: Page) -> Reply:
    """The form with the topic's attributes."""
    topic = await topic_of(page)
    values = fields.shown(topic.attributes, topic.fifo)
    return await page.render("topics/edit.html", **await _editing(page, topic, values))


async def save(page: Page) -> Reply:
    """Set what was changed, one attribute after the other; what is refused is shown beside its field."""
    topic, form = await topic_of(page), await page.form()
    given = fields.from_form(form, topic.fifo)
    wanted = fields.changed(given, topic.attributes, topic.fifo)
    done: list[str] = []
    for name, value in wanted.items():
        try:
            await page.api("sns", "SetTopicAttributes", TopicArn=topic.arn, AttributeName=name, AttributeValue=value)
        except ServiceError as error:
            values = {**given, "ArchivePolicy": form.get("ArchivePolicy")}
            more = await _editing(page, topic, values, error, name, done)
            return await page.render("topics/edit.html", error.status or 400, **more)
        done.append(name)
    told = page.plural("%(num)s attribute was changed.", "%(num)s attributes were changed.", len(done))
    return page.redirect(
        page.href("topics", topic.name, "details"), done=told if done else page.text("Nothing was changed.")
    )


async def _editing(
    page: Page,
    topic: Any,
    values: dict[str, str],
    error: ServiceError | None = None,
    wrong: str = "",
    done: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "topic": topic, "tab": "edit", "tabs": TABS, "groups": fields.groups(topic.fifo), "values": values,
        "keys": await key_names(page, "alias/aws/sns"), "error": error, "wrong": wrong, "changed": done or [],
    }  # fmt: skip


ROUTES: tuple[Route, ...] = (
    Route("GET", "topics/new", ask),
    Route("POST", "topics/new", create),
    Route("GET", "topics/{name}/edit", edit),
    Route("POST", "topics/{name}/edit", save),
)
