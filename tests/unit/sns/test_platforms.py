"""Platform applications: what they must be, what of them is shown, what is left of them."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from chasqui.testing import TestServer
from tests.support import eventually
from tests.unit.sns.direct_support import apple, gcm, p256_pem, refusal, rsa_pem, service_account, sns, sns_client

__all__ = ["sns", "sns_client"]

_CREDENTIALS = (400, "InvalidParameter", "Invalid parameter: Attributes Reason: Platform credentials are invalid")
TOPIC = "arn:aws:sns:us-east-1:000000000000:events"


def create(sns: Any, name: str = "app", platform: str = "GCM", **attributes: str) -> str:
    given = attributes or (gcm() if platform == "GCM" else apple())
    made = sns.create_platform_application(Name=name, Platform=platform, Attributes=given)
    return str(made["PlatformApplicationArn"])


def shown(sns: Any, arn: str) -> dict[str, str]:
    return dict(sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"])


def certificate(key_pem: str) -> str:
    """A certificate of that key, good until 2040."""
    key = load_pem_private_key(key_pem.encode(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Apple Push Services: org.example.app")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())  # type: ignore[arg-type]
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC))
        .sign(key, SHA256())  # type: ignore[arg-type]
    )
    return made.public_bytes(Encoding.PEM).decode()


def test_an_application_has_its_platform_and_name_in_its_arn(sns: Any) -> None:
    assert create(sns) == "arn:aws:sns:us-east-1:000000000000:app/GCM/app"
    assert create(sns, platform="APNS_SANDBOX") == "arn:aws:sns:us-east-1:000000000000:app/APNS_SANDBOX/app"


def test_secrets_are_never_shown(sns: Any) -> None:
    arn = create(sns, platform="APNS", **apple(EventEndpointCreated=TOPIC))
    assert shown(sns, arn) == {
        "Enabled": "true",
        "AuthenticationMethod": "token",
        "ApplePlatformTeamID": "TEAM123456",
        "ApplePlatformBundleID": "org.example.app",
        "EventEndpointCreated": TOPIC,
    }
    listed = sns.list_platform_applications()["PlatformApplications"]
    assert listed == [{"PlatformApplicationArn": arn, "Attributes": shown(sns, arn)}]


def test_a_certificate_tells_when_it_ends(sns: Any) -> None:
    given = {"PlatformPrincipal": certificate(rsa_pem()), "PlatformCredential": rsa_pem()}
    arn = create(sns, platform="APNS", **given)
    assert shown(sns, arn)["AuthenticationMethod"] == "certificate"
    assert shown(sns, arn)["AppleCertificateExpirationDate"] == "2040-01-01T00:00:00Z"


def test_making_it_again_gives_the_same(sns: Any) -> None:
    arn = create(sns)
    assert create(sns) == arn
    status, code, message = refusal(create, sns=sns, **gcm(SuccessFeedbackSampleRate="5"))
    assert (status, code) == (400, "InvalidParameter")
    assert message.endswith("already exists with the same Name, but different attributes.")
    assert refusal(create, sns=sns, PlatformCredential=service_account("other"))[1] == "InvalidParameter"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", " Reason: cannot be empty"),
        ("a" * 257, f"{'a' * 257} Reason: must be at most 256 characters long"),
        ("@name", "@name Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"),
        ("naïve", "naïve Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"),
    ],
)
def test_names_that_cannot_be_are_refused(sns: Any, name: str, told: str) -> None:
    assert refusal(create, sns=sns, name=name) == (400, "InvalidParameter", f"Invalid parameter: {told}")


@pytest.mark.parametrize(
    ("platform", "told"),
    [
        ("ADM", "ADM is not supported by this server, which has clients of APNS, APNS_SANDBOX, GCM"),
        ("WNS", "WNS is not supported by this server, which has clients of APNS, APNS_SANDBOX, GCM"),
        ("gcm", "gcm is not supported"),
    ],
)
def test_platforms_without_a_client_are_refused(sns: Any, platform: str, told: str) -> None:
    status, code, message = refusal(create, sns=sns, platform=platform, **gcm())
    assert (status, code, message) == (400, "InvalidParameter", f"Invalid parameter: Platform Reason: {told}")


@pytest.mark.parametrize(
    ("platform", "attributes"),
    [
        ("GCM", {"PlatformCredential": "AIza-an-old-server-key"}),
        ("GCM", {"PlatformCredential": "{}"}),
        ("GCM", {"PlatformCredential": '{"project_id":"p","client_email":"e","private_key":"no key"}'}),
        ("GCM", {"PlatformCredential": ""}),
        ("GCM", {"PlatformCredential": "[" * 20_000}),
        ("APNS", {**apple(), "PlatformPrincipal": "short"}),
        ("APNS", {**apple(), "PlatformCredential": rsa_pem()}),
        ("APNS", {**apple(), "PlatformCredential": "AAAA"}),
        ("APNS", {"PlatformPrincipal": certificate(rsa_pem()), "PlatformCredential": p256_pem()}),
    ],
)
def test_credentials_that_could_never_work_are_refused(sns: Any, platform: str, attributes: dict[str, str]) -> None:
    assert refusal(create, sns=sns, platform=platform, **attributes) == _CREDENTIALS


def test_a_service_account_is_taken_as_a_json_string_too(sns: Any) -> None:
    create(sns, PlatformCredential=json.dumps(service_account()))


def test_both_of_apples_secrets_are_needed(sns: Any) -> None:
    start = "Invalid parameter: Attributes Reason: "
    _, _, message = refusal(create, sns=sns, platform="APNS", PlatformCredential=p256_pem())
    assert message == f"{start}PlatformCredential attribute provided without PlatformPrincipal"
    _, _, message = refusal(create, sns=sns, platform="APNS", PlatformPrincipal="ABCDE12345")
    assert message == f"{start}PlatformPrincipal attribute provided without PlatformCredential"
    status, code, _ = refusal(sns.create_platform_application, Name="a", Platform="GCM", Attributes={})
    assert (status, code) == (400, "ValidationError")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Colour", "red", "Invalid attribute name: Colour"),
        ("Enabled", "true", "Invalid attribute name: Enabled"),
        (
            "EventEndpointCreated",
            "arn:aws:sns:us-east-1:111122223333:theirs",
            "Invalid value for attribute: EventEndpointCreated: must be the ARN of a topic of yours in this region",
        ),
        (
            "SuccessFeedbackSampleRate",
            "101",
            "Invalid value for attribute: SuccessFeedbackSampleRate: must be a whole number from 0 to 100",
        ),
        (
            "FailureFeedbackRoleArn",
            "me",
            "Invalid value for attribute: FailureFeedbackRoleArn: must be the ARN of a role",
        ),
    ],
)
def test_attributes_that_cannot_be_are_refused(sns: Any, name: str, value: str, told: str) -> None:
    arn = create(sns)
    before = shown(sns, arn)
    expected = (400, "InvalidParameter", f"Invalid parameter: Attributes Reason: {told}")
    assert refusal(create, sns=sns, **gcm(**{name: value})) == expected
    change = sns.set_platform_application_attributes
    assert refusal(change, PlatformApplicationArn=arn, Attributes={name: value}) == expected
    assert shown(sns, arn) == before


def test_attributes_are_changed_and_taken_away(sns: Any) -> None:
    arn = create(sns, **gcm(EventEndpointCreated=TOPIC))
    role = "arn:aws:iam::000000000000:role/logs"
    sns.set_platform_application_attributes(
        PlatformApplicationArn=arn, Attributes={"EventEndpointCreated": "", "SuccessFeedbackRoleArn": role}
    )
    expected = {"Enabled": "true", "AuthenticationMethod": "token", "SuccessFeedbackRoleArn": role}
    assert shown(sns, arn) == expected


def test_new_credentials_are_examined(sns: Any) -> None:
    arn = create(sns)
    change = sns.set_platform_application_attributes
    assert refusal(change, PlatformApplicationArn=arn, Attributes={"PlatformCredential": "x"}) == _CREDENTIALS
    change(PlatformApplicationArn=arn, Attributes={"PlatformCredential": service_account("other")})
    create(sns, PlatformCredential=service_account("other"))


@pytest.mark.parametrize(
    ("arn", "status", "told"),
    [
        ("x", 400, "Invalid parameter: PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            "arn:aws:sns:us-east-1:000000000000:app/GCM",
            400,
            "Invalid parameter: PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.",
        ),
        ("arn:aws:sns:us-east-1:000000000000:app/GCM/none", 404, "PlatformApplication does not exist"),
        ("arn:aws:sns:us-east-1:111122223333:app/GCM/app", 404, "PlatformApplication does not exist"),
        ("arn:aws:sns:eu-west-1:000000000000:app/GCM/app", 404, "PlatformApplication does not exist"),
        ("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app", 404, "PlatformApplication does not exist"),
    ],
)
def test_what_is_no_application_of_ones_own_is_not_found(sns: Any, arn: str, status: int, told: str) -> None:
    create(sns)
    for operation in (sns.get_platform_application_attributes, sns.list_endpoints_by_platform_application):
        assert refusal(operation, PlatformApplicationArn=arn)[::2] == (status, told)
    change = sns.set_platform_application_attributes
    assert refusal(change, PlatformApplicationArn=arn, Attributes={"EventEndpointCreated": TOPIC})[::2] == (
        status,
        told,
    )
    assert refusal(sns.create_platform_endpoint, PlatformApplicationArn=arn, Token="t")[::2] == (status, told)


def test_applications_come_in_pages_of_a_hundred(sns: Any) -> None:
    arns = [create(sns, f"app{each:03}") for each in range(101)]
    first = sns.list_platform_applications()
    second = sns.list_platform_applications(NextToken=first["NextToken"])
    found = [each["PlatformApplicationArn"] for each in first["PlatformApplications"]]
    assert len(found) == 100
    assert found + [each["PlatformApplicationArn"] for each in second["PlatformApplications"]] == arns


def test_a_deleted_application_takes_its_endpoints_along(chasqui: TestServer, sns: Any) -> None:
    arn = create(sns)
    endpoints = [
        sns.create_platform_endpoint(PlatformApplicationArn=arn, Token=f"t{each}")["EndpointArn"] for each in range(60)
    ]
    sns.delete_platform_application(PlatformApplicationArn=arn)
    sns.delete_platform_application(PlatformApplicationArn=arn)
    assert refusal(sns.list_endpoints_by_platform_application, PlatformApplicationArn=arn)[0] == 404
    assert refusal(sns.get_endpoint_attributes, EndpointArn=endpoints[0])[::2] == (404, "Endpoint does not exist")
    create(sns)
    assert sns.list_endpoints_by_platform_application(PlatformApplicationArn=arn)["Endpoints"] == []
    assert refusal(sns.get_endpoint_attributes, EndpointArn=endpoints[-1])[0] == 404
    made = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t1")["EndpointArn"]
    assert made not in endpoints
    assert eventually(lambda: sns.get_endpoint_attributes(EndpointArn=made))["Attributes"]["Token"] == "t1"
