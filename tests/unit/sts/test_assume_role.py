"""AssumeRole: who may, what the session is, and the rules of chains of sessions."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.access.identity.directory import NoSuchCredentials
from chasqui.access.identity.documents import ROLE
from tests.unit.sts.scene import NOW_S, OURS, THEIRS, Scene, allow, denied, policy, role_arn, trust, user_arn

HOUR = 3600
READING = policy(allow("sqs:ReceiveMessage"))


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


# ------------------------------------------------------------------------------------------------------- who may


def test_a_user_whom_the_role_names_may_assume_it(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")))

    answer = scene.assume(bob, role)

    assert answer.AssumedRoleUser.Arn == f"arn:aws:sts::{OURS}:assumed-role/reader/session"


def test_a_role_that_trusts_the_account_leaves_it_to_the_users_policies(scene: Scene) -> None:
    role = scene.role("reader", trust(OURS))
    bob, eve = scene.user("bob", allow("sts:AssumeRole", resource=role)), scene.user("eve")

    scene.assume(bob, role)

    assert scene.assume_refused(eve, role) == denied(eve, role)


def test_a_users_policy_alone_is_not_enough(scene: Scene) -> None:
    bob = scene.user("bob", allow("*"))
    role = scene.role("reader", trust(user_arn("alice")))

    assert scene.assume_refused(bob, role) == denied(bob, role)


def test_from_another_account_both_sides_must_allow_it(scene: Scene) -> None:
    role = scene.role("reader", trust(f"arn:aws:iam::{THEIRS}:root"))
    bob = scene.user("bob", allow("sts:AssumeRole"), account=THEIRS)
    eve = scene.user("eve", account=THEIRS)

    scene.assume(bob, role)

    assert scene.assume_refused(eve, role) == denied(eve, role)


def test_a_denial_in_the_users_policy_wins(scene: Scene) -> None:
    role = scene.role("reader", trust(user_arn("bob")))
    bob = scene.user("bob", {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": role})

    assert scene.assume_refused(bob, role) == denied(bob, role)


def test_a_role_that_is_not_there_is_refused_like_one_that_trusts_others(scene: Scene) -> None:
    bob = scene.user("bob", allow("*"))
    role = scene.role("there", trust(user_arn("alice")))

    assert scene.assume_refused(bob, role_arn("missing")) == denied(bob, role_arn("missing"))
    assert scene.assume_refused(bob, role) == denied(bob, role)


def test_what_more_is_asked_for_does_not_tell_whether_a_role_is_there(scene: Scene) -> None:
    bob = scene.user("bob", allow("sts:AssumeRole"))
    scene.role("there", trust(user_arn("alice")))

    refusals = [scene.assume_refused(bob, role_arn(name), Tags=tags(Team="red"))[1] for name in ("there", "gone0")]

    assert refusals[0].replace("there", "gone0") == refusals[1]


@pytest.mark.parametrize("other", ["reader", "path/READER", "Path/reader", "path/sub/reader"])
def test_a_role_has_one_spelling(scene: Scene, other: str) -> None:
    """Otherwise a policy that denies a role's ARN would be got around by spelling it otherwise."""
    scene.role("reader", trust(OURS), path="/path/")
    bob = scene.user("bob", allow("*"))

    assert scene.assume_refused(bob, role_arn(other)) == denied(bob, role_arn(other))


def test_a_role_of_another_partition_is_another_role(scene: Scene) -> None:
    role = scene.role("reader", trust(OURS)).replace("arn:aws:", "arn:aws-cn:")
    bob = scene.user("bob", allow("*"))

    assert scene.assume_refused(bob, role) == denied(bob, role)


def test_a_trust_policy_that_cannot_be_read_trusts_nobody(scene: Scene) -> None:
    role = scene.role("reader", {"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "*", "Resource": "*"})
    bob = scene.user("bob", allow("*"))

    assert scene.assume_refused(bob, role) == denied(bob, role)


def test_a_trust_policy_says_nothing_of_what_else_may_be_done_with_the_role(scene: Scene) -> None:
    role = scene.role("reader", trust("*", "sts:AssumeRole", "iam:DeleteRole"))
    keeper, eve = scene.user("keeper", allow("iam:GetRole")), scene.user("eve")
    authorizer = scene.room.authorizer

    def may(who: Any, action: str) -> bool:
        return bool(scene.run(authorizer.ask(who.principal, who.grants, action, role, {})).decision.allowed)

    assert may(keeper, "iam:GetRole")
    assert not may(eve, "iam:DeleteRole")


def test_a_permissive_server_lets_anybody_assume_a_role_that_is_there(permissive: Scene) -> None:
    role = permissive.role("reader", trust(user_arn("alice")))

    session = permissive.holder(permissive.assume(permissive.root(), role))

    assert session.principal.issuer == role


def test_a_permissive_server_has_no_sessions_of_roles_that_are_not_there(permissive: Scene) -> None:
    root = permissive.root()

    assert permissive.assume_refused(root, role_arn("missing")) == denied(root, role_arn("missing"))


# ----------------------------------------------------------------------------------------------- confused deputies


def test_an_external_id_is_asked_for(scene: Scene) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "customer-7"}}
    role = scene.role("reader", trust(f"arn:aws:iam::{THEIRS}:root", Condition=condition))
    deputy = scene.user("deputy", allow("sts:AssumeRole"), account=THEIRS)

    scene.assume(deputy, role, ExternalId="customer-7")

    assert scene.assume_refused(deputy, role) == denied(deputy, role)
    assert scene.assume_refused(deputy, role, ExternalId="customer-8") == denied(deputy, role)


