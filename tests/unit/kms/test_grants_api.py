"""Grants, as the API makes, lists and ends them."""

from __future__ import annotations

from typing import Any

from tests.unit.kms.conftest import new_key, refusal

BOB = "arn:aws:iam::000000000000:user/bob"
EVE = "arn:aws:iam::000000000000:user/eve"


def test_a_grant_is_listed_as_it_was_made(kms: Any, key: str) -> None:
    made = kms.create_grant(
        KeyId=key,
        GranteePrincipal=BOB,
        RetiringPrincipal=EVE,
        Operations=["Encrypt", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"a": "1"}},
        Name="its",
    )

    (shown,) = kms.list_grants(KeyId=key)["Grants"]

    shown.pop("CreationDate")
    assert shown == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "its",
        "GranteePrincipal": BOB,
        "RetiringPrincipal": EVE,
        "IssuingAccount": "arn:aws:iam::000000000000:root",
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
    }


def test_a_named_grant_is_made_once(kms: Any, key: str) -> None:
    how = {"KeyId": key, "GranteePrincipal": BOB, "Operations": ["Encrypt"]}

    named = {kms.create_grant(Name="its", **how)["GrantId"] for _ in range(2)}
    nameless = {kms.create_grant(**how)["GrantId"] for _ in range(2)}

    assert (len(named), len(nameless)) == (1, 2)


def test_grants_are_found_by_key_by_grantee_and_by_who_may_retire_them(kms: Any, key: str) -> None:
    other = new_key(kms)
    kms.create_grant(KeyId=key, GranteePrincipal=BOB, RetiringPrincipal=EVE, Operations=["Encrypt"])
    kms.create_grant(KeyId=key, GranteePrincipal=EVE, Operations=["Encrypt"])
    kms.create_grant(KeyId=other, GranteePrincipal=BOB, RetiringPrincipal=EVE, Operations=["Decrypt"])

    retirable = kms.list_retirable_grants(RetiringPrincipal=EVE)["Grants"]

    assert [each["GranteePrincipal"] for each in kms.list_grants(KeyId=key, GranteePrincipal=BOB)["Grants"]] == [BOB]
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 2
    assert {each["KeyId"] for each in retirable} == {key, other}


def test_a_grant_ends_by_token_by_id_or_by_its_keys_owner(kms: Any, key: str) -> None:
    how = {"KeyId": key, "GranteePrincipal": BOB, "Operations": ["Encrypt"]}
    by_token, by_id, revoked = (kms.create_grant(**how) for _ in range(3))

    kms.retire_grant(GrantToken=by_token["GrantToken"])
    kms.retire_grant(KeyId=key, GrantId=by_id["GrantId"])
    kms.revoke_grant(KeyId=key, GrantId=revoked["GrantId"])

    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refusal(kms.revoke_grant, KeyId=key, GrantId=revoked["GrantId"])[0] == "NotFoundException"


def test_a_token_that_was_made_up_ends_nothing(kms: Any, key: str) -> None:
    import base64

    token = kms.create_grant(KeyId=key, GranteePrincipal=BOB, Operations=["Encrypt"])["GrantToken"]
    guessed = base64.b64encode(base64.b64decode(token)[:-1] + b"x").decode()

    assert refusal(kms.retire_grant, GrantToken=guessed)[0] == "InvalidGrantTokenException"
    assert refusal(kms.retire_grant, GrantToken="nonsense")[0] == "InvalidGrantTokenException"
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 1


def test_a_grant_is_for_what_its_key_can_do(kms: Any, key: str) -> None:
    told = refusal(kms.create_grant, KeyId=key, GranteePrincipal=BOB, Operations=["Sign"])

    assert told == ("ValidationException", f"Grant operation Sign is not valid for {key}.")
