"""What is typed into functions' and buckets' forms that no operation could take: told beside the form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.caller import CONSOLE, Caller
from tests.support import Server
from tests.unit.lambda_running.harness import zipped

_ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture(scope="module")
def functions(server: Server) -> Any:
    """Lambda's client; there is a function "typed" with two versions."""
    client = server.client("lambda")
    client.create_function(
        FunctionName="typed",
        Runtime="python3.11",
        Handler="app.handler",
        Role=_ROLE,
        Code={"ZipFile": zipped({"app.py": "a = 1\n"})},
        Publish=True,
    )
    client.update_function_code(FunctionName="typed", ZipFile=zipped({"app.py": "a = 2\n"}), Publish=True)
    return client


@pytest.fixture
def caller(server: Server) -> Caller:
    return Caller(server.url)


@pytest.mark.parametrize("weight", ["nan", "inf", "-inf"])
def test_a_share_that_is_no_number_makes_no_alias(functions: Any, caller: Caller, weight: str) -> None:
    fields = {"action": "create-alias", "alias": "part", "version": "1", "second": "2", "weight": weight}

    assert caller.post("functions/typed/versions", fields).status == 400

    assert functions.list_aliases(FunctionName="typed")["Aliases"] == []


def test_a_file_without_a_name_leaves_the_package_as_it_was(functions: Any, caller: Caller) -> None:
    before = functions.get_function(FunctionName="typed")["Configuration"]["CodeSha256"]

    assert caller.post("functions/typed/code/file", {"file": "", "text": "x"}).status == 400

    assert functions.get_function(FunctionName="typed")["Configuration"]["CodeSha256"] == before


def test_an_endless_handler_is_refused_beside_the_form(caller: Caller) -> None:
    fields = {"name": "endless", "runtime": "python3.11", "handler": f"{'a' * 70_000}.b", "role": _ROLE, "code": "x"}

    assert caller.post("functions/new", {**fields, "source": "inline"}).status == 400


def test_the_role_of_a_long_name_is_no_longer_than_roles_may_be(server: Server, caller: Caller) -> None:
    name = "f" * 64
    fields = {"name": name, "runtime": "python3.11", "handler": "app.handler", "new_role": "true", "code": "x"}

    assert caller.post("functions/new", {**fields, "source": "inline"}).status == 303

    assert server.client("iam").get_role(RoleName=f"{name[:59]}-role")["Role"]["RoleName"] == f"{name[:59]}-role"


@pytest.mark.parametrize(
    "rules",
    [
        f"[{'1' * 5000}]",
        '[{"AllowedMethods": ["GET"], "AllowedOrigins": ["\\ud800"]}]',
        "[" * 5000,
    ],
    ids=["digits", "half a character", "depth"],
)
def test_cors_rules_that_cannot_be_kept_are_refused_beside_the_form(server: Server, caller: Caller, rules: str) -> None:
    server.client("s3").create_bucket(Bucket="cors")

    answer = caller.post("buckets/cors/cors", {"cors": rules})

    assert answer.status == 400
    assert "CORS rules are a JSON list of objects." in answer.text


def test_a_list_of_parts_that_is_no_text_is_refused(caller: Caller) -> None:
    address = f"{CONSOLE}/us-east-1/buckets/none/upload/complete?key=a&upload=b"

    answer = caller.ask("POST", address, b'{"etags": ["\xff"]}', x_chasqui_csrf=caller.csrf())

    assert answer.status == 400
    assert b"The list of parts can't be read." in answer.body


def test_other_origins_of_a_url_leave_the_rest_of_its_cors(functions: Any, caller: Caller) -> None:
    functions.create_function_url_config(
        FunctionName="typed", AuthType="NONE", Cors={"AllowOrigins": ["*"], "AllowCredentials": True, "MaxAge": 60}
    )
    fields = {"action": "change", "auth": "NONE", "mode": "BUFFERED", "origins": "https://a.example"}

    assert caller.post("functions/typed/configuration/url", fields).status == 303

    cors = functions.get_function_url_config(FunctionName="typed")["Cors"]
    assert (cors["AllowOrigins"], cors["AllowCredentials"], cors["MaxAge"]) == (["https://a.example"], True, 60)
