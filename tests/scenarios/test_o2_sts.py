"""O2 and S1 on a strict server: temporary credentials, with boto3 and the AWS CLI as clients. Sessions of roles may
what the roles may, and end with them; identity providers' tokens are exchanged; answers are those recorded from AWS."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.engines import Engine
from tests.strict import ACCOUNT, StrictServer, allow, deny, policy, refusal, session_credentials
from tests.support import vectors
from tests.unit.access.oidc.minting import Issuer, rsa_jwk, rsa_key, served_issuer, token

RECORDED = {case["case"].partition("::")[2]: case["recorded"] for case in vectors("sts-responses.jsonl")}
recorded_from_aws = pytest.mark.skipif(not RECORDED, reason="the recordings are not here")


@pytest.fixture(scope="module")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict"), *engine.options()) as running:
        yield running


@pytest.fixture
def iam(server: StrictServer) -> Any:
    return server.client("iam")


@pytest.fixture
def name() -> str:
    return f"it-{uuid.uuid4().hex[:12]}"


def trusting(principal: Any, *actions: str, **more: Any) -> str:
    """A trust policy; a text is an AWS principal."""
    named = {"AWS": principal} if isinstance(principal, str) else principal
    statement = {"Effect": "Allow", "Principal": named, "Action": list(actions or ("sts:AssumeRole",)), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def new_role(iam: Any, name: str, trust: str, *statements: dict[str, Any]) -> str:
    """A role that may do what the statements say; returns its ARN."""
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="its", PolicyDocument=policy(*statements))
    return arn


def assumed(sts: Any, role: str, **parameters: Any) -> dict[str, str]:
    """The credentials of a new session, as clients take them."""
    answer = sts.assume_role(RoleArn=role, **{"RoleSessionName": "session", **parameters})
    return session_credentials(answer["Credentials"])


# ------------------------------------------------------------------------------------------------------------- roles


def test_a_session_may_what_its_role_may(server: StrictServer, iam: Any, name: str) -> None:
    queue = server.client().create_queue(QueueName=name)["QueueUrl"]
    role = new_role(iam, name, trusting(ACCOUNT), allow("sqs:SendMessage"))
    user = server.user(allow("sts:AssumeRole", on=role))

    session = assumed(server.client("sts", **user), role)
    sqs = server.client(**session)
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    assert refusal(sqs.receive_message, QueueUrl=queue)[:2] == ("AccessDenied", 403)
    assert server.client("sts", **session).get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
    )


def test_who_may_not_assume_a_role_is_told_no_more_than_that(server: StrictServer, iam: Any, name: str) -> None:
    role = new_role(iam, name, trusting(ACCOUNT))
    sts = server.client("sts", **server.user(name=f"{name}-user"))
    user = f"arn:aws:iam::{ACCOUNT}:user/{name}-user"

    code, status, message = refusal(sts.assume_role, RoleArn=role, RoleSessionName="session")

    assert (code, status) == ("AccessDenied", 403)
    assert message == f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {role}"


def test_a_deputy_needs_the_external_id(server: StrictServer, iam: Any, name: str) -> None:
    trust = trusting(ACCOUNT, Condition={"StringEquals": {"sts:ExternalId": "customer-7"}})
    role = new_role(iam, name, trust)
    sts = server.client("sts", **server.user(allow("sts:AssumeRole")))

    assumed(sts, role, ExternalId="customer-7")

    assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="session")[0] == "AccessDenied"


def test_a_session_policy_only_takes_away(server: StrictServer, iam: Any, name: str) -> None:
    queue = server.client().create_queue(QueueName=name)["QueueUrl"]
    role = new_role(iam, name, trusting(ACCOUNT), allow("sqs:*"), deny("sqs:PurgeQueue"))
    sts = server.client("sts", **server.user(allow("sts:AssumeRole")))

    sqs = server.client(**assumed(sts, role, Policy=policy(allow("sqs:SendMessage", "sqs:PurgeQueue"))))
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    assert refusal(sqs.receive_message, QueueUrl=queue)[0] == "AccessDenied"
    assert refusal(sqs.purge_queue, QueueUrl=queue)[0] == "AccessDenied"


def test_tags_of_a_session_decide(server: StrictServer, iam: Any, name: str) -> None:
    queue = server.client().create_queue(QueueName=name, tags={"Team": "red"})["QueueUrl"]
    same = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    role = new_role(
        iam, name, trusting(ACCOUNT, "sts:AssumeRole", "sts:TagSession"), allow("sqs:SendMessage", Condition=same)
    )
    sts = server.client("sts", **server.user(allow("sts:AssumeRole", "sts:TagSession")))

    red, blue = (server.client(**assumed(sts, role, Tags=[{"Key": "Team", "Value": team}])) for team in ("red", "blue"))
    red.send_message(QueueUrl=queue, MessageBody="x")

    assert refusal(blue.send_message, QueueUrl=queue, MessageBody="x")[0] == "AccessDenied"


def test_the_session_of_a_deleted_role_is_refused(server: StrictServer, iam: Any, name: str) -> None:
    role = new_role(iam, name, trusting(ACCOUNT))
    session = assumed(server.client("sts", **server.user(allow("sts:AssumeRole"))), role)
    sts = server.client("sts", **session)
    sts.get_caller_identity()
    iam.delete_role(RoleName=name)
    new_role(iam, name, trusting(ACCOUNT))

    assert refusal(sts.get_caller_identity)[1] == 403


def test_what_a_role_may_no_more_its_sessions_may_no_more(server: StrictServer, iam: Any, name: str) -> None:
    queue = server.client().create_queue(QueueName=name)["QueueUrl"]
    role = new_role(iam, name, trusting(ACCOUNT), allow("sqs:SendMessage"))
    sqs = server.client(**assumed(server.client("sts", **server.user(allow("sts:AssumeRole"))), role))
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    iam.delete_role_policy(RoleName=name, PolicyName="its")

    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")[0] == "AccessDenied"


def test_a_tampered_token_is_refused(server: StrictServer, iam: Any, name: str) -> None:
    role = new_role(iam, name, trusting(ACCOUNT))
    session = assumed(server.client("sts", **server.user(allow("sts:AssumeRole"))), role)
    text = session["aws_session_token"]
    changed = text[:60] + ("A" if text[60] != "A" else "B") + text[61:]

    sts = server.client("sts", **{**session, "aws_session_token": changed})

    assert refusal(sts.get_caller_identity)[1] == 403


def test_users_get_sessions_of_their_own_and_sessions_get_none(server: StrictServer) -> None:
    keys = server.user(name=(user := f"u-{uuid.uuid4().hex[:8]}"))
    session = session_credentials(server.client("sts", **keys).get_session_token()["Credentials"])
    sts = server.client("sts", **session)

    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    assert refusal(sts.get_session_token) == (
        "AccessDenied",
        403,
        "Cannot call GetSessionToken with session credentials",
    )


def test_somebody_vouched_for_may_what_both_allow(server: StrictServer, name: str) -> None:
    queue = server.client().create_queue(QueueName=name)["QueueUrl"]
    keys = server.user(allow("sts:GetFederationToken", "sqs:SendMessage"))
    answer = server.client("sts", **keys).get_federation_token(Name="carol", Policy=policy(allow("sqs:*")))
    sqs = server.client(**session_credentials(answer["Credentials"]))
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    assert answer["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/carol"
    assert refusal(sqs.receive_message, QueueUrl=queue)[0] == "AccessDenied"


def test_a_key_tells_its_account(server: StrictServer) -> None:
    keys = server.user()
    sts = server.client("sts")

    assert sts.get_access_key_info(AccessKeyId=keys["aws_access_key_id"])["Account"] == ACCOUNT


def test_the_cli_assumes_roles_by_profile(server: StrictServer, iam: Any, name: str, tmp_path: Path) -> None:
    role = new_role(iam, name, trusting(ACCOUNT))
    keys = server.user(allow("sts:AssumeRole"))
    config = tmp_path / "config"
    config.write_text(
        f"[profile base]\nregion = us-east-1\nendpoint_url = {server.url}\n"
        f"aws_access_key_id = {keys['aws_access_key_id']}\naws_secret_access_key = {keys['aws_secret_access_key']}\n"
        f"[profile role]\nregion = us-east-1\nendpoint_url = {server.url}\nsource_profile = base\nrole_arn = {role}\n"
        "role_session_name = cli\n"
    )
    environment = {**os.environ, "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}

    done = subprocess.run(
        ["aws", "--profile", "role", "sts", "get-caller-identity", "--output", "json"],
        env={**environment, "HOME": str(tmp_path), "PATH": f"{Path(os.sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout)["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/cli"


# ------------------------------------------------------------------------------------------------------ web identities


@pytest.fixture
def issuer(iam: Any) -> Iterator[Issuer]:
    """A registered issuer whose first key is published."""
    with served_issuer() as served:
        served.publish(rsa_jwk("first"))
        iam.create_open_id_connect_provider(Url=served.url, ClientIDList=["sts.amazonaws.com"])
        yield served


def unsigned(server: StrictServer) -> Any:
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("sts", endpoint_url=server.url, region_name="us-east-1", config=config)


def minted(issuer: Issuer, **changes: Any) -> str:
    """A token of the issuer's that holds now."""
    now_s = int(time.time())
    return token(**{"iss": issuer.url, "iat": now_s, "exp": now_s + 600, **changes})


