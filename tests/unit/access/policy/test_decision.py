"""The evaluation logic, rule by rule."""

from __future__ import annotations

import msgspec
import pytest

from chasqui.access.policy.compiled import Compiled
from chasqui.access.policy.decision import Grants, Question, Verdict, simulate
from chasqui.access.policy.document import PolicyType, compile_policy
from chasqui.base.principal import Principal
from tests.unit.access.policy.asking import (
    ANN,
    ANYBODY,
    BOB,
    FEDERATED,
    FOREIGN_ROOT,
    OURS,
    QUEUE,
    ROLE_ARN,
    ROOT,
    S3,
    SEND,
    SESSION,
    THEIRS,
    allow,
    applies,
    ask,
    deny,
    document,
    identity,
    resource,
    to,
)

ALLOW, DENY = identity(allow(), source="an allow"), identity(deny(), source="a deny")
NOTHING = identity(allow(action="other:Action"), source="nothing of this")


def test_without_a_policy_everything_is_denied() -> None:
    decision = ask()

    assert decision.verdict is Verdict.IMPLICIT_DENY
    assert decision.lacking == "identity-based policy"


def test_an_allow_allows() -> None:
    decision = ask(grants=(NOTHING, ALLOW))

    assert decision.allowed
    assert [(ref.source, ref.kind, ref.effect) for ref in decision.decided_by] == [
        ("an allow", "identity-based policy", "Allow")
    ]


@pytest.mark.parametrize(
    ("grants", "policy"),
    [
        (Grants((ALLOW, DENY)), None),
        (Grants((ALLOW,), boundary=identity(allow(), deny())), None),
        (Grants((ALLOW,), session=(ALLOW, DENY)), None),
        (Grants((ALLOW,)), resource(deny(**to(BOB.arn)))),
        (Grants((DENY,)), resource(allow(**to(BOB.arn)))),
    ],
)
def test_an_explicit_deny_anywhere_wins(grants: Grants, policy: Compiled | None) -> None:
    assert ask(BOB, grants, policy).verdict is Verdict.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("sqs:SendMessage", True),
        ("SQS:sendmessage", True),
        ("sqs:Send*", True),
        ("sqs:*", True),
        ("*", True),
        ("*:*", True),
        ("sqs:SendM?ssage", True),
        ("sqs:Send", False),
        ("sns:*", False),
        (["sns:Publish", "sqs:SendMessage"], True),
    ],
)
def test_actions(action: object, expected: bool) -> None:
    assert applies({"action": action}) is expected


def test_not_action_is_every_other_action() -> None:
    assert applies({"action": None, "NotAction": ["sqs:Delete*", "sns:*"]})
    assert not applies({"action": None, "NotAction": ["sqs:Send*"]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (QUEUE, True),
        ("*", True),
        (f"arn:aws:sqs:*:{OURS}:ord*", True),
        (QUEUE.upper().replace("ARN:AWS", "arn:aws"), False),
        ([f"{QUEUE}x", f"{QUEUE}*"], True),
        (f"{QUEUE}x", False),
    ],
)
def test_resources(resources: object, expected: bool) -> None:
    assert applies({"resource": resources}) is expected


def test_not_resource_is_every_other_resource() -> None:
    assert applies({"resource": None, "NotResource": [f"{QUEUE}-*"]})
    assert not applies({"resource": None, "NotResource": [f"{QUEUE}*"]})


@pytest.mark.parametrize("named", [QUEUE, f"{QUEUE}*", "*"])
def test_however_a_statement_names_the_resource_its_conditions_must_hold(named: str) -> None:
    secure = {"resource": named, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}

    assert applies(secure, aws__SecureTransport="true")
    assert not applies(secure, aws__SecureTransport="false")


def test_an_action_without_a_resource_is_not_allowed_by_a_statement_about_one() -> None:
    assert applies({"resource": "*"}, on="*")
    assert not applies({"resource": "arn:aws:sqs:*"}, on="*")


