"""OpenID Connect providers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.iam.support import NOW_MS
from tests.unit.iam_policies.support import ACCOUNT, Policies

URL = "https://token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
PRINT = "6938fd4d98bab03faadb97b34396831e3780aea1"
THAT = {"OpenIDConnectProviderArn": ARN}
MISSING = ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {ARN}")


def create(iam: Policies, **members: Any) -> None:
    iam("CreateOpenIDConnectProvider", **{"Url": URL, "ClientIDList": ["app"], "ThumbprintList": [PRINT], **members})


def shown(iam: Policies) -> dict[str, Any]:
    return dict(iam("GetOpenIDConnectProvider", **THAT))


def test_a_provider_is_named_by_its_url(iam: Policies) -> None:
    answer = iam("CreateOpenIDConnectProvider", Url=URL, Tags=[{"Key": "a", "Value": "b"}])

    assert answer == {"OpenIDConnectProviderArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]}


def test_a_provider_is_shown_without_its_scheme(iam: Policies) -> None:
    create(iam)

    assert shown(iam) == {
        "Url": "token.actions.githubusercontent.com",
        "ClientIDList": ["app"],
        "ThumbprintList": [PRINT],
        "CreateDate": NOW_MS // 1000,
        "Tags": [],
    }


def test_a_provider_needs_no_thumbprint(iam: Policies) -> None:
    iam("CreateOpenIDConnectProvider", Url=URL)

    assert (shown(iam)["ThumbprintList"], shown(iam)["ClientIDList"]) == ([], [])


def test_a_urls_path_is_part_of_the_name_as_it_is_written(iam: Policies) -> None:
    answer = iam("CreateOpenIDConnectProvider", Url="https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF")

    arn = answer["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"
    assert iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)["Url"].endswith("/id/ABCDEF")


def test_a_url_has_one_provider(iam: Policies) -> None:
    create(iam)

    refused = iam.refusal("CreateOpenIDConnectProvider", Url=URL)

    assert refused == ("EntityAlreadyExists", f"Provider with url {URL} already exists.")


def test_all_providers_are_listed(iam: Policies) -> None:
    create(iam)

    assert iam("ListOpenIDConnectProviders") == {"OpenIDConnectProviderList": [{"Arn": ARN}]}


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("example.com", ("ValidationError", "Invalid Open ID Connect Provider URL")),
        ("https://", ("ValidationError", "Invalid Open ID Connect Provider URL")),
        ("https://[", ("ValidationError", "Invalid Open ID Connect Provider URL")),
        (
            "http://example.com",
            ("InvalidInput", "Invalid Open ID Connect Provider URL. The URL must begin with https://."),
        ),
        ("https://a:b@example.com", ("InvalidInput", "Invalid Open ID Connect Provider URL")),
        ("https://example.com/?a=b", ("InvalidInput", "Invalid Open ID Connect Provider URL")),
    ],
)
def test_what_is_no_issuers_url_is_refused(iam: Policies, url: str, refused: tuple[str, str]) -> None:
    assert iam.refusal("CreateOpenIDConnectProvider", Url=url) == refused


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
def test_an_issuer_on_this_machine_may_be_without_tls(iam: Policies, host: str) -> None:
    answer = iam("CreateOpenIDConnectProvider", Url=f"http://{host}/realms/test")

    assert answer["OpenIDConnectProviderArn"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}/realms/test"


def test_client_ids_are_added_and_removed(iam: Policies) -> None:
    create(iam)

    for name in ("web", "web", "cli"):
        iam("AddClientIDToOpenIDConnectProvider", **THAT, ClientID=name)
    iam("RemoveClientIDFromOpenIDConnectProvider", **THAT, ClientID="app")
    iam("RemoveClientIDFromOpenIDConnectProvider", **THAT, ClientID="never there")

    assert shown(iam)["ClientIDList"] == ["web", "cli"]


def test_client_ids_have_a_quota(iam: Policies) -> None:
    create(iam, ClientIDList=[f"app-{number}" for number in range(100)])

    refused = iam.refusal("AddClientIDToOpenIDConnectProvider", **THAT, ClientID="more")

    assert refused == ("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")


def test_thumbprints_are_replaced(iam: Policies) -> None:
    create(iam)

    iam("UpdateOpenIDConnectProviderThumbprint", **THAT, ThumbprintList=["A" * 40])

    assert shown(iam)["ThumbprintList"] == ["a" * 40]


def test_thumbprints_have_a_quota(iam: Policies) -> None:
    many = [f"{number:040}" for number in range(6)]

    refused = iam.refusal("CreateOpenIDConnectProvider", Url=URL, ThumbprintList=many)

    assert refused == ("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")


def test_providers_have_a_quota(iam: Policies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chasqui.services.iam.quotas.OIDC_PROVIDERS", 1)
    create(iam)

    refused = iam.refusal("CreateOpenIDConnectProvider", Url=f"{URL}/other")

    assert refused == ("LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1")


def test_a_provider_is_tagged_and_untagged(iam: Policies) -> None:
    create(iam, Tags=[{"Key": "a", "Value": "1"}])

    iam("TagOpenIDConnectProvider", **THAT, Tags=[{"Key": "b", "Value": "2"}])
    iam("UntagOpenIDConnectProvider", **THAT, TagKeys=["a"])

    assert iam("ListOpenIDConnectProviderTags", **THAT)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_deleted_provider_is_gone(iam: Policies) -> None:
    create(iam)

    iam("DeleteOpenIDConnectProvider", **THAT)

    assert iam.refusal("GetOpenIDConnectProvider", **THAT) == MISSING


def test_deleting_a_provider_twice_is_deleting_it_once(iam: Policies) -> None:
    create(iam)

    iam("DeleteOpenIDConnectProvider", **THAT)
    iam("DeleteOpenIDConnectProvider", **THAT)

    assert iam("ListOpenIDConnectProviders") == {"OpenIDConnectProviderList": []}


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("AddClientIDToOpenIDConnectProvider", {"ClientID": "app"}),
        ("RemoveClientIDFromOpenIDConnectProvider", {"ClientID": "app"}),
        ("UpdateOpenIDConnectProviderThumbprint", {"ThumbprintList": [PRINT]}),
        ("TagOpenIDConnectProvider", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagOpenIDConnectProvider", {"TagKeys": ["a"]}),
        ("ListOpenIDConnectProviderTags", {}),
    ],
)
def test_a_provider_that_is_not_there_is_not_found(iam: Policies, operation: str, members: dict[str, Any]) -> None:
    assert iam.refusal(operation, **THAT, **members) == MISSING


def test_another_accounts_provider_is_not_found(iam: Policies) -> None:
    create(iam)

    assert iam.refusal("GetOpenIDConnectProvider", account="999999999999", **THAT) == MISSING
