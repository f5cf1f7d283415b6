"""Values for shapes, and botocore's own serialisers and parsers to hold the wire layer against."""

from __future__ import annotations

import datetime
import functools
import random
from typing import Any
from urllib.parse import quote, urlencode

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import create_serializer

from chasqui.wire.model import Operation, Shape
from chasqui.wire.protocol import Request

# Every service that the design names.
SERVICES = [
    "sqs", "sns", "events", "scheduler", "pipes", "schemas", "stepfunctions", "kinesis", "firehose",
    "kinesisanalyticsv2", "kinesisvideo", "kinesis-video-media", "kinesis-video-archived-media", "mq", "s3", "lambda",
    "kms", "cloudwatch", "logs", "iam", "sts", "apigateway", "apigatewayv2", "dynamodb", "dynamodbstreams",
    "cloudformation", "athena", "application-autoscaling", "secretsmanager", "ssm",
]  # fmt: skip

STRINGS = ("a", "", "wörld ☃ 𝄞", "a b&c<d>\"e\"'f'", "a+b%20c=d", "  padded  ", "line\nbreak\ttab\r\n", "a,b", "1")
PLAIN = ("a", "value-1", "x.y_z", "0123456789")
# Whole seconds, since botocore writes no smaller ones into requests.
TIMES = (0, 1, 1_700_000_000, 253402300799, 951782400)
EXPIRES = "Thu, 01 Jan 2026 00:00:00 GMT"
DEPTH_MAX = 3


class Values:
    """Values of shapes, the same ones for the same seed: edges first, then anything."""

    def __init__(self, seed: str, plain: bool = False) -> None:
        self._random = random.Random(seed)
        self._strings = PLAIN if plain else STRINGS

    def structure(self, shape: Shape, depth: int = 0, every: bool = True) -> dict[str, Any]:
        members = list(shape.members.items())
        if shape.is_union:
            members = [self._random.choice(members)] if members else []
        made = {}
        for name, member in members:
            if member.is_event_stream or not (every or name in shape.required or self._random.random() < 0.6):
                continue
            if depth >= DEPTH_MAX and member.type in ("structure", "list", "map") and not shape.is_union:
                continue
            made[name] = self.value(member, depth + 1)
        return made

    def value(self, shape: Shape, depth: int = 0) -> Any:
        pick = self._random.choice
        match shape.type:
            case "structure":
                return {"k": [1, "x", {"y": None}]} if shape.is_document else self.structure(shape, depth)
            case "list":
                if depth > DEPTH_MAX + 2:
                    return []
                return [self.value(shape.member, depth + 1) for _ in range(self._random.randint(1, 3))]
            case "map":
                keys = self._random.sample(("k", "key-2", "k.3"), self._random.randint(1, 3))
                if shape.key.enum:
                    keys = list(shape.key.enum[:2])
                if shape.location == "headers":
                    return {key: pick(PLAIN) for key in keys}
                return {key: self.value(shape.value, depth + 1) for key in keys}
            case "string":
                return pick(shape.enum) if shape.enum else self.string(shape)
            case "integer":
                return pick((0, 1, -1, 2**31 - 1, -(2**31)))
            case "long":
                return pick((0, 7, 2**53 + 1, 2**63 - 1, -(2**63)))
            case "float":
                return pick((0.0, 1.5, -2.25))
            case "double":
                return pick((0.0, 0.1, 1e300, -2.5))
            case "boolean":
                return pick((True, False))
            case "blob":
                return pick((b"bytes", bytes(range(256)), b"\x00"))
            case "timestamp":
                return pick(TIMES)
        raise AssertionError(shape.type)

    def string(self, shape: Shape) -> str:
        if shape.name == "Expires":
            # A string in the model that botocore makes a time of, for its callers.
            return EXPIRES
        if shape.location == "uri":
            return self._random.choice(("a", "x y", "a:b", "ü", "a.b-c_d~"))
        if shape.location in ("header", "headers"):
            return self._random.choice(PLAIN)
        return self._random.choice(self._strings)


# -------------------------------------------------------------------------------------------------------
# botocore


@functools.cache
def botocore_service(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def botocore_operation(operation: Operation) -> OperationModel:
    return botocore_service(operation.service.name).operation_model(operation.name)


@functools.cache
def botocore_serializer(protocol: str) -> Any:
    return create_serializer(protocol, include_validation=False)


@functools.cache
def botocore_parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)


def to_request(serialised: dict[str, Any]) -> Request:
    """What botocore's serialiser made, as the request that it would send."""
    path, _, query = serialised["url_path"].partition("?")
    given = serialised["query_string"]
    if given:
        pairs: list[tuple[str, str]] = []
        for key, value in given.items():
            pairs += [(key, each) for each in value] if isinstance(value, list) else [(key, value)]
        query = "&".join(filter(None, (query, urlencode(pairs, quote_via=quote))))
    body = serialised["body"]
    headers = {
        str(key).lower().encode(): (value if isinstance(value, bytes) else str(value).encode())
        for key, value in serialised["headers"].items()
    }
    if isinstance(body, dict):
        body = urlencode(body).encode()
        headers[b"content-type"] = b"application/x-www-form-urlencoded; charset=utf-8"
    elif isinstance(body, str):
        body = body.encode()
    return Request(serialised["method"], path, query, headers, bytes(body or b""))


def to_botocore(shape: Shape | None, value: Any) -> Any:
    """Our parameters as botocore takes them: times as datetimes."""
    if shape is None:
        return value
    match shape.type:
        case "structure" if not shape.is_document:
            return {name: to_botocore(shape.members[name], item) for name, item in value.items()}
        case "list":
            return [to_botocore(shape.member, item) for item in value]
        case "map":
            return {key: to_botocore(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return datetime.datetime.fromtimestamp(value, datetime.UTC)
    return value


def from_botocore(shape: Shape | None, value: Any) -> Any:
    """What botocore's parser gave, as our outputs are: times as seconds, streams read."""
    if shape is None or value is None:
        return value
    match shape.type:
        case "structure" if not shape.is_document:
            members = shape.members
            return {name: from_botocore(members[name], value[name]) for name in value if name in members}
        case "list":
            return [from_botocore(shape.member, item) for item in value]
        case "map":
            return {key: from_botocore(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return value.timestamp()
        case "string" if isinstance(value, datetime.datetime):
            return EXPIRES
        case "blob" if hasattr(value, "read"):
            return value.read()
    return value


def without_empty(value: Any, kinds: tuple[type, ...] = (dict, list)) -> Any:
    """A value without its empty members, which some protocols cannot tell from absent ones."""
    if isinstance(value, dict):
        inner = {key: without_empty(item, kinds) for key, item in value.items()}
        return {key: item for key, item in inner.items() if not (isinstance(item, kinds) and not item)}
    if isinstance(value, list):
        return [without_empty(item, kinds) for item in value]
    return value
