"""N6: an application tells what happened on a topic, and several functions take what concerns each of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.test_s1_functions import Function
from tests.support import Server, eventually

pytestmark = pytest.mark.one_engine("what is asked is whether events come; how they are stored is tested on both")


@pytest.fixture
def functions(server: Server) -> Iterator[list[Function]]:
    made = [Function(server) for _ in range(3)]
    yield made
    for each in made:
        each.client.delete_function(FunctionName=each.name)


def messages(function: Function) -> list[str]:
    return [record["Sns"]["Message"] for event in function.events() for record in event["Records"]]


def test_each_function_takes_the_events_that_it_asked_for(server: Server, functions: list[Function]) -> None:
    sns = server.client("sns")
    topic = sns.create_topic(Name=f"shop-{uuid.uuid4().hex[:8]}")["TopicArn"]
    filters: list[dict[str, Any] | None] = [None, {"event": ["placed"]}, {"event": [{"anything-but": ["placed"]}]}]
    for function, wanted in zip(functions, filters, strict=True):
        function.let_in("sns.amazonaws.com", topic)
        attributes = {} if wanted is None else {"FilterPolicy": json.dumps(wanted)}
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn, Attributes=attributes)

    for number, event in enumerate(("placed", "paid", "placed", "shipped")):
        attribute = {"event": {"DataType": "String", "StringValue": event}}
        sns.publish(TopicArn=topic, Message=f"{number} {event}", MessageAttributes=attribute)

    everything, placed, others = functions
    eventually(lambda: len(messages(everything)) == 4, 30)
    eventually(lambda: len(messages(placed)) == 2, 30)
    eventually(lambda: len(messages(others)) == 2, 30)
    assert sorted(messages(everything)) == ["0 placed", "1 paid", "2 placed", "3 shipped"]
    assert sorted(messages(placed)) == ["0 placed", "2 placed"]
    assert sorted(messages(others)) == ["1 paid", "3 shipped"]


def test_a_functions_url_is_called_with_curl(server: Server, functions: list[Function]) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    function = functions[0]
    made = function.client.create_function_url_config(FunctionName=function.name, AuthType="NONE")
    for action, more in (
        ("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        function.client.add_permission(
            FunctionName=function.name, StatementId=action[7:], Action=action, Principal="*", **more
        )
    host = made["FunctionUrl"].split("/")[2].partition(":")[0]
    port = server.url.rpartition(":")[2]
    command = [curl, "-sS", "--resolve", f"{host}:{port}:127.0.0.1", "-w", "%{http_code}"]

    done = subprocess.run(
        [*command, "-d", '{"k":1}', f"http://{host}:{port}/a/b?x=1"], capture_output=True, text=True, check=True
    )

    assert done.stdout == "null200"
    eventually(function.events, 30)
    (event,) = function.events()
    assert (event["rawPath"], event["rawQueryString"], event["version"]) == ("/a/b", "x=1", "2.0")
    assert event["requestContext"]["http"]["method"] == "POST"
