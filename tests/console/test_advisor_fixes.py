"""Every rule of the advisor on a real server: its trouble is found, and the button and the printed commands mend it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chasqui.console.advisor.wording import WORDS
from tests.console.caller import Caller
from tests.support import COMMAND, Server, eventually
from tests.unit.lambda_running.harness import zipped

_ACCOUNT = "000000000000"
_OPEN = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}
_LIMITED = {**_OPEN, "Sid": "limited", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}}


class Scene(msgspec.Struct):
    """A region of a test's own."""

    server: Server
    region: str

    def client(self, service: str) -> Any:
        return self.server.client(service, region_name=self.region)

    def arn(self, service: str, name: str) -> str:
        return f"arn:aws:{service}:{self.region}:{_ACCOUNT}:{name}"

    def queue(self, name: str, dead: str = "", **attributes: str) -> str:
        """A queue with a dead-letter queue that is there; its URL."""
        if dead:
            policy = {"deadLetterTargetArn": self.arn("sqs", dead), "maxReceiveCount": 5}
            attributes = {"RedrivePolicy": json.dumps(policy), **attributes}
        return str(self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def dead(self, name: str = "dead") -> str:
        return self.queue(name, MessageRetentionPeriod="1209600")

    def function(self, name: str = "work", timeout: int = 3) -> str:
        created = self.client("lambda").create_function(
            FunctionName=name, Runtime="python3.11", Handler="app.handler", Timeout=timeout,
            Role=f"arn:aws:iam::{_ACCOUNT}:role/any", Code={"ZipFile": zipped({"app.py": "def handler(e, c): 0\n"})},
        )  # fmt: skip
        return str(created["FunctionArn"])

    def reads(self, queue: str, function: str, **options: Any) -> None:
        self.client("lambda").create_event_source_mapping(
            EventSourceArn=self.arn("sqs", queue), FunctionName=function, **options
        )

    def topic(self, name: str = "news") -> str:
        return str(self.client("sns").create_topic(Name=name)["TopicArn"])

    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = advice(self.server, self.region)["findings"]
        return found

    def codes(self) -> set[str]:
        return {each["code"] for each in self.findings()}


def advice(server: Server, region: str) -> dict[str, Any]:
    """What `chasqui advise` prints of a region."""
    with urllib.request.urlopen(f"{server.url}/_chasqui/advice?region={region}", timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


# --------------------------------------------------------------------------------------------------------- the troubles


def without_dlq(scene: Scene) -> None:
    scene.queue("orders")


def without_dlq_beside_one(scene: Scene) -> None:
    scene.queue("orders")
    scene.queue("orders-dlq")


def below_timeout(scene: Scene) -> None:
    scene.dead()
    scene.queue("orders", "dead", VisibilityTimeout="60")
    scene.reads("orders", scene.function(timeout=30))
    scene.client("sqs").set_queue_attributes(
        QueueUrl=scene.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"],
        Attributes={"VisibilityTimeout": "10"},
    )


def two_readers(scene: Scene) -> None:
    scene.dead()
    scene.queue("orders", "dead", VisibilityTimeout="30")
    scene.reads("orders", scene.function("slow", timeout=30))
    scene.reads("orders", scene.function("quick", timeout=10))


def dead_letters(scene: Scene) -> None:
    scene.dead()
    policy = json.dumps({"deadLetterTargetArn": scene.arn("sqs", "dead"), "maxReceiveCount": 1})
    url, sqs = scene.queue("orders", RedrivePolicy=policy, VisibilityTimeout="0"), scene.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="failed")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)


def short_retention(scene: Scene) -> None:
    scene.queue("dead", MessageRetentionPeriod="345600")
    scene.queue("orders", "dead")


def circle(scene: Scene) -> None:
    first = scene.dead("first")
    scene.queue("second", "first", MessageRetentionPeriod="1209600")
    policy = json.dumps({"deadLetterTargetArn": scene.arn("sqs", "second"), "maxReceiveCount": 5})
    scene.client("sqs").set_queue_attributes(QueueUrl=first, Attributes={"RedrivePolicy": policy})


def few_receives(scene: Scene) -> None:
    scene.dead()
    policy = json.dumps({"deadLetterTargetArn": scene.arn("sqs", "dead"), "maxReceiveCount": 1})
    scene.queue("orders", RedrivePolicy=policy)
    scene.reads("orders", scene.function())


def disabled(scene: Scene) -> None:
    scene.dead()
    url = scene.queue("orders", "dead")
    scene.reads("orders", scene.function(), Enabled=False)
    scene.client("sqs").send_message(QueueUrl=url, MessageBody="waiting")


def in_the_clear(scene: Scene) -> None:
    scene.dead()
    scene.queue("orders", "dead", SqsManagedSseEnabled="false")


def open_queue(scene: Scene) -> None:
    scene.dead()
    policy = {"Version": "2012-10-17", "Statement": [_OPEN, {**_OPEN, "Action": "sqs:ReceiveMessage"}, _LIMITED]}
    for each in policy["Statement"]:
        each["Resource"] = scene.arn("sqs", "orders")  # type: ignore[index]
    scene.queue("orders", "dead", Policy=json.dumps(policy))


