"""The policy engine decides as the plain model does, whatever the policies and questions."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from chasqui.access.policy.compiled import Compiled, compile_parsed
from chasqui.access.policy.decision import Grants, Question, Verdict, decide, simulate
from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.access.policy.glob import compiled, glob, tokens_of, within_arn
from tests.properties.access import policy_model as model
from tests.unit.access.policy.asking import (
    ANN,
    ANYBODY,
    BOB,
    FEDERATED,
    FOREIGN_ROOT,
    OURS,
    ROLE_ARN,
    ROOT,
    S3,
    SESSION,
    THEIRS,
)

TEXTS = st.text("ab:", max_size=9)
PATTERNS = st.text("ab:*?", max_size=8)

TAGGED = msgspec.structs.replace(BOB, tags={"Team": "blue"})
STARRED = msgspec.structs.replace(BOB, name="o*s")
PRINCIPALS = st.sampled_from([BOB, TAGGED, STARRED, ANN, ROOT, FOREIGN_ROOT, SESSION, FEDERATED, S3, ANYBODY])
ACTIONS = ("sqs:SendMessage", "sqs:ReceiveMessage", "sns:Publish")
NAMES = ("orders", "bob", "blue", "o*s", "jobs:1")
RESOURCES = tuple(f"arn:aws:sqs:{region}:{OURS}:{name}" for region in ("us-east-1", "eu-west-1") for name in NAMES)

action_patterns = st.sampled_from([*ACTIONS, "*", "*", "*", "sqs:*", "SQS:Send*", "*:P?blish", "s3:GetObject"])
resource_patterns = st.sampled_from(
    [
        *RESOURCES,
        *["*"] * 12,
        "arn:aws:sqs:*",
        f"arn:aws:sqs:us-*-1:{OURS}:orders",
        "arn:aws:sqs:*:jobs:?",
        f"arn:aws:sqs:eu-west-?:{OURS}:*o*",
        "arn:aws:sqs:*:*:${aws:username}",
        "arn:aws:sqs:*:*:${aws:PrincipalTag/team, 'orders'}",
        "arn:aws:sqs:*:*:${aws:SourceVpc}*",
        "arn:aws:sqs:*:*:o${*}s",
        "arn:aws:sqs:*:${aws:PrincipalAccount}:orders",
    ]
)
conditions: tuple[tuple[str, tuple[str, ...], tuple[Any, ...]], ...] = (
    (
        "StringEquals StringNotEquals StringEqualsIgnoreCase StringLike StringNotLike",
        ("aws:UserAgent", "aws:PrincipalTag/Team", "aws:username", "sqs:Many"),
        ("blue", "BLUE", "b*", "o?s", "o*s", "", "${aws:username}", "${aws:SourceVpc}", "${aws:SourceVpc, 'blue'}"),
    ),
    (
        "ArnLike ArnNotLike ArnEquals ArnNotEquals",
        ("aws:SourceArn", "aws:PrincipalArn"),
        ("arn:aws:sns:*:1:t*", BOB.arn, "arn:aws:iam::*:user/${aws:username}", "arn:aws:s*"),
    ),
    (
        "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan "
        "NumericGreaterThanEquals",
        ("sqs:Number",),
        ("9", "10", "10.5", "-3"),
    ),
    (
        "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals",
        ("aws:CurrentTime",),
        ("2026-01-01T00:00:00Z", "1767225600", "2025-12-31T23:30:00-01:00", "2026-01-01"),
    ),
    ("Bool", ("aws:SecureTransport",), ("true", "false")),
    ("IpAddress NotIpAddress", ("aws:SourceIp",), ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32")),
)


@st.composite
def condition_blocks(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        operators, keys, values = draw(st.sampled_from(conditions))
        base = draw(st.sampled_from(operators.split()))
        operator = draw(st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"])) + base
        operator += draw(st.sampled_from(["", "", "IfExists"]))
        wanted = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
        found.setdefault(operator, {})[draw(st.sampled_from(keys))] = wanted
        if draw(st.integers(0, 9)) == 0:
            found["Null"] = {draw(st.sampled_from(keys)): [draw(st.sampled_from(["true", "false"]))]}
    return found


arns = st.sampled_from(
    [BOB.arn, BOB.id, ANN.arn, OURS, THEIRS, ROOT.arn, ROLE_ARN, SESSION.arn, SESSION.id, FEDERATED.arn]
)
principal_elements = st.one_of(
    st.just("*"),
    st.just({"AWS": "*"}),
    st.just({"Service": "s3.amazonaws.com"}),
    st.fixed_dictionaries({"AWS": st.lists(arns, min_size=1, max_size=3)}),
)


@st.composite
def statements(draw: st.DrawFn, of_resource: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow"] * 4 + ["Deny"]))}
    found[draw(st.sampled_from(["Action"] * 4 + ["NotAction"]))] = draw(
        st.lists(action_patterns, min_size=1, max_size=2)
    )
    element = draw(st.sampled_from(["Resource"] * 4 + ["NotResource"]))
    found[element] = draw(st.lists(resource_patterns, min_size=1, max_size=2))
    block = draw(condition_blocks())
    if block:
        found["Condition"] = block
    if of_resource:
        found[draw(st.sampled_from(["Principal"] * 4 + ["NotPrincipal"]))] = draw(principal_elements)
    return found


def documents(of_resource: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(statements(of_resource), min_size=1, max_size=3)
    return st.builds(lambda found: {"Version": "2012-10-17", "Statement": found}, some)


contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:UserAgent": st.sampled_from(["blue", "Blue", "o*s", "bob", ""]),
        "AWS:sourceip": st.sampled_from(["10.1.2.3", "192.0.2.1", "2001:db8::1"]),
        "aws:CurrentTime": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "1767225599"]),
        "aws:SecureTransport": st.sampled_from(["true", "false"]),
        "aws:SourceVpc": st.sampled_from(["blue", "orders", "*"]),
        "aws:SourceArn": st.sampled_from(["arn:aws:sns:us-east-1:1:topic", BOB.arn, "no arn"]),
        "sqs:Number": st.sampled_from(["9", "10", "10.50", "11"]),
        "sqs:Many": st.lists(st.sampled_from(["blue", "bob", "o*s"]), max_size=2).map(tuple),
    },
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, ...]:
    principal, context = draw(PRINCIPALS), draw(contexts)
    asked = (principal, draw(st.sampled_from(ACTIONS)), draw(st.sampled_from(RESOURCES)), OURS, context)
    identity = draw(st.lists(documents(), max_size=3))
    boundary = draw(st.none() | st.none() | documents())
    session = draw(st.none() | st.none() | st.lists(documents(), max_size=2))
    return asked, identity, boundary, session, draw(st.none() | documents(of_resource=True)), draw(st.booleans())


def ready(document: dict[str, Any], kind: PolicyType) -> Compiled:
    return compile_parsed(parse_policy(json.dumps(document), kind), "policy")


def own(identity: list[Any], boundary: Any, session: list[Any] | None) -> Grants:
    def each(document: dict[str, Any]) -> Compiled:
        return ready(document, PolicyType.IDENTITY)

    return Grants(
        tuple(map(each, identity)),
        None if boundary is None else each(boundary),
        None if session is None else tuple(map(each, session)),
    )


@settings(max_examples=600, deadline=None)
@given(cases())
def test_decisions_are_the_models(case: tuple[Any, ...]) -> None:
    asked, identity, boundary, session, resource, exclusive = case
    expected = model.Model(model.Request(*asked), identity, boundary, session, resource).verdict(exclusive)
    policy = None if resource is None else ready(resource, PolicyType.RESOURCE)

    decision = decide(Question(*asked), own(identity, boundary, session), policy, exclusive)

    assert decision.verdict.value == expected


@settings(max_examples=200, deadline=None)
@given(cases(), contexts)
def test_a_decision_holds_while_the_keys_that_it_depends_on_keep_their_values(
    case: tuple[Any, ...], other: dict[str, Any]
) -> None:
    asked, identity, boundary, session, resource, exclusive = case
    grants = own(identity, boundary, session)
    policy = None if resource is None else ready(resource, PolicyType.RESOURCE)
    decision = decide(Question(*asked), grants, policy, exclusive)
    kept = {name: value for name, value in asked[4].items() if name.lower() in decision.depends_on}
    changed = {name: value for name, value in other.items() if name.lower() not in decision.depends_on}

    again = decide(Question(*asked[:4], {**changed, **kept}), grants, policy, exclusive)

    assert again.verdict is decision.verdict
    assert again.decided_by == decision.decided_by


@settings(max_examples=200, deadline=None)
@given(cases())
def test_a_refusal_has_its_sentence_and_an_allowance_its_statement(case: tuple[Any, ...]) -> None:
    asked, identity, boundary, session, resource, exclusive = case
    policy = None if resource is None else ready(resource, PolicyType.RESOURCE)

    simulation = simulate(Question(*asked), own(identity, boundary, session), policy, exclusive)

    decision = simulation.decision
    assert set(decision.decided_by) <= set(simulation.matched)
    if decision.allowed:
        assert decision.decided_by or asked[0].kind == "root"
    else:
        assert decision.because(Question(*asked)).startswith("User: ")
        assert (decision.verdict is Verdict.EXPLICIT_DENY) == bool(decision.decided_by)


@settings(max_examples=1000, deadline=None)
@given(PATTERNS, TEXTS)
def test_patterns_match_as_a_table_of_beginnings_says(pattern: str, text: str) -> None:
    assert glob(pattern)(text) is model.like(pattern, text)


@settings(max_examples=1000, deadline=None)
@given(PATTERNS, TEXTS)
def test_patterns_of_arns_match_as_an_expression_says(pattern: str, text: str) -> None:
    assert compiled(within_arn(tokens_of(pattern)))(text) is model.resource_like(pattern, text)


documentlike = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["*", "Allow", "sqs:*", "${"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Version",
                    "Statement",
                    "Effect",
                    "Action",
                    "Resource",
                    "Condition",
                    "Principal",
                    "AWS",
                    "StringLike",
                    "Date",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(documentlike, st.sampled_from(PolicyType))
def test_whatever_is_no_policy_is_refused_as_one(value: Any, kind: PolicyType) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": value})

    try:
        policy = parse_policy(text, kind)
    except MalformedPolicy:
        return
    assert compile_parsed(policy, "policy").rules
