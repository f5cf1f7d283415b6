"""Functions in the console: made, looked into, invoked, followed, configured and deleted, by clicking."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.support import Server
from tests.unit.lambda_running.harness import zipped

_ROLE = "arn:aws:iam::000000000000:role/none"
_HOSTILE = "<img src=x onerror=alert(1)>"
_CODE = """import json

def handler(event, context):
    print("<b>seen</b>", json.dumps(event))
    if event.get("fail"):
        raise ValueError("<script>alert(1)</script>")
    return {"said": event.get("say", "nothing")}
"""


def _make(server: Server, name: str, **facts: Any) -> Any:
    client = server.client("lambda")
    code = {"ZipFile": zipped({"app.py": _CODE, "lib/help.txt": "some help"})}
    given = {"Runtime": "python3.11", "Handler": "app.handler", "Role": _ROLE, "Code": code, "Timeout": 10}
    client.create_function(FunctionName=name, **{**given, **facts})
    return client


@pytest.fixture(scope="module")
def made(server: Server) -> Any:
    """A function that is only looked at and invoked; its client."""
    return _make(server, "greeter", Description=_HOSTILE, Environment={"Variables": {"STAGE": _HOSTILE}})


def test_a_function_is_made_of_a_typed_text_and_invoked(server: Server, visit: Callable[..., Visit]) -> None:
    page = visit().open("functions")
    page.get_by_role("link", name="Create function").first.click()

    page.get_by_label("Function name").fill("typed")
    page.get_by_label("Runtime").select_option("python3.11")
    page.get_by_label("Code", exact=True).fill(
        "def handler(event, context):\n    return {'sum': event['a'] + event['b']}\n"
    )
    page.get_by_label("Create a new role that may write logs").check()
    page.get_by_role("button", name="Create function").click()
    expect(page.get_by_role("status")).to_contain_text("The function typed was created.")
    page.get_by_role("navigation", name="Tabs").get_by_role("link", name="Test").click()
    page.get_by_label("Event (JSON)").fill('{"a": 2, "b": 3}')
    page.get_by_role("button", name="Invoke").click()

    expect(page.get_by_role("region", name="Result")).to_contain_text('"sum": 5')
    role = server.client("lambda").get_function_configuration(FunctionName="typed")["Role"]
    assert role.endswith(":role/typed-role")


def test_a_function_is_made_of_a_zip_file(server: Server, visit: Callable[..., Visit], tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(zipped({"app.py": _CODE}))
    page = visit().open("functions/new")

    page.get_by_label("Function name").fill("zipped")
    page.get_by_label("A zip file, up to 50 MB").check()
    page.get_by_label("Zip file", exact=True).set_input_files(package)
    page.get_by_label("ARN of an existing role").fill(_ROLE)
    page.get_by_role("button", name="Create function").click()

    expect(page.get_by_role("region", name="app.py")).to_contain_text("def handler")


def test_a_package_that_is_too_large_is_not_sent(visit: Callable[..., Visit], tmp_path: Path) -> None:
    package = tmp_path / "large.zip"
    with package.open("wb") as file:
        file.truncate(52_000_001)
    page = visit().open("functions/new")
    field = page.get_by_label("Zip file", exact=True)

    field.set_input_files(package)

    message = "Packages of more than 50 MB go through a bucket."
    assert field.evaluate("field => field.validationMessage") == message


def test_what_is_refused_is_told_and_what_was_typed_stays(
    server: Server, made: Any, visit: Callable[..., Visit]
) -> None:
    page = visit().open("functions/new")

    page.get_by_label("Function name").fill("greeter")
    page.get_by_label("Create a new role that may write logs").check()
    page.get_by_role("button", name="Create function").click()

    expect(page.get_by_role("alert")).to_contain_text("ResourceConflictException")
    expect(page.get_by_label("Function name")).to_have_value("greeter")
    with pytest.raises(server.client("iam").exceptions.NoSuchEntityException):
        server.client("iam").get_role(RoleName="greeter-role")


def test_a_function_of_nodejs_begins_with_code_of_its_own(server: Server, visit: Callable[..., Visit]) -> None:
    page = visit().open("functions/new")

    page.get_by_role("link", name="Node.js").click()

    expect(page.get_by_label("Runtime")).to_have_value("nodejs22.x")
    expect(page.get_by_label("Handler")).to_have_value("index.handler")
    expect(page.get_by_label("Code", exact=True)).to_have_value(re.compile("export const handler"))


def test_the_list_is_searched(made: Any, visit: Callable[..., Visit]) -> None:
    page = visit().open("functions?q=GREET")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("table")).to_contain_text(_HOSTILE)

    page.get_by_label("Search").fill("no such thing")

    expect(page.get_by_text("No function is like that.")).to_be_visible()


def test_files_of_the_package_are_shown_and_downloaded(made: Any, visit: Callable[..., Visit]) -> None:
    page = visit().open("functions/greeter/code")
    expect(page.get_by_role("region", name="app.py")).to_contain_text('print("<b>seen</b>"')

    page.get_by_role("link", name="lib/help.txt").click()
    expect(page.get_by_role("region", name="lib/help.txt")).to_contain_text("some help")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the package").click()

    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["app.py", "lib/help.txt"]


def test_one_file_is_edited_and_the_others_stay(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "edited")
    page = visit().open("functions/edited/code")

    page.get_by_text("Edit this file").click()
    page.get_by_label("Code", exact=True).fill("def handler(event, context):\n    return open('lib/help.txt').read()\n")
    page.get_by_role("button", name="Save and deploy").click()

    expect(page.get_by_role("status")).to_contain_text("The code of edited was updated.")
    assert json.loads(client.invoke(FunctionName="edited")["Payload"].read()) == "some help"


def test_an_edit_of_what_was_changed_meanwhile_is_refused(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "contested")
    page = visit().open("functions/contested/code")
    client.update_function_configuration(FunctionName="contested", Description="changed by somebody else")

    page.get_by_text("Edit this file").click()
    page.get_by_label("Code", exact=True).fill("mine = 1")
    page.get_by_role("button", name="Save and deploy").click()

    expect(page.get_by_role("alert")).to_contain_text("PreconditionFailedException")
    expect(page.get_by_label("Code", exact=True)).to_have_value("mine = 1")


def test_a_failure_is_shown_with_its_stack_and_its_log(made: Any, visit: Callable[..., Visit]) -> None:
    page = visit().open("functions/greeter/test")

    page.get_by_label("Event (JSON)").fill('{"fail": true}')
    page.get_by_role("button", name="Invoke").click()

    expect(page.get_by_text("The function failed: Unhandled")).to_be_visible()
    expect(page.get_by_role("region", name="Stack trace")).to_contain_text("line 6, in handler")
    expect(page.get_by_role("region", name="End of the log")).to_contain_text("<b>seen</b>")
    expect(page.locator("#outcome script")).to_have_count(0)


@pytest.mark.parametrize(
    ("choice", "told"), [("Asynchronously", "The event was accepted"), ("Dry run", "The function could be invoked")]
)
def test_other_ways_to_invoke(made: Any, visit: Callable[..., Visit], choice: str, told: str) -> None:
    page = visit().open("functions/greeter/test?sample=sqs")
    expect(page.get_by_label("Event (JSON)")).to_have_value(re.compile('"eventSource": "aws:sqs"'))

    page.get_by_label(choice).check()
    page.get_by_role("button", name="Invoke").click()

    expect(page.get_by_text(told)).to_be_visible()


def test_an_event_is_saved_by_the_browser(made: Any, visit: Callable[..., Visit]) -> None:
    page = visit().open("functions/greeter/test")
    page.get_by_label("Event (JSON)").fill('{"say": "kept"}')
    page.get_by_label("Name", exact=True).fill("mine")
    page.get_by_role("button", name="Save the event").click()

    page.reload()
    page.get_by_label("Saved events").select_option("mine")

    expect(page.get_by_label("Event (JSON)")).to_have_value('{"say": "kept"}')


def test_the_log_is_followed_paused_and_resumed(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "talker")
    page = visit().open("functions/talker/logs")
    expect(page.get_by_text("There are no such events yet.")).to_be_visible()
    client.invoke(FunctionName="talker", Payload=b'{"say": "first"}')
    log = page.get_by_role("region", name="Log events")
    expect(log).to_contain_text('<b>seen</b> {"say": "first"}')

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    expect(page.locator("[hx-sse\\:connect]")).to_have_count(0)
    client.invoke(FunctionName="talker", Payload=b'{"say": "second"}')
    page.get_by_role("button", name="Resume").click()

    expect(log).to_contain_text('{"say": "second"}')
    client.invoke(FunctionName="talker", Payload=b'{"say": "third"}')
    expect(log).to_contain_text('{"say": "third"}')


def test_log_groups_are_searched_with_patterns(server: Server, visit: Callable[..., Visit]) -> None:
    logs = server.client("logs")
    logs.create_log_group(logGroupName="app/orders")
    logs.create_log_stream(logGroupName="app/orders", logStreamName=_HOSTILE.replace(":", ""))
    now_ms = int(logs.describe_log_groups(logGroupNamePrefix="app/orders")["logGroups"][0]["creationTime"])
    events = [{"timestamp": now_ms, "message": f"ERROR {_HOSTILE}"}, {"timestamp": now_ms, "message": "fine"}]
    logs.put_log_events(logGroupName="app/orders", logStreamName=_HOSTILE.replace(":", ""), logEvents=events)
    page = visit().open("functions/logs")

    page.get_by_role("link", name="app/orders").click()
    page.get_by_label("Filter pattern").fill("ERROR")
    page.get_by_role("search").get_by_role("button", name="Search").click()

    found = page.get_by_role("region", name="Log events")
    expect(found.get_by_role("listitem")).to_have_count(1)
    expect(found).to_contain_text(f"ERROR {_HOSTILE}")
    page.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_role("region", name="Log events")).to_contain_text("fine")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the stream").click()
    lines = download.value.path().read_text().splitlines()
    assert [line.partition(" ")[2] for line in lines] == [f"ERROR {_HOSTILE}", "fine"]


def test_a_pattern_that_is_none_is_refused_in_words(server: Server, visit: Callable[..., Visit]) -> None:
    server.client("logs").create_log_group(logGroupName="app/empty")
    page = visit().open("functions/logs?group=app/empty")

    page.get_by_label("Filter pattern").fill("{ $.a = ")
    page.get_by_role("search").get_by_role("button", name="Search").click()

    expect(page.get_by_role("alert")).to_contain_text("InvalidParameterException")


def test_a_function_is_deleted_after_its_name_was_typed(server: Server, visit: Callable[..., Visit]) -> None:
    client = _make(server, "doomed")
    page = visit().open("functions/doomed/configuration")

    page.get_by_text("Delete the function").click()
    page.get_by_label("To confirm, type “doomed”").fill("doomed")
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("The function doomed was deleted.")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName="doomed")


def test_a_function_without_scripts_can_be_made_and_invoked(server: Server, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url.replace('127.0.0.1', 'localhost')}/_chasqui/console/us-east-1/functions/new")
    page.get_by_label("Function name").fill("plain")
    page.get_by_label("Runtime").select_option("python3.11")
    page.get_by_label("ARN of an existing role").fill(_ROLE)
    page.get_by_role("button", name="Create function").click()
    page.get_by_role("navigation", name="Tabs").get_by_role("link", name="Test").click()
    page.get_by_role("button", name="Invoke").click()

    expect(page.get_by_role("region", name="Result")).to_contain_text('"statusCode": 200')
    context.close()


def test_code_comes_from_an_object(server: Server, visit: Callable[..., Visit]) -> None:
    _make(server, "fetched")
    buckets = server.client("s3")
    buckets.create_bucket(Bucket="packages")
    buckets.put_object(Bucket="packages", Key="new.zip", Body=io.BytesIO(zipped({"app.py": "from_bucket = 1\n"})))
    page = visit().open("functions/fetched/code")

    page.get_by_text("Other code: a zip file or an object").click()
    page.get_by_label("An object in a bucket").check()
    page.get_by_label("Bucket", exact=True).fill("packages")
    page.get_by_label("Key", exact=True).fill("new.zip")
    page.get_by_role("button", name="Update the code").click()

    expect(page.get_by_role("region", name="app.py")).to_contain_text("from_bucket = 1")