def deploying(iam: Any, name: str, issuer: Issuer) -> str:
    """A role for the issuer's jobs."""
    address = issuer.url.removeprefix("http://")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{address}"
    condition = {"StringLike": {f"{address}:sub": "system:job:*"}}
    trust = trusting({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=condition)
    return new_role(iam, name, trust, allow("sqs:ListQueues"))


def exchange(server: StrictServer, role: str, text: str) -> Any:
    return unsigned(server).assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=text)


def test_a_job_exchanges_its_token(server: StrictServer, iam: Any, name: str, issuer: Issuer) -> None:
    answer = exchange(server, deploying(iam, name, issuer), minted(issuer))
    session = session_credentials(answer["Credentials"])

    server.client(**session).list_queues()

    assert answer["SubjectFromWebIdentityToken"] == "system:job:7"
    assert answer["Audience"] == "sts.amazonaws.com"
    assert server.client("sts", **session).get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/job"
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sub": "system:person:7"}, "AccessDenied"),
        ({"aud": "somebody.example"}, "InvalidIdentityToken"),
        ({"key": rsa_key("stranger")}, "InvalidIdentityToken"),
        ({"kid": "unknown"}, "InvalidIdentityToken"),
        ({"iss": "https://somebody.example"}, "InvalidIdentityToken"),
        ({"exp": 1_700_000_000}, "ExpiredTokenException"),
    ],
)
def test_other_tokens_are_refused(
    server: StrictServer, iam: Any, name: str, issuer: Issuer, changes: dict[str, Any], code: str
) -> None:
    role = deploying(iam, name, issuer)

    with pytest.raises(ClientError) as caught:
        exchange(server, role, minted(issuer, **changes))

    assert caught.value.response["Error"]["Code"] == code