def open_function(scene: Scene) -> None:
    scene.function()
    for sid in ("one", "two"):
        scene.client("lambda").add_permission(
            FunctionName="work", StatementId=sid, Action="lambda:InvokeFunction", Principal="*"
        )


def dropping_subscription(scene: Scene) -> None:
    scene.dead()
    scene.queue("orders", "dead")
    scene.client("sns").subscribe(TopicArn=scene.topic(), Protocol="sqs", Endpoint=scene.arn("sqs", "orders"))


MENDED: dict[str, tuple[str, Callable[[Scene], None]]] = {
    "af-south-1": ("queue-without-dlq", without_dlq),
    "ap-east-1": ("queue-without-dlq", without_dlq_beside_one),
    "ap-northeast-1": ("visibility-below-timeout", below_timeout),
    "ap-northeast-2": ("visibility-short", two_readers),
    "ap-northeast-3": ("dlq-with-messages", dead_letters),
    "ap-south-1": ("dlq-retention", short_retention),
    "ap-south-2": ("redrive-loop", circle),
    "ap-southeast-1": ("receive-count-low", few_receives),
    "ap-southeast-2": ("mapping-disabled", disabled),
    "ap-southeast-3": ("queue-unencrypted", in_the_clear),
    "ap-southeast-4": ("policy-open", open_queue),
    "ca-central-1": ("policy-open", open_function),
    "ca-west-1": ("subscription-without-dlq", dropping_subscription),
}
"""What is mended without a choice, each in a region of its own: its kind, and what makes it."""
BY_HAND = {"queue-nobody-reads", "subscription-pending", "target-missing", "function-without-destination"}
"""What somebody has to decide; `tests/unit/console/test_advisor.py` finds these."""


def test_every_kind_is_mended_here_or_wants_a_decision() -> None:
    assert {code for code, _ in MENDED.values()} | BY_HAND == set(WORDS)


@pytest.mark.parametrize("region", list(MENDED))
def test_the_button_mends_it(server: Server, region: str) -> None:
    scene = Scene(server, region)
    code, make = MENDED[region]
    make(scene)
    assert code in scene.codes()

    caller = Caller(server.url)
    for _ in range(10):
        keys = [each["arn"] for each in scene.findings() if each["code"] == code]
        if not keys:
            break
        answer = press(caller, region, code)
        assert answer == 303

    eventually(lambda: code not in scene.codes())


@pytest.mark.parametrize("code", ["visibility-short", "policy-open"])
def test_the_printed_commands_mend_it_in_any_order(server: Server, code: str) -> None:
    region = {"visibility-short": "eu-north-1", "policy-open": "eu-south-1"}[code]
    scene = Scene(server, region)
    next(make for kind, make in MENDED.values() if kind == code)(scene)
    commands = [line for each in scene.findings() if each["code"] == code for line in each["commands"]]

    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    environment["PATH"] = f"{COMMAND.parent}{os.pathsep}{environment['PATH']}"
    for command in reversed(commands):
        subprocess.run(command, shell=True, check=True, env=environment, capture_output=True, timeout=60)
    assert code not in scene.codes()


def test_what_a_policy_says_beside_its_open_statements_stays(server: Server) -> None:
    scene = Scene(server, "eu-south-2")
    open_queue(scene)
    assert press(Caller(server.url), "eu-south-2", "policy-open") == 303

    sqs = scene.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["limited"]


def test_a_tampered_button_mends_nothing(server: Server) -> None:
    scene = Scene(server, "il-central-1")
    without_dlq(scene)
    caller = Caller(server.url)
    other = "policy-open arn:aws:sqs:il-central-1:000000000000:orders"
    for key in ("", other, "queue-without-dlq arn:aws:sqs:x", "\0"):
        path = "/_chasqui/console/il-central-1/advisor"
        assert post(caller, path, {"key": key, "steps": "DeleteQueue", "QueueUrl": "orders"}) == 303
    assert [each["code"] for each in scene.findings()] == ["queue-without-dlq"]


def test_all_regions_are_looked_at_together(server: Server) -> None:
    for region in ("me-central-1", "me-south-1"):
        Scene(server, region).queue("everywhere")
    found = advice(server, "all")
    arns = [each["arn"] for each in found["findings"] if each["arn"].endswith(":everywhere")]
    assert [arn.split(":")[3] for arn in arns] == ["me-central-1", "me-south-1"]


def test_the_count_says_when_it_was_taken(server: Server) -> None:
    scene = Scene(server, "mx-central-1")
    without_dlq(scene)
    text = Caller(server.url).ask("GET", "/_chasqui/console/mx-central-1/home?figures=true").text
    tile = text.partition('/mx-central-1/advisor"><strong>')[2].partition("</a>")[0]
    assert tile.startswith("1<")
    assert "<time" in tile


def press(caller: Caller, region: str, code: str) -> int:
    """Press the first button of a kind; the answer's status."""
    path = f"/_chasqui/console/{region}/advisor"
    text = caller.ask("GET", path).text
    key = text.partition(f'name="key" value="{code} ')[2].partition('"')[0]
    assert key, text
    return post(caller, path, {"key": f"{code} {key}"})


def post(caller: Caller, path: str, fields: dict[str, str]) -> int:
    body = urlencode({"csrf": caller.csrf(), **fields}).encode()
    return caller.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded").status
