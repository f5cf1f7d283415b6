"""What AWS answered about text messages, platform applications and endpoints, played again and compared.

The recordings are of ADM; this server has no client of that, so the plays are of GCM, and what GCM's applications show
beside (their AuthenticationMethod) is left out of the comparison. Without the folder of recordings, all is skipped.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chasqui.cli.client import call
from chasqui.testing import TestServer
from tests.scenarios.test_vectors_stage import Comparison
from tests.support import VECTORS, vectors
from tests.unit.sns.direct_support import ACCOUNT, NUMBER, gcm, sns, sns_client

__all__ = ["sns", "sns_client"]

_OURS = ("TestSNSSMS::", "TestSNSPlatformApplicationCrud::", "TestSNSPlatformEndpointCrud::")
CASES = [each for each in vectors("sns-responses.jsonl") if each["case"].startswith(_OURS)]
_names = itertools.count(1)

Play = Callable[["Stage"], dict[str, Any]]


class Stage:
    """An emptied server and a client of it."""

    def __init__(self, server: TestServer, sns: Any, argument: str) -> None:
        self.server = server
        self.sns = sns
        self.argument = argument

    def attempt(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer, be it an error."""
        try:
            return dict(getattr(self.sns, operation)(**parameters))
        except ClientError as error:
            return dict(error.response)

    def application(self) -> str:
        made = self.sns.create_platform_application(Name=f"app-{next(_names)}", Platform="GCM", Attributes=gcm())
        return str(made["PlatformApplicationArn"])

    def endpoint(self, app: str, **more: Any) -> str:
        made = self.sns.create_platform_endpoint(PlatformApplicationArn=app, Token="token_1", **more)
        return str(made["EndpointArn"])

    def opted_out(self) -> None:
        call(self.server.url, "/_chasqui/sms/reply", {"from": NUMBER, "text": "STOP"})


def sms_attributes(stage: Stage) -> dict[str, Any]:
    return {"get-sms-attributes_unmodified_region": stage.attempt("get_sms_attributes")}


def create_application(stage: Stage) -> dict[str, Any]:
    given = {"Name": "app", "Platform": "GCM", "Attributes": gcm()}
    return {"create-platform-application": stage.attempt("create_platform_application", **given)}


def list_applications(stage: Stage) -> dict[str, Any]:
    stage.application()
    return {"list-platform-applications": stage.attempt("list_platform_applications")}


def invalid_name(stage: Stage) -> dict[str, Any]:
    recorded = next(each for each in CASES if each["case"].endswith(f"invalid_name[{stage.argument}]"))
    message = recorded["recorded"]["invalid-application-name"]["Error"]["Message"]
    # AWS shows the whole name, so the recording tells what it was.
    name = message.removeprefix("Invalid parameter: ").rpartition(" Reason:")[0]
    given = {"Name": name, "Platform": "GCM", "Attributes": gcm()}
    return {"invalid-application-name": stage.attempt("create_platform_application", **given)}


def invalid_arn(operation: str, **more: Any) -> Play:
    def play(stage: Stage) -> dict[str, Any]:
        return {"invalid-application-arn": stage.attempt(operation, PlatformApplicationArn="invalid", **more)}

    return play


def application_attributes(stage: Stage) -> dict[str, Any]:
    told = stage.attempt("get_platform_application_attributes", PlatformApplicationArn=stage.application())
    return {"get-application-attributes": told}


def idempotency(stage: Stage) -> dict[str, Any]:
    app = {"PlatformApplicationArn": stage.application(), "Token": "token_1"}
    first = {**app, "CustomUserData": "data"}
    return {
        "create-platform-endpoint": stage.attempt("create_platform_endpoint", **first),
        "create-platform-endpoint-idempotent": stage.attempt("create_platform_endpoint", **first),
        "create-platform-endpoint-different-token": stage.attempt(
            "create_platform_endpoint", **app, CustomUserData="other"
        ),
    }


def no_application(stage: Stage) -> dict[str, Any]:
    arn = stage.application() + "-none"
    return {
        "create-platform-endpoint": stage.attempt("create_platform_endpoint", PlatformApplicationArn=arn, Token="t")
    }


def list_endpoints(stage: Stage) -> dict[str, Any]:
    app = stage.application()
    stage.endpoint(app)
    told = stage.attempt("list_endpoints_by_platform_application", PlatformApplicationArn=app)
    return {"list-endpoints-by-app": told}


def deleted_with_subscription(stage: Stage) -> dict[str, Any]:
    endpoint = stage.endpoint(stage.application())
    topic = stage.sns.create_topic(Name=f"topic-{next(_names)}")["TopicArn"]
    stage.sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=endpoint)
    before = stage.attempt("list_subscriptions")
    deleted = stage.attempt("delete_endpoint", EndpointArn=endpoint)
    after = stage.attempt("list_subscriptions")
    return {
        "list-subscriptions-pre-delete": before,
        "delete-endpoint": deleted,
        "list-subscriptions-post-delete": after,
    }


def deleted_application(stage: Stage) -> dict[str, Any]:
    app = stage.application()
    stage.endpoint(app)
    return {
        "delete-application": stage.attempt("delete_platform_application", PlatformApplicationArn=app),
        "list-endpoints-after-app-delete": stage.attempt(
            "list_endpoints_by_platform_application", PlatformApplicationArn=app
        ),
    }


