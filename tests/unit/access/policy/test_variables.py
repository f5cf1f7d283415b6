"""Policy variables."""

from __future__ import annotations

import msgspec
import pytest

from chasqui.access.policy.document import PolicyType, compile_policy
from tests.unit.access.policy.asking import (
    BOB,
    OURS,
    QUEUE,
    SESSION,
    allow,
    applies,
    ask,
    deny,
    document,
    identity,
    to,
)


def queue(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{OURS}:{name}"


def test_a_users_name_in_a_resource() -> None:
    own = {"resource": queue("${aws:username}-*")}

    assert applies(own, on=queue("bob-jobs"))
    assert not applies(own, on=queue("ann-jobs"))


def test_a_tag_in_a_resource() -> None:
    blue = msgspec.structs.replace(BOB, tags={"team": "blue"})

    assert applies({"resource": queue("${aws:PrincipalTag/team}")}, principal=blue, on=queue("blue"))


def test_what_is_filled_in_is_literal() -> None:
    sly = msgspec.structs.replace(BOB, name="*")

    assert not applies({"resource": queue("${aws:username}")}, principal=sly, on=queue("orders"))
    assert applies({"resource": queue("${aws:username}")}, principal=sly, on=queue("*"))


def test_a_variable_that_the_request_lacks_matches_nothing() -> None:
    assert not applies({"resource": queue("${aws:username}*")}, principal=SESSION, on=queue("anything"))


def test_a_default_stands_in_for_what_the_request_lacks() -> None:
    guest = {"resource": queue("${aws:username, 'guest'}")}

    assert applies(guest, principal=SESSION, on=queue("guest"))
    assert applies(guest, on=queue("bob"))


@pytest.mark.parametrize("special", ["*", "?", "$"])
def test_special_characters_are_written_as_variables(special: str) -> None:
    escaped = {"resource": queue("a${" + special + "}b*")}

    assert applies(escaped, on=queue(f"a{special}bc"))
    assert not applies(escaped, on=queue("axbc"))


def test_before_the_fifth_colon_there_are_no_variables() -> None:
    assert not applies({"resource": "arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:orders"})


def test_older_versions_know_no_variables() -> None:
    text = document(allow(**to("*"), resource=queue("${aws:username}")), version="2008-10-17")
    policy = compile_policy(text, PolicyType.RESOURCE, QUEUE)

    assert not ask(BOB, (), policy, on=queue("bob")).allowed
    assert ask(BOB, (), policy, on=queue("${aws:username}")).allowed


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("StringEquals", "home/${aws:username}", True),
        ("StringEquals", "home/${aws:userid}", False),
        ("StringEqualsIgnoreCase", "HOME/${aws:username}", True),
        ("StringLike", "*/${aws:username}", True),
        ("StringNotLike", "*/${aws:username}", False),
        ("StringEquals", "home${$}{aws:username}", False),
    ],
)
def test_variables_in_string_conditions(operator: str, value: str, expected: bool) -> None:
    condition = {"Condition": {operator: {"s3:prefix": value}}}

    assert applies(condition, s3__prefix="home/bob") is expected


def test_variables_in_arn_conditions() -> None:
    condition = {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:${aws:username}-*"}}}

    assert applies(condition, aws__SourceArn=f"arn:aws:sns:us-east-1:{OURS}:bob-topic")
    carol = msgspec.structs.replace(BOB, name="carol")
    assert not applies(condition, principal=carol, aws__SourceArn=f"arn:aws:sns:us-east-1:{OURS}:bob-topic")


def test_a_whole_arn_filled_in_has_its_parts() -> None:
    condition = {"Condition": {"ArnEquals": {"aws:SourceArn": "${aws:PrincipalArn}"}}}

    assert applies(condition, aws__SourceArn=BOB.arn)


def test_a_variable_that_is_lacking_lets_no_negated_condition_allow() -> None:
    differs = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    context = {"aws:ResourceTag/team": "blue"}

    assert not ask(BOB, (identity(allow(Condition=differs)),), context=context).allowed
    assert not ask(BOB, (identity(allow()), identity(deny(Condition=differs))), context=context).allowed


def test_a_variable_that_is_lacking_in_not_resource_fails_safe() -> None:
    excepted = queue("${aws:PrincipalTag/team}")

    assert not ask(BOB, (identity(allow(resource=None, NotResource=excepted)),)).allowed
    assert not ask(BOB, (identity(allow()), identity(deny(resource=None, NotResource=excepted)))).allowed