@pytest.mark.parametrize("named", [BOB.arn, BOB.id, "*"], ids=["ARN", "unique id", "everyone"])
def test_in_the_same_account_a_resource_policy_that_names_a_user_is_enough(named: str) -> None:
    policy = resource(allow(**to(named)))

    assert ask(BOB, (), policy).allowed
    assert ask(BOB, Grants((), boundary=NOTHING), policy).allowed


def test_in_the_same_account_identity_policies_are_enough() -> None:
    assert ask(BOB, (ALLOW,), resource(allow(**to(ANN.arn)))).allowed


@pytest.mark.parametrize("named", [OURS, ROOT.arn])
def test_naming_the_account_only_delegates_to_it(named: str) -> None:
    policy = resource(allow(**to(named)))

    assert not ask(BOB, (), policy).allowed
    assert ask(BOB, (ALLOW,), policy).allowed


def test_a_boundary_limits_what_identity_policies_allow() -> None:
    assert ask(BOB, Grants((ALLOW,), boundary=ALLOW)).allowed

    decision = ask(BOB, Grants((ALLOW,), boundary=NOTHING))

    assert (decision.verdict, decision.lacking) == (Verdict.IMPLICIT_DENY, "permissions boundary")


def test_a_boundary_allows_nothing_by_itself() -> None:
    assert ask(BOB, Grants((), boundary=ALLOW)).lacking == "identity-based policy"


def test_session_policies_limit_what_identity_policies_allow() -> None:
    assert ask(SESSION, Grants((ALLOW,), session=(NOTHING, ALLOW))).allowed
    assert ask(SESSION, Grants((ALLOW,), session=(NOTHING,))).lacking == "session policy"
    assert ask(SESSION, Grants((ALLOW,), session=())).lacking == "session policy"


@pytest.mark.parametrize("named", [ROLE_ARN, "AROAWORKERWORKERWORKE"])
def test_a_resource_policy_that_names_a_role_is_limited_by_boundary_and_session_policies(named: str) -> None:
    policy = resource(allow(**to(named)))

    assert ask(SESSION, (), policy).allowed
    assert ask(SESSION, Grants((), boundary=NOTHING), policy).lacking == "permissions boundary"
    assert ask(SESSION, Grants((), session=(NOTHING,)), policy).lacking == "session policy"


@pytest.mark.parametrize("named", [SESSION.arn, SESSION.id, "*"])
def test_a_resource_policy_that_names_a_session_is_limited_by_nothing(named: str) -> None:
    limited = Grants((), boundary=NOTHING, session=(NOTHING,))

    assert ask(SESSION, limited, resource(allow(**to(named)))).allowed


@pytest.mark.parametrize("order", [1, -1])
def test_of_statements_that_name_a_caller_the_closest_counts(order: int) -> None:
    by_role, by_session = allow(**to(ROLE_ARN)), allow(**to(SESSION.arn))

    policy = resource(*[by_role, by_session][::order])

    assert ask(SESSION, Grants((), boundary=NOTHING), policy).allowed


def test_a_federated_user_has_what_session_policies_pass_on_of_its_users() -> None:
    assert ask(FEDERATED, Grants((ALLOW,), session=(ALLOW,))).allowed
    assert ask(FEDERATED, Grants((ALLOW,))).lacking == "session policy"
    assert ask(FEDERATED, Grants((), session=(ALLOW,))).lacking == "identity-based policy"


def test_a_federated_root_user_has_what_session_policies_pass_on() -> None:
    federated = msgspec.structs.replace(FEDERATED, issuer=ROOT.arn)

    assert ask(federated, Grants(session=(ALLOW,))).allowed
    assert not ask(federated, Grants(session=(NOTHING,))).allowed
    assert not ask(federated).allowed


def test_a_resource_policy_that_names_a_federated_users_user_is_limited_by_session_policies() -> None:
    policy = resource(allow(**to(BOB.arn)))

    assert ask(FEDERATED, Grants((), session=(ALLOW,)), policy).allowed
    assert not ask(FEDERATED, Grants((), session=(NOTHING,)), policy).allowed
    assert ask(FEDERATED, Grants(), resource(allow(**to(FEDERATED.arn)))).allowed