def test_an_sdk_exchanges_the_token_in_a_file_by_itself(
    server: StrictServer, iam: Any, name: str, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(minted(issuer))
    (tmp_path / "config").write_text(
        f"[profile job]\nregion = us-east-1\nendpoint_url = {server.url}\nrole_session_name = sdk\n"
        f"role_arn = {deploying(iam, name, issuer)}\nweb_identity_token_file = {tmp_path / 'token'}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    who = boto3.Session(profile_name="job").client("sts").get_caller_identity()

    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/sdk"


# ------------------------------------------------------------------------------------------------- recorded from AWS


def as_recorded(error: ClientError) -> dict[str, Any]:
    """An error as the recordings have it."""
    response = error.response
    return {
        "Error": {name: response["Error"][name] for name in ("Code", "Message", "Type")},
        "ResponseMetadata": {
            "HTTPHeaders": {},
            "HTTPStatusCode": response["ResponseMetadata"]["HTTPStatusCode"],
        },
    }


INVALID = {
    "invalid-session-name": {"RoleSessionName": "Session1:2"},
    "malformed-arn": {"RoleArn": "nothing-valid-in-here"},
    "no-partition": {"RoleArn": "arn::b:::something/test-role"},
    "no-resource": {"RoleArn": "arn:a:a::aaaaaaaaaa:"},
    "no-service": {"RoleArn": "arn:a::::something/test-role"},
    "not-enough-colons": {"RoleArn": "arn:a:::something/test-role"},
}


@recorded_from_aws
@pytest.mark.parametrize("case", INVALID)
def test_invalid_parameters_are_answered_as_by_aws(server: StrictServer, case: str) -> None:
    good = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/test-role", "RoleSessionName": "Session1"}

    with pytest.raises(ClientError) as caught:
        server.client("sts").assume_role(**{**good, **INVALID[case]})

    assert as_recorded(caught.value) == RECORDED["test_sts_invalid_parameters"][case]


@recorded_from_aws
def test_an_assumed_role_is_answered_as_by_aws(server: StrictServer, iam: Any, name: str) -> None:
    recorded = RECORDED["test_assume_role"]["assume-role"]
    role = new_role(iam, name, trusting(ACCOUNT))
    role_id = iam.get_role(RoleName=name)["Role"]["RoleId"]

    answer = server.client("sts").assume_role(RoleArn=role, RoleSessionName="session")

    assert answer.keys() == recorded.keys()
    assert answer["Credentials"].keys() == recorded["Credentials"].keys()
    filled = {"<partition>": "aws", "111111111111": ACCOUNT, "<resource:1>": name, "<role-id:1>": role_id}
    expected = json.dumps(recorded["AssumedRoleUser"])
    for placeholder, value in {**filled, "<role-session-name:1>": "session"}.items():
        expected = expected.replace(placeholder, value)
    assert answer["AssumedRoleUser"] == json.loads(expected)


@recorded_from_aws
@pytest.mark.parametrize(
    ("case", "key"),
    [("override-transitive-tag-error", "SessionTag1"), ("override-transitive-tag-case-ignore-error", "sessiontag1")],
)
def test_overriding_a_transitive_tag_is_answered_as_by_aws(
    server: StrictServer, iam: Any, name: str, case: str, key: str
) -> None:
    trust = trusting(ACCOUNT, "sts:AssumeRole", "sts:TagSession")
    first = new_role(iam, f"{name}-1", trust, allow("sts:*"))
    second = new_role(iam, f"{name}-2", trust)
    session = assumed(
        server.client("sts"), first, Tags=[{"Key": "SessionTag1", "Value": "1"}], TransitiveTagKeys=["SessionTag1"]
    )

    with pytest.raises(ClientError) as caught:
        assumed(server.client("sts", **session), second, Tags=[{"Key": key, "Value": "2"}])

    recorded = RECORDED["test_iam_role_chaining_override_transitive_tags"][case]
    assert as_recorded(caught.value) == recorded