def test_a_decision_that_looked_at_the_request_is_not_remembered_for_the_next(scene: Scene) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "customer-7"}}
    role = scene.role("reader", trust(user_arn("bob"), Condition=condition))
    bob = scene.user("bob")

    for _ in range(2):
        scene.assume(bob, role, ExternalId="customer-7")

    assert scene.assume_refused(bob, role) == denied(bob, role)


def test_a_session_name_can_be_prescribed(scene: Scene) -> None:
    condition = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    role = scene.role("reader", trust(user_arn("bob"), Condition=condition))
    bob = scene.user("bob")

    scene.assume(bob, role, RoleSessionName="bob")

    assert scene.assume_refused(bob, role, RoleSessionName="alice") == denied(bob, role)


def test_a_role_that_does_not_trust_any_more_is_refused_at_once(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")))
    scene.assume(bob, role)
    scene.delete(ROLE, OURS, "reader")
    scene.role("reader", trust(user_arn("alice")))

    assert scene.assume_refused(bob, role) == denied(bob, role)


# ----------------------------------------------------------------------------------------------------- the session


def test_a_session_is_its_roles_under_a_name(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")), path="/teams/")

    answer = scene.assume(bob, role, RoleSessionName="friday")
    me = scene.call(scene.holder(answer), "GetCallerIdentity")

    assert me.Arn == f"arn:aws:sts::{OURS}:assumed-role/reader/friday"
    assert me.UserId == answer.AssumedRoleUser.AssumedRoleId
    assert me.Account == OURS


def test_a_session_lasts_an_hour_by_default(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")), session_seconds_max=12 * HOUR)

    answer = scene.assume(bob, role)

    assert answer.Credentials.Expiration == NOW_S + HOUR
    assert scene.holder(answer).principal.expires_at_ms == (NOW_S + HOUR) * 1000


def test_a_session_lasts_no_longer_than_the_role_allows(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")), session_seconds_max=2 * HOUR)

    scene.assume(bob, role, DurationSeconds=2 * HOUR)

    assert scene.assume_refused(bob, role, DurationSeconds=2 * HOUR + 1) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_the_session_of_a_deleted_role_is_nobodys(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")))
    answer = scene.assume(bob, role)
    scene.delete(ROLE, OURS, "reader")
    scene.role("reader", trust(user_arn("bob")))

    with pytest.raises(NoSuchCredentials):
        scene.holder(answer)


def test_a_session_has_its_session_policies_besides_the_roles(scene: Scene) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")), inline={"its": policy(allow("sqs:*"))})

    plain, narrowed = scene.assume(bob, role), scene.assume(bob, role, Policy=READING)

    assert scene.holder(plain).grants.session is None
    assert len(scene.holder(narrowed).grants.session or ()) == 1
    assert (plain.PackedPolicySize, narrowed.PackedPolicySize) == (None, 6)


# --------------------------------------------------------------------------------------------------------- chains


def test_a_session_may_assume_a_role_that_trusts_its_role(scene: Scene) -> None:
    bob = scene.user("bob")
    first = scene.role("first", trust(user_arn("bob")), inline={"its": policy(allow("sts:AssumeRole"))})
    second = scene.role("second", trust(first))
    session = scene.holder(scene.assume(bob, first))

    assert scene.holder(scene.assume(session, second)).principal.issuer == second


def test_a_chained_session_lasts_an_hour_at_most(scene: Scene) -> None:
    bob = scene.user("bob")
    first = scene.role("first", trust(user_arn("bob")), inline={"its": policy(allow("sts:AssumeRole"))})
    second = scene.role("second", trust(first), session_seconds_max=12 * HOUR)
    session = scene.holder(scene.assume(bob, first))

    assert scene.assume_refused(session, second, DurationSeconds=HOUR + 1) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )


@pytest.fixture
def chain(scene: Scene) -> tuple[Any, str]:
    """(who made a session of a first role with tags and a source identity, a second role that trusts the first)."""
    bob = scene.user("bob")
    every = policy(allow("sts:*"))
    first = scene.role("first", trust(user_arn("bob")), inline={"its": every}, tags={"Role": "1"})
    second = scene.role("second", trust(first), tags={"Heart": "role's", "Sun": "2"})
    answer = scene.assume(
        bob, first, Tags=tags(Heart="1", Star="1"), TransitiveTagKeys=["heart"], SourceIdentity="Bob.B"
    )
    return scene.holder(answer), second


def test_session_tags_override_the_roles_whatever_their_case(scene: Scene) -> None:
    role = scene.role("reader", trust(user_arn("bob")), tags={"Team": "blue", "Floor": "3"})

    answer = scene.assume(scene.user("bob"), role, Tags=tags(TEAM="red"))

    assert scene.holder(answer).principal.tags == {"Floor": "3", "TEAM": "red"}


def test_transitive_tags_are_handed_down_and_others_are_not(scene: Scene, chain: tuple[Any, str]) -> None:
    session, second = chain

    handed = scene.holder(scene.assume(session, second)).principal

    assert session.principal.tags == {"Role": "1", "Heart": "1", "Star": "1"}
    assert handed.tags == {"Heart": "1", "Sun": "2"}
    assert handed.transitive_tags == ("Heart",)


@pytest.mark.parametrize("key", ["Heart", "HEART"])
def test_a_transitive_tag_cannot_be_passed_anew(scene: Scene, chain: tuple[Any, str], key: str) -> None:
    session, second = chain

    assert scene.assume_refused(session, second, Tags=tags(**{key: "3"})) == (
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the"
        " calling session.",
    )


def test_a_source_identity_stays(scene: Scene, chain: tuple[Any, str]) -> None:
    session, second = chain

    answer = scene.assume(session, second)

    assert answer.SourceIdentity == "Bob.B"
    assert scene.holder(answer).principal.source_identity == "Bob.B"


def test_a_source_identity_cannot_be_changed(scene: Scene, chain: tuple[Any, str]) -> None:
    session, second = chain

    assert scene.assume_refused(session, second, SourceIdentity="alice") == denied(
        session, second, "sts:SetSourceIdentity"
    )


def test_a_source_identity_can_be_asked_for(scene: Scene) -> None:
    condition = {"StringEquals": {"sts:SourceIdentity": "bob"}}
    role = scene.role("reader", trust(user_arn("bob"), Condition=condition))
    bob = scene.user("bob")

    scene.assume(bob, role, SourceIdentity="bob")

    assert scene.assume_refused(bob, role) == denied(bob, role)


# --------------------------------------------------------------------------------------- what sessions are given


@pytest.mark.parametrize(
    ("given", "action"),
    [({"Tags": tags(Team="red")}, "sts:TagSession"), ({"SourceIdentity": "bob"}, "sts:SetSourceIdentity")],
)
def test_what_a_session_is_given_must_be_allowed_too(scene: Scene, given: dict[str, Any], action: str) -> None:
    role = scene.role("reader", trust(user_arn("bob"), "sts:AssumeRole"))
    bob = scene.user("bob")

    assert scene.assume_refused(bob, role, **given) == denied(bob, role, action)


def test_what_a_session_hands_down_must_be_allowed_too(scene: Scene, chain: tuple[Any, str]) -> None:
    session = chain[0]
    closed = scene.role("closed", trust(session.principal.issuer, "sts:AssumeRole"))

    assert scene.assume_refused(session, closed) == denied(session, closed, "sts:TagSession")


def test_tags_can_be_prescribed(scene: Scene) -> None:
    conditions = {
        "StringEquals": {"aws:RequestTag/Team": "red"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"], "sts:TransitiveTagKeys": ["Team"]},
    }
    role = scene.role("reader", trust(user_arn("bob"), Condition=conditions))
    bob = scene.user("bob")

    scene.assume(bob, role, Tags=tags(Team="red"), TransitiveTagKeys=["Team"])

    assert scene.assume_refused(bob, role, Tags=tags(Team="blue")) == denied(bob, role)
    assert scene.assume_refused(bob, role, Tags=tags(Team="red", Boss="yes")) == denied(bob, role)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (
            {"Tags": tags(Team="red", TEAM="blue")},
            ("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
        ),
        (
            {"Tags": tags(Team="red"), "TransitiveTagKeys": ["Star"]},
            (
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ),
        ),
        (
            {"SerialNumber": "arn:aws:iam::111111111111:mfa/bob", "TokenCode": "123456"},
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number"
                " is valid and associated with this user.",
            ),
        ),
        (
            {"SerialNumber": "arn:aws:iam::111111111111:mfa/bob"},
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            ),
        ),
        ({"MinimumSessionTokenSize": 4096}, ("NotImplemented", "MinimumSessionTokenSize is not implemented.")),
        ({"RoleArn": "nothing-valid-in-here"}, ("ValidationError", "nothing-valid-in-here is invalid")),
    ],
)
def test_what_does_not_go_is_refused(scene: Scene, given: dict[str, Any], refusal: tuple[str, str]) -> None:
    role = scene.role("reader", trust(user_arn("bob")))
    bob = scene.user("bob", allow("sts:*"))

    assert scene.assume_refused(bob, role, **given) == refusal


@pytest.mark.parametrize("given", [{"Tags": tags(**{"aws:team": "red"})}, {"SourceIdentity": "aws:bob"}])
def test_what_begins_with_aws_is_reserved(scene: Scene, given: dict[str, Any]) -> None:
    role = scene.role("reader", trust(user_arn("bob")))

    assert scene.assume_refused(scene.user("bob"), role, **given)[0] == "ValidationError"
