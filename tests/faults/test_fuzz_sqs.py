"""Every operation of SQS with every kind of nonsense: the answer is a 2xx or a 4xx in the protocol's shape, in time.

Inputs are generated from botocore's model: each member is mostly what it should be, and otherwise a wrong type, a huge
number, a refused character, a lone surrogate, a deep nest. The server's waits are cut to a second by its settings, so
that a valid long poll is no hang.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus
from xml.etree import ElementTree

import botocore.session
import cbor2
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.faults.client import SIGNED, Answer, RawClient, form_bytes, operation_bytes, request_bytes, resident_bytes
from tests.support import Server

EXAMPLES = int(os.environ.get("CHASQUI_FUZZ_EXAMPLES", "40"))
MEGABYTE = 1 << 20
GROWTH_BYTES_MAX = 64 * MEGABYTE
MODEL = botocore.session.get_session().get_service_model("sqs")

fuzzing = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)

# ---------------------------------------------------------------------------------------------------- strategies

NASTY = [
    "", " ", "\x00", "\x0b", "a\x01b", "\ufffe", "\uffff", "\ud800", "\udfff\ud800", "\U0001f600", "é", "%00", "{}",
    "null", "-1", "1e999", "NaN", "9" * 400, "../../etc/passwd", "<a>&amp;</a>", "]]>", "\r\n\r\n",
    "arn:aws:sqs:us-east-1:000000000000:one", "arn:aws:sqs:us-east-1:000000000000:", "arn:::::", ":::::::",
    "http://[::1", "http://localhost/000000000000/one?x=y#z", "//000000000000/one",
    "http://sqs.us-east-1.localhost:99999999/000000000000/one", "All", ".*", "x" * 70_000, "/" * 3000,
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 10, 11, 300, 2**31, -(2**31) - 1, 2**63, 2**64 + 1, 10**40, -(10**40), 1.0, 1.5, -0.0, 1e308]
QUEUES = ["one", "two", "three.fifo"]
GOOD = {
    "QueueName": [*QUEUES, "new"],
    "QueueUrl": [f"http://localhost/000000000000/{each}" for each in QUEUES],
    "Id": ["a", "b", "c"],
    "MessageGroupId": ["g"],
    "MessageDeduplicationId": ["d"],
    "MessageBody": ["hello", "olá"],
    "DataType": ["String", "Number", "Binary", "String.custom", "Number.", "Int"],
    "StringValue": ["text", "12.5"],
    "ReceiptHandle": ["AQAAAAAAAAABAAAAAAAAAAEAAAABAAABnAAAAAAAAAAAAAAAAA==", "AQ==", "A" * 52],
    "SourceArn": ["arn:aws:sqs:us-east-1:000000000000:two"],
    "DestinationArn": ["arn:aws:sqs:us-east-1:000000000000:one"],
    "TaskHandle": ["eyJ0YXNrSWQiOiAieCJ9", "W10=", "bnVsbA==", "eyJ0YXNrSWQiOiB7fSwgInNvdXJjZUFybiI6IHt9fQ=="],
    "NextToken": ["b25l", "/w=="],
    "Label": ["label"],
    "AWSAccountIds": [["123456789012"]],
    "Actions": [["SendMessage"], ["*"]],
}  # fmt: skip
ATTRIBUTES = {
    "VisibilityTimeout": ["0", "30"],
    "DelaySeconds": ["0", "5"],
    "RedrivePolicy": [
        '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:two","maxReceiveCount":1}',
        '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:two","maxReceiveCount":"1e3"}',
        '{"deadLetterTargetArn":[],"maxReceiveCount":{}}',
        '{"maxReceiveCount":' + "9" * 5000 + "}",
        "[" * 5000,
        "[]",
    ],
    "RedriveAllowPolicy": [
        '{"redrivePermission":"byQueue","sourceQueueArns":[{}]}',
        '{"redrivePermission":[]}',
        '{"redrivePermission":{}}',
        '{"redrivePermission":"byQueue","sourceQueueArns":"x"}',
        "1",
    ],
    "Policy": [*(f'{{"Statement":{each}}}' for each in ("[]", "null", "[1]", '"x"', "{}")), "{"],
    "MaximumMessageSize": ["1024", "1048576"],
    "MessageRetentionPeriod": ["60", "1209600", "٣٠٠"],
    "ReceiveMessageWaitTimeSeconds": ["0", "1"],
    "SqsManagedSseEnabled": ["true", "TRUE", "no"],
    "KmsMasterKeyId": ["alias/aws/sqs"],
    "KmsDataKeyReusePeriodSeconds": ["60"],
    "FifoQueue": ["true", "false"],
    "ContentBasedDeduplication": ["true"],
    "DeduplicationScope": ["messageGroup", "queue"],
    "FifoThroughputLimit": ["perMessageGroupId"],
}  # fmt: skip
MAP_KEYS = {
    "Attributes": [*ATTRIBUTES, "QueueArn", "Nonsense"],
    "MessageAttributes": ["kind", "a.b", "aws.x", ".", "a..b"],
    "MessageSystemAttributes": ["AWSTraceHeader", "Other"],
    "Tags": ["team", "aws:x"],
    "tags": ["team", "aws:x"],
}

texts = st.sampled_from(NASTY) | st.text(st.characters(), max_size=30)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.integers() | texts
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


def mostly(good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Three times in four what is right, else what is wrong."""
    return st.integers(0, 3).flatmap(lambda n: bad if n == 0 else good)