def set_endpoint(stage: Stage) -> dict[str, Any]:
    arn = stage.endpoint(stage.application())
    changed = stage.attempt("set_endpoint_attributes", EndpointArn=arn, Attributes={"Enabled": "false"})
    told = stage.attempt("get_endpoint_attributes", EndpointArn=arn)
    return {"set-platform-endpoint-attributes": changed, "get-platform-endpoint-attributes": told}


def set_no_endpoint(stage: Stage) -> dict[str, Any]:
    arn = f"{stage.application()}/none/none"
    told = stage.attempt("set_endpoint_attributes", EndpointArn=arn, Attributes={"Enabled": "false"})
    return {"set-platform-endpoint-attributes-non-existent-app": told}


_GIVEN: dict[str, dict[str, str]] = {
    "Invalid_Name_Principal": {"PlatformPrincipal": "x"},
    "Invalid_Name_Credential": {"PlatformCredential": "x"},
    "Invalid_Name_Generic": {"InvalidKey": "x"},
    "Data_Too_Long": {"CustomUserData": "x" * 2049},
    "Empty": {},
}


def set_invalid(stage: Stage) -> dict[str, Any]:
    arn = stage.endpoint(stage.application())
    told = stage.attempt("set_endpoint_attributes", EndpointArn=arn, Attributes=_GIVEN[stage.argument])
    return {"set-platform-endpoint-invalid-attributes": told}


def with_data(**more: Any) -> Play:
    def play(stage: Stage) -> dict[str, Any]:
        arn = stage.endpoint(stage.application(), **more)
        return {"create-endpoint-double-custom-data": stage.attempt("get_endpoint_attributes", EndpointArn=arn)}

    return play


def is_opted_out(stage: Stage) -> dict[str, Any]:
    stage.opted_out()
    return {"phone-number-opted-out": stage.attempt("check_if_phone_number_is_opted_out", phoneNumber=NUMBER)}


def list_opted_out(stage: Stage) -> dict[str, Any]:
    stage.opted_out()
    return {"list-phone-numbers-opted-out": stage.attempt("list_phone_numbers_opted_out")}


def opt_in(stage: Stage) -> dict[str, Any]:
    stage.opted_out()
    return {"opt-in-phone-number": stage.attempt("opt_in_phone_number", phoneNumber=NUMBER)}


def opt_in_nobody(stage: Stage) -> dict[str, Any]:
    return {"opt-in-non-existing-number": stage.attempt("opt_in_phone_number", phoneNumber="invalid")}


PLAYS: dict[str, Play] = {
    "test_get_sms_attributes_from_unmodified_region": sms_attributes,
    "test_create_platform_application": create_application,
    "test_list_platform_applications": list_applications,
    "test_create_platform_application_invalid_name": invalid_name,
    "test_get_platform_application_attributes_invalid_arn": invalid_arn("get_platform_application_attributes"),
    "test_get_platform_application_attributes": application_attributes,
    "test_set_platform_application_attributes_invalid_arn": invalid_arn(
        "set_platform_application_attributes", Attributes={"SuccessFeedbackSampleRate": "1"}
    ),
    "test_create_platform_endpoint_idempotency": idempotency,
    "test_create_platform_endpoint_non_existent_app": no_application,
    "test_list_platform_endpoints": list_endpoints,
    "test_delete_platform_endpoint_with_subscription": deleted_with_subscription,
    "test_delete_endpoints_of_deleted_app": deleted_application,
    "test_set_platform_endpoint_attributes": set_endpoint,
    "test_set_platform_endpoint_attributes_invalid_arn": set_no_endpoint,
    "test_set_platform_endpoint_attributes_invalid_attributes": set_invalid,
    "test_create_platform_endpoint_double_custom_data": with_data(
        CustomUserData="foo", Attributes={"CustomUserData": "bar"}
    ),
    "test_create_platform_endpoint_custom_data": with_data(Attributes={"CustomUserData": "bar"}),
    "test_is_phone_number_opted_out": is_opted_out,
    "test_list_phone_numbers_opted_out": list_opted_out,
    "test_opt_in_phone_number": opt_in,
    "test_opt_in_invalid_number": opt_in_nobody,
}


def _expected(recorded: Any) -> Any:
    """The recording, of GCM and with the tests' account. A page that is the last one has no token here; AWS' may."""
    text = json.dumps(recorded).replace("/ADM/", "/GCM/").replace("111111111111", ACCOUNT)
    text = text.replace("<platform_application>", "<platform-application>")
    return _without(json.loads(text), "NextToken")


def _without(value: Any, *names: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, *names) for key, each in value.items() if key not in names}
    return [_without(each, *names) for each in value] if isinstance(value, list) else value


@pytest.mark.skipif(not CASES, reason=f"no {VECTORS}")
@pytest.mark.parametrize("case", CASES, ids=[each["case"] for each in CASES])
def test_aws_answered_the_same(chasqui: TestServer, sns: Any, case: dict[str, Any]) -> None:
    name, _, argument = case["case"].partition("::")[2].removesuffix("]").partition("[")

    answers = PLAYS[name](Stage(chasqui, sns, argument))

    answers = _without(answers, "AuthenticationMethod", "NextToken")
    Comparison(query=False).compare(_expected(case["recorded"]), answers)


def test_every_play_is_of_a_recorded_case() -> None:
    if CASES:
        names = {each["case"].partition("::")[2].partition("[")[0] for each in CASES}
        assert names == PLAYS.keys()
