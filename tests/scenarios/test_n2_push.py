"""N2: push notifications to single devices, on a server started the README's way, against a stand-in of Firebase Cloud
Messaging: they arrive, a dead token disables its endpoint, and what happens to endpoints is told to a topic."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chasqui.cli.client import call
from tests.engines import Engine
from tests.strict import StrictServer, allow
from tests.support import Server, eventually, receive_all
from tests.unit.sns.direct_support import gcm

_UNREGISTERED = {
    "error": {"code": 404, "status": "NOT_FOUND", "message": "gone", "details": [{"errorCode": "UNREGISTERED"}]}
}


class Firebase:
    """Google's token endpoint and FCM on loopback. Tokens that begin with "dead" are not registered; `down` answers
    503."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.asked = 0
        self.down = False
        firebase = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status, answer = firebase.answer(self.path, self.headers.get("authorization", ""), body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.environ = {"CHASQUI_FCM_URL": self.url, "CHASQUI_FCM_TOKEN_URL": f"{self.url}/token"}
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer(self, path: str, authorization: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if path == "/token":
            return 200, {"access_token": "letmein", "expires_in": 3600, "token_type": "Bearer"}
        assert path == "/v1/projects/project-1/messages:send"
        self.asked += 1
        if authorization != "Bearer letmein":
            return 401, {"error": {"status": "UNAUTHENTICATED", "message": "who?"}}
        if self.down:
            return 503, {"error": {"status": "UNAVAILABLE", "message": "later"}}
        message = json.loads(body)["message"]
        if message["token"].startswith("dead"):
            return 404, _UNREGISTERED
        self.sent.append(message)
        return 200, {"name": f"projects/project-1/messages/{len(self.sent)}"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def firebase() -> Iterator[Firebase]:
    running = Firebase()
    yield running
    running.close()


def application(sns: Any, **more: str) -> str:
    made = sns.create_platform_application(Name="app", Platform="GCM", Attributes=gcm(**more))
    return str(made["PlatformApplicationArn"])


def device(sns: Any, app: str, token: str) -> str:
    return str(sns.create_platform_endpoint(PlatformApplicationArn=app, Token=token)["EndpointArn"])


def enabled(sns: Any, arn: str) -> str:
    return str(sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"]["Enabled"])


def test_a_published_message_arrives_at_the_device(engine: Engine, tmp_path: Path, firebase: Firebase) -> None:
    with Server(tmp_path, *engine.options(), environ=firebase.environ) as server:
        sns = server.client("sns")
        arn = device(sns, application(sns), "phone-1")
        sns.publish(TargetArn=arn, Message="hello")
        own = {"default": "x", "GCM": json.dumps({"fcmV1Message": {"message": {"notification": {"title": "own"}}}})}
        sns.publish(TargetArn=arn, Message=json.dumps(own), MessageStructure="json")
        eventually(lambda: len(firebase.sent) == 2)
    assert sorted(map(str, firebase.sent)) == sorted(
        map(
            str,
            [
                {"data": {"default": "hello"}, "token": "phone-1"},
                {"notification": {"title": "own"}, "token": "phone-1"},
            ],
        )
    )


def test_a_dead_token_disables_its_endpoint_and_the_topic_is_told(
    engine: Engine, tmp_path: Path, firebase: Firebase
) -> None:
    with Server(tmp_path, *engine.options(), environ=firebase.environ) as server:
        sns, sqs = server.client("sns"), server.client()
        topic = sns.create_topic(Name="events")["TopicArn"]
        url = sqs.create_queue(QueueName="events")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
        app = application(sns, EventEndpointCreated=topic, EventEndpointUpdated=topic, EventDeliveryFailure=topic)
        arn = device(sns, app, "dead-1")
        sent = sns.publish(TargetArn=arn, Message="hello")["MessageId"]
        eventually(lambda: enabled(sns, arn) == "false")
        told: dict[str, Any] = {}

        def all_told() -> bool:
            for each in receive_all(sqs, url):
                event = json.loads(each["Body"])
                told[event["EventType"]] = event
            return len(told) == 3

        eventually(all_told)
        with pytest.raises(ClientError) as caught:
            sns.publish(TargetArn=arn, Message="again")
    assert caught.value.response["Error"]["Code"] == "EndpointDisabled"
    assert told["EndpointCreated"] == {
        "EndpointArn": arn, "EventType": "EndpointCreated", "Resource": app, "Service": "SNS"
    }  # fmt: skip
    assert told["EndpointUpdated"]["EndpointArn"] == arn
    failure = told["DeliveryFailure"]
    assert (failure["FailureType"], failure["MessageId"]) == ("InvalidPlatformToken", sent)
    assert firebase.asked == 1


def test_what_waited_for_a_push_service_arrives_after_a_restart(
    engine: Engine, tmp_path: Path, firebase: Firebase
) -> None:
    options = ("--test-clock", *engine.options())
    firebase.down = True
    with Server(tmp_path, *options, environ=firebase.environ) as server:
        sns = server.client("sns")
        sns.publish(TargetArn=device(sns, application(sns), "phone-1"), Message="hello")
        eventually(lambda: firebase.asked)
        server.kill()
    firebase.down = False
    with Server(tmp_path, *options, environ=firebase.environ) as server:
        call(server.url, "/_chasqui/clock", {"advance_seconds": 600})
        eventually(lambda: firebase.sent)
    assert firebase.sent[0] == {"data": {"default": "hello"}, "token": "phone-1"}


def test_a_strict_server_asks_for_leave(engine: Engine, tmp_path: Path, firebase: Firebase) -> None:
    with StrictServer(tmp_path, *engine.options(), environ=firebase.environ) as server:
        admin = server.client("sns")
        app = application(admin)
        arn = device(admin, app, "phone-1")
        reader = server.client("sns", **server.user(allow("sns:GetEndpointAttributes", "sns:Publish", on=arn)))
        assert enabled(reader, arn) == "true"
        reader.publish(TargetArn=arn, Message="hello")
        refused = [
            (reader.publish, {"PhoneNumber": "+12025550123", "Message": "hello"}),
            (reader.publish, {"PhoneNumber": "+12025550123", "TargetArn": arn, "Message": "hello"}),
            (reader.set_endpoint_attributes, {"EndpointArn": arn, "Attributes": {"Enabled": "false"}}),
            (reader.get_platform_application_attributes, {"PlatformApplicationArn": app}),
            (reader.set_sms_attributes, {"attributes": {"MonthlySpendLimit": "100"}}),
            (reader.opt_in_phone_number, {"phoneNumber": "+12025550123"}),
            (reader.create_platform_endpoint, {"PlatformApplicationArn": app, "Token": "t"}),
            (reader.delete_platform_application, {"PlatformApplicationArn": app}),
            (reader.create_sms_sandbox_phone_number, {"PhoneNumber": "+12025550123"}),
        ]
        for operation, parameters in refused:
            with pytest.raises(ClientError) as caught:
                operation(**parameters)
            told = caught.value.response
            both = "PhoneNumber" in parameters and "TargetArn" in parameters
            assert told["ResponseMetadata"]["HTTPStatusCode"] == (400 if both else 403)
            assert told["Error"]["Code"] == ("InvalidParameter" if both else "AuthorizationError"), told
        texter = server.client("sns", **server.user(allow("sns:Publish"), name="texter"))
        assert texter.publish(PhoneNumber="+12025550123", Message="hello")["MessageId"]
        eventually(lambda: firebase.sent)
