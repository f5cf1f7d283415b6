"""What a function is made of beside its code: triggers, configuration, versions, permissions, tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.support import Server
from tests.unit.lambda_running.harness import zipped

_HOSTILE = "<img src=x onerror=alert(1)>"
_CODE = "def handler(event, context):\n    return 1\n"
_ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def _make(server: Server, name: str, **facts: Any) -> Any:
    client = server.client("lambda")
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/none",
        Code={
            "ZipFile": zipped({"app.py": "def handler(event, context):\n    return 1\n", f"{_HOSTILE}.txt": _HOSTILE})
        },
        **facts,
    )
    return client


def _queue(server: Server, name: str) -> str:
    """A queue's ARN."""
    server.client("sqs").create_queue(QueueName=name)
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


def test_a_queue_triggers_a_function_with_a_filter_that_was_tried(server: Server, visit: Callable[..., Visit]) -> None:
    client, source = _make(server, "worker"), _queue(server, "work")
    page = visit().open("functions/worker/triggers")
    page.get_by_role("link", name="Add a queue").click()
    page.get_by_label("ARN of a queue").fill(source)
    page.get_by_label("Batch size").fill("5")
    page.get_by_label("Filter 1").fill('{"body": {"kind": ["order"]}}')

    page.get_by_text("Would this message match?").click()
    page.get_by_label("Message body").fill('{"kind": "offer"}')
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#verdicts")).to_contain_text('does not match: “body.kind” is "offer"; wanted: "order"')
    page.get_by_label("Message body").fill('{"kind": "order"}')
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#verdicts")).to_contain_text("The message matches.")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("The trigger was created.")
    mapping = client.list_event_source_mappings(FunctionName="worker")["EventSourceMappings"][0]
    assert (mapping["EventSourceArn"], mapping["BatchSize"]) == (source, 5)
    assert mapping["FilterCriteria"]["Filters"] == [{"Pattern": '{"body": {"kind": ["order"]}}'}]


def test_a_trigger_is_edited_disabled_and_deleted(server: Server, visit: Callable[..., Visit]) -> None:
    client, source = _make(server, "steps"), _queue(server, "steps-queue")
    uuid = client.create_event_source_mapping(FunctionName="steps", EventSourceArn=source)["UUID"]
    page = visit().open("functions/steps/triggers")
    page.get_by_role("link", name="Edit the trigger of steps-queue").click()
    page.get_by_label("Maximum concurrency").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The trigger was changed.")
    assert client.get_event_source_mapping(UUID=uuid)["ScalingConfig"] == {"MaximumConcurrency": 3}

    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("cell", name="Disabled", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("No queue invokes this function.")).to_be_visible()


def test_a_refused_trigger_keeps_what_was_typed(server: Server, visit: Callable[..., Visit]) -> None:
    _make(server, "picky", Timeout=60)
    page = visit().open("functions/picky/triggers/new")
    page.get_by_label("ARN of a queue").fill(_queue(server, "short"))
    page.get_by_label("Filter 2").fill("no filter")

    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("InvalidParameterValueException")
    expect(page.get_by_label("Filter 2")).to_have_value("no filter")


def test_a_topic_is_let_in_and_subscribed(server: Server, visit: Callable[..., Visit]) -> None:
    client, sns = _make(server, "listener"), server.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    page = visit().open("functions/listener/triggers")

    page.get_by_label("ARN of a topic").fill(topic)
    page.get_by_role("button", name="Subscribe").click()

    expect(page.get_by_role("main").get_by_role("link", name=topic)).to_be_visible()
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["Endpoint"] == f"{_ARN}listener"
    statement = json.loads(client.get_policy(FunctionName="listener")["Policy"])["Statement"][0]
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": topic}}


def test_configuration_and_variables_are_changed(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "tuned", Environment={"Variables": {"OLD": _HOSTILE}})
    page = visit().open("functions/tuned/configuration")
    page.get_by_label("Timeout", exact=True).fill("42")
    page.get_by_label("Memory", exact=True).fill("512")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The configuration of tuned was changed.")

    expect(page.get_by_label("Value 1")).to_have_value(_HOSTILE)
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Variable 4").fill("NEW")
    page.get_by_label("Value 4").fill("two\nlines")
    page.get_by_role("button", name="Save the variables").click()

    expect(page.get_by_role("status")).to_contain_text("The configuration of tuned was changed.")
    told = client.get_function_configuration(FunctionName="tuned")
    assert (told["Timeout"], told["MemorySize"]) == (42, 512)
    assert told["Environment"]["Variables"] == {"OLD": _HOSTILE, "NEW": "two\nlines"}