def test_the_root_user_may_do_all_in_its_account_that_no_resource_policy_denies() -> None:
    assert ask(ROOT).allowed
    assert ask(ROOT, (), resource(deny(Principal="*"))).verdict is Verdict.EXPLICIT_DENY


@pytest.mark.parametrize("named", [ANN.arn, THEIRS, FOREIGN_ROOT.arn, "*"])
def test_from_another_account_both_sides_must_allow(named: str) -> None:
    policy = resource(allow(**to(named)))

    assert ask(ANN, (ALLOW,), policy).allowed
    assert ask(ANN, (), policy).lacking == "identity-based policy"
    assert ask(ANN, (ALLOW,), resource(allow(**to(BOB.arn)))).lacking == "resource-based policy"
    assert ask(ANN, (ALLOW,)).lacking == "resource-based policy"


def test_from_another_account_boundaries_limit_even_who_is_named() -> None:
    policy = resource(allow(**to(ANN.arn)))

    assert ask(ANN, Grants((ALLOW,), boundary=NOTHING), policy).lacking == "permissions boundary"


def test_another_accounts_root_user_needs_the_resource_policy() -> None:
    assert ask(FOREIGN_ROOT, (), resource(allow(**to(THEIRS)))).allowed
    assert not ask(FOREIGN_ROOT, (), resource(allow(**to(OURS)))).allowed


def test_a_resource_without_an_owner_is_the_callers() -> None:
    assert ask(ANN, (ALLOW,), owner="").allowed


def test_a_resource_policy_alone_decides_for_services() -> None:
    policy = resource(allow(Principal={"Service": "s3.amazonaws.com"}))

    assert ask(S3, (), policy).allowed
    assert ask(S3, (), resource(allow(Principal={"Service": "sns.amazonaws.com"}))).lacking == "resource-based policy"
    assert not ask(S3, (ALLOW,)).allowed


def test_a_service_is_held_to_the_source_that_the_policy_names() -> None:
    source = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:bucket"}, "StringEquals": {"aws:SourceAccount": OURS}}
    policy = resource(allow(Principal={"Service": "s3.amazonaws.com"}, Condition=source))

    assert ask(S3, (), policy, context={"aws:SourceArn": "arn:aws:s3:::bucket", "aws:SourceAccount": OURS}).allowed
    assert not ask(
        S3, (), policy, context={"aws:SourceArn": "arn:aws:s3:::bucket", "aws:SourceAccount": THEIRS}
    ).allowed
    assert not ask(S3, (), policy).allowed


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_only_policies_for_everyone_let_anybody_in(principal: object) -> None:
    assert ask(ANYBODY, (), resource(allow(Principal=principal))).allowed
    assert not ask(ANYBODY, (), resource(allow(**to(OURS)))).allowed
    assert not ask(ANYBODY).allowed


def test_a_web_identity_is_named_by_its_provider() -> None:
    provider = f"arn:aws:iam::{OURS}:oidc-provider/example.com"
    caller = Principal(kind="federated", account="", arn="", id="", federated_provider=provider)
    trust = document(allow(action="sts:AssumeRoleWithWebIdentity", resource=None, Principal={"Federated": provider}))
    policy = compile_policy(trust, PolicyType.TRUST, ROLE_ARN)

    def asked(principal: Principal) -> bool:
        action = "sts:AssumeRoleWithWebIdentity"
        return ask(principal, (), policy, action=action, on=ROLE_ARN, exclusive=True).allowed

    assert asked(caller)
    assert not asked(msgspec.structs.replace(caller, federated_provider=f"{provider}.evil"))


def test_not_principal_denies_all_but_those_whom_it_names() -> None:
    policy = resource(deny(NotPrincipal={"AWS": [BOB.arn, ROOT.arn]}))

    assert ask(BOB, (ALLOW,), policy).allowed
    assert ask(ANN, (ALLOW,), policy).verdict is Verdict.EXPLICIT_DENY
    assert ask(S3, (), policy).verdict is Verdict.EXPLICIT_DENY