def member(name: str, shape: Shape) -> st.SearchStrategy[Any]:
    """Values for one member of an input."""
    if name in GOOD:
        return mostly(st.sampled_from(GOOD[name]), texts | junk)
    if isinstance(shape, StructureShape):
        return mostly(structure(shape), junk)
    if isinstance(shape, ListShape):
        return mostly(st.lists(member(name + "[]", shape.member), max_size=12), junk)
    if isinstance(shape, MapShape):
        return mostly(entries(name, shape), junk)
    if shape.type_name == "integer":
        return mostly(st.sampled_from([0, 1, 5, 10]), st.sampled_from(NUMBERS) | junk)
    if shape.type_name == "boolean":
        return mostly(st.booleans(), junk)
    if shape.type_name == "blob":
        return mostly(st.sampled_from(["aGk=", "", "!", "aGk"]), junk)
    if getattr(shape, "enum", None):
        return mostly(st.sampled_from(shape.enum), junk)
    return mostly(texts, junk)


def entries(name: str, shape: MapShape) -> st.SearchStrategy[Any]:
    """A map; attributes get values of their own."""
    keys = mostly(st.sampled_from(MAP_KEYS.get(name, ["key"])), texts)

    def value(key: str) -> st.SearchStrategy[Any]:
        if name == "Attributes" and key in ATTRIBUTES:
            return mostly(st.sampled_from(ATTRIBUTES[key]), texts | junk)
        return member(name + "{}", shape.value)

    pairs = keys.flatmap(lambda key: st.tuples(st.just(key), value(key)))
    return st.lists(pairs, max_size=4).map(dict)


def structure(shape: StructureShape) -> st.SearchStrategy[Any]:
    """An object with its required members, most of the time, and some of the others."""
    required = {name: member(name, each) for name, each in shape.members.items() if name in shape.required_members}
    optional = {name: member(name, each) for name, each in shape.members.items() if name not in required}
    whole = st.fixed_dictionaries(required, optional=optional)
    extra = st.tuples(whole, st.dictionaries(texts, junk, max_size=2)).map(lambda both: {**both[0], **both[1]})
    return mostly(whole, extra | st.fixed_dictionaries({}, optional={**required, **optional}))


def requests() -> st.SearchStrategy[tuple[str, Any]]:
    """(operation, input) for every operation of the model."""
    inputs = {name: MODEL.operation_model(name).input_shape for name in MODEL.operation_names}
    chosen = {name: structure(shape) if shape is not None else st.just({}) for name, shape in inputs.items()}
    return st.sampled_from(sorted(chosen)).flatmap(lambda name: st.tuples(st.just(name), chosen[name]))


def form(prefix: str, value: Any) -> list[tuple[str, str]]:
    """Anything as the query protocol flattens it."""
    if isinstance(value, dict):
        pairs: list[tuple[str, str]] = []
        for number, (key, each) in enumerate(value.items(), 1):
            pairs += form(f"{prefix}.{key}" if prefix else key, each)
            if prefix:
                pairs += [(f"{prefix}.{number}.Name", key), *form(f"{prefix}.{number}.Value", each)]
        return pairs
    if isinstance(value, list):
        return [pair for number, each in enumerate(value, 1) for pair in form(f"{prefix}.{number}", each)]
    return [(prefix, "" if value is None else str(value))]


