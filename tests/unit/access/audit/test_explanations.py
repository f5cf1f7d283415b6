"""What is told of a refused call, and to whom."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chasqui.access.audit import explanations as module
from chasqui.access.audit.explanations import Explanations
from chasqui.access.audit.redaction import HIDDEN
from chasqui.access.audit.refusals import Refusal as Refused
from chasqui.access.audit.refusals import refusal_of
from chasqui.access.authorizer import Explanation
from chasqui.access.policy.decision import Grants, Question, decide
from chasqui.access.policy.document import PolicyType, compile_policy
from chasqui.base.actions import Values
from chasqui.base.clock import TestClock
from chasqui.base.control import ControlRequest, Refusal
from chasqui.base.pending import Pending
from chasqui.base.principal import Principal, service_principal
from chasqui.cli import access
from chasqui.store.memory import MemoryStore
from tests.unit.access.audit.support import ACCOUNT, BOB, NOON_MS, QUEUE_ARN, stepped

OTHER = "999999999999"
BOBS = "inline policy its of user/bob"
ROLE = Principal(
    kind="role",
    account=ACCOUNT,
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ci",
    id="AROA1:ci",
    issuer=f"arn:aws:iam::{ACCOUNT}:role/deployer",
    expires_at_ms=1,
)


def statement(effect: str, action: str = "sqs:SendMessage", **more: Any) -> str:
    one = {"Sid": "TheOne", "Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


def decided(
    *policies: str,
    principal: Principal = BOB,
    owner: str = ACCOUNT,
    context: dict[str, Values] | None = None,
    resource: str = QUEUE_ARN,
    **more: Any,
) -> Explanation:
    """Whether a principal with these policies may send to the queue."""
    compiled = tuple(compile_policy(text, PolicyType.IDENTITY, BOBS) for text in policies)
    for name in {"boundary", "session"} & more.keys():
        policy = compile_policy(more[name], PolicyType.IDENTITY, name)
        more[name] = policy if name == "boundary" else (policy,)
    question = Question(principal, "sqs:SendMessage", resource, owner, context or {})
    decision = decide(question, Grants(**{"identity": compiled, "boundary": None, "session": None, **more}), None)
    return Explanation(question, decision)


def explained(*policies: str, **how: Any) -> Explanation:
    """Why a principal with these policies may not."""
    explanation = decided(*policies, **how)
    assert not explanation.decision.allowed
    return explanation


def refused(*policies: str, **how: Any) -> Refused:
    return refusal_of("request-1", explained(*policies, **how), NOON_MS)


def scene() -> tuple[Explanations, MemoryStore]:
    clock = TestClock()
    clock.freeze(NOON_MS)
    store = MemoryStore(clock)
    return Explanations(store, clock), store


def asked(explanations: Explanations, request_id: str) -> Any:
    path = ("GET", "/_chasqui/access/explain")
    endpoint = explanations.endpoints()[path]
    query = {"request": [request_id]} if request_id else {}
    return stepped(endpoint.handler(ControlRequest(*path, query, b"", "http://localhost:4566"))).body  # type: ignore[arg-type]


def test_who_what_and_on_what_are_told() -> None:
    told = refused()

    assert (told.who.arn, told.who.access_key) == (BOB.arn, "AKIABOB")
    assert (told.action, told.resource, told.verdict) == ("sqs:SendMessage", QUEUE_ARN, "implicitDeny")


def test_a_missing_permission_is_what_lacks() -> None:
    told = refused()

    assert told.lacking == "identity-based policy"
    assert told.advice == (
        f"Attach a policy that allows sqs:SendMessage on {QUEUE_ARN} to user/bob,"
        " or name the caller in the resource's own policy"
    )
    assert told.statement == {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE_ARN}


def test_the_advised_statement_allows_the_call() -> None:
    advised = json.dumps({"Version": "2012-10-17", "Statement": [refused().statement]})

    assert decided(advised).decision.allowed


def test_a_deny_is_named_and_nothing_else_is_advised() -> None:
    told = refused(statement("Allow"), statement("Deny"))

    assert [(each.effect, each.policy, each.sid, each.index) for each in told.statements] == [
        ("Deny", BOBS, "TheOne", 0)
    ]
    assert told.advice == (f"Remove or narrow statement 1 of {BOBS} (identity-based policy): no Allow overrides a Deny")
    assert told.statement is None


def test_a_boundary_that_does_not_allow_it_is_what_lacks() -> None:
    told = refused(statement("Allow"), boundary=statement("Allow", "sqs:ReceiveMessage"))

    assert told.lacking == "permissions boundary"
    assert told.advice.endswith("in the permissions boundary of user/bob")


def test_a_session_policy_that_does_not_allow_it_is_what_lacks() -> None:
    told = refused(statement("Allow"), principal=ROLE, session=statement("Allow", "sqs:ReceiveMessage"))

    assert told.lacking == "session policy"
    assert told.advice.startswith("Begin the session with")


def test_a_role_is_told_by_its_name() -> None:
    assert "role/deployer" in refused(principal=ROLE).advice


def test_another_accounts_queue_has_to_name_the_caller() -> None:
    told = refused(statement("Allow"), owner=OTHER)

    assert told.lacking == "resource-based policy"
    assert told.statement is not None
    assert told.statement["Principal"] == {"AWS": BOB.arn}


def test_a_service_has_to_be_named_as_one() -> None:
    told = refused(principal=service_principal("s3.amazonaws.com"))

    assert told.statement is not None
    assert told.statement["Principal"] == {"Service": "s3.amazonaws.com"}


def test_context_keys_that_policies_looked_at_are_told_with_their_values() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    context: dict[str, Values] = {"aws:SourceIp": "192.0.2.7", "aws:Referer": "unasked"}

    told = refused(statement("Allow", Condition=condition), context=context)

    assert told.context == {"aws:SourceIp": "192.0.2.7"}


def test_a_context_key_without_a_value_is_missing() -> None:
    told = refused(statement("Allow", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}))

    assert told.missing == ["aws:sourcevpc"]


def test_what_the_caller_brings_is_told_too() -> None:
    told = refused(statement("Allow", Condition={"StringEquals": {"aws:username": "anna"}}))

    assert told.context == {"aws:username": "bob"}


def test_secret_context_is_hidden() -> None:
    condition = {"StringEquals": {"sts:ExternalId": "right"}}

    told = refused(statement("Allow", Condition=condition), context={"sts:ExternalId": "wrong"})

    assert told.context == {"sts:ExternalId": HIDDEN}


def test_a_refusal_stays_small_whatever_was_asked_for() -> None:
    told = refused(resource=QUEUE_ARN + "x" * 1_000_000)

    assert len(msgspec.json.encode(told)) < 10_000


def test_a_refusal_is_found_by_its_request() -> None:
    explanations, _ = scene()
    for number in range(500):
        explanations.note(f"request-{number}", explained(), NOON_MS + number)

    found = stepped(explanations.find("request-7"))

    assert found is not None
    assert (found.request, found.at_ms) == ("request-7", NOON_MS + 7)


def test_any_node_finds_it() -> None:
    explanations, store = scene()
    explanations.note("request-1", explained(), NOON_MS)

    assert stepped(Explanations(store, TestClock()).find("request-1")) is not None


def test_what_was_not_refused_is_not_found() -> None:
    assert stepped(scene()[0].find("request-1")) is None


def test_the_last_refusals_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 100)
    explanations, _ = scene()
    why = explained()

    for number in range(1100):
        explanations.note(f"request-{number}", why, NOON_MS)

    assert stepped(explanations.find("request-0")) is None
    assert stepped(explanations.find("request-1099")) is not None


def test_a_flood_of_refusals_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    explanations, store = scene()
    held: list[Pending[list[int]]] = []
    monkeypatch.setattr(store, "append_records", lambda log, records: held.append(Pending()) or held[-1])
    monkeypatch.setattr(module, "_UNDER_WAY_MAX", 10)

    for number in range(20):
        explanations.note(str(number), explained(), NOON_MS)
    held[0].resolve([1])
    explanations.note("one more", explained(), NOON_MS)

    assert len(held) == 11


def test_a_refusal_is_logged_with_what_decided_it(caplog: pytest.LogCaptureFixture) -> None:
    scene()[0].note("request-1", explained(statement("Deny")), NOON_MS)

    fields = caplog.records[-1].__dict__
    assert (fields["request"], fields["principal"], fields["action"]) == ("request-1", BOB.arn, "sqs:SendMessage")
    assert (fields["verdict"], fields["resource"]) == ("explicit_deny", QUEUE_ARN)
    assert BOBS in fields["statements"]


def test_the_endpoint_tells_a_refusal_with_its_time() -> None:
    explanations, _ = scene()
    explanations.note("request-1", explained(), NOON_MS)

    told = asked(explanations, "request-1")

    assert (told["time"], told["who"]["accessKey"]) == ("2026-01-01T12:00:00Z", "AKIABOB")


@pytest.mark.parametrize(("request_id", "status"), [("", 400), ("unknown", 404)])
def test_the_endpoint_says_what_is_wrong_with_a_question(request_id: str, status: int) -> None:
    with pytest.raises(Refusal) as caught:
        asked(scene()[0], request_id)

    assert caught.value.status == status


def test_the_command_prints_it_readably(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    explanations, _ = scene()
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    explanations.note("request-1", explained(statement("Allow", Condition=condition)), NOON_MS)
    told = json.loads(json.dumps(asked(explanations, "request-1")))
    monkeypatch.setattr(access, "call", lambda url, path: told)

    access.explain("http://localhost:4566", "request-1")

    assert capsys.readouterr().out == (
        "request    request-1 at 2026-01-01T12:00:00Z\n"
        f"who        {BOB.arn} with access key AKIABOB\n"
        "action     sqs:SendMessage\n"
        f"resource   {QUEUE_ARN}\n"
        "verdict    allowed by no statement\n"
        "lacking    no identity-based policy allows it\n"
        "context    aws:sourcevpc has no value\n"
        f"advice     Attach a policy that allows sqs:SendMessage on {QUEUE_ARN} to user/bob, or name the caller in the"
        " resource's own policy\n"
        "statement  {\n"
        '             "Effect": "Allow",\n'
        '             "Action": "sqs:SendMessage",\n'
        f'             "Resource": "{QUEUE_ARN}"\n'
        "           }\n"
    )


def test_the_command_prints_what_denied() -> None:
    explanations, _ = scene()
    explanations.note("request-1", explained(statement("Deny")), NOON_MS)

    printed = dict(access.lines(asked(explanations, "request-1")))

    assert printed["decided by"] == f"Deny, statement 1 (TheOne) of {BOBS}, identity-based policy"
