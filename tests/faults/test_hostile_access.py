"""Whoever tampers with a request, borrows a signature, names what is another's or pretends to be a service: refused,
with the right code, on a strict server."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.strict import (
    ACCOUNT,
    ADMIN,
    OTHER,
    House,
    StrictServer,
    allow,
    policy,
    refusal,
    session_credentials,
    shared_house,
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with shared_house(tmp_path_factory.mktemp("hostile")) as both:
        yield both


@pytest.fixture
def server(house: House) -> StrictServer:
    return house[0]


@pytest.fixture
def queue(server: StrictServer, name: str) -> str:
    return str(server.client().create_queue(QueueName=name)["QueueUrl"])


class Sent:
    """A request laid out by hand, signed by botocore, and then changed."""

    def __init__(self, server: StrictServer, queue: str, **credentials: str) -> None:
        self.server = server
        self.method, self.path = "POST", "/"
        self.body = json.dumps({"QueueUrl": queue, "MessageBody": f"m-{uuid.uuid4()}"})
        self.headers = {
            "Host": urlsplit(server.url).netloc,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AmazonSQS.SendMessage",
        }
        self.credentials = Credentials(*({**ADMIN, **credentials}.values()))

    def sign(self, service: str = "sqs", region: str = "us-east-1", at: datetime | None = None) -> Sent:
        request = AWSRequest(self.method, self.server.url + self.path, data=self.body, headers=self.headers)
        signer = SigV4Auth(self.credentials, service, region)
        if at is None:
            signer.add_auth(request)
        else:
            request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
            request.headers["X-Amz-Date"] = request.context["timestamp"]
            canonical = signer.canonical_request(request)
            signature = signer.signature(signer.string_to_sign(request, canonical), request)
            signer._inject_signature_to_request(request, signature)
        self.headers = {name: str(value) for name, value in request.headers.items()}
        return self

    def send(self) -> tuple[int, str, str]:
        """(status, error code, message)"""
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=20)
        try:
            connection.request(self.method, self.path, self.body.encode(), self.headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            code = (answer.getheader("x-amzn-query-error") or "").partition(";")[0]
        finally:
            connection.close()
        told = json.loads(text) if text.startswith("{") else {}
        return answer.status, code or str(told.get("__type", text)), str(told.get("message", text))


@pytest.fixture
def sent(server: StrictServer, queue: str) -> Sent:
    return Sent(server, queue)


def test_an_untouched_request_is_served_and_its_replay_too(sent: Sent) -> None:
    """Two equal sends in one second are legitimate, so a replay within the window is."""
    sent.sign()

    assert [sent.send()[0], sent.send()[0]] == [200, 200]


def change_body(sent: Sent) -> None:
    sent.body = sent.body.replace("m-", "n-", 1)


def change_path(sent: Sent) -> None:
    sent.path = "/elsewhere"


def add_query(sent: Sent) -> None:
    sent.path = "/?Action=DeleteQueue"


def change_target(sent: Sent) -> None:
    sent.headers["X-Amz-Target"] = "AmazonSQS.DeleteQueue"


def change_host(sent: Sent) -> None:
    sent.headers["Host"] = "127.0.0.1:1"


def change_date(sent: Sent) -> None:
    stamp = datetime.strptime(sent.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ") + timedelta(seconds=1)
    sent.headers["X-Amz-Date"] = stamp.strftime("%Y%m%dT%H%M%SZ")


def change_signature(sent: Sent) -> None:
    head, _, signature = sent.headers["Authorization"].rpartition("=")
    sent.headers["Authorization"] = f"{head}={'0' if signature[0] != '0' else '1'}{signature[1:]}"


def change_region(sent: Sent) -> None:
    sent.headers["Authorization"] = sent.headers["Authorization"].replace("us-east-1", "eu-west-1")


def sign_fewer_headers(sent: Sent) -> None:
    sent.headers["Authorization"] = sent.headers["Authorization"].replace(";x-amz-target", "")


@pytest.mark.parametrize(
    "tamper",
    [
        change_body,
        change_path,
        add_query,
        change_target,
        change_host,
        change_date,
        change_signature,
        change_region,
        sign_fewer_headers,
    ],
)
def test_a_tampered_request_is_refused(sent: Sent, tamper: Any) -> None:
    sent.sign()

    tamper(sent)

    status, code, _ = sent.send()
    assert (status, code) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(("minutes", "words"), [(-16, "Signature expired:"), (16, "Signature not yet current:")])
def test_a_signature_of_another_time_is_refused(sent: Sent, minutes: int, words: str) -> None:
    sent.sign(at=datetime.now(UTC) + timedelta(minutes=minutes))

    status, code, message = sent.send()

    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert message.startswith(words)


def test_a_signature_for_another_service_is_refused(sent: Sent) -> None:
    status, code, message = sent.sign(service="sns").send()

    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert "service" in message


def test_a_smuggled_header_is_not_overlooked(sent: Sent) -> None:
    """An x-amz-header that nobody signed could turn the request into another."""
    sent.sign()
    sent.headers["X-Amz-Security-Something"] = "x"

    assert sent.send()[0] == 403


def test_a_presigned_request_ends_when_it_says(server: StrictServer, queue: str) -> None:
    request = AWSRequest("GET", f"{server.url}/?Action=ListQueues&Version=2012-11-05")
    signer = SigV4QueryAuth(Credentials(*ADMIN.values()), "sqs", "us-east-1", expires=60)
    signer.add_auth(request)
    good = urlsplit(str(request.url))

    def ask(query: str) -> int:
        connection = http.client.HTTPConnection(good.netloc, timeout=20)
        try:
            connection.request("GET", f"/?{query}")
            return connection.getresponse().status
        finally:
            connection.close()

    assert ask(good.query) == 200
    assert ask(good.query.replace("X-Amz-Expires=60", "X-Amz-Expires=61")) == 403
    assert ask(good.query.replace("Action=ListQueues", "Action=DeleteQueue")) == 403


# -------------------------------------------------------------------------------------------------- what is another's


def test_another_accounts_queue_is_refused_by_url_and_by_arn(house: House, queue: str, name: str) -> None:
    server, credentials = house
    sqs = server.client(**credentials)
    own = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    refused = [
        refusal(sqs.delete_queue, QueueUrl=queue)[0],
        refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"Policy": ""})[0],
        refusal(sqs.receive_message, QueueUrl=queue.replace("127.0.0.1", "localhost"))[0],
        refusal(sqs.receive_message, QueueUrl=f"http://sqs.us-east-1.localhost/{ACCOUNT}/{name}")[0],
        refusal(sqs.list_message_move_tasks, SourceArn=arn)[0],
        refusal(sqs.start_message_move_task, SourceArn=arn)[0],
    ]

    assert own.split("/")[-2] == OTHER
    assert set(refused) == {"AccessDenied"}


@pytest.mark.parametrize("url", ["/../{account}/{name}", "//{account}//{name}", "/{account}/../{account}/{name}"])
def test_a_crooked_url_opens_no_other_queue(house: House, queue: str, name: str, url: str) -> None:
    server, credentials = house
    crooked = server.url + url.format(account=ACCOUNT, name=name)

    code, status, _ = refusal(server.client(**credentials).receive_message, QueueUrl=crooked)

    assert 400 <= status < 500
    assert code in ("AccessDenied", "InvalidAddress", "AWS.SimpleQueueService.NonExistentQueue")


# ---------------------------------------------------------------------------------------------------------- sessions


TRUST = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def role(server: StrictServer, name: str) -> str:
    iam = server.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="its", PolicyDocument=policy(allow("sqs:*")))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def assumed(server: StrictServer, role: str) -> dict[str, str]:
    answer = server.client("sts").assume_role(RoleArn=role, RoleSessionName="visit")
    return session_credentials(answer["Credentials"])


def test_the_session_of_a_deleted_role_is_refused_even_if_there_is_another_of_its_name(
    server: StrictServer, role: str, name: str, queue: str
) -> None:
    session = assumed(server, role)
    sqs, iam = server.client(**session), server.client("iam")
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    iam.delete_role_policy(RoleName=name, PolicyName="its")
    iam.delete_role(RoleName=name)

    gone = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")[:2]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="its", PolicyDocument=policy(allow("sqs:*")))
    again = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x")[:2]

    assert gone == again == ("InvalidClientTokenId", 403)


def test_a_sessions_parts_do_not_work_alone_or_in_another_session(server: StrictServer, role: str, queue: str) -> None:
    one, two = assumed(server, role), assumed(server, role)
    mixed = {**one, "aws_session_token": two["aws_session_token"]}
    bare = {name: value for name, value in one.items() if name != "aws_session_token"}
    token = one["aws_session_token"]
    bent = {**one, "aws_session_token": token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]}

    for credentials in (mixed, bare, bent):
        code, status, _ = refusal(server.client(**credentials).send_message, QueueUrl=queue, MessageBody="x")
        assert (code, status) == ("InvalidClientTokenId", 403)


def test_a_message_cannot_pose_as_a_session_token(server: StrictServer, queue: str) -> None:
    """What the key ring seals for one purpose opens for no other."""
    posed = {**ADMIN, "aws_session_token": "AA" * 60}

    code, status, _ = refusal(server.client(**posed).send_message, QueueUrl=queue, MessageBody="x")

    assert (code, status) == ("InvalidClientTokenId", 403)


def test_no_role_is_assumed_whose_trust_does_not_say_so(server: StrictServer, name: str) -> None:
    iam = server.client("iam")
    deputy = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "agreed"}},
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(deputy))
    sts = server.client("sts")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"

    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="visit")[0] == "AccessDenied"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="visit", ExternalId="guess")[0] == "AccessDenied"
    assert sts.assume_role(RoleArn=arn, RoleSessionName="visit", ExternalId="agreed")["Credentials"]