def test_a_refused_configuration_keeps_what_was_typed(server: Server, visit: Callable[..., Visit]) -> None:
    _make(server, "stubborn")
    page = visit().open("functions/stubborn/configuration")

    page.get_by_label("ARN of the role").fill("no role at all")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("ARN of the role")).to_have_value("no role at all")


def test_concurrency_events_and_url_are_set(server: Server, visit: Callable[..., Visit]) -> None:
    client, failures = _make(server, "limited"), _queue(server, "failures")
    page = visit().open("functions/limited/configuration")
    page.get_by_label("Reserved concurrency").fill("2")
    page.get_by_role("button", name="Save the concurrency").click()
    expect(page.get_by_label("Reserved concurrency")).to_have_value("2")
    page.get_by_label("Retries").fill("1")
    page.get_by_label("Destination on failure").fill(failures)
    page.get_by_role("button", name="Save the event settings").click()
    expect(page.get_by_role("button", name="Remove the event settings")).to_be_visible()
    page.get_by_label("Who may call it").select_option("NONE")
    page.get_by_label("Add the permission that lets everybody in").check()
    page.get_by_role("button", name="Create a URL").click()
    expect(page.get_by_role("button", name="Delete the URL")).to_be_visible()

    assert client.get_function_concurrency(FunctionName="limited")["ReservedConcurrentExecutions"] == 2
    events = client.get_function_event_invoke_config(FunctionName="limited")
    assert events["MaximumRetryAttempts"] == 1
    assert events["DestinationConfig"]["OnFailure"] == {"Destination": failures}
    assert client.get_function_url_config(FunctionName="limited")["AuthType"] == "NONE"


def test_versions_are_published_and_an_alias_leads_to_two(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "staged")
    client.publish_version(FunctionName="staged")
    client.update_function_configuration(FunctionName="staged", Timeout=9)
    page = visit().open("functions/staged/versions")
    page.get_by_role("button", name="Publish a version").click()
    expect(page.get_by_role("status")).to_contain_text("Version 2 was published.")

    page.get_by_label("Alias (required)", exact=True).fill("live")
    page.get_by_label("Version (required)", exact=True).fill("1")
    page.get_by_label("Second version").fill("2")
    page.get_by_label("Share in per cent").fill("25")
    page.get_by_role("button", name="Create alias").click()

    expect(page.get_by_role("region", name="Aliases").get_by_role("cell", name="2 (25 %)")).to_be_visible()
    routing = client.get_alias(FunctionName="staged", Name="live")["RoutingConfig"]
    assert routing == {"AdditionalVersionWeights": {"2": 0.25}}


def test_statements_of_the_policy_are_added_and_removed(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "guarded")
    page = visit().open("functions/guarded/permissions")
    page.get_by_label("Statement", exact=False).last.fill("everybody")
    page.get_by_label("Who", exact=False).last.fill("*")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("open to the world")).to_be_visible()

    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_text("The function has no policy of its own.")).to_be_visible()
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName="guarded")


def test_tags_are_added_and_taken_away(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "tagged", Tags={"old": "1"})
    page = visit().open("functions/tagged/tags")

    page.get_by_label("Key of tag 1").fill("")
    page.get_by_label("Key of tag 2").fill("team")
    page.get_by_label("Value of tag 2").fill("a b")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_label("Key of tag 1")).to_have_value("team")
    assert client.list_tags(Resource=f"{_ARN}tagged")["Tags"] == {"team": "a b"}


@pytest.mark.parametrize(("language", "heading"), [("fr", "Créer une fonction"), ("pt", "Criar função")])
def test_every_page_is_translated_and_shows_hostile_texts_as_texts(
    server: Server, visit: Callable[..., Visit], language: str, heading: str
) -> None:
    name = f"hostile-{language}"
    client = _make(server, name, Description=_HOSTILE, Environment={"Variables": {"STAGE": _HOSTILE}})
    client.publish_version(FunctionName=name, Description=_HOSTILE)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description=_HOSTILE)
    filters = {"Filters": [{"Pattern": json.dumps({"body": {"a": [_HOSTILE]}})}]}
    client.create_event_source_mapping(
        FunctionName=name, EventSourceArn=_queue(server, f"of-{language}"), FilterCriteria=filters
    )
    here = visit(language=language, width=360)

    for tab in ("code", "test", "logs", "triggers", "configuration", "versions", "permissions", "tags"):
        page = here.open(f"functions/{name}/{tab}")
        assert page.locator("img[src=x]").count() == 0, tab
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab
    for path in ("functions", "functions/logs", "functions/logs?group=none"):
        assert here.open(path).locator("img[src=x]").count() == 0, path

    expect(here.open("functions/new").get_by_role("heading", level=1)).to_have_text(heading)