def test_not_principal_denies_whoever_has_a_boundary() -> None:
    policy = resource(deny(NotPrincipal={"AWS": [BOB.arn, ROOT.arn]}))

    assert ask(BOB, Grants((ALLOW,), boundary=ALLOW), policy).verdict is Verdict.EXPLICIT_DENY


KEY_POLICY = resource(allow(**to(OURS)), source="key")


@pytest.mark.parametrize("principal", [BOB, ROOT, SESSION])
def test_where_the_resource_policy_is_exclusive_nothing_else_lets_anyone_in(principal: Principal) -> None:
    other = resource(allow(**to(ANN.arn)))

    for policy in (None, other):
        decision = ask(principal, (ALLOW,), policy, exclusive=True)
        assert (decision.verdict, decision.lacking) == (Verdict.IMPLICIT_DENY, "resource-based policy")


def test_an_exclusive_policy_that_names_the_account_leaves_it_to_identity_policies() -> None:
    assert ask(BOB, (ALLOW,), KEY_POLICY, exclusive=True).allowed
    assert ask(BOB, (), KEY_POLICY, exclusive=True).lacking == "identity-based policy"
    assert ask(ROOT, (), KEY_POLICY, exclusive=True).allowed


def test_an_exclusive_policy_that_names_a_principal_is_enough_in_its_account() -> None:
    assert ask(BOB, (), resource(allow(**to(BOB.arn))), exclusive=True).allowed
    assert ask(SESSION, (), resource(allow(**to(ROLE_ARN))), exclusive=True).allowed


def test_from_another_account_an_exclusive_policy_is_not_enough() -> None:
    policy = resource(allow(**to(ANN.arn)))

    assert not ask(ANN, (), policy, exclusive=True).allowed
    assert ask(ANN, (ALLOW,), policy, exclusive=True).allowed


