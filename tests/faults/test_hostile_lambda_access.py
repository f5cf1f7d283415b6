"""Whoever wants of Lambda what is another's: roles, layers, functions in another region, addresses of code."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.strict import ACCOUNT, OTHER, House, StrictServer, allow, policy, refusal, shared_house

_ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("lambda")) as both:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        for credentials in ({}, both[1]):
            iam = both[0].client("iam", **credentials)
            iam.create_role(RoleName="worker", AssumeRolePolicyDocument=policy(trust))
        yield both


@pytest.fixture(scope="module")
def server(house: House) -> StrictServer:
    return house[0]


def _code() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event")
    return file.getvalue()


def create(client: Any, name: str, role: str = _ROLE, **more: Any) -> Any:
    return client.create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="app.handler", Code={"ZipFile": _code()}, **more
    )


def test_a_role_of_another_account_is_not_given_to_a_function(house: House) -> None:
    server, stranger = house
    lambda_ = server.client("lambda", **stranger)
    create(lambda_, "own", f"arn:aws:iam::{OTHER}:role/worker")

    created = refusal(create, client=lambda_, name="stolen")
    updated = refusal(lambda_.update_function_configuration, FunctionName="own", Role=_ROLE)

    assert created[:2] == updated[:2] == ("AccessDeniedException", 403)


def test_a_role_is_only_given_by_who_may_pass_it(server: StrictServer) -> None:
    user = server.client("lambda", **server.user(allow("lambda:*")))

    assert refusal(create, client=user, name="unpassed")[0] == "AccessDeniedException"


def test_a_layer_of_another_account_is_not_used_without_its_leave(house: House) -> None:
    server, stranger = house
    arn = server.client("lambda").publish_layer_version(LayerName="own", Content={"ZipFile": _code()})[
        "LayerVersionArn"
    ]
    role = f"arn:aws:iam::{OTHER}:role/worker"

    found = refusal(create, client=server.client("lambda", **stranger), name="layered", role=role, Layers=[arn])

    assert found[0] == "AccessDeniedException"


def test_leave_for_one_region_is_not_leave_for_another(server: StrictServer) -> None:
    regions = ("us-east-1", "eu-west-1")
    for region in regions:
        create(server.client("lambda", region_name=region), "regional")
    user = server.user(allow("lambda:InvokeFunction", on=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:regional"))
    here, there = (server.client("lambda", region_name=region, **user) for region in regions)

    for _ in range(3):
        assert here.invoke(FunctionName="regional", InvocationType="DryRun")["StatusCode"] == 204
        assert refusal(there.invoke, FunctionName="regional", InvocationType="DryRun")[0] == "AccessDeniedException"


def test_leave_for_a_function_is_not_leave_for_its_aliases(server: StrictServer) -> None:
    admin = server.client("lambda")
    create(admin, "aliased", Publish=True)
    admin.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:aliased"
    user = server.client("lambda", **server.user(allow("lambda:InvokeFunction", on=arn)))

    assert user.invoke(FunctionName="aliased", InvocationType="DryRun")["StatusCode"] == 204
    for more in ({"Qualifier": "live"}, {"Qualifier": "1"}):
        found = refusal(user.invoke, FunctionName="aliased", InvocationType="DryRun", **more)
        assert found[0] == "AccessDeniedException"
    found = refusal(user.invoke, FunctionName=f"{arn}:live", InvocationType="DryRun")
    assert found[0] == "AccessDeniedException"


def test_an_address_of_code_is_good_as_it_was_given_alone(server: StrictServer) -> None:
    admin = server.client("lambda")
    create(admin, "downloaded")
    location = admin.get_function(FunctionName="downloaded")["Code"]["Location"]

    with urllib.request.urlopen(location) as answer:
        assert answer.read() == _code() or answer.status == 200
    head, _, token = location.rpartition("/")
    for other in (token[:-8] + "AAAAAAAA", "A" * len(token), "", "../../etc/passwd", token[:20], "AAAA"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{head}/{other}")
        assert refused.value.code in (400, 403, 404, 405)


def test_who_calls_a_url_does_not_say_where_it_came_in(server: StrictServer) -> None:
    admin = server.client("lambda")
    create(admin, "reached")
    url = admin.create_function_url_config(FunctionName="reached", AuthType="NONE")["FunctionUrl"]
    for action, more in (
        ("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        admin.add_permission(
            FunctionName="reached", StatementId=action.partition(":")[2], Action=action, Principal="*", **more
        )
    host = url.split("/")[2]
    request = urllib.request.Request(
        server.url + "/",
        headers={
            "Host": host,
            "X-Forwarded-Proto": "gopher",
            "X-Forwarded-Port": "1",
            "X-Forwarded-For": "203.0.113.9",
        },
    )

    with urllib.request.urlopen(request) as answer:
        event = json.load(answer)

    assert (event["headers"]["x-forwarded-proto"], event["headers"]["x-forwarded-port"]) != ("gopher", "1")
    assert event["headers"]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