def encode_form(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(
        f"{quote_plus(key, errors='surrogatepass')}={quote_plus(value, errors='surrogatepass')}" for key, value in pairs
    ).encode()


# -------------------------------------------------------------------------------------------------------- checks


class Target:
    """The server under test."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = RawClient(server.url, timeout=5)

    def prepare(self) -> None:
        """The queues are there, whatever earlier examples did."""
        for name in QUEUES:
            attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
            self.client.call("CreateQueue", QueueName=name, Attributes=attributes)

    def ask(self, data: bytes) -> Answer:
        try:
            return self.client.ask(data)
        except (TimeoutError, OSError) as error:
            raise AssertionError(f"no answer to {data[:2000]!r}") from error


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    limits = {"CHASQUI_SQS_WAIT_MAX_S": "1"}
    with Server(tmp_path_factory.mktemp("data"), environ=limits) as server:
        fuzzed = Target(server)
        for _ in range(200):
            fuzzed.prepare()
        before = resident_bytes(server.process.pid) if sys.platform == "linux" else 0
        yield fuzzed
        fuzzed.prepare()
        url = fuzzed.client.call("CreateQueue", QueueName="afterwards")["QueueUrl"]
        fuzzed.client.call("SendMessage", QueueUrl=url, MessageBody="still here")
        assert [each["Body"] for each in fuzzed.client.drain(url)] == ["still here"]
        grown = resident_bytes(server.process.pid) - before if sys.platform == "linux" else 0
        fuzzed.client.close()
    assert grown < GROWTH_BYTES_MAX, f"the server grew by {grown / MEGABYTE:.0f} MB"
    assert not [each for each in server.log if each.get("level") == "error"], server.log[-3:]


def check_json(answer: Answer, sent: object) -> None:
    """A result, or an error with a type, in JSON."""
    assert 200 <= answer.status < 500, (answer, sent)
    assert answer.headers["content-type"].startswith("application/x-amz-json-1."), (answer, sent)
    assert answer.headers["x-amzn-requestid"]
    document = answer.json
    assert isinstance(document, dict)
    assert (answer.status == 200) != ("__type" in document), (answer, sent)


def check_xml(answer: Answer, sent: object) -> None:
    """A response with its metadata, or an ErrorResponse with a code, in XML."""
    assert 200 <= answer.status < 500, (answer, sent)
    assert answer.headers["x-amzn-requestid"]
    root = ElementTree.fromstring(answer.body)
    found = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert "RequestId" in found, (answer, sent)
    assert (answer.status == 200) != ("Code" in found and root.tag.endswith("ErrorResponse")), (answer, sent)


# --------------------------------------------------------------------------------------------------------- tests


@settings(fuzzing, max_examples=EXAMPLES * 20)
@given(request=requests())
@example(("SendMessage", {"QueueUrl": GOOD["QueueUrl"][0], "MessageBody": "\ud800"}))
@example(("SendMessage", {"QueueUrl": GOOD["QueueUrl"][0], "MessageBody": "\x0b"}))
@example(("SendMessage", {"QueueUrl": GOOD["QueueUrl"][0], "MessageBody": "x", "DelaySeconds": 10**400}))
@example(("CreateQueue", {"QueueName": "\ud800"}))
@example(("CreateQueue", {"QueueName": "one", "tags": {"\ud800": "\ud800"}}))
@example(("GetQueueUrl", {"QueueName": "one", "QueueOwnerAWSAccountId": "\ud800/\x00"}))
@example(("ListQueues", {"QueueNamePrefix": "\ud800"}))
@example(("ListQueues", {"NextToken": "/w==", "MaxResults": 1}))
@example(("ReceiveMessage", {"QueueUrl": "http://[", "MaxNumberOfMessages": 10}))
@example(("ReceiveMessage", {"QueueUrl": GOOD["QueueUrl"][0], "MessageAttributeNames": ["\ud800.*", ".*", "*"]}))
@example(("CancelMessageMoveTask", {"TaskHandle": "bnVsbA=="}))
@example(("StartMessageMoveTask", {"SourceArn": "arn:aws:sqs:\ud800:\ud800:\ud800"}))
def test_fuzz_every_operation_in_json(target: Target, request: tuple[str, Any]) -> None:
    operation, parameters = request
    target.prepare()
    body = json.dumps(parameters).encode()

    check_json(target.ask(operation_bytes(operation, body)), request)


@settings(fuzzing, max_examples=EXAMPLES * 10)
@given(request=requests(), more=st.lists(st.tuples(texts, texts), max_size=2))
def test_fuzz_every_operation_as_a_form(target: Target, request: tuple[str, Any], more: list[tuple[str, str]]) -> None:
    operation, parameters = request
    target.prepare()
    pairs = [("Action", operation), ("Version", "2012-11-05"), *form("", parameters), *more]

    check_xml(target.ask(form_bytes(encode_form(pairs))), pairs)


@pytest.mark.parametrize("policy", ATTRIBUTES["Policy"])
def test_fuzz_whatever_policy_was_accepted_takes_and_loses_a_permission(target: Target, policy: str) -> None:
    target.prepare()
    url = GOOD["QueueUrl"][1]
    orders: list[tuple[str, Any]] = [
        ("SetQueueAttributes", {"Attributes": {"Policy": policy}}),
        ("AddPermission", {"Label": "one", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}),
        ("RemovePermission", {"Label": "one"}),
        ("SetQueueAttributes", {"Attributes": {"Policy": ""}}),
    ]

    for operation, parameters in orders:
        answer = target.client.try_call(operation, QueueUrl=url, **parameters)

        check_json(answer, (operation, policy))


@settings(fuzzing, max_examples=EXAMPLES * 5)
@given(
    operation=st.sampled_from(sorted(MODEL.operation_names)),
    body=st.binary(max_size=100)
    | st.builds(
        lambda at, put: b'{"QueueUrl":"one","a":[1,{"b":null}]}'[:at] + put, st.integers(0, 40), st.binary(max_size=9)
    ),
)
@example("SendMessage", b"[" * 100_000)
@example("SendMessage", b'{"a":' * 50_000)
@example("SendMessage", b'{"MessageAttributes":' * 2_000 + b"1" + b"}" * 2_000)
@example("SendMessage", b'{"MessageBody":"\xff\xfe"}')
@example("SendMessage", b'{"MessageBody":"\xed\xa0\x80"}')
@example("SendMessage", b'{"MessageBody":"\\ud800"}')
@example("SendMessage", b'{"DelaySeconds":' + b"9" * 100_000 + b"}")
@example("SendMessage", b'{"DelaySeconds":1e400}')
@example("SendMessage", b'{"DelaySeconds":NaN}')
@example("SendMessage", b"\xef\xbb\xbf{}")
@example("SendMessage", b'{"QueueUrl":1,"QueueUrl":2}')
@example("SendMessage", b'{"MessageBody":"' + b"x" * 3_000_000 + b'"}')
@example("ListQueues", b"null")
@example("ListQueues", b"")
@example("ListQueues", b"true")
@example("ListQueues", b"{} {}")
def test_fuzz_malformed_json(target: Target, operation: str, body: bytes) -> None:
    target.prepare()

    check_json(target.ask(operation_bytes(operation, body)), body[:100])


@settings(fuzzing, max_examples=EXAMPLES * 5)
@given(
    body=st.binary(max_size=100)
    | st.builds(
        lambda at, put: b"Action=SendMessage&QueueUrl=%C3%A9&Attribute.1.Name=x"[:at] + put,
        st.integers(0, 60),
        st.binary(max_size=9),
    )
)
@example(b"Action=SendMessage&QueueUrl=%ff%fe&MessageBody=%ed%a0%80")
@example(b"Action=SendMessage&MessageBody=%00&QueueUrl=http://localhost/000000000000/one")
@example(b"Action=SendMessageBatch&SendMessageBatchRequestEntry.99999999999999999999.Id=a")
@example(b"Action=SendMessageBatch&SendMessageBatchRequestEntry.-1.Id=a&SendMessageBatchRequestEntry.x.Id=a")
@example(b"Action=CreateQueue" + b"&Attribute.1.Name=x" * 5000)
@example(b"Action=CreateQueue&" + b"A." * 50_000 + b"=1")
@example(b"Action=ReceiveMessage&AttributeName.%D9%A3=All&QueueUrl=http://localhost/000000000000/one")
@example(b"Action=" + b"x" * 100_000)
@example(b"Action=SendMessage&Action=ReceiveMessage")
@example(b"&" * 100_000)
@example(b"%" * 1000)
def test_fuzz_malformed_forms(target: Target, body: bytes) -> None:
    target.prepare()

    answer = target.ask(form_bytes(body))

    assert 200 <= answer.status < 500, (answer, body[:300])
    if b"Action=" in body:
        check_xml(answer, body[:300])


@settings(fuzzing, max_examples=EXAMPLES * 5)
@given(request=requests(), cut=st.integers(0, 300), put=st.binary(max_size=6), old=st.booleans())
@example(("SendMessage", {}), 0, b"\x9f" * 100_000, False)
@example(("SendMessage", {}), 0, b"\x9f" * 100_000, True)
@example(("SendMessage", {}), 0, b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", True)
@example(("SendMessage", {}), 0, b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", False)
@example(("SendMessage", {}), 0, b"\xc2\x5a\x00\xff\xff\xff", False)
def test_fuzz_cbor_bodies(target: Target, request: tuple[str, Any], cut: int, put: bytes, old: bool) -> None:
    """SQS speaks no CBOR on AWS; whatever the server makes of it, it is no failure."""
    operation, parameters = request
    try:
        body = cbor2.dumps(parameters)
    except (ValueError, UnicodeEncodeError):
        body = b"\xa0"
    body = body[:cut] + put + body[cut + len(put) :]
    headers = {"Host": "localhost", "Authorization": SIGNED}
    if old:
        headers |= {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-cbor-1.1"}
        data = request_bytes("/", headers, body)
    else:
        headers |= {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
        data = request_bytes(f"/service/AmazonSQS/operation/{operation}", headers, body)
    target.prepare()

    answer = target.ask(data)

    assert 200 <= answer.status < 500, (answer, data[:500])
    assert answer.headers["x-amzn-requestid"]


@settings(fuzzing, max_examples=EXAMPLES * 2)
@given(
    prefix=st.sampled_from(["AmazonSQS", "Kinesis_20131202", "", "amazonsqs"]),
    name=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
@example("AmazonSQS", "NoSuchOperation")
@example("AmazonSQS", "")
@example("AmazonSQS", "x" * 30_000)
def test_fuzz_unknown_targets(target: Target, prefix: str, name: str) -> None:
    headers = {
        "Host": "localhost",
        "X-Amz-Target": f"{prefix}.{name}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": SIGNED,
    }

    answer = target.ask(request_bytes("/", headers, b"{}"))

    assert answer.status == 400, (answer, prefix, name)
    check_json(answer, name)


@settings(fuzzing, max_examples=EXAMPLES * 2)
@given(
    path=st.sampled_from(
        ["/_aws/sqs/messages", "/_chasqui/queues", "/_chasqui/clock", "/_chasqui/backup", "/_localstack/health"]
    ),
    query=st.dictionaries(
        st.sampled_from(["QueueUrl", "Limit", "After", "limit", "after", "ShowDelayed"]), texts, max_size=3
    ),
    body=junk,
    method=st.sampled_from(["GET", "POST", "HEAD", "DELETE"]),
)
@example("/_aws/sqs/messages", {"QueueUrl": "http://["}, None, "GET")
@example("/_aws/sqs/messages", {"QueueUrl": "\ud800"}, None, "GET")
@example("/_chasqui/queues", {"after": "\ud800 \ud800"}, None, "GET")
def test_fuzz_control_endpoints(target: Target, path: str, query: dict[str, str], body: Any, method: str) -> None:
    if path == "/_chasqui/backup":
        body = {"target": body} if not isinstance(body, str) else {}
    target.prepare()
    where = f"{path}?{encode_form(list(query.items())).decode()}"
    data = request_bytes(where, {"Host": "localhost"}, json.dumps(body).encode(), method)

    target.client.send(data)
    if method == "HEAD":
        target.client.finish_sending()
        received = target.client.rest()
        assert int(received.split(b" ", 2)[1]) < 500, (received, data)
        return
    answer = target.client.answer()

    assert answer.status < 500, (answer, data)