def test_what_a_decision_depends_on_are_the_keys_that_were_looked_at() -> None:
    policy = identity(
        allow(action="sqs:Receive*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        allow(Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}}),
    )

    decision = ask(BOB, (policy,))

    assert decision.depends_on == {"aws:principaltag/team"}
    assert decision.cacheable


def test_a_decision_that_looked_at_the_request_is_not_cacheable() -> None:
    policy = identity(allow(), deny(Condition={"Bool": {"aws:SecureTransport": "false"}}))

    decision = ask(BOB, (policy,))

    assert decision.allowed
    assert decision.depends_on == {"aws:securetransport"}
    assert not decision.cacheable


def test_variables_are_looked_at_too() -> None:
    name = f"arn:aws:sqs:us-east-1:{OURS}:"
    by_user = ask(BOB, (identity(allow(resource=f"{name}${{aws:username}}")),), on=f"{name}bob")
    by_time = ask(BOB, (identity(allow(resource=f"{name}${{aws:CurrentTime}}")),), on=f"{name}bob")

    assert by_user.cacheable
    assert not by_time.cacheable


def test_conditions_on_the_caller_spare_a_look_at_the_request() -> None:
    both = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:username": "ann"}}

    assert ask(BOB, (identity(deny(Condition=both)), ALLOW)).cacheable


def sentence(principal: Principal, grants: Grants, policy: Compiled | None = None, told: str = "") -> str:
    decision = ask(principal, grants, policy)
    return decision.because(Question(principal, SEND, QUEUE, OURS), told)


TOLD = f"is not authorized to perform: sqs:SendMessage on resource: {QUEUE}"


@pytest.mark.parametrize(
    ("principal", "grants", "policy", "who", "why"),
    [
        (BOB, Grants(), None, BOB.arn, f"because no identity-based policy allows the {SEND} action"),
        (BOB, Grants((ALLOW, DENY)), None, BOB.arn, "with an explicit deny in an identity-based policy"),
        (
            BOB,
            Grants((ALLOW,), boundary=NOTHING),
            None,
            BOB.arn,
            f"because no permissions boundary allows the {SEND} action",
        ),
        (BOB, Grants(boundary=DENY), None, BOB.arn, "with an explicit deny in a permissions boundary"),
        (
            SESSION,
            Grants((ALLOW,), session=(NOTHING,)),
            None,
            SESSION.arn,
            f"because no session policy allows the {SEND} action",
        ),
        (SESSION, Grants(session=(DENY,)), None, SESSION.arn, "with an explicit deny in a session policy"),
        (ANN, Grants((ALLOW,)), None, ANN.arn, f"because no resource-based policy allows the {SEND} action"),
        (
            BOB,
            Grants((ALLOW,)),
            resource(deny(Principal="*")),
            BOB.arn,
            "with an explicit deny in a resource-based policy",
        ),
        (ANYBODY, Grants(), None, "anonymous", f"because no resource-based policy allows the {SEND} action"),
    ],
)
def test_refusals_say_who_may_not_do_what_and_why(
    principal: Principal, grants: Grants, policy: Compiled | None, who: str, why: str
) -> None:
    assert sentence(principal, grants, policy) == f"User: {who} {TOLD} {why}"


def test_a_refusal_spells_the_action_as_the_service_does() -> None:
    assert sentence(BOB, Grants(), told="SQS:SendMessage") == (
        f"User: {BOB.arn} is not authorized to perform: SQS:SendMessage on resource: {QUEUE} "
        "because no identity-based policy allows the SQS:SendMessage action"
    )


def test_a_role_that_trusts_nobody_says_so() -> None:
    trust = document(allow(action="sts:AssumeRole", resource=None, **to(ANN.arn)))
    policy = compile_policy(trust, PolicyType.TRUST, ROLE_ARN)
    question = Question(BOB, "sts:AssumeRole", ROLE_ARN, OURS)

    decision = ask(BOB, (ALLOW,), policy, action="sts:AssumeRole", on=ROLE_ARN, exclusive=True)

    assert decision.because(question).endswith("because no role trust policy allows the sts:AssumeRole action")


def test_a_decision_names_its_statement() -> None:
    policy = identity(allow(action="sns:*"), allow(Sid="Sending"), source="arn:aws:iam::aws:policy/Example")

    (ref,) = ask(BOB, (policy,)).decided_by

    assert (ref.source, ref.sid, ref.index) == ("arn:aws:iam::aws:policy/Example", "Sending", 1)


def test_a_simulation_shows_all_that_matched() -> None:
    grants = Grants((ALLOW, NOTHING, identity(allow(Sid="Again"))), boundary=ALLOW)

    simulation = simulate(Question(BOB, SEND, QUEUE, OURS), grants, resource(allow(**to(BOB.arn))))

    kinds = [ref.kind for ref in simulation.matched]
    assert simulation.decision.allowed
    assert kinds == ["identity-based policy", "identity-based policy", "permissions boundary", "resource-based policy"]


def test_of_an_explicit_deny_a_simulation_shows_those_that_deny() -> None:
    simulation = simulate(Question(BOB, SEND, QUEUE, OURS), Grants((ALLOW, DENY)), None)

    assert [ref.source for ref in simulation.matched] == ["a deny"]


def test_a_simulation_tells_which_keys_are_missing() -> None:
    policy = identity(
        allow(Condition={"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:username": "bob"}}),
        allow(resource=f"{QUEUE}-other", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        allow(resource=f"arn:aws:sqs:us-east-1:{OURS}:${{sqs:Missing}}"),
    )

    simulation = simulate(Question(BOB, SEND, QUEUE, OURS), Grants((policy,)), None)

    assert simulation.missing == {"aws:SecureTransport", "sqs:Missing"}


def test_asking_for_ever_more_actions_is_remembered_within_bounds() -> None:
    policy = identity(allow(action="*"))
    grants = Grants((policy,))

    for number in range(3000):
        assert ask(BOB, grants, action=f"sqs:Action{number}").allowed

    assert len(grants._remembered) <= 256
    assert len(policy._remembered) <= 1024
