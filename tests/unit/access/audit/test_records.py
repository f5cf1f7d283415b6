"""A record has CloudTrail's shape."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import msgspec

from chasqui.access.audit.events import RECORD_BYTES_MAX, AuditEvent, entries
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal, service_principal
from tests.unit.access.audit.support import (
    ACCOUNT,
    BOB,
    CREATE,
    LIST,
    NOON_MS,
    QUEUE_ARN,
    ROOT,
    SEND,
    CreateQueueRequest,
    Facts,
    event,
)

OTHER = "999999999999"
FOREIGN = msgspec.structs.replace(CREATE, resource=lambda _call, _request: f"arn:aws:sqs:eu-west-1:{OTHER}:q")
SESSION = Principal(
    kind="role",
    account=ACCOUNT,
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ci",
    id="AROADEPLOYER:ci",
    name="deployer",
    access_key="ASIA1",
    issuer=f"arn:aws:iam::{ACCOUNT}:role/teams/deployer",
    source_identity="anna",
    federated_provider=f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example",
    claims={"id.example:sub": "anna"},
    issued_at_ms=NOON_MS,
    expires_at_ms=NOON_MS + 1,
    mfa=True,
)
NOBODY = Principal(kind="anonymous", account="", arn="", id="anonymous")


def records(of: AuditEvent) -> list[dict[str, Any]]:
    ids = count(1)
    return [json.loads(each.data) for each in entries(of, NOON_MS, lambda: f"id-{next(ids)}")]


def record(**given: Any) -> dict[str, Any]:
    return records(event(**given))[0]


def identity(principal: Principal) -> dict[str, Any]:
    found: dict[str, Any] = record(principal=principal)["userIdentity"]
    return found


def test_a_call_that_changes_something_is_told_whole() -> None:
    assert record() == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDABOB",
            "arn": BOB.arn,
            "accountId": ACCOUNT,
            "accessKeyId": "AKIABOB",
            "userName": "bob",
        },
        "eventTime": "2026-01-01T12:00:00Z",
        "eventSource": "sqs.amazonaws.com",
        "eventName": "CreateQueue",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestParameters": {"queueName": "orders"},
        "responseElements": {"queueUrl": "http://x/orders"},
        "requestID": "request-1",
        "eventID": "id-1",
        "readOnly": False,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::SQS::Queue", "ARN": QUEUE_ARN}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_the_answer_of_a_call_that_only_reads_is_not_told() -> None:
    read = record(action=LIST, operation="ListQueues")

    assert (read["readOnly"], read["responseElements"]) == (True, None)


def test_parameters_that_say_nothing_are_null() -> None:
    assert record(action=LIST, params=CreateQueueRequest())["requestParameters"] is None


def test_a_refused_call_has_its_error_and_no_answer() -> None:
    refused = record(error=ServiceError("AccessDenied", "User is not authorized"))

    assert (refused["errorCode"], refused["errorMessage"]) == ("AccessDenied", "User is not authorized")
    assert refused["responseElements"] is None


def test_a_data_call_is_a_data_event() -> None:
    sent = record(action=SEND, operation="SendMessage")

    assert (sent["managementEvent"], sent["eventCategory"]) == (False, "Data")


def test_members_lose_the_case_of_their_first_letter_alone() -> None:
    class Request(msgspec.Struct):
        AWSAccountIds: list[str]
        Attributes: dict[str, str]

    shown = record(action=LIST, params=Request(["1"], {"VisibilityTimeout": "3"}))["requestParameters"]

    assert shown == {"aWSAccountIds": ["1"], "attributes": {"VisibilityTimeout": "3"}}


def test_a_call_over_tls_says_under_which_name() -> None:
    assert record(facts=Facts(secure=True))["tlsDetails"] == {"clientProvidedHostHeader": "chasqui.example:4566"}


def test_a_call_that_could_not_be_read_has_no_parameters_and_no_resource() -> None:
    unread = record(params=None, error=ServiceError("SerializationException", "not JSON"))

    assert unread["requestParameters"] is None
    assert "resources" not in unread


def test_iam_is_recorded_in_its_one_region() -> None:
    assert record(service="iam")["awsRegion"] == "us-east-1"
    assert record(service="iam", region="cn-northwest-1")["awsRegion"] == "cn-north-1"


def test_root_is_the_account() -> None:
    assert identity(ROOT) == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAROOT",
    }


def test_a_session_tells_where_it_comes_from() -> None:
    assert identity(SESSION) == {
        "type": "AssumedRole",
        "principalId": "AROADEPLOYER:ci",
        "arn": SESSION.arn,
        "accountId": ACCOUNT,
        "accessKeyId": "ASIA1",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": SESSION.issuer,
                "accountId": ACCOUNT,
                "principalId": "AROADEPLOYER",
                "userName": "deployer",
            },
            "webIdFederationData": {
                "federatedProvider": SESSION.federated_provider,
                "attributes": {"id.example:sub": "anna"},
            },
            "sourceIdentity": "anna",
            "attributes": {"creationDate": "2026-01-01T12:00:00Z", "mfaAuthenticated": "true"},
        },
    }


def test_a_federated_user_comes_from_the_user_that_asked() -> None:
    federated = Principal(
        kind="federated",
        account=ACCOUNT,
        arn=f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
        id=f"{ACCOUNT}:guest",
        issuer=BOB.arn,
        expires_at_ms=1,
    )

    shown = identity(federated)

    assert shown["type"] == "FederatedUser"
    assert shown["sessionContext"]["sessionIssuer"] == {
        "type": "IAMUser",
        "arn": BOB.arn,
        "accountId": ACCOUNT,
        "userName": "bob",
    }


def test_a_service_is_named_by_what_invoked_the_call() -> None:
    (only,) = records(event(principal=service_principal("s3.amazonaws.com")))

    assert only["userIdentity"] == {"type": "AWSService", "invokedBy": "s3.amazonaws.com"}
    assert only["recipientAccountId"] == ACCOUNT


def test_an_anonymous_call_is_in_the_log_of_the_resources_account() -> None:
    (only,) = records(event(principal=NOBODY))

    assert only["userIdentity"] == {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    assert only["recipientAccountId"] == ACCOUNT


def test_an_anonymous_call_on_nothing_in_particular_is_in_no_log() -> None:
    assert records(event(principal=NOBODY, action=LIST)) == []


def test_a_web_identity_is_who_its_token_says() -> None:
    class Result(msgspec.Struct):
        Provider: str = "id.example"
        Audience: str = "app"
        SubjectFromWebIdentityToken: str = "anna"

    (only,) = records(event(principal=NOBODY, operation="AssumeRoleWithWebIdentity", result=Result()))

    assert only["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": "id.example:app:anna",
        "userName": "anna",
        "identityProvider": "id.example",
    }


def test_a_call_on_another_accounts_resource_is_in_both_logs() -> None:
    of_bob = event()
    foreign = msgspec.structs.replace(
        of_bob.action, resource=lambda _call, _request: f"arn:aws:sqs:eu-west-1:{OTHER}:q"
    )

    own, others = records(event(action=foreign))

    assert (own["recipientAccountId"], others["recipientAccountId"]) == (ACCOUNT, OTHER)
    assert others["userIdentity"] == {"type": "AWSAccount", "principalId": "AIDABOB", "accountId": ACCOUNT}
    assert own["sharedEventID"] == others["sharedEventID"]
    assert own["eventID"] != others["eventID"]


def test_a_refused_call_on_another_accounts_resource_is_the_callers_alone() -> None:
    foreign = msgspec.structs.replace(
        event().action, resource=lambda _call, _request: f"arn:aws:sqs:eu-west-1:{OTHER}:q"
    )

    (only,) = records(event(action=foreign, error=ServiceError("AccessDenied", "no")))

    assert only["recipientAccountId"] == ACCOUNT


def test_a_record_is_never_larger_than_64_kib() -> None:
    class Request(msgspec.Struct):
        Names: list[str]

    huge = Request(["\x01" * 4000] * 5000)
    of = event(action=LIST, params=huge, facts=Facts(user_agent="\x01" * 100_000))

    (entry,) = entries(of, NOON_MS, lambda: "id")

    assert len(entry.data) <= RECORD_BYTES_MAX
    assert json.loads(entry.data)["requestParameters"]["omitted"] is True


def test_what_utf8_cannot_hold_is_recorded_all_the_same() -> None:
    assert record(params=CreateQueueRequest("\ud800"))["requestParameters"] == {"queueName": "?"}
