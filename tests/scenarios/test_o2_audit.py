"""O2, what is left behind: the audit log of all management calls, read by LookupEvents, and why calls were refused."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import Engine
from tests.strict import ACCOUNT, ADMIN, House, StrictServer, allow, deny, refusal, shared_house
from tests.support import COMMAND, eventually

SECRET = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def house(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server, and the credentials of another account's administrator."""
    with shared_house(tmp_path_factory.mktemp("audit"), *engine.options()) as both:
        yield both


@pytest.fixture
def server(house: House) -> StrictServer:
    return house[0]


@pytest.fixture
def sqs(server: StrictServer) -> Any:
    return server.client()


@pytest.fixture
def trail(server: StrictServer) -> Any:
    return server.client("cloudtrail")


def events(trail: Any, key: str, value: str) -> list[dict[str, Any]]:
    """The records of the events with this attribute, newest first."""
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def names(found: list[dict[str, Any]]) -> list[str]:
    return [each["eventName"] for each in found]


def failed(call: Any, **parameters: Any) -> str:
    """The request id of a call that is refused."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["ResponseMetadata"]["RequestId"])


def test_a_change_is_in_the_log_when_it_is_answered(trail: Any, sqs: Any, name: str) -> None:
    answer = sqs.create_queue(QueueName=name)

    (record,) = events(trail, "ResourceName", name)

    assert (record["eventSource"], record["eventName"]) == ("sqs.amazonaws.com", "CreateQueue")
    assert record["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert record["userIdentity"]["accessKeyId"] == ADMIN["aws_access_key_id"]
    assert record["requestParameters"] == {"queueName": name}
    assert record["responseElements"] == {"queueUrl": answer["QueueUrl"]}
    assert record["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert record["sourceIPAddress"] == "127.0.0.1"


def test_a_call_that_only_reads_is_there_soon(trail: Any, sqs: Any, name: str) -> None:
    sqs.create_queue(QueueName=name)
    sqs.get_queue_url(QueueName=name)

    assert eventually(lambda: "GetQueueUrl" in names(events(trail, "ResourceName", name)))


def test_messages_leave_no_trace(trail: Any, sqs: Any, name: str) -> None:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    sqs.delete_queue(QueueUrl=url)

    assert names(events(trail, "ResourceName", name)) == ["DeleteQueue", "CreateQueue"]


@pytest.mark.one_engine("which calls are recorded has nothing to do with the database")
def test_data_calls_are_recorded_when_asked_without_what_they_carry(engine: Engine, tmp_path: Path, name: str) -> None:
    environ = {"CHASQUI_AUDIT_EVENTS": "all"}
    with StrictServer(tmp_path, *engine.options(), environ=environ) as server:
        sqs = server.client()
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=SECRET)

        (record,) = events(server.client("cloudtrail"), "EventName", "SendMessage")

    assert record["eventCategory"] == "Data"
    assert record["requestParameters"]["messageBody"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert SECRET not in json.dumps(record)


@pytest.mark.one_engine("which calls are recorded has nothing to do with the database")
def test_nothing_is_recorded_where_nothing_should_be(engine: Engine, tmp_path: Path, name: str) -> None:
    with StrictServer(tmp_path, *engine.options(), environ={"CHASQUI_AUDIT_EVENTS": "none"}) as server:
        server.client().create_queue(QueueName=name)

        assert server.client("cloudtrail").lookup_events()["Events"] == []


def test_new_secrets_are_not_in_the_log(server: StrictServer, trail: Any) -> None:
    keys = server.user(name=(user := f"u-{uuid.uuid4().hex[:8]}"))

    found = eventually(lambda: [each for each in events(trail, "EventName", "CreateAccessKey") if user in str(each)])

    assert keys["aws_access_key_id"] in json.dumps(found)
    assert keys["aws_secret_access_key"] not in json.dumps(found)


def test_a_refused_call_is_recorded_with_its_error(server: StrictServer, trail: Any, name: str) -> None:
    keys = server.user(allow("sqs:SendMessage"), name=(user := f"u-{uuid.uuid4().hex[:8]}"))
    refusal(server.client(**keys).create_queue, QueueName=name)

    (record,) = eventually(lambda: events(trail, "Username", user))

    assert (record["errorCode"], record["responseElements"]) == ("AccessDenied", None)
    assert "is not authorized to perform: sqs:createqueue" in record["errorMessage"]


def test_another_account_sees_nothing_of_it(house: House, sqs: Any, name: str) -> None:
    server, stranger = house
    sqs.create_queue(QueueName=name)

    assert events(server.client("cloudtrail", **stranger), "ResourceName", name) == []


def test_reading_the_log_is_a_permission(server: StrictServer) -> None:
    code, status, message = refusal(server.client("cloudtrail", **server.user(allow("sqs:*"))).lookup_events)

    assert (code, status) == ("AccessDeniedException", 403)
    assert "cloudtrail:LookupEvents" in message


def test_pages_hold_every_event_once(trail: Any, sqs: Any, name: str) -> None:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for number in range(6):
        sqs.tag_queue(QueueUrl=url, Tags={"number": str(number)})

    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": name}], PaginationConfig={"PageSize": 2}
    )
    found = [[json.loads(event["CloudTrailEvent"]) for event in page["Events"]] for page in pages]

    assert max(map(len, found)) == 2
    tags = [each["requestParameters"]["tags"]["number"] for page in found for each in page if "tags" in str(each)]
    assert tags == ["5", "4", "3", "2", "1", "0"]


def test_a_token_of_another_request_is_refused(trail: Any, sqs: Any, name: str) -> None:
    for number in range(2):
        sqs.create_queue(QueueName=f"{name}-{number}")
    token = trail.lookup_events(MaxResults=1)["NextToken"]

    code, status, _ = refusal(trail.lookup_events, NextToken=token, EndTime=4_000_000_000)

    assert (code, status) == ("InvalidNextTokenException", 400)


def test_the_log_survives_a_kill(engine: Engine, tmp_path: Path, name: str) -> None:
    options = engine.options()
    with StrictServer(tmp_path, *options) as server:
        server.client().create_queue(QueueName=name)
        server.kill()

    with StrictServer(tmp_path, *options) as server:
        assert names(events(server.client("cloudtrail"), "ResourceName", name)) == ["CreateQueue"]


def explained(server: StrictServer, request_id: str) -> str:
    """What `chasqui access explain` prints."""
    environ = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ADMIN["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ADMIN["aws_secret_access_key"],
    }
    command = [str(COMMAND), "access", "explain", request_id, "--url", server.url]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    return done.stdout + done.stderr


def test_a_refusal_is_explained_with_what_would_allow_it(server: StrictServer, sqs: Any, name: str) -> None:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    keys = server.user(allow("sqs:ReceiveMessage"), name=(user := f"u-{uuid.uuid4().hex[:8]}"))

    request_id = failed(server.client(**keys).send_message, QueueUrl=url, MessageBody="x")

    told = eventually(lambda: text if "advice" in (text := explained(server, request_id)) else None)
    assert f"who        arn:aws:iam::{ACCOUNT}:user/{user}" in told
    assert "lacking    no identity-based policy allows it" in told
    assert (
        f"Attach a policy that allows sqs:SendMessage on arn:aws:sqs:us-east-1:{ACCOUNT}:{name} to user/{user}" in told
    )


def test_an_explanation_names_the_statement_that_denied(server: StrictServer, sqs: Any, name: str) -> None:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    keys = server.user(allow("sqs:*"), {**deny("sqs:SendMessage"), "Sid": "NoSends"})

    request_id = failed(server.client(**keys).send_message, QueueUrl=url, MessageBody="x")

    told = eventually(lambda: text if "advice" in (text := explained(server, request_id)) else None)
    assert "decided by Deny, statement 2 (NoSends) of " in told


def test_a_refusal_is_in_the_servers_log(server: StrictServer, sqs: Any, name: str) -> None:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]

    request_id = failed(server.client(**server.user()).send_message, QueueUrl=url, MessageBody="x")

    line = eventually(lambda: [each for each in server.log if each.get("request") == request_id])[0]
    assert (line["level"], line["action"], line["verdict"]) == ("warning", "sqs:SendMessage", "implicit_deny")


def test_a_request_that_was_not_refused_has_no_explanation(server: StrictServer) -> None:
    assert "no refusal of a request nobody is known" in explained(server, "nobody")
