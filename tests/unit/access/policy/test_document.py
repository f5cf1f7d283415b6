"""What IAM refuses in a policy document, and how it says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.access.policy.decision import context_keys
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy, parse_policy
from tests.unit.access.policy.asking import OURS, QUEUE, allow, document, statement

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
BUCKET = "arn:aws:s3:::bucket"


def refusal(text: str, kind: PolicyType = PolicyType.IDENTITY) -> str:
    with pytest.raises(MalformedPolicy) as raised:
        parse_policy(text, kind)
    return str(raised.value)


def whole(**elements: Any) -> str:
    """A document whose elements are given, with one good statement unless there is another."""
    return json.dumps({"Version": "2012-10-17", "Statement": allow(), **elements})


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "",
        "null",
        "[]",
        '{"Version": "2012-10-17"}',
        "[" * 100_000,
        '{"Version": "2012-10-17", "Statement": [], "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": NaN}}',
        whole(Statement=[]),
        whole(Statement=["text"]),
        whole(Version="2013-10-17"),
        whole(Id=["id"]),
        whole(Extra="field"),
        whole(Statement=allow(Extra="field")),
        whole(Statement=statement("invalid")),
        whole(Statement={"Action": "*", "Resource": "*"}),
        whole(Statement=allow(Sid={})),
        whole(Statement=allow(action={})),
        whole(Statement=allow(action=[[]])),
        whole(Statement={"Effect": "Allow", "Action": None, "Resource": "*"}),
        whole(Statement=allow(NotAction=[])),
        whole(Statement=allow(NotResource="*")),
        whole(Statement=allow(resource={"a": BUCKET})),
        whole(Statement=allow(resource=["x", {}])),
        whole(Statement=allow(Condition=[])),
        whole(Statement=allow(Condition="a")),
        whole(Statement=allow(Condition={"StringEquals": []})),
        whole(Statement=allow(Condition={"StringEquals": {"a": {}}})),
        whole(Statement=allow(Condition={"Unknown": {"a": "1"}})),
        whole(Statement=allow(Condition={"ForAnyValue::StringEquals": {"a": "1"}})),
        whole(Statement=allow(Condition={"NullIfExists": {"a": "true"}})),
        whole(Statement=allow(Principal={"Group": "x"})),
    ],
)
def test_what_is_not_of_the_grammar_is_a_syntax_error(text: str) -> None:
    assert refusal(text) == SYNTAX


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_iam_takes_the_newest_version_only(version: str | None) -> None:
    assert refusal(document(allow(), version=version)) == VERSION


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"Effect": "Deny"}, "Policy statement must contain actions."),
        (allow(action=[]), "Policy statement must contain actions."),
        (allow(resource=None), "Policy statement must contain resources."),
        (allow(resource=[]), "Policy statement must contain resources."),
        (allow(Principal="*"), "Policy document should not specify a principal."),
        (allow(NotPrincipal={"AWS": OURS}), "Policy document should not specify a principal."),
        (allow(action="invalid"), VENDOR),
        (allow(action=None, NotAction=""), VENDOR),
        (allow(action="invalid", resource=None), VENDOR),
        (allow(action="a a:List"), "Vendor a a is not valid"),
        (allow(action=":List"), "Vendor  is not valid"),
        (allow(action="s3:List:Bucket"), "Actions/Condition can contain only one colon."),
        (allow(resource="a resource"), 'Resource a resource must be in ARN format or "*".'),
        (allow(resource=""), 'Resource  must be in ARN format or "*".'),
        (allow(action="s:3:List", resource="adf"), 'Resource adf must be in ARN format or "*".'),
        (allow(resource="other:aws:s3:::b"), 'Resource other:aws:s3:::b must be in ARN format or "*".'),
        (allow(resource="a:b"), 'Partition "b" is not valid for resource "arn:b:*:*:*:*".'),
        (allow(resource="a:b:c"), 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'),
        (allow(resource="a:b:c:d:e:f:g"), 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g".'),
        (allow(resource="aws:s3:::b"), 'Partition "s3" is not valid for resource "arn:s3:::b:*".'),
        (allow(resource="arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."),
        (allow(resource="arn:aws:s3:us::b"), "Resource arn:aws:s3:us::b can not contain region information."),
        (
            allow(resource="arn:aws:iam:us-east-1::b"),
            "IAM resource arn:aws:iam:us-east-1::b cannot contain region information.",
        ),
        (
            allow(resource="arn:aws:iam::1:other"),
            'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
            "instance-profile/, mfa/, server-certificate/, policy/, "
            "sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.",
        ),
        (
            allow(Sid="no-dashes"),
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ),
        (allow(resource="arn:aws:s3::bucket"), LEGACY),
        (allow(resource="arn:aws::bucket"), LEGACY),
        (allow(action=None, resource="arn:aws:s3::bucket"), LEGACY),
        (allow(resource=None, NotResource="arn:aws:s3::bucket"), LEGACY),
        (statement("allow"), LEGACY),
        (allow(resource="arn:no:s3:::b", Condition={"DateLessThan": {"a": "x"}}), LEGACY),
    ],
)
def test_faults_have_aws_messages(found: dict[str, Any], message: str) -> None:
    assert refusal(document(found)) == message


def test_statement_ids_are_unique() -> None:
    message = "Statement IDs (SID) in a single policy must be unique."

    assert refusal(document(allow(Sid="a"), {"Sid": "a", "Effect": "Allow"})) == message


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("DateGreaterThan", "sdfdsf"),
        ("DateLessThanEquals", "234-13"),
        ("DateLessThanEquals", "2016-12-13t2:00:00.593194+1"),
        ("DateLessThanEquals", "2016-12-13t2:00:00.1999999999+10:59"),
        ("DateLessThan", "9223372036854775808"),
        ("DateLessThanIfExists", "2016-12-32"),
        ("NumericEquals", "ten"),
        ("IpAddress", "10.0.0.0/33"),
    ],
)
def test_a_value_that_is_none_of_its_operators_fails_legacy_parsing(operator: str, value: str) -> None:
    assert refusal(document(allow(Condition={operator: {"a": value}}))) == LEGACY


@pytest.mark.parametrize(
    "found",
    [
        allow(resource=[BUCKET, "*"]),
        allow(action="*"),
        allow(action="iam: odd but taken "),
        allow(action="s3-s.x:List*"),
        allow(action=None, NotAction="s3:*", resource=None, NotResource="*"),
        allow(resource="arn:aws:odd"),
        allow(resource="arn:aws:iam:::user/x"),
        allow(resource=f"arn:aws:iam::{OURS}:*"),
        allow(resource="arn:*:sqs:us-east-1::q"),
        allow(Condition={}),
        allow(Condition={"Unknown": {}}),
        allow(Condition={"DateGreaterThan": {"a": []}}),
        allow(Condition={"DateGreaterThan": {"a": "01T"}}),
        allow(Condition={"DateLessThanEquals": {"a": "2016-12-13t2:00:00.593194+23"}}),
        allow(Condition={"DateLessThan": {"a": "-292275054"}}),
        allow(Condition={"ForAnyValue:StringEqualsIfExists": {"a": "x"}}),
        allow(Condition={"NumericEquals": {"a": [1, 2.5]}, "Bool": {"b": True}}),
    ],
)
def test_what_iam_takes(found: dict[str, Any]) -> None:
    assert parse_policy(document(found), PolicyType.IDENTITY).statements


def test_resource_policies_have_a_principal_but_need_no_resource() -> None:
    good = document(allow(resource=None, Principal="*"), version=None)

    assert parse_policy(good, PolicyType.RESOURCE).statements
    assert refusal(document(allow()), PolicyType.RESOURCE) == "Missing required field Principal"


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": [OURS, f"arn:aws:iam::{OURS}:root", f"arn:aws:iam::{OURS}:role/path/name"]},
        {"AWS": f"arn:aws:sts::{OURS}:assumed-role/name/session"},
        {"AWS": ["AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE"]},
        {"Service": ["s3.amazonaws.com", "logs.us-east-1.amazonaws.com"]},
        {"Federated": f"arn:aws:iam::{OURS}:oidc-provider/example.com", "CanonicalUser": "79a59df900b949e5"},
    ],
)
def test_principals_that_may_be_named(principal: Any) -> None:
    found = document(allow(Principal=principal))

    assert parse_policy(found, PolicyType.RESOURCE).statements


@pytest.mark.parametrize(
    ("principal", "shown"),
    [
        ({"AWS": "bob"}, '"AWS":"bob"'),
        ({"AWS": f"arn:aws:iam::{OURS}:user/*"}, f'"AWS":"arn:aws:iam::{OURS}:user/*"'),
        ({"AWS": f"arn:aws:iam::{OURS}:group/g"}, f'"AWS":"arn:aws:iam::{OURS}:group/g"'),
        ({"Service": "example.com"}, '"SERVICE":"example.com"'),
    ],
)
def test_principals_that_may_not_be_named(principal: Any, shown: str) -> None:
    assert refusal(document(allow(Principal=principal)), PolicyType.RESOURCE) == (
        f"Invalid principal in policy: {shown}"
    )


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (allow(action="sts:AssumeRole", Principal="*"), "Has prohibited field Resource"),
        (allow(action="sts:AssumeRole", resource=None), "Missing required field Principal"),
        (
            allow(action="sqs:SendMessage", resource=None, Principal="*"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
    ],
)
def test_trust_policies_have_a_grammar_of_their_own(found: dict[str, Any], message: str) -> None:
    assert refusal(document(found), PolicyType.TRUST) == message


def test_a_trust_policy_that_is_no_json() -> None:
    assert refusal("{,}", PolicyType.TRUST) == "This policy contains invalid Json"


def test_a_trust_policy_may_be_of_the_older_version() -> None:
    found = document(allow(action="sts:AssumeRole", resource=None, Principal={"AWS": OURS}), version="2008-10-17")

    assert parse_policy(found, PolicyType.TRUST).statements


def test_the_same_text_is_compiled_once() -> None:
    text = document(allow(resource=QUEUE))

    first = compile_policy(text, PolicyType.IDENTITY, "policy")

    assert compile_policy(text, PolicyType.IDENTITY, "policy") is first
    assert compile_policy(text, PolicyType.IDENTITY, "another").source == "another"


def test_the_context_keys_of_a_policy_are_those_of_its_conditions_and_variables() -> None:
    condition = {"StringLike": {"s3:prefix": "home/${aws:userid}"}, "Bool": {"aws:SecureTransport": "true"}}
    text = document(allow(resource="arn:aws:s3:::b/${aws:username, 'guest'}", Condition=condition))

    keys = context_keys(compile_policy(text, PolicyType.IDENTITY, "policy"))

    assert keys == {"s3:prefix", "aws:userid", "aws:SecureTransport", "aws:username"}
