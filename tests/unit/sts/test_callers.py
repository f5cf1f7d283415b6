"""Who is calling, whose a key is, and credentials for oneself or for somebody one vouches for."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.access.identity.directory import NoSuchCredentials
from chasqui.access.identity.documents import USER
from chasqui.access.identity.sessions import BadToken
from tests.unit.sts.scene import NOW_S, OURS, THEIRS, Scene, allow, policy, trust, user_arn

HOUR = 3600


def who(scene: Scene, caller: Any) -> tuple[str, str, str]:
    answer = scene.call(caller, "GetCallerIdentity")
    return answer.UserId, answer.Account, answer.Arn


# ------------------------------------------------------------------------------------------------ GetCallerIdentity


def test_a_user_is_told_its_arn(scene: Scene) -> None:
    bob = scene.user("bob", path="/team/")

    assert who(scene, bob) == (bob.principal.id, OURS, f"arn:aws:iam::{OURS}:user/team/bob")


def test_a_permissive_server_takes_callers_for_the_account(permissive: Scene) -> None:
    account = "000000000000"

    assert who(permissive, permissive.root(account)) == (account, account, f"arn:aws:iam::{account}:root")


def test_nobody_needs_leave_to_ask_who_it_is(scene: Scene) -> None:
    bob = scene.user("bob", {"Effect": "Deny", "Action": "*", "Resource": "*"})

    assert who(scene, bob)[2] == user_arn("bob")


def test_who_signs_nothing_is_nobody(scene: Scene) -> None:
    assert scene.refused(scene.nobody, "GetCallerIdentity")[0] == "MissingAuthenticationToken"


# -------------------------------------------------------------------------------------------------- GetAccessKeyInfo


def test_a_users_key_tells_its_account(scene: Scene) -> None:
    bob, eve = scene.user("bob", account=THEIRS), scene.user("eve", allow("sts:GetAccessKeyInfo"))

    assert scene.call(eve, "GetAccessKeyInfo", AccessKeyId=bob.principal.access_key).Account == THEIRS


def test_a_sessions_key_tells_its_account(scene: Scene) -> None:
    bob, eve = scene.user("bob", account=THEIRS), scene.user("eve", allow("sts:GetAccessKeyInfo"))
    key = scene.call(bob, "GetSessionToken").Credentials.AccessKeyId

    assert scene.call(eve, "GetAccessKeyInfo", AccessKeyId=key).Account == THEIRS


@pytest.mark.parametrize("key", ["AKIAAAAAAAAAAAAAAAAA", "ASIAAAAAAAAAAAAAAAAA", "ASIA77777777777777777", "ASIA1111"])
def test_a_key_that_nobody_has_is_invalid(scene: Scene, key: str) -> None:
    eve = scene.user("eve", allow("sts:GetAccessKeyInfo"))

    assert scene.refused(eve, "GetAccessKeyInfo", AccessKeyId=key)[0] == "InvalidClientTokenId"


# --------------------------------------------------------------------------------------------------- GetSessionToken


def test_a_users_session_is_the_user(scene: Scene) -> None:
    bob = scene.user("bob", allow("sqs:*"), tags={"Team": "red"})

    session = scene.holder(scene.call(bob, "GetSessionToken"))

    assert who(scene, session) == who(scene, bob)
    assert session.principal.tags == {"Team": "red"}
    assert session.grants.identity == bob.grants.identity


@pytest.mark.parametrize(("asked", "given"), [(None, 12 * HOUR), (900, 900), (36 * HOUR, 36 * HOUR)])
def test_a_users_session_lasts_twelve_hours_or_as_long_as_is_asked(scene: Scene, asked: int | None, given: int) -> None:
    answer = scene.call(scene.user("bob"), "GetSessionToken", DurationSeconds=asked)

    assert answer.Credentials.Expiration == NOW_S + given


def test_an_accounts_own_session_lasts_an_hour_at_most(permissive: Scene) -> None:
    root = permissive.root()

    answer = permissive.call(root, "GetSessionToken", DurationSeconds=2 * HOUR)

    assert answer.Credentials.Expiration == NOW_S + HOUR
    assert who(permissive, permissive.holder(answer)) == who(permissive, root)


@pytest.mark.parametrize("operation", ["GetSessionToken", "GetFederationToken"])
def test_sessions_get_no_sessions(scene: Scene, operation: str) -> None:
    bob = scene.user("bob")
    role = scene.role("reader", trust(user_arn("bob")), inline={"its": policy(allow("*"))})
    session = scene.holder(scene.assume(bob, role))

    assert scene.refused(session, operation, Name="carol") == (
        "AccessDenied",
        f"Cannot call {operation} with session credentials",
    )


def test_the_session_of_a_deleted_user_is_nobodys(scene: Scene) -> None:
    answer = scene.call(scene.user("bob"), "GetSessionToken")
    scene.delete(USER, OURS, "bob")

    with pytest.raises(NoSuchCredentials):
        scene.holder(answer)


def test_a_token_belongs_to_its_access_key(scene: Scene) -> None:
    bob = scene.user("bob")
    first, second = scene.call(bob, "GetSessionToken"), scene.call(bob, "GetSessionToken")

    with pytest.raises(BadToken):
        scene.identity(first.Credentials.AccessKeyId, second.Credentials.SessionToken)


def test_a_changed_token_is_nobodys(scene: Scene) -> None:
    credentials = scene.call(scene.user("bob"), "GetSessionToken").Credentials
    token = credentials.SessionToken
    changed = token[:80] + ("A" if token[80] != "A" else "B") + token[81:]

    with pytest.raises(BadToken):
        scene.identity(credentials.AccessKeyId, changed)


def test_another_servers_token_is_nobodys(scene: Scene, permissive: Scene) -> None:
    credentials = permissive.call(permissive.root(), "GetSessionToken").Credentials

    with pytest.raises(BadToken):
        scene.identity(credentials.AccessKeyId, credentials.SessionToken)


# ------------------------------------------------------------------------------------------------ GetFederationToken


def federated(scene: Scene, caller: Any, **parameters: Any) -> Any:
    return scene.call(caller, "GetFederationToken", **{"Name": "carol", **parameters})


def test_a_user_vouches_for_somebody(scene: Scene) -> None:
    bob = scene.user("bob", allow("sts:GetFederationToken"))

    answer = federated(scene, bob)

    assert who(scene, scene.holder(answer)) == (
        f"{OURS}:carol",
        OURS,
        f"arn:aws:sts::{OURS}:federated-user/carol",
    )
    assert answer.FederatedUser.FederatedUserId == f"{OURS}:carol"
    assert answer.PackedPolicySize == 0


def test_vouching_needs_leave(scene: Scene) -> None:
    bob = scene.user("bob")

    code, message = scene.refused(bob, "GetFederationToken", Name="carol")

    assert code == "AccessDenied"
    assert f"sts:GetFederationToken on resource: arn:aws:sts::{OURS}:federated-user/carol" in message


def test_leave_can_be_for_some_names_only(scene: Scene) -> None:
    bob = scene.user("bob", allow("sts:GetFederationToken", resource=f"arn:aws:sts::{OURS}:federated-user/c*"))

    federated(scene, bob)

    assert scene.refused(bob, "GetFederationToken", Name="dave")[0] == "AccessDenied"


def test_somebody_vouched_for_may_nothing_without_a_session_policy(scene: Scene) -> None:
    bob = scene.user("bob", allow("*"))

    plain = scene.holder(federated(scene, bob))
    given = scene.holder(federated(scene, bob, Policy=policy(allow("sts:GetAccessKeyInfo"))))

    parameters = {"AccessKeyId": bob.principal.access_key}
    assert scene.refused(plain, "GetAccessKeyInfo", **parameters)[0] == "AccessDenied"
    assert scene.call(given, "GetAccessKeyInfo", **parameters).Account == OURS


def test_a_session_policy_gives_nothing_that_the_user_has_not(scene: Scene) -> None:
    bob = scene.user("bob", allow("sts:GetFederationToken"))

    carol = scene.holder(federated(scene, bob, Policy=policy(allow("*"))))

    assert scene.refused(carol, "GetAccessKeyInfo", AccessKeyId=bob.principal.access_key)[0] == "AccessDenied"


def test_somebody_vouched_for_assumes_no_roles(scene: Scene) -> None:
    bob = scene.user("bob", allow("*"))
    role = scene.role("reader", trust(OURS))
    carol = scene.holder(federated(scene, bob, Policy=policy(allow("*"))))

    assert scene.assume_refused(carol, role)[0] == "AccessDenied"


def test_tags_that_are_passed_override_the_users(scene: Scene) -> None:
    bob = scene.user("bob", allow("*"), tags={"Team": "red", "Floor": "3"})

    answer = federated(scene, bob, Tags=[{"Key": "team", "Value": "blue"}])

    assert scene.holder(answer).principal.tags == {"Floor": "3", "team": "blue"}


def test_passing_tags_needs_leave(scene: Scene) -> None:
    bob = scene.user("bob", allow("sts:GetFederationToken"))

    message = scene.refused(bob, "GetFederationToken", Name="carol", Tags=[{"Key": "Team", "Value": "red"}])[1]

    assert "sts:TagSession" in message


def test_an_account_vouches_for_somebody_too(permissive: Scene) -> None:
    answer = federated(permissive, permissive.root())

    assert who(permissive, permissive.holder(answer))[2] == f"arn:aws:sts::{OURS}:federated-user/carol"
    assert answer.Credentials.Expiration == NOW_S + HOUR
