"""AssumeRoleWithWebIdentity: whose tokens are believed, whom a role trusts, and what the session is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chasqui.access.oidc.keys import IssuerUnreachable, Jwk, NoKeys
from chasqui.base.errors import ServiceError
from tests.unit.access.oidc.minting import ISSUER, by_hand, claims, rsa_jwk, rsa_key, token
from tests.unit.sts.scene import NOW_S, OURS, THEIRS, Scene, allow, policy, role_arn, trust, user_arn

URL = "idp.example.com/realms/main"
PROVIDER = f"arn:aws:iam::{OURS}:oidc-provider/{URL}"
AUDIENCE = "sts.amazonaws.com"
ASSUME = "sts:AssumeRoleWithWebIdentity"
NOT_AUTHORIZED = ("AccessDenied", f"Not authorized to perform {ASSUME}")
TAGS = "https://aws.amazon.com/tags"
SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"


class Keys:
    """A source of keys that a test fills: `found` are the keys, or what goes wrong."""

    def __init__(self, *keys: Jwk) -> None:
        self.found: Sequence[Jwk] | Exception = keys
        self.asked: list[tuple[str, str]] = []

    async def keys(self, issuer: str, kid: str) -> tuple[Jwk, ...]:
        self.asked.append((issuer, kid))
        if isinstance(self.found, Exception):
            raise self.found
        return tuple(self.found)


@pytest.fixture
def keys(scene: Scene) -> Keys:
    """The provider is registered, and its first key is known."""
    made = scene.room.key_source = Keys(rsa_jwk("first"))
    scene.provider(URL, AUDIENCE)
    return made


def trusting(*actions: str, **conditions: Any) -> dict[str, Any]:
    """A statement that trusts the provider."""
    return trust({"Federated": PROVIDER}, *(actions or (ASSUME,)), Condition=conditions)


def exchange(scene: Scene, text: str, role: str, **parameters: Any) -> Any:
    given = {"RoleArn": role, "RoleSessionName": "job-7", "WebIdentityToken": text, **parameters}
    return scene.call(scene.nobody, "AssumeRoleWithWebIdentity", **given)


def refusal(scene: Scene, text: str, role: str, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ServiceError) as caught:
        exchange(scene, text, role, **parameters)
    return caught.value.code, caught.value.message


@pytest.fixture
def role(scene: Scene, keys: Keys) -> str:
    """A role that trusts the provider."""
    return scene.role("deployer", trusting())


# ------------------------------------------------------------------------------------------------------- the session


def test_a_token_is_exchanged_for_a_session(scene: Scene, role: str) -> None:
    answer = exchange(scene, token(), role)

    assert answer.AssumedRoleUser.Arn == f"arn:aws:sts::{OURS}:assumed-role/deployer/job-7"
    assert (answer.Provider, answer.Audience) == (PROVIDER, AUDIENCE)
    assert answer.SubjectFromWebIdentityToken == "system:job:7"
    assert answer.Credentials.Expiration == NOW_S + 3600


def test_the_session_remembers_where_it_comes_from(scene: Scene, role: str) -> None:
    principal = scene.holder(exchange(scene, token(), role)).principal

    assert (principal.kind, principal.issuer, principal.federated_provider) == ("role", role, PROVIDER)
    assert principal.claims == {f"{URL}:sub": "system:job:7", f"{URL}:aud": AUDIENCE}


def test_a_session_lasts_no_longer_than_the_role_allows(scene: Scene, role: str) -> None:
    assert refusal(scene, token(), role, DurationSeconds=3601) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_session_policies_narrow_it(scene: Scene, role: str) -> None:
    answer = exchange(scene, token(), role, Policy=policy(allow("sqs:ReceiveMessage")))

    assert len(scene.holder(answer).grants.session or ()) == 1
    assert answer.PackedPolicySize


def test_tags_come_with_the_token(scene: Scene, keys: Keys) -> None:
    role = scene.role("deployer", trusting(ASSUME, "sts:TagSession"))
    tags = {"principal_tags": {"Team": ["red"], "Floor": "3"}, "transitive_tag_keys": ["team"]}

    principal = scene.holder(exchange(scene, token(**{TAGS: tags}), role)).principal

    assert (principal.tags, principal.transitive_tags) == ({"Team": "red", "Floor": "3"}, ("Team",))


def test_a_source_identity_comes_with_the_token(scene: Scene, keys: Keys) -> None:
    role = scene.role("deployer", trusting(ASSUME, "sts:SetSourceIdentity"))

    answer = exchange(scene, token(**{SOURCE_IDENTITY: "bob"}), role)

    assert answer.SourceIdentity == "bob"
    assert scene.holder(answer).principal.source_identity == "bob"


@pytest.mark.parametrize("added", [{TAGS: {"principal_tags": {"Team": ["red"]}}}, {SOURCE_IDENTITY: "bob"}])
def test_what_comes_with_the_token_must_be_allowed_too(scene: Scene, role: str, added: dict[str, Any]) -> None:
    assert refusal(scene, token(**added), role) == NOT_AUTHORIZED


@pytest.mark.parametrize(
    "added",
    [
        {TAGS: 7},
        {TAGS: {"principal_tags": {"Team": ["red", "blue"]}}},
        {TAGS: {"principal_tags": {"Team": "r" * 257}}},
        {TAGS: {"principal_tags": {"t" * 129: "red"}}},
        {TAGS: {"principal_tags": {f"tag-{number}": "" for number in range(51)}}},
        {SOURCE_IDENTITY: 7},
        {SOURCE_IDENTITY: "b"},
        {SOURCE_IDENTITY: "b" * 65},
    ],
)
def test_what_cannot_be_read_of_a_token_is_refused(scene: Scene, role: str, added: dict[str, Any]) -> None:
    assert refusal(scene, token(**added), role)[0] == "InvalidIdentityToken"


def test_a_sessions_own_requests_may_not_come_from_the_provider_any_more(scene: Scene, keys: Keys) -> None:
    """A chained session is its role's, not the provider's."""
    first = scene.role("deployer", trusting(), inline={"its": policy(allow("sts:AssumeRole"))})
    second = scene.role("second", trust(first))
    session = scene.holder(exchange(scene, token(), first))

    assert scene.holder(scene.assume(session, second)).principal.federated_provider == ""


# ------------------------------------------------------------------------------------------------ whom a role trusts


def test_a_role_can_trust_some_subjects_only(scene: Scene, keys: Keys) -> None:
    role = scene.role("deployer", trusting(StringLike={f"{URL}:sub": "system:job:*"}))

    exchange(scene, token(), role)

    assert refusal(scene, token(sub="system:person:7"), role) == NOT_AUTHORIZED


def test_a_role_can_trust_some_audiences_only(scene: Scene, keys: Keys) -> None:
    scene.provider("two.example.com", "a", "b")
    keys.found = [rsa_jwk("first")]
    statement = trust(
        {"Federated": f"arn:aws:iam::{OURS}:oidc-provider/two.example.com"},
        ASSUME,
        Condition={"StringEquals": {"two.example.com:aud": "a"}},
    )
    role = scene.role("deployer", statement)

    exchange(scene, token(iss="https://two.example.com", aud="a"), role)

    assert refusal(scene, token(iss="https://two.example.com", aud="b"), role) == NOT_AUTHORIZED


def test_methods_of_authentication_can_be_asked_for(scene: Scene, keys: Keys) -> None:
    role = scene.role("deployer", trusting(**{"ForAnyValue:StringEquals": {f"{URL}:amr": "mfa"}}))

    exchange(scene, token(amr=["pwd", "mfa"]), role)

    assert refusal(scene, token(amr=["pwd"]), role) == NOT_AUTHORIZED


@pytest.mark.parametrize(
    "statement",
    [
        trust(user_arn("bob"), ASSUME),
        trust(OURS, ASSUME, "sts:AssumeRole"),
        trust({"Federated": f"arn:aws:iam::{OURS}:oidc-provider/other.example.com"}, ASSUME),
        trust({"Federated": f"arn:aws:iam::{THEIRS}:oidc-provider/{URL}"}, ASSUME),
        trust({"Federated": PROVIDER}, "sts:AssumeRole"),
        trust({"Service": "lambda.amazonaws.com"}, ASSUME),
    ],
)
def test_a_role_that_trusts_others_refuses(scene: Scene, keys: Keys, statement: dict[str, Any]) -> None:
    assert refusal(scene, token(), scene.role("deployer", statement)) == NOT_AUTHORIZED


def test_a_denial_in_the_trust_policy_wins(scene: Scene, keys: Keys) -> None:
    denial = {**trusting(StringEquals={f"{URL}:sub": "system:job:7"}), "Effect": "Deny"}

    assert refusal(scene, token(), scene.role("deployer", trusting(), denial)) == NOT_AUTHORIZED


def test_a_trust_policy_that_asks_where_a_request_comes_from_refuses(scene: Scene, keys: Keys) -> None:
    """Operations are not told, and a denial of an address range must not be lost for that."""
    denial = {**trusting(IpAddress={"aws:SourceIp": "10.0.0.0/8"}), "Effect": "Deny"}

    assert refusal(scene, token(), scene.role("deployer", trusting(), denial)) == NOT_AUTHORIZED


def test_a_role_that_is_not_there_is_refused_like_one_that_trusts_others(scene: Scene, keys: Keys) -> None:
    assert refusal(scene, token(), role_arn("missing")) == NOT_AUTHORIZED


def test_a_permissive_server_asks_the_trust_policy_too(permissive: Scene) -> None:
    """The token is the only credential there is."""
    permissive.room.key_source = Keys(rsa_jwk("first"))
    permissive.provider(URL, AUDIENCE)
    role = permissive.role("deployer", trust(user_arn("bob"), ASSUME))

    assert refusal(permissive, token(), role) == NOT_AUTHORIZED


# ------------------------------------------------------------------------------------------ whose tokens are believed


def test_an_issuer_that_the_roles_account_has_not_registered_is_refused(scene: Scene, keys: Keys) -> None:
    role = scene.role("deployer", trusting(), account=THEIRS)

    assert refusal(scene, token(), role) == (
        "InvalidIdentityToken",
        f"No OpenIDConnect provider found in your account for {ISSUER}",
    )
    assert not keys.asked


def test_another_audience_is_refused_before_anybody_is_asked(scene: Scene, keys: Keys, role: str) -> None:
    assert refusal(scene, token(aud="somebody.example"), role) == ("InvalidIdentityToken", "Incorrect token audience")
    assert not keys.asked


def test_a_token_made_for_another_party_is_refused(scene: Scene, role: str) -> None:
    assert refusal(scene, token(azp="somebody.example"), role) == ("InvalidIdentityToken", "Incorrect token audience")


def test_a_strangers_signature_is_refused(scene: Scene, role: str) -> None:
    assert refusal(scene, token(rsa_key("stranger")), role)[0] == "InvalidIdentityToken"


def test_an_unsigned_token_is_refused(scene: Scene, role: str) -> None:
    text = by_hand({"alg": "none"}, json.dumps(claims()).encode())

    assert refusal(scene, text, role)[0] == "InvalidIdentityToken"


def test_an_expired_token_is_refused(scene: Scene, role: str) -> None:
    text = token()
    scene.wait(600)

    assert refusal(scene, text, role) == (
        "ExpiredTokenException",
        f"Token expired: current date/time {NOW_S + 600} must be before the expiration date/time {NOW_S + 600}",
    )


@pytest.mark.parametrize("trouble", [NoKeys("no document"), None])
def test_keys_that_are_not_to_be_had_are_told(scene: Scene, keys: Keys, role: str, trouble: NoKeys | None) -> None:
    keys.found = trouble or [rsa_jwk("second")]

    assert refusal(scene, token(), role) == (
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity"
        " documentation for requirements",
    )


def test_an_issuer_that_does_not_answer_may_be_tried_again(scene: Scene, keys: Keys, role: str) -> None:
    keys.found = IssuerUnreachable("timed out")

    assert refusal(scene, token(), role)[0] == "IDPCommunicationError"


def test_after_a_rotation_the_new_key_counts(scene: Scene, keys: Keys, role: str) -> None:
    keys.found = [rsa_jwk("second")]

    exchange(scene, token(rsa_key("second"), kid="second"), role)

    assert keys.asked == [(ISSUER, "second")]


@pytest.mark.parametrize("parameter", ["ProviderId"])
def test_tokens_of_social_logins_are_not_taken(scene: Scene, role: str, parameter: str) -> None:
    assert refusal(scene, token(), role, **{parameter: "www.amazon.com"})[0] == "NotImplemented"


def test_a_signed_call_counts_as_well(scene: Scene, role: str) -> None:
    bob = scene.user("bob")

    answer = scene.call(
        bob, "AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="job-7", WebIdentityToken=token()
    )

    assert answer.SubjectFromWebIdentityToken == "system:job:7"


def test_keys_can_lie_in_a_folder(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "idp.example.com%2Frealms%2Fmain.json").write_text(json.dumps({"keys": [rsa_jwk("first")]}))
    scene.room.oidc_keys = str(tmp_path)
    scene.provider(URL, AUDIENCE)

    assert exchange(scene, token(), scene.role("deployer", trusting())).Audience == AUDIENCE
