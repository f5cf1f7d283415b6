"""Functions' pages on a strict server: they show what their visitor may see, and say what is denied."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.console.caller import Caller
from tests.strict import ADMIN, StrictServer, allow, policy
from tests.unit.lambda_running.harness import zipped

_TRUST = policy(
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("rights")) as running:
        role = running.client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"]
        running.client("lambda").create_function(
            FunctionName="secret",
            Runtime="python3.11",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": zipped({"app.py": "the_secret = 1\n"})},
        )
        yield running


@pytest.mark.parametrize("place", ["code", "package", "code?qualifier=1", "test", "configuration", "tags"])
def test_who_may_not_read_a_function_sees_nothing_of_it(visitor: Callable[..., Caller], place: str) -> None:
    answer = visitor(allow("lambda:ListFunctions", "lambda:GetFunctionConfiguration")).get(f"functions/secret/{place}")

    assert answer.status == 403
    assert "lambda:GetFunction" in answer.text
    assert "the_secret" not in answer.text


def test_who_may_read_it_sees_its_code(visitor: Callable[..., Caller]) -> None:
    assert "the_secret = 1" in visitor(allow("lambda:GetFunction")).get("functions/secret/code").text


def test_a_list_without_states_is_still_a_list(visitor: Callable[..., Caller]) -> None:
    answer = visitor(allow("lambda:ListFunctions")).get("functions")

    assert answer.status == 200
    assert ">secret</a>" in answer.text
    assert "lambda:GetFunctionConfiguration" in answer.text


@pytest.mark.parametrize(
    ("tab", "denied"),
    [
        ("triggers", "lambda:ListEventSourceMappings"),
        ("configuration", "lambda:GetFunctionUrlConfig"),
        ("versions", "lambda:ListVersionsByFunction"),
        ("permissions", "lambda:GetPolicy"),
        ("logs", "logs:FilterLogEvents"),
    ],
)
def test_a_tab_shows_the_rest_of_what_is_denied_in_part(visitor: Callable[..., Caller], tab: str, denied: str) -> None:
    answer = visitor(allow("lambda:GetFunction")).get(f"functions/secret/{tab}")

    assert answer.status == 200
    assert denied in answer.text


def test_who_may_not_invoke_is_told_so_beside_the_event(visitor: Callable[..., Caller]) -> None:
    answer = visitor(allow("lambda:GetFunction")).post("functions/secret/test", {"event": '{"typed": 1}', "kind": ""})

    assert answer.status == 403
    assert "lambda:InvokeFunction" in answer.text
    assert "&#34;typed&#34;: 1" in answer.text


def test_a_package_is_downloaded_and_never_shown(server: StrictServer) -> None:
    caller = Caller(server.url)
    caller.sign_in(ADMIN)

    answer = caller.get("functions/secret/package")

    assert (answer.status, answer.body[:2]) == (200, b"PK")
    assert "attachment" in answer.field("content-disposition")
