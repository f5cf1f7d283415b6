"""No secret is ever in the log, nor in the clear on the disk: whatever door it came in by, at the log's chattiest.

Each test sends secrets that are found nowhere else, then looks for them in what the server wrote to standard error and
in every file under its data directory, as they are, percent-encoded and in base64.
"""

from __future__ import annotations

import base64
import datetime
import json
import os
import secrets
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.faults.client import RawClient, request_bytes
from tests.strict import StrictServer, allow, policy, refusal, session_credentials
from tests.support import COMMAND, Server, eventually

ADMIN_KEY = "AKIATESTADMINISTRATOR"


def secret() -> str:
    """Something that is nowhere else, of characters that no encoding changes."""
    return f"sEcReT{secrets.token_hex(16)}"


class Watched:
    """A chatty strict server, the secrets that it was told or told, and the search for them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.admin_secret, self.keys_secret = secret(), secret()
        self.secrets = [self.admin_secret, self.keys_secret]
        environ = {
            "CHASQUI_ADMIN_ACCESS_KEY": ADMIN_KEY,
            "CHASQUI_ADMIN_SECRET_KEY": self.admin_secret,
            "CHASQUI_KEYS_SECRET": self.keys_secret,
            "CHASQUI_AUDIT_EVENTS": "all",
        }
        self.server = StrictServer(data, "--log-level", "debug", environ=environ)

    def client(self, service: str = "sqs", **options: Any) -> Any:
        mine = {"aws_access_key_id": ADMIN_KEY, "aws_secret_access_key": self.admin_secret}
        return self.server.client(service, **{**mine, **options})

    def hide(self, value: str = "") -> str:
        """A secret to look for, a new one by default."""
        self.secrets.append(value or secret())
        return self.secrets[-1]

    def user(self, name: str, *statements: dict[str, Any]) -> dict[str, str]:
        iam = self.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="its", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": self.hide(key["SecretAccessKey"]),
        }

    def session(self) -> dict[str, str]:
        given = session_credentials(self.client("sts").get_session_token()["Credentials"])
        self.hide(given["aws_secret_access_key"])
        self.hide(given["aws_session_token"])
        return given

    def send(self, data: bytes) -> int:
        with RawClient(self.server.url) as client:
            return client.ask(data).status

    def check(self) -> None:
        """None of the secrets is in the log or on the disk."""
        assert leaked(self.secrets, json.dumps(self.server.log).encode()) == []
        for path in sorted(self.data.rglob("*")):
            if path.is_file():
                assert leaked(self.secrets, path.read_bytes()) == [], path


def leaked(wanted: list[str], text: bytes) -> list[str]:
    """The secrets that a text holds in some form."""
    return [each for each in wanted if any(form in text for form in forms(each))]


def forms(value: str) -> set[bytes]:
    encoded = base64.b64encode(value.encode()).rstrip(b"=")
    return {value.encode(), quote(value, safe="").encode(), encoded[: len(encoded) // 4 * 4 - 4]}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    found = Watched(tmp_path_factory.mktemp("data"))
    yield found
    found.server.stop()
    found.check()  # once more, with all that is written at the end


def test_the_search_finds_what_is_there() -> None:
    value = "a secret/with+signs="
    texts = [b"x a secret/with+signs= x", b"a%20secret%2Fwith%2Bsigns%3D", base64.b64encode(value.encode())]

    assert [leaked([value], text) for text in texts] == [[value]] * 3
    assert leaked([value], b"another") == []


def test_the_settings_secrets_are_not_told(watched: Watched) -> None:
    watched.client().list_queues()

    watched.check()


def test_keys_that_iam_gives_out_are_not_told(watched: Watched) -> None:
    sqs = watched.client(**watched.user("ana", allow("sqs:ListQueues")))
    sqs.list_queues()
    assert refusal(sqs.create_queue, QueueName="x")[0] == "AccessDenied"

    watched.check()


def test_session_tokens_are_not_told_used_wrong_or_right(watched: Watched) -> None:
    given = watched.session()
    watched.client(**given).list_queues()
    assert refusal(watched.client(**{**given, "aws_secret_access_key": "x" * 40}).list_queues)[1] == 403
    assert refusal(watched.client(**{**given, "aws_access_key_id": ADMIN_KEY}).list_queues)[1] == 403
    made_up = watched.hide()
    assert refusal(watched.client(**{**given, "aws_session_token": made_up}).list_queues)[1] == 403

    watched.check()


def test_signatures_are_not_told(watched: Watched) -> None:
    signature = watched.hide(secrets.token_hex(32))
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{ADMIN_KEY}/{stamp[:8]}/us-east-1/sqs/aws4_request"
    for authorization in (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}",
        f"AWS4-HMAC-SHA256 Credential={scope}, Signature={signature}",
        f"AWS4-HMAC-SHA256 {signature}",
        f"AWS4-ECDSA-P256-SHA256 Credential={scope}, SignedHeaders=host, Signature={signature}",
        f"AWS {ADMIN_KEY}:{signature}",
        f"Basic {signature}",
        f"Bearer {signature}",
    ):
        headers = {"Host": "localhost", "Authorization": authorization, "X-Amz-Date": stamp}
        target = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
        assert watched.send(request_bytes("/", headers | target, b"{}")) in (400, 403)
        assert watched.send(request_bytes("/_chasqui/reset", headers, b"")) in (400, 403)
        assert watched.send(request_bytes("/nowhere/at/all", headers, b"")) >= 400

    watched.check()


def test_presigned_urls_are_not_told(watched: Watched) -> None:
    given = watched.session()
    keys = given["aws_access_key_id"], given["aws_secret_access_key"], given["aws_session_token"]
    for credentials, status in ((keys, 200), ((keys[0], "x" * 40, keys[2]), 403)):
        request = AWSRequest("GET", f"{watched.server.url}/?Action=ListQueues&Version=2012-11-05")
        SigV4QueryAuth(Credentials(*credentials), "sqs", "us-east-1", expires=60).add_auth(request)
        watched.hide(request.url.rpartition("X-Amz-Signature=")[2])
        target = request.url.removeprefix(watched.server.url)
        host = watched.server.url.removeprefix("http://")
        assert watched.send(request_bytes(target, {"Host": host}, b"", "GET")) == status
        # Nothing answers to these, and they are not HTTP.
        assert watched.send(request_bytes(f"/_chasqui/nothing{target[1:]}", {"Host": "localhost"}, b"", "GET")) == 404
        assert watched.send(request_bytes(f"{target}#x", {"Host": host}, b"", "GET")) == 400

    watched.check()


Attack = Callable[[str], bytes]
BAD: dict[str, Attack] = {
    "a token in a folded header": lambda it: (
        f"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n X-Amz-Security-Token: {it}\r\n\r\n".encode()
    ),
    "a token beside two lengths": lambda it: (
        f"POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Security-Token: {it}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
    ).encode(),
    "a secret in the target of no HTTP": lambda it: f"GET /?secret={it} HTTP/3.3\r\nHost: a\r\n\r\n".encode(),
    "a secret in a long target": lambda it: f"GET /{'a' * 40_000}?{it} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "a secret as the method": lambda it: f"{it} / HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "a secret in the host": lambda it: f"GET / HTTP/1.1\r\nHost: a@{it}\r\n\r\n".encode(),
    "a secret as a target header": lambda it: request_bytes("/", {"Host": "a", "X-Amz-Target": it}, b"{}"),
    "a secret in a body that is no JSON": lambda it: request_bytes(
        "/",
        {"Host": "a", "X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"},
        it.encode(),
    ),
    "a secret in a form": lambda it: request_bytes(
        "/",
        {"Host": "a", "Content-Type": "application/x-www-form-urlencoded"},
        f"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=a&RoleArn=x&WebIdentityToken={it}".encode(),
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_bad_requests_are_not_repeated(watched: Watched, bad: Attack) -> None:
    assert 400 <= watched.send(bad(watched.hide())) < 600

    watched.check()


def test_web_identities_are_not_told(watched: Watched) -> None:
    part = (
        base64.urlsafe_b64encode(json.dumps({"iss": "https://issuer.test", "sub": "me"}).encode()).decode().rstrip("=")
    )
    token = f"eyJhbGciOiJSUzI1NiJ9.{part}.{watched.hide()}"
    call = watched.client("sts").assume_role_with_web_identity
    role = "arn:aws:iam::000000000000:role/nobody"

    assert refusal(call, RoleArn=role, RoleSessionName="me", WebIdentityToken=token)[1] >= 400

    watched.check()


def test_messages_are_not_told_and_are_sealed_on_the_disk(watched: Watched) -> None:
    sqs = watched.client()
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    attributes = {"a": {"DataType": "String", "StringValue": watched.hide()}}
    sqs.send_message(QueueUrl=url, MessageBody=watched.hide(), MessageAttributes=attributes)
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody=watched.hide(), DelaySeconds=-1)[1] == 400

    watched.check()


def test_what_kms_encrypts_and_gives_out_is_not_told(watched: Watched) -> None:
    kms = watched.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=watched.hide().encode())["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=sealed)
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
    watched.hide(base64.b64encode(data_key).decode())
    watched.hide(data_key.hex())

    watched.check()


@pytest.fixture
def sns(watched: Watched) -> Any:
    return watched.client("sns")


def test_notifications_are_not_told_and_are_sealed_on_the_disk(watched: Watched, sns: Any) -> None:
    topic = sns.create_topic(Name="told")["TopicArn"]
    url = watched.client().create_queue(QueueName="told")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:told")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:gone")
    attributes = {"a": {"DataType": "String", "StringValue": watched.hide()}}
    for text in (watched.hide(), watched.hide() + "x" * 10_000):
        sns.publish(TopicArn=topic, Message=text, Subject=watched.hide(), MessageAttributes=attributes)
    sns.publish(PhoneNumber="+15550100", Message=watched.hide())
    assert refusal(sns.publish, TopicArn=topic, Message=watched.hide(), Subject="a\nb")[1] == 400

    assert watched.client().get_queue_attributes(QueueUrl=url)["ResponseMetadata"]["HTTPStatusCode"] == 200
    watched.check()


def test_tokens_of_subscriptions_are_not_told(watched: Watched, sns: Any) -> None:
    topic = sns.create_topic(Name="confirmed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint="anna@example.com")

    def mailed() -> Any:
        signed = AWSRequest("GET", f"{watched.server.url}/_chasqui/mailbox")
        SigV4Auth(Credentials(ADMIN_KEY, watched.admin_secret), "chasqui", "us-east-1").add_auth(signed)
        request = urllib.request.Request(signed.url, headers=dict(signed.headers.items()))
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())["mails"]

    (mail, *_) = eventually(mailed)
    link = json.loads(mail["text"])["SubscribeURL"]
    token = watched.hide(link.rpartition("Token=")[2])
    host = watched.server.url.removeprefix("http://")
    for query in (f"Action=ConfirmSubscription&TopicArn={topic}x&Token={token}", link.partition("?")[2]):
        watched.send(request_bytes(f"/?{query}", {"Host": host}, b"", "GET"))
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token=watched.hide())[1] == 400
    watched.send(request_bytes(f"/nowhere?Token={token}", {"Host": host}, b"", "GET"))

    watched.check()


def test_credentials_of_platforms_are_not_told(watched: Watched, sns: Any) -> None:
    for platform in ("GCM", "APNS", "ADM"):
        attributes = {"PlatformCredential": watched.hide(), "PlatformPrincipal": watched.hide()}
        made = sns.create_platform_application
        assert refusal(made, Name="app", Platform=platform, Attributes=attributes)[1] == 400

    watched.check()


def test_a_relays_password_is_not_told(tmp_path: Path) -> None:
    hidden = secret()
    environ = {
        "CHASQUI_SMTP_HOST": "127.0.0.1",
        "CHASQUI_SMTP_PORT": "1",
        "CHASQUI_SMTP_USER": "me",
        "CHASQUI_SMTP_PASSWORD": hidden,
    }
    with Server(tmp_path, "--log-level", "debug", environ=environ) as server:
        sns = server.client("sns")
        topic = sns.create_topic(Name="mailed")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="anna@example.com")
        sns.publish(TopicArn=topic, Message="x")

    assert leaked([hidden], json.dumps(server.log).encode()) == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and leaked([hidden], path.read_bytes())]


def test_control_endpoints_do_not_tell_what_they_are_asked_with(watched: Watched) -> None:
    given = watched.session()
    environ = {
        "AWS_ACCESS_KEY_ID": given["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": given["aws_secret_access_key"],
        "AWS_SESSION_TOKEN": given["aws_session_token"],
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CHASQUI_"))}
    command = [str(COMMAND), "queues", "--once", "--url", watched.server.url]
    done = subprocess.run(command, env=kept | environ, capture_output=True, check=True, timeout=60)
    assert b"queue" in done.stdout
    watched.send(request_bytes(f"/_chasqui/metrics?token={watched.hide()}", {"Host": "localhost"}, b"", "GET"))
    watched.send(
        request_bytes("/_chasqui/clock", {"Host": "localhost"}, json.dumps({"freeze": watched.hide()}).encode())
    )

    watched.check()


def test_an_explanation_does_not_tell_the_address_that_led_here(watched: Watched) -> None:
    sqs = watched.client(
        **watched.user("eva", allow("sqs:*", Condition={"StringLike": {"aws:Referer": "https://ours/*"}}))
    )
    hidden = watched.hide()

    def refer(request: Any, **_: object) -> None:
        request.headers["Referer"] = f"https://app.test/?code={hidden}"

    sqs.meta.events.register("before-send.sqs", refer)
    assert refusal(sqs.list_queues)[0] == "AccessDenied"

    watched.check()


ADDRESSES = {
    "nobody answers": "postgresql://me:{0}@127.0.0.1:1/x",
    "another scheme": "postgres+asyncpg://me:{0}@127.0.0.1/x",
    "a slash in the password": "postgresql://me:{0}/x@127.0.0.1:1/x",
    "a number sign in the password": "postgresql://me:{0}#x@127.0.0.1:1/x",
    "a bracket in the address": "postgresql://me:{0}@[::1/x",
    "as a parameter": "postgresql://127.0.0.1:1/x?user=me&password={0}",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_a_databases_password_is_not_told(address: str, tmp_path: Path) -> None:
    hidden = secret()
    with pytest.raises(RuntimeError) as failed:
        Server(tmp_path, "--database", address.format(hidden), "--log-level", "debug")

    assert "did not start" in str(failed.value)
    assert leaked([hidden], str(failed.value).encode()) == []


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_settings_and_migrations_do_not_show_passwords(address: str, tmp_path: Path) -> None:
    hidden, admin, keys = secret(), secret(), secret()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CHASQUI_"))}
    environ = {
        "CHASQUI_DATABASE": address.format(hidden),
        "CHASQUI_ADMIN_ACCESS_KEY": "AKIA",
        "CHASQUI_ADMIN_SECRET_KEY": admin,
        "CHASQUI_KEYS_SECRET": keys,
        "CHASQUI_BLOBS": f"s3://key:{hidden}@bucket/prefix",
    }
    for command in (["settings"], ["migrate", "--from", str(tmp_path), "--to", address.format(hidden)]):
        done = subprocess.run(
            [str(COMMAND), *command], env=kept | environ, capture_output=True, check=False, timeout=60
        )
        assert done.stdout or done.stderr
        assert leaked([hidden, admin, keys], done.stdout + done.stderr) == []
